"""One step of a run: what its code needs, and which items it was at when it failed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from imogi_finance.batch.doors import BatchStore, Clock, Transactions
from imogi_finance.batch.kind import BatchKind
from imogi_finance.batch.run import Item, Lease, Run
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.errors import LeaseLost, Transient

logger = logging.getLogger("imogi_finance.batch")


@dataclass
class Step:
    """The state of one transaction of one run.

    ``suspects`` are the items being worked at the moment; when the transaction is lost, the
    attempt is counted against them. ``chunk`` are the positions of all that it takes. ``waits``
    tells the engine that nothing is due yet, or that others hold what is. ``next_lease`` is what
    the worker holds once the transaction is committed.
    """

    transactions: Transactions
    store: BatchStore
    clock: Clock
    settings: EngineSettings
    interrupts: tuple[type[BaseException], ...]
    lease: Lease
    kind: BatchKind = field(init=False)
    suspects: tuple[Item, ...] = ()
    chunk: str = "-"
    waits: bool = False
    next_lease: Lease = field(init=False)

    def __post_init__(self) -> None:
        self.next_lease = self.lease

    @property
    def passing(self) -> tuple[type[BaseException], ...]:
        """What is never an item's fault, and goes through every handler."""
        return (Transient, LeaseLost, *self.interrupts)

    def take(self, items: Sequence[Item]) -> Sequence[Item]:
        """Note which items are worked, for the log."""
        self.chunk = positions(item.position for item in items) or "-"
        return items

    def count_attempt(self, error: Transient) -> None:
        """Count an attempt of the items that were being worked when the transaction was lost.

        They were free from then on: what another worker has taken up, or done, since is left alone.
        """
        if not self.suspects:
            return
        try:
            with self.transactions.transaction():
                self.store.held(self.lease)
                blamed = self.store.still(self.suspects)
                self.store.save_items(self.lease, self._after_attempt(blamed, error))
                self.store.save(self.lease, stalls=0)
        except Transient as again:
            logger.warning("run=%s attempt not counted: %s", self.lease.run, again)

    def _after_attempt(self, items: Sequence[Item], error: Transient) -> list[Item]:
        """Return items of one unit as they are after a try that failed: they are due again at one time, as one unit."""
        pause = timedelta(seconds=self.settings.item_pause(max((item.attempt for item in items), default=0) + 1))
        due = self.clock.now() + pause
        return [replace(item, attempt=item.attempt + 1, retry_at=due, error=str(error)) for item in items]

    def renewed(self, run: Run) -> dict[str, Any]:
        """Return the fields that renew the lease and note that the run has moved on."""
        return {**self.prolonged(run), "stalls": 0}

    def prolonged(self, run: Run) -> dict[str, Any]:
        """Return the fields that renew the lease. The holder is who wrote last, of all who work the run.

        A lease that had to grow stays so: this run's units are slow.
        """
        seconds = max(self.settings.lease_seconds, run.lease_seconds)
        return {
            "lease_holder": self.lease.holder,
            "lease_expires_at": self.clock.now() + timedelta(seconds=seconds),
            "lease_seconds": seconds,
        }

    def ended(self) -> dict[str, Any]:
        """Return the fields of a run that ends now."""
        return ended_fields(self.clock.now())

    def log(self, run: Run, message: str) -> None:
        """Log a line that carries run, epoch and chunk."""
        logger.info(
            "run=%s epoch=%s chunk=%s status=%s processed=%s/%s undone=%s/%s %s",
            *(run.name, self.lease.epoch, self.chunk, run.status.value),
            *(run.processed, run.total, run.undone, run.to_undo, message),
        )


def positions(of: Iterable[int]) -> str:
    """Return positions as people write them: "40-59", "3,7-9"."""
    spans: list[list[int]] = []
    for position in sorted(of):
        if spans and position == spans[-1][1] + 1:
            spans[-1][1] = position
        else:
            spans.append([position, position])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def ended_fields(now: datetime) -> dict[str, Any]:
    """Return the fields of a run that no worker needs to hold any more."""
    return {"lease_holder": None, "lease_expires_at": None, "stalls": 0, "wake_at": None, "ended_at": now}
