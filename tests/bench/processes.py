"""Processes that tests start: their output kept, their readiness waited for, their end certain."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

SECONDS = 180.0  # how long anything may take on a slow and busy machine
MARK = "IMOGI_TEST_SESSION"  # in the environment of everything a session starts: its folder
_DIE_WITH_PARENT = 1
_libc = ctypes.CDLL(None)
_T = TypeVar("_T")


class Failed(AssertionError):
    """Something that was started did not do its work; the message holds what it said."""


def wait_for(look: Callable[[], _T | None], what: str, *, seconds: float = SECONDS, every: float = 0.1) -> _T:
    """Return the first answer of ``look`` that is true.

    Args:
        what: what is waited for, in words for the failure.
        every: seconds between two looks.

    Raises:
        Failed: there was none in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failed(f"Waited {seconds:.0f} s for {what}; the last look gave {found!r}.")
        time.sleep(every)


class Process:
    """A started process in a group of its own; it ends when this one does.

    Args:
        log: where its output goes, for people to read when a test fails.
    """

    def __init__(self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], log: Path) -> None:
        self.command, self.log = list(command), log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self.started = subprocess.Popen(
                self.command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    @property
    def pid(self) -> int:
        return self.started.pid

    @property
    def is_alive(self) -> bool:
        return self.started.poll() is None

    def wait_until(self, look: Callable[[], object], what: str, *, seconds: float = SECONDS) -> None:
        """Wait for a sign of its work.

        Raises:
            Failed: it ended first, or time is up; with the last of what it said.
        """
        try:
            wait_for(lambda: look() or not self.is_alive, what, seconds=seconds)
        except Failed as error:
            self.kill()
            raise Failed(f"{error}\n{self.last_words()}") from error
        if not self.is_alive:
            raise Failed(f"{what}: it ended with {self.started.returncode}.\n{self.last_words()}")

    def stop(self, *, seconds: float = 20.0) -> None:
        """End it and all it started: asked first, then killed."""
        self.signal(signal.SIGTERM)
        try:
            self.started.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.kill()

    def kill(self) -> None:
        """End it and all it started at once."""
        self.signal(signal.SIGKILL)
        self.started.wait()

    def signal(self, number: int) -> None:
        """Send a signal to its whole group."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:  # the group is gone
            return

    def go_on(self) -> None:
        """Let it and all it started go on, where they stand still."""
        _send(_family(self.pid), signal.SIGCONT)

    def last_words(self, size: int = 6000) -> str:
        """Return the end of its output."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"--- {' '.join(self.command)[:200]} ({self.log}) said:\n{text[-size:]}"


def _family(first: int) -> list[int]:
    """Return a process and all that descend from it; a worker's horse has a group and a session of its own."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(after_name[1]), []).append(int(entry.name))
    family = [first]
    for member in family:  # grows while it is gone through
        family += children.get(member, [])
    return family


def _send(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _end_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what a shell starts in the background ignores it
    _libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def on_a_free_port(start: Callable[[int], _T], *, attempts: int = 5) -> _T:
    """Start a server on a port that is free; on another one where somebody was faster."""
    for attempt in range(attempts):
        try:
            return start(_free_port())
        except Failed:
            if attempt == attempts - 1:
                raise
    raise AssertionError("unreachable")


def _free_port() -> int:
    # below the range that outgoing connections take their ports from, so that none is taken meanwhile
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def answers(port: int) -> bool:
    """Whether anybody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end_processes_of(session: Path) -> int:
    """Kill what a session left running; return how many processes that were."""
    mark = f"{MARK}={session}".encode()
    ended = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int(entry.name) == os.getpid() or mark not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            os.kill(int(entry.name), signal.SIGKILL)
            ended += 1
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return ended
