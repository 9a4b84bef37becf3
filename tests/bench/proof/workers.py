"""Several real workers of a bench, as ``bench worker`` starts them, to be killed: parents, their horses, or both.

What watches over workers in production starts another for each that ends; ``tend`` does that here. A horse whose parent
was killed goes on as an orphan, as it does there.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import redis

from tests.bench.processes import MARK, Process, wait_for
from tests.bench.workbench import Workbench

KINDS = ("horse", "parent", "both")
_number = count(1)


@dataclass
class Workers:
    """So many workers on the queues long, default, short.

    Args:
        wanted: how many are to be there.
        environment: of them, on top of the bench's.
    """

    bench: Workbench
    wanted: int
    environment: dict[str, str] = field(default_factory=dict)
    _processes: list[Process] = field(default_factory=list)
    _horses: dict[int, int] = field(default_factory=dict)  # every horse that was seen, and its parent

    def start(self) -> None:
        """Start them together; they listen when this returns.

        Raises:
            Failed: one of them does not.
        """
        self.tend()
        self.wait_until_listening()

    def tend(self) -> int:
        """Start a worker in the place of each that has ended; return how many. They are not waited for."""
        self._processes = [process for process in self._processes if process.is_alive]
        missing = self.wanted - len(self._processes)
        for _ in range(missing):
            command = self.bench.frappe_command("worker", "--queue", "long,default,short")
            log = self.bench.folder / "logs" / f"worker-proof-{next(_number)}.log"
            environment = self.bench.environment | self.environment
            self._processes.append(Process(command, folder=self.bench.sites, environment=environment, log=log))
        self.horses()
        return max(0, missing)

    def be(self, wanted: int) -> None:
        """Be so many from now on: those that are too many are killed, with what they do."""
        self.wanted = wanted
        self.horses()
        for process in self._processes[wanted:]:
            for horse in _children(process.pid):
                send(horse, signal.SIGKILL)
            process.kill()
        del self._processes[wanted:]

    def wait_until_listening(self) -> None:
        """Wait until as many as are wanted take jobs; those that end meanwhile are replaced."""
        wait_for(lambda: not self.tend() and self.listening() >= self.wanted, f"{self.wanted} workers to listen")

    def listening(self) -> int:
        """Return how many of them have told Redis that they listen."""
        try:
            return len(self._registered() & set(self.parents))
        except redis.ConnectionError:
            return 0

    def _registered(self) -> set[int]:
        found = set()
        with self.bench.redis as client:
            for key in client.smembers("rq:workers"):
                host, pid = client.hmget(key, "hostname", "pid")
                if pid is not None and host.decode() == socket.gethostname():
                    found.add(int(pid))
        return found

    # processes

    @property
    def parents(self) -> list[int]:
        """The pids of the workers that live."""
        return [process.pid for process in self._processes if process.is_alive]

    def horses(self) -> list[int]:
        """Return the pids of the work-horses of workers that live."""
        found = {horse: parent for parent in self.parents for horse in _children(parent)}
        self._horses |= found
        return sorted(found)

    def parent_of(self, horse: int) -> int | None:
        """Return the worker that forked a horse which was seen before, where that worker lives."""
        parent = self._horses.get(horse)
        return parent if parent in self.parents else None

    def kill(self, kind: str, horse: int) -> list[int]:
        """Kill a horse, its parent, or both, parent first; return the pids.

        Args:
            kind: one of ``KINDS``.
        """
        assert kind in KINDS, kind
        parent = self.parent_of(horse)
        victims = [pid for pid in ([parent] if kind in ("parent", "both") else []) if pid is not None]
        victims += [horse] if kind in ("horse", "both") else []
        for pid in victims:
            send(pid, signal.SIGKILL)
        return victims

    def wait_until_idle(self) -> None:
        """Wait until none of them works."""
        wait_for(lambda: not self.tend() and not self.horses() and not self._alive_horses(), "the workers to be idle")

    def kill_all(self) -> None:
        """Kill all parents and all horses, orphans too."""
        self.horses()
        for pid in (*self.parents, *self._alive_horses()):
            send(pid, signal.SIGKILL)
        for process in self._processes:
            process.kill()

    def orphans(self) -> list[int]:
        """Return the horses that live on after their worker was killed."""
        parents = set(self.parents)
        return [horse for horse in self._alive_horses() if self._horses[horse] not in parents]

    def _alive_horses(self) -> list[int]:
        mark = f"{MARK}={self.bench.session}".encode()
        return [pid for pid in self._horses if mark in _environment(pid)]

    def stop(self) -> None:
        """Kill all that is left; stopped ones too."""
        self.kill_all()
        self._processes.clear()
        deadline = time.monotonic() + 10
        while self._alive_horses() and time.monotonic() < deadline:
            time.sleep(0.02)


@contextmanager
def running(bench: Workbench, wanted: int, **environment: str) -> Iterator[Workers]:
    """Have so many workers for the block; they listen when it begins and are gone after it."""
    workers = Workers(bench, wanted, environment)
    try:
        workers.start()
        yield workers
    finally:
        workers.stop()


def send(pid: int, number: int) -> bool:
    """Send a signal to one process; return whether it was there."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not only its exit code."""
    return state_of(pid) not in ("", "Z")


def state_of(pid: int) -> str:
    """Return a process's state ("T": stopped), "" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
