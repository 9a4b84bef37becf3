"""The tests inside ERPNext: each folder of tests/erpnext runs under the bench's own Python, on a fresh site."""

from __future__ import annotations

import re
import subprocess
import threading
import time

import pytest

from tests.bench.host import ROOT
from tests.bench.session import Session, say

INSIDE = ROOT / "tests" / "erpnext"
FOLDERS = sorted({path.relative_to(INSIDE).parts[0] for path in INSIDE.rglob("test_*.py")})
_LONGEST = 25 * 60.0
_TOLD_SECONDS = 20.0
_TEST = re.compile(r"(?:\S*/)?(\S+::.+?) (PASSED|FAILED|ERROR|SKIPPED)\b")
_SUMMARY = re.compile(r"=* ?\d+ (passed|failed|errors?|skipped)\b")


@pytest.mark.parametrize("name", FOLDERS)
def test_inside_erpnext(name: str, bench_session: Session, pytestconfig: pytest.Config) -> None:
    with bench_session.workbench() as bench:
        tests = bench.checkout / "tests" / "erpnext"
        options = [
            "-c",
            str(tests / "pytest.ini"),
            "--rootdir",
            str(bench.checkout),
            "--color=no",
            "--durations=5",
            "-rfEs",
            "-vv",
        ]
        started = time.monotonic()
        with subprocess.Popen(
            [str(bench.host.python), "-m", "pytest", *options, str(tests / name)],
            cwd=bench.sites,
            env=bench.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            alarm = threading.Timer(_LONGEST, running.kill)
            alarm.start()
            try:
                lines = _streamed(running, name, pytestconfig)
            finally:
                alarm.cancel()
                running.kill()
        if running.returncode != 0:
            whole = "".join(lines)
            took = time.monotonic() - started
            pytest.fail(f"{name} ended with {running.returncode} after {took:.0f} s:\n{whole}", pytrace=False)


def _streamed(running: subprocess.Popen[str], name: str, config: pytest.Config) -> list[str]:
    """Return what it says, showing people that it goes on."""
    assert running.stdout is not None
    capturing = config.pluginmanager.getplugin("capturemanager")
    lines, told, done = [], time.monotonic(), 0
    for line in running.stdout:
        lines.append(line)
        test = _TEST.match(line)
        done += test is not None
        is_news = test is None or test[2] != "PASSED" or time.monotonic() - told > _TOLD_SECONDS
        if is_news and (test or _SUMMARY.match(line)):
            told = time.monotonic()
            said = f"{done} tests, the last {test[1]} {test[2]}" if test else line.rstrip()
            with capturing.global_and_fixture_disabled():
                say(f"  inside ERPNext, {name}: {said}")
    running.wait()
    return lines
