"""The sweeper: rings the runs that nobody works. Resuming is just claiming again."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from imogi_finance.batch.doors import BatchStore, Clock, Queue, Transactions
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.precedence import by_urgency
from imogi_finance.batch.run import Run
from imogi_finance.errors import QueueUnavailable, Transient

logger = logging.getLogger(__name__)


@dataclass
class Sweeper:
    """Run it each minute or oftener, and when a worker starts."""

    transactions: Transactions
    store: BatchStore
    queue: Queue
    clock: Clock
    leases: Leases = field(default_factory=Leases)

    def sweep(self) -> list[str]:
        """Ring every live run that nobody works and that was not rung for lately.

        Returns:
            The runs that were rung.

        Raises:
            Transient: the database did not answer; the next sweep may do better.
        """
        with self.transactions.reading():
            now = self.clock.now()
            abandoned = [run for run in by_urgency(self.store.live_runs()) if self.leases.is_abandoned(run, now)]
        rung = []
        for run in abandoned:
            if not self._ring(run, now):
                break
            rung.append(run.name)
        return rung

    def look_after(self, name: str) -> bool:
        """Ring one run where it is abandoned: somebody watches it, and need not wait for the next sweep.

        Returns:
            Whether it was rung.

        Raises:
            UnknownRun: there is none of this name.
            Transient: the database did not answer.
        """
        with self.transactions.reading():
            now = self.clock.now()
            run = self.store.run(name)
        patience = self.leases.settings.ring_patience_seconds
        is_new = run.epoch == 0 and 0 <= (now - run.created_at).total_seconds() < patience  # its own ring is on its way
        if is_new or not run.status.is_live or not self.leases.is_abandoned(run, now):
            return False
        return self._ring(run, now)

    def _ring(self, run: Run, now: datetime) -> bool:
        try:
            self.queue.ring(run.name, urgently=run.epoch > 0)
        except QueueUnavailable as error:
            logger.warning("run=%s could not be rung, the next sweep tries again: %s", run.name, error)
            return False
        try:
            with self.transactions.transaction():
                self.store.note_ring(run, now)
        except Transient as error:
            logger.warning("run=%s ring not noted, it may be rung twice: %s", run.name, error)
        return True
