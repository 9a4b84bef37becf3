"""The long form: ``python -m tests.bench.proof.security [--only TEXT] [--short]``.

Everything an intruder could try, on a site of its own over real HTTP and sockets. At the end the security table, what
was tried, the same as JSON in ``artefacts``, and exit code 1 where anything was possible that should not be.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback

from tests.bench.host import BenchUnavailable
from tests.bench.proof import report
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.parts import PARTS, Part
from tests.bench.proof.security.scene import Scene
from tests.bench.proof.security.table import rows
from tests.bench.session import session

_SHOWN = 400  # letters of a violation


def main() -> int:
    """Try; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.proof.security", description=__doc__)
    parser.add_argument("--only", default="", help="parts with this in their name")
    parser.add_argument("--short", action="store_true", help="as the bench tests do")
    asked = parser.parse_args()
    parts = [part for part in PARTS if asked.only in part.name and not (asked.short and part.short is None)]
    started, seconds = time.monotonic(), {}
    findings = Findings()
    try:
        with session() as prepared, prepared.fresh() as bench, report.bar("security", len(parts)) as bar:
            scene = Scene.on(bench)
            for part in parts:
                bar.show(part.name)
                before, began = len(findings.violations), time.monotonic()
                _try(part, findings, scene, short=asked.short)
                seconds[part.name] = round(time.monotonic() - began, 1)
                bar.advance(1, part.name)
                for violation in findings.violations[before:]:
                    bar.say(f"VIOLATION: {violation[:_SHOWN]}")
    except BenchUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _report(findings, seconds, time.monotonic() - started)
    return 1 if findings.violations else 0


def _try(part: Part, findings: Findings, scene: Scene, *, short: bool) -> None:
    check = part.short if short and part.short else part.long
    try:
        check(findings, scene)
    except Exception:  # noqa: BLE001 - a part that fails is a violation, and the others go on
        findings.check(part.name, False, traceback.format_exc()[-3000:])


def _report(findings: Findings, seconds: dict[str, float], took: float) -> None:
    for row in rows().values():
        told = " ".join(f"{kind} {answer}" for kind, answer in row.expected.items())
        sys.stdout.write(f"{row.function}  [{' '.join(sorted(row.methods))}]\n    asked of: {row.asked}\n    {told}\n")
    figures = {
        "whitelisted functions covered": len(rows()),
        "tried": dict(findings.tried),
        "tried in all": findings.tried.total(),
        "violations": findings.violations,
        "seconds": seconds,
        **findings.notes,
    }
    shown = [(name, f"{number:,}", "") for name, number in findings.tried.items()]
    shown += [(name, value, "") for name, value in findings.notes.items()]
    shown += [
        ("tried in all", f"{findings.tried.total():,}", ""),
        ("violations", str(len(findings.violations)), "0"),
        ("took", f"{took:.0f} s", ""),
    ]
    report.print_table("What intruders tried", shown)
    sys.stdout.write(f"{report.keep('security', figures)}\n")
    for violation in findings.violations:
        sys.stdout.write(f"VIOLATION: {violation}\n")


if __name__ == "__main__":
    sys.exit(main())
