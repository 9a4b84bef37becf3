"""What a batch run and its items are: statuses, the edges between them, and the rows as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from imogi_finance.errors import IllegalTransition

LOWEST_PRIORITY, USUAL_PRIORITY, HIGHEST_PRIORITY = 1, 5, 9
# No pause is ever this long: a time farther ahead was written by a clock that has jumped since.
FARTHEST_SECONDS = 600.0


class RunStatus(str, Enum):
    PENDING = "Pending"
    PROCESSING = "Processing"
    UNDOING = "Undoing"
    COMPLETED = "Completed"
    COMPLETED_WITH_ERRORS = "Completed with Errors"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    NEEDS_ATTENTION = "Needs Attention"

    @property
    def is_live(self) -> bool:
        """Whether a worker has, or will have, something to do for the run."""
        return self in _LIVE


_LIVE = frozenset({RunStatus.PENDING, RunStatus.PROCESSING, RunStatus.UNDOING})

EDGES: Mapping[RunStatus, frozenset[RunStatus]] = {
    RunStatus.PENDING: frozenset({RunStatus.PROCESSING}),
    RunStatus.PROCESSING: frozenset(
        {RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS, RunStatus.UNDOING, RunStatus.CANCELLED}
    ),
    RunStatus.UNDOING: frozenset({RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.NEEDS_ATTENTION}),
    RunStatus.NEEDS_ATTENTION: frozenset({RunStatus.UNDOING}),  # the user retries the undo
    RunStatus.COMPLETED_WITH_ERRORS: frozenset({RunStatus.PENDING}),  # the user retries the failed items
    RunStatus.COMPLETED: frozenset(),
    RunStatus.FAILED: frozenset(),
    RunStatus.CANCELLED: frozenset({RunStatus.PENDING}),  # the user resumes a per-item run
}


class ItemStatus(str, Enum):
    PENDING = "Pending"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"  # the run ended before its turn: nothing was made
    UNDONE = "Undone"
    UNDO_FAILED = "Undo Failed"


def live_key(doctype: str, name: str) -> str:
    """Return what a live run holds of a document, so that it is in no other."""
    return f"{doctype}:{name}"


class Policy(str, Enum):
    """What one item that fails for good means for the run."""

    ALL_OR_NOTHING = "All or Nothing"
    PER_ITEM = "Per Item"


@dataclass(frozen=True)
class NewItem:
    """An item to be stored with a new run.

    Args:
        reference_doctype: doctype of the document to work on.
        reference_name: its name.
        amount: what is asked for it, as exact decimal text ("" where the kind has no amounts).
        decided: what it is from the start, Failed or Skipped, where nothing is to be tried with it; its
            document stays free for other runs.
        error: why it is decided, for the one who asked.
    """

    reference_doctype: str
    reference_name: str
    amount: str = ""
    decided: ItemStatus | None = None
    error: str | None = None

    @property
    def status(self) -> ItemStatus:
        """What it is stored as."""
        return self.decided or ItemStatus.PENDING

    @property
    def live_key(self) -> str | None:
        """What may be in one live run only; None where it is decided."""
        return None if self.decided else live_key(self.reference_doctype, self.reference_name)


@dataclass(frozen=True)
class NewRun:
    """A run to be stored. Its items come beside it, as they may be 100,000.

    Args:
        holds_document: whether the document that it is about may be in one live run only, as a bank
            transaction; runs about a company go on beside each other.
        priority: 1 to 9, the most urgent 9. A more urgent run that waits is worked first.
    """

    kind: str
    requested_by: str
    company: str
    reference_doctype: str
    reference_name: str
    chunk_size: int
    request_digest: str = ""
    idempotency_key: str | None = None
    retry_of: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    holds_document: bool = True
    priority: int = USUAL_PRIORITY

    @property
    def live_key(self) -> str | None:
        """What may be in one live run only; None where it holds no document but those of its items."""
        return live_key(self.reference_doctype, self.reference_name) if self.holds_document else None


@dataclass(frozen=True)
class Item:
    """One row of a run: a document to work on, and what became of it.

    ``attempt`` counts the tries that failed for reasons that may pass; success sets it back to 0.
    """

    run: str
    position: int
    reference_doctype: str
    reference_name: str
    amount: str
    status: ItemStatus
    attempt: int
    retry_at: datetime | None
    result_doctype: str | None
    result_name: str | None
    error: str | None

    @property
    def document(self) -> str:
        return f"{self.reference_doctype} {self.reference_name}"


@dataclass(frozen=True)
class Run:
    """One row of ``Batch Run``. Counters are exact: they commit with the item rows they count.

    ``lease_seconds`` is kept beside the expiry so that a lease written by a clock that was far
    ahead is recognised and does not lock the run for hours. ``joinable`` says whether other workers
    may work under the present epoch too; within an epoch it never changes, and nobody joins where it
    is False. So one who holds such a run is alone. ``started_at`` is when it was begun last;
    ``worked_seconds`` is how long it had been worked before it was reopened. ``wake_at`` is since when it
    waits, or from when on it may be worked again.
    """

    name: str
    kind: str
    status: RunStatus
    requested_by: str
    company: str
    reference_doctype: str
    reference_name: str
    holds_document: bool
    priority: int
    request_digest: str
    idempotency_key: str | None
    retry_of: str | None
    chunk_size: int
    options: Mapping[str, Any]
    total: int
    processed: int
    succeeded: int
    failed: int
    to_undo: int
    undone: int
    undo_failed: int
    epoch: int
    lease_holder: str | None
    lease_expires_at: datetime | None
    lease_seconds: float
    joinable: bool
    stalls: int
    wake_at: datetime | None
    rung_at: datetime | None
    cancel_requested_by: str | None
    result: Mapping[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    worked_seconds: float

    @property
    def document(self) -> str:
        return f"Batch Run {self.name}"

    @property
    def live_key(self) -> str | None:
        """What may be in one live run only: see ``NewRun``."""
        return live_key(self.reference_doctype, self.reference_name) if self.holds_document else None

    @property
    def cancel_requested(self) -> bool:
        return self.cancel_requested_by is not None

    def elapsed_seconds(self, now: datetime) -> float:
        """Return for how long the run has been worked until this moment, or until it ended."""
        if self.started_at is None:
            return self.worked_seconds
        return self.worked_seconds + max(0.0, ((self.ended_at or now) - self.started_at).total_seconds())

    def is_leased(self, now: datetime) -> bool:
        """Whether a worker holds the run at this moment."""
        if self.lease_holder is None or self.lease_expires_at is None:
            return False
        return now < self.lease_expires_at <= now + timedelta(seconds=self.lease_seconds + 1)

    def check_edge(self, status: RunStatus) -> None:
        """Raise unless the status may follow the present one.

        Raises:
            IllegalTransition: there is no such edge.
        """
        if status is not self.status and status not in EDGES[self.status]:
            raise IllegalTransition(f"{self.document} cannot go from {self.status.value} to {status.value}")


def is_finishing(run: Run) -> bool:
    """Whether every item has been decided and only the final step is left."""
    return run.status is RunStatus.PROCESSING and run.processed >= run.total


@dataclass(frozen=True)
class Lease:
    """The right to work a run, until somebody raises its epoch. Where the run is joinable, others may have it too."""

    run: str
    epoch: int
    holder: str
