"""The doors of the engine: what it needs from the world, in its own words.

Each world (ERPNext, the sandbox, the simulation) has one implementation of each, and one contract
test suite holds them all to what is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from imogi_finance.batch.run import Item, ItemStatus, Lease, NewItem, NewRun, Run


class Transactions(Protocol):
    """One database connection of one process, shared by the store and the books.

    Nobody else may commit or roll back on it inside a block; where the world's own code could, the
    implementation prevents it or makes the block fail. A failure while rolling back never replaces
    the exception that led to it, and a connection that an interrupt has left in doubt is replaced
    before it is used again.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Commit on a normal exit, roll back on any exception.

        It starts from a fresh view, and every statement in it sees what others have committed by
        then (on MariaDB: READ COMMITTED). What the world does after a commit never raises here.

        Raises:
            Conflict: deadlock, lock wait or busy, or the transaction was lost inside; nothing was written.
            OutcomeUnknown: the connection broke during commit; read the rows to know.
        """

    def reading(self) -> AbstractContextManager[None]:
        """See one fresh state of the rows for the block, without keeping any writer waiting; write nothing."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Inside a transaction: keep on a normal exit, undo everything since on an exception."""


class BatchStore(Protocol):
    """The rows of runs and items. Every method runs inside the caller's transaction."""

    def insert_run(self, run: NewRun, items: Sequence[NewItem], now: datetime) -> Run:
        """Store a run as Pending with its items; those that are decided count as processed from the start.

        Raises:
            LiveKeyTaken: the run's document, or an item's, is in a live run.
        """

    def run(self, name: str) -> Run:
        """Read a run as last committed.

        Raises:
            UnknownRun: there is none of this name.
        """

    def run_by_idempotency_key(self, requested_by: str, key: str) -> Run | None:
        """Return the run a user asked for with this key, however it ended."""

    def give_key(self, run: Run, key: str) -> Run | None:
        """Have a run that has no idempotency key answer to one; None where it has got another meanwhile."""

    def retry_of(self, run: str, *, but: str | None = None) -> Run | None:
        """Return the newest run that was made by retrying this one, whoever did; one may be left out."""

    def latest_run_by_digest(self, digest: str, *, but: str | None = None) -> Run | None:
        """Return the newest run made from the very same request; one may be left out."""

    def holders(self, live_keys: Sequence[str]) -> Mapping[str, str]:
        """Return which of the keys are in a live run, and in which."""

    def claim(
        self, run: Run, *, holder: str, now: datetime, lease_seconds: float, joinable: bool = False
    ) -> Lease | None:
        """Raise the epoch and take the lease, if epoch, status and lease are still as they were read; else None.

        Where another transaction holds the run's row the answer is None at once: a claimer that waited
        would steal a healthy run whose lease was renewed meanwhile.
        """

    def held(self, lease: Lease) -> Run:
        """Read the run, if the lease still holds it. Keeps nobody out: the guard is in ``save``.

        Raises:
            LeaseLost: its epoch is no longer the lease's.
        """

    def save(self, lease: Lease, *, added: Mapping[str, int] | None = None, **changes: Any) -> Run:
        """Write fields of the run, guarded by the lease's epoch, and hold its row until the transaction ends.

        Args:
            added: what is added to counters as they are by then, whoever has written to them meanwhile.
            changes: fields and their new values; a new epoch ends every lease but that of the new one.

        Returns:
            The run as it is now. Its counters stay so until the transaction ends.

        Raises:
            LeaseLost: its epoch is no longer the lease's.
            IllegalTransition: the new status may not follow the old one.
        """

    def cancel_requested(self, name: str) -> bool:
        """Whether a cancel has been asked for by now, seen even from inside a transaction."""

    def request_cancel(self, name: str, user: str) -> None:
        """Note that the user wants a live run to stop. Never waits for the transaction that works it."""

    def note_ring(self, run: Run, now: datetime) -> None:
        """Note when the queue was rung for the run, unless it was claimed since it was read. Never waits either."""

    def waiting_runs(self, requested_by: str) -> Sequence[str]:
        """Return the names of a user's runs that are Pending, the oldest first.

        Once the caller's transaction has stored a run, nobody else stores one before it ends: what is
        counted then is exact.
        """

    def live_runs(self) -> Sequence[Run]:
        """Return the runs that a worker has, or will have, something to do for; the oldest first."""

    def due_items(self, run: str, now: datetime, *, limit: int) -> Sequence[Item]:
        """Take pending items whose turn has come, by position, and hold them until the transaction ends.

        Items that another transaction holds are left out: never waited for, never given to two.

        A turn farther off than ``FARTHEST_SECONDS`` was written by a clock that has jumped: it has come.
        """

    def still(self, items: Sequence[Item]) -> Sequence[Item]:
        """Take those of the items again that are as they were read and that nobody else holds."""

    def next_retry(self, run: str) -> datetime | None:
        """Return when the next pending item is due, whoever holds it; None where none is pending."""

    def items_to_undo(self, run: str, now: datetime, *, limit: int) -> Sequence[Item]:
        """Return succeeded items whose turn has come, newest result first.

        All items of one result document come together, so the limit may be passed by the rest of
        the last one.
        """

    def next_undo(self, run: str) -> datetime | None:
        """Return when the next succeeded item is due to be undone; None where none is left."""

    def save_items(self, lease: Lease, items: Iterable[Item]) -> None:
        """Write status, attempt, retry time, result and error of the items."""

    def close_items(self, lease: Lease, *, since: ItemStatus, to: ItemStatus, error: str | None) -> int:
        """Turn every item of one status to another; return how many there were."""

    def release_keys(self, lease: Lease) -> None:
        """Let other runs take this run's documents, but for items whose undo failed."""

    def reopen_items(self, run: str, *, since: ItemStatus, to: ItemStatus, unexplained: bool = False) -> int:
        """Make items ready for another try: attempts 0, no error, live keys taken again; return how many.

        Args:
            unexplained: only those without an error: what is left out for a reason stays so.

        Raises:
            LiveKeyTaken: another live run has one of the documents by now.
        """

    def reopen(self, run: Run, **changes: Any) -> Run:
        """Write fields of a run that no worker holds (its status is not live).

        Raises:
            LeaseLost: the run has changed since it was read.
            IllegalTransition: the new status may not follow the old one.
        """

    def items(self, run: str, statuses: Sequence[ItemStatus] | None, *, offset: int, limit: int) -> Sequence[Item]:
        """Return a page of a run's items by position; ``statuses`` None means all."""

    def count_items(self, run: str, statuses: Sequence[ItemStatus] | None) -> int:
        """Return how many items of these statuses the run has."""

    def items_of_result(self, run: str, doctype: str, name: str) -> Sequence[Item]:
        """Return the items that a result document stands for."""

    def results(self, run: str) -> Iterator[tuple[str, str, Sequence[str]]]:
        """Yield each result document once: doctype, name and the amounts of its succeeded items.

        The iteration holds no more than a page of rows in memory.
        """


class Queue(Protocol):
    """The doorbell of the workers. Rings may be lost, doubled or late."""

    def ring(self, run: str, *, urgently: bool = False) -> None:
        """Ask some worker to work the run.

        Args:
            urgently: before everything that waits; for a run that was at work already.

        Raises:
            QueueUnavailable: the bell could not be rung; the sweeper will try again.
        """

    def invite(self, *, last: bool = False) -> None:
        """Ask some worker that has nothing else to do to stand by the live runs, if nobody is asked or stands by yet.

        Args:
            last: after all other work that this worker could be called to.

        Raises:
            QueueUnavailable: the bell could not be rung.
        """


class StandbyPlace(Protocol):
    """The one place beside the live runs where a worker that has nothing else to do waits for another to die.

    It lapses some seconds after it was last taken. None of its methods raises.
    """

    def take(self, holder: str) -> bool:
        """Take the place, or keep it; False where somebody else has it."""

    def leave(self, holder: str) -> None:
        """Give the place up, if this holder has it."""

    def is_wanted_elsewhere(self) -> bool:
        """Whether other work waits for this worker, or it is asked to stop."""


class Realtime(Protocol):
    """Tells the browser. What it says may be lost; the rows are the truth."""

    def publish(self, event: str, payload: Mapping[str, Any], *, run: str, user: str) -> None:
        """Send an event to the run's room and to the user who asked, and to nobody else. Never raises."""


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """Return the present time with a time zone."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Users(Protocol):
    """Who may do what, and in whose name a worker acts."""

    def acting_as(self, user: str, *, undoing: bool) -> AbstractContextManager[None]:
        """Act as the user inside the block. Undoing what a run made is allowed even to one disabled since.

        Raises:
            NotPermitted: the user is disabled or gone, and this is not an undo.
        """

    def check_may_see(self, user: str, run: Run) -> None:
        """Raise NotPermitted or UnknownRun unless the user may see the run."""

    def check_may_act(self, user: str, run: Run) -> None:
        """Raise NotPermitted or UnknownRun unless the user may cancel or retry the run."""
