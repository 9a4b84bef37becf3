"""The sweeper: rings the runs that nobody works. Resuming is just claiming again."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from imogi_finance.batch.doors import BatchStore, Clock, Queue, Transactions
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.errors import QueueUnavailable, Transient

logger = logging.getLogger(__name__)


@dataclass
class Sweeper:
    """Run it each minute or oftener, and when a worker starts."""

    transactions: Transactions
    store: BatchStore
    queue: Queue
    clock: Clock
    settings: EngineSettings = field(default_factory=EngineSettings)

    def sweep(self) -> list[str]:
        """Ring every live run whose lease has run out and that was not rung for lately.

        Returns:
            The runs that were rung.

        Raises:
            Transient: the database did not answer; the next sweep may do better.
        """
        with self.transactions.reading():
            now = self.clock.now()
            patience = self.settings.ring_patience_seconds
            abandoned = self.store.abandoned(now, ring_patience_seconds=patience)
        rung = []
        for run in abandoned:
            try:
                self.queue.ring(run.name)
            except QueueUnavailable as error:
                logger.warning("run=%s could not be rung, the next sweep tries again: %s", run.name, error)
                break
            rung.append(run.name)
            try:
                with self.transactions.transaction():
                    self.store.note_ring(run, now)
            except Transient as error:
                logger.warning("run=%s ring not noted, it may be rung twice: %s", run.name, error)
        return rung
