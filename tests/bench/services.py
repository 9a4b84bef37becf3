"""A bench's services: found running, or started for the tests and stopped after them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_START_SECONDS = 60.0


class Bench:
    """A bench and one of its sites.

    Args:
        path: the bench's folder.
        site: name of the site the tests use.
    """

    def __init__(self, path: Path, site: str) -> None:
        self.path = path
        self.site = site

    @classmethod
    def find(cls) -> Bench | None:
        """Return the bench at ``FRAPPE_BENCH`` or ``~/frappe-bench``; None where there is none."""
        path = Path(os.environ.get("FRAPPE_BENCH") or "~/frappe-bench").expanduser()
        if not (path / "env" / "bin" / "python").exists() or not (path / "sites" / "apps.txt").exists():
            return None
        sites = [folder.parent.name for folder in path.glob("sites/*/site_config.json")]
        site = os.environ.get("FRAPPE_SITE") or (sorted(sites)[0] if sites else "")
        return cls(path, site) if site else None

    @property
    def apps(self) -> list[str]:
        """Return the apps that the bench knows."""
        return (self.path / "sites" / "apps.txt").read_text().split()

    def frappe(self, *words: str) -> str:
        """Run a bench command for the site; return what it printed.

        Raises:
            AssertionError: it failed; with all that it printed.
        """
        command = ["-m", "frappe.utils.bench_helper", "frappe", "--site", self.site, *words]
        return self.python(*command, folder=self.path / "sites")

    def python(self, *words: str, folder: Path | None = None) -> str:
        """Run the bench's Python; return what it printed."""
        command = [str(self.path / "env" / "bin" / "python"), *words]
        done = subprocess.run(
            command, cwd=folder or self.path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have database and Redis running for the block; stop what was started for it."""
        with ExitStack() as started:
            if not _answers(3306):
                started.enter_context(_service(["mariadbd", "--user=mysql"], 3306, self.path))
            for config in sorted(self.path.glob("config/redis_*.conf")):
                port = _port_of(config)
                if not _answers(port):
                    started.enter_context(_service(["redis-server", str(config)], port, self.path))
            yield

    def config(self) -> dict[str, object]:
        """Return what holds for all sites of the bench."""
        found = json.loads((self.path / "sites" / "common_site_config.json").read_text())
        assert isinstance(found, dict)
        return found


@contextmanager
def _service(command: list[str], port: int, folder: Path) -> Iterator[None]:
    program = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
    assert program is not None, f"{command[0]} is not installed, and nothing answers on port {port}"
    if command[0] == "mariadbd":
        Path("/run/mysqld").mkdir(exist_ok=True)
        shutil.chown("/run/mysqld", "mysql")
    process = subprocess.Popen(
        [program, *command[1:]],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(port):
            waits = process.poll() is None and time.monotonic() < deadline
            assert waits, f"{command[0]} does not answer on port {port}"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _port_of(config: Path) -> int:
    ports = [line.split()[1] for line in config.read_text().splitlines() if line.startswith("port ")]
    return int(ports[0])
