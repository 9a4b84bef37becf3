"""Which run goes first: the more urgent one that nobody works, and of equally urgent ones the one without a worker.

A ring names a run, but is only a doorbell: it says that there is work. So who is rung looks whether something more
urgent waits, and who works looks now and then.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imogi_finance.batch.doors import BatchStore, Clock, Transactions
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.run import Run, RunStatus
from imogi_finance.errors import Transient

logger = logging.getLogger(__name__)


def by_urgency(runs: Sequence[Run]) -> list[Run]:
    """Return runs in the order in which they are to be worked: the most urgent first, of equals the oldest."""
    return sorted(runs, key=lambda run: -run.priority)  # they come oldest first, and sorting keeps that


@dataclass(frozen=True)
class Precedence:
    """Judges which runs go before others.

    Args:
        kinds: those that this worker knows.
    """

    transactions: Transactions
    store: BatchStore
    clock: Clock
    leases: Leases
    kinds: Collection[str]

    def before(self, name: str) -> Sequence[str]:
        """Return the runs that a worker that is rung for a run goes to first, the most urgent first.

        Where others work that run already, those that are as urgent and have nobody go before it too. What is being
        undone is never left for something else.

        Raises:
            UnknownRun: there is no such run.
            Transient: the database did not answer.
        """
        with self.transactions.reading():
            run = self.store.run(name)
            if run.status not in (RunStatus.PENDING, RunStatus.PROCESSING):
                return []
            is_worked = not self.leases.is_free(run, self.clock.now())
            return self._waiting(run, equals=is_worked)

    def waiting_beside(self, run: Run, *, equals: bool) -> Sequence[str]:
        """Return the runs that a worker of this one should go to.

        Args:
            equals: whether those that are as urgent go before it too.

        Raises:
            Transient: the database did not answer.
        """
        with self.transactions.reading():
            return self._waiting(run, equals=equals)

    def _waiting(self, run: Run, *, equals: bool) -> Sequence[str]:
        """Return the more urgent runs of a known kind that nobody works, and whose time it is."""
        now = self.clock.now()
        least = run.priority if equals else run.priority + 1
        waiting = [
            other
            for other in self.store.live_runs()
            if other.name != run.name
            and other.priority >= least
            and other.kind in self.kinds
            and other.status in (RunStatus.PENDING, RunStatus.PROCESSING)
            and self.leases.is_idle(other, now)
        ]
        return [other.name for other in by_urgency(waiting)]


@dataclass
class Manners:
    """Looks now and then, while a run is worked, whether its worker should go to another one.

    One that has just come is left to whoever is idle: only what waited at the look before, too, is gone to.

    Args:
        seconds: between two looks.
        is_guest: whether this worker has joined others, who go on without it.
    """

    precedence: Precedence
    seconds: float
    is_guest: bool
    _next: datetime = field(init=False)
    _seen: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._look_after(self.seconds)

    def are_to_leave(self, run: Run) -> bool:
        """Whether to let the run go now. Between two transactions."""
        ahead = (self._next - self.precedence.clock.now()).total_seconds()
        if 0 < ahead <= self.seconds:  # farther than that it was set by a clock that has jumped since
            return False
        self._look_after(self.seconds)
        try:
            waiting = frozenset(self.precedence.waiting_beside(run, equals=self.is_guest))
        except Transient as error:
            logger.warning("run=%s nobody knows what waits beside it: %s", run.name, error)
            waiting = frozenset()
        before, self._seen = self._seen, waiting
        return bool(before & waiting)

    def _look_after(self, seconds: float) -> None:
        self._next = self.precedence.clock.now() + timedelta(seconds=seconds)
