"""One session of bench tests: a folder in the bench with a copy of this checkout and a bench for each who needs one.

What a killed session has left, processes and folders, is removed when the next one begins.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TextIO

from tests.bench.host import Host
from tests.bench.processes import end_processes_of
from tests.bench.servers import SITE
from tests.bench.templates import kept_base, with_the_app
from tests.bench.workbench import Workbench, copy_workbench

FOLDER = "imogi-finance-tests"
_number = count(1)


@dataclass(frozen=True)
class Session:
    """What the processes of a test session share.

    Args:
        folder: of this session.
        base: a stopped bench, its site with ERPNext and a company.
        template: the same with the app installed.
    """

    host: Host
    folder: Path
    base: Path
    template: Path

    @contextmanager
    def workbench(self) -> Iterator[Workbench]:
        """Have a bench with the site that FRAPPE_SITE names, or else a fresh one; started, and gone after the block."""
        site = os.environ.get("FRAPPE_SITE")
        with self.fresh() if site is None else self._on_site(site) as bench:
            yield bench

    @contextmanager
    def fresh(self, *, app: bool = True) -> Iterator[Workbench]:
        """Have a bench with a fresh site, started; it is gone after the block.

        Args:
            app: whether the app is installed on the site; the bench has its code in any case.
        """
        bench = self._new()
        copy_workbench(self.template if app else self.base, bench.folder)
        bench.lay_out(self.folder / "checkout")
        try:
            bench.start()
            yield bench
        finally:
            bench.stop()
            shutil.rmtree(bench.folder, ignore_errors=True)

    @contextmanager
    def _on_site(self, site: str) -> Iterator[Workbench]:
        """Have a site of the user's: its files and database, but Redis, web server and workers of our own."""
        bench = self._new(site)
        bench.lay_out(self.folder / "checkout")
        try:
            bench.use_site_of_host()
            yield bench
        finally:
            bench.stop()
            shutil.rmtree(bench.folder, ignore_errors=True)

    def _new(self, site: str = SITE) -> Workbench:
        folder = self.folder / f"bench-{os.getpid()}-{next(_number)}"
        return Workbench(self.host, folder, self.folder, site=site)


@contextmanager
def session() -> Iterator[Session]:
    """Prepare a session; everything of it is gone after the block.

    Raises:
        BenchUnavailable: this machine has no bench to test on.
    """
    host = Host.find()
    assert host.libraries
    home = host.bench / FOLDER
    home.mkdir(exist_ok=True)
    clean_up(home)
    folder = home / f"session-{os.getpid()}-{time.time_ns():x}"
    folder.mkdir()
    with (folder / "alive").open("w") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        try:
            base = kept_base(host, home, folder, say)
            yield Session(host, folder, base, with_the_app(host, base, folder, say))
        finally:
            end_processes_of(folder)
            shutil.rmtree(folder, ignore_errors=True)


def clean_up(home: Path) -> None:
    """Remove what killed sessions have left."""
    for folder in home.glob("session-*"):
        try:
            with (folder / "alive").open("w") as alive:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # it lives
            continue
        except FileNotFoundError:  # it is being removed, or was killed at its first step
            with suppress(FileNotFoundError):  # it is gone
                if time.time() - folder.stat().st_mtime < 60:
                    continue
        ended = end_processes_of(folder)
        shutil.rmtree(folder, ignore_errors=True)
        say(f"Removed what a killed session had left: {folder.name} and {ended} processes.")


def say(text: str, to: TextIO | None = None) -> None:
    """Tell people what goes on, past pytest's capturing."""
    print(text, file=to or sys.__stderr__, flush=True)
