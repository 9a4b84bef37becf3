"""Processes that take turns under a seed, in virtual time.

Each simulated process is a greenlet. It gives way at every pause: fault points, the begin and the
end of transactions, rings and sleeps. Who goes on is drawn from the seed, so a seed is an interleaving.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from greenlet import greenlet

START = datetime(2026, 3, 16, 8, 0, tzinfo=timezone.utc)
NEVER = float("inf")
MOST_TURNS = 20_000  # a seed takes some hundred


class Killed(BaseException):
    """The process was killed where it stood; unwinding must have no effect on anything."""


class RanTooLong(Exception):
    """Virtual time or the number of turns went past every reasonable bound."""


class Process:
    """One simulated process.

    Args:
        main: what it does; it ends when this returns.
    """

    def __init__(self, scheduler: Scheduler, name: str, main: Callable[[Process], None], ready_at: float) -> None:
        self.name = name
        self.ready_at = ready_at
        self.alive = True
        self.started = False
        self.clock_offset = 0.0
        self.on_kill: Callable[[], None] = lambda: None
        self._scheduler = scheduler
        self._main = main
        self.greenlet = greenlet(self._run)

    def _run(self) -> None:
        self.started = True
        if self.alive:
            with suppress(Killed):
                self._main(self)
        self.alive = False
        self._scheduler.processes.remove(self)

    def kill(self) -> None:
        """End the process as SIGKILL does; it unwinds when it would next have run."""
        self.alive = False
        self.ready_at = 0.0
        self.on_kill()


class Scheduler:
    """Chooses who runs next.

    Args:
        switch_rate: how often a pause gives way to another process, 0 to 1.
    """

    def __init__(self, rng: random.Random, *, switch_rate: float) -> None:
        self.rng = rng
        self.now = 0.0
        self.clock_offset = 0.0
        self.switch_rate = switch_rate
        self.processes: list[Process] = []
        self.current: Process | None = None
        self.turns = 0
        self._hub = greenlet.getcurrent()

    def spawn(self, name: str, main: Callable[[Process], None], *, at: float = 0.0) -> Process:
        """Add a process that starts at a virtual time."""
        process = Process(self, name, main, max(at, self.now))
        self.processes.append(process)
        return process

    def run(self, until: Callable[[], bool], *, before: float, wake: Callable[[], float]) -> None:
        """Let the processes take turns.

        Args:
            until: whether to stop, asked before each turn.
            before: the virtual time, in seconds, by which it must.
            wake: gives work to waiting processes; returns when it next wants to be asked.

        Raises:
            RanTooLong: ``before`` came first.
        """
        while not until():
            due = wake()
            ready = [process for process in self.processes if process.ready_at <= self.now]
            if not ready:
                self.now = max(self.now, min((due, *(process.ready_at for process in self.processes))))
                if self.now >= before:
                    raise RanTooLong(f"not ended after {before:,.0f} s")
                continue
            self._switch_to(ready[int(self.rng.random() * len(ready))])

    def _switch_to(self, process: Process) -> None:
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise RanTooLong(f"more than {MOST_TURNS:,} turns")
        self.now += self.rng.random() * 0.01
        self.current = process
        process.greenlet.switch()
        self.current = None

    def park(self, until: float) -> None:
        """Let the current process wait until a virtual time.

        Raises:
            Killed: it was killed meanwhile.
        """
        process = self.current
        assert process is not None
        if not process.alive:
            raise Killed
        process.ready_at = until
        self._hub.switch()
        if not process.alive:
            raise Killed

    def give_way(self) -> None:
        """Let another process go first, or not, as the seed says."""
        if self.rng.random() < self.switch_rate:
            self.park(self.now)

    def bury(self) -> None:
        """Unwind every process that is left."""
        for process in list(self.processes):
            process.kill()
            self.current = process
            process.greenlet.switch()
        self.current = None


class SimulatedClock:
    """See ``imogi_finance.batch.doors.Clock``: virtual time as one process sees it."""

    def __init__(self, scheduler: Scheduler, process: Process) -> None:
        self._scheduler = scheduler
        self._process = process

    def now(self) -> datetime:
        scheduler = self._scheduler
        seconds = scheduler.now + scheduler.clock_offset + self._process.clock_offset
        return START + timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        self._scheduler.park(self._scheduler.now + max(seconds, 0.0))
