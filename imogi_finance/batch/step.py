"""One step of a run: what its code needs, and which items it was at when it failed."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
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
    attempt is counted against them. ``waits`` tells the engine that nothing is due yet.
    """

    transactions: Transactions
    store: BatchStore
    clock: Clock
    settings: EngineSettings
    interrupts: tuple[type[BaseException], ...]
    lease: Lease
    kind: BatchKind = field(init=False)
    suspects: tuple[Item, ...] = ()
    waits: bool = False

    @property
    def passing(self) -> tuple[type[BaseException], ...]:
        """What is never an item's fault, and goes through every handler."""
        return (Transient, LeaseLost, *self.interrupts)

    def renewed(self, run: Run) -> dict[str, Any]:
        """Return the fields that renew the lease and note that the run has moved on.

        A lease that had to grow stays so: this run's units are slow.
        """
        seconds = max(self.settings.lease_seconds, run.lease_seconds)
        return {
            "lease_expires_at": self.clock.now() + timedelta(seconds=seconds),
            "lease_seconds": seconds,
            "stalls": 0,
        }

    def ended(self) -> dict[str, Any]:
        """Return the fields of a run that ends now."""
        return ended_fields(self.clock.now())

    def log(self, run: Run, message: str) -> None:
        """Log a line that carries run and epoch."""
        logger.info(
            "run=%s epoch=%s status=%s processed=%s/%s undone=%s/%s %s",
            *(run.name, self.lease.epoch, run.status.value, run.processed, run.total, run.undone, run.to_undo, message),
        )


def ended_fields(now: datetime) -> dict[str, Any]:
    """Return the fields of a run that no worker needs to hold any more."""
    return {"lease_holder": None, "lease_expires_at": None, "stalls": 0, "wake_at": None, "ended_at": now}
