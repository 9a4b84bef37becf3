"""What people do to a run from outside: look at it, cancel it, retry it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imogi_finance.batch.doorbell import ring_or_leave
from imogi_finance.batch.doors import BatchStore, Clock, Queue, Transactions, Users
from imogi_finance.batch.kind import BatchKind
from imogi_finance.batch.progress import ProgressPublisher, progress
from imogi_finance.batch.run import Item, ItemStatus, Policy, Run, RunStatus
from imogi_finance.batch.step import ended_fields
from imogi_finance.errors import LeaseLost, LiveKeyTaken, Refused

BAD_ITEMS = (ItemStatus.FAILED, ItemStatus.UNDO_FAILED)
_FAILED_ITEMS_SHOWN = 20
_HOW_TO_TAKE_BACK = {
    Policy.ALL_OR_NOTHING: "Undo a completed run by unreconciling its bank transaction and cancelling its payments.",
    Policy.PER_ITEM: "What it has made stays. Cancel or delete the documents that should not be there.",
}


@dataclass
class BatchControl:
    """The run as its user meets it. Every method checks that this user may.

    Args:
        resubmit: for each all-or-nothing kind, how to ask again for an ended run that left nothing
            behind; it returns the new run, or raises Refused where it would not be accepted today.
    """

    transactions: Transactions
    store: BatchStore
    queue: Queue
    clock: Clock
    users: Users
    progress: ProgressPublisher
    kinds: Mapping[str, BatchKind]
    resubmit: dict[str, Callable[[Run, str], Run]] = field(default_factory=dict)

    def status(self, name: str, *, user: str) -> dict[str, Any]:
        """Return where the run is, in plain values, from its rows.

        Raises:
            UnknownRun, NotPermitted: there is none, or not for this user.
        """
        with self.transactions.reading():
            run = self.store.run(name)
            self.users.check_may_see(user, run)
            bad = self.store.items(name, BAD_ITEMS, offset=0, limit=_FAILED_ITEMS_SHOWN)
            bad_total = self.store.count_items(name, BAD_ITEMS)
        return {**self.summary(run), "failed_items": [item_row(item) for item in bad], "failed_items_total": bad_total}

    def summary(self, run: Run) -> dict[str, Any]:
        """Return what is shown of a run in a list."""
        kind = self.kinds[run.kind]
        return {
            "job_id": run.name,
            "kind": run.kind,
            "policy": kind.policy.value,
            "title": kind.title(run),
            "priority": run.priority,
            "status": run.status.value,
            **progress(run, kind.policy),
            "items_total": run.total,
            "processed": run.processed,
            "succeeded": run.succeeded,
            "failed": run.failed,
            "undone": run.undone,
            "left_out": left_out(run, kind),
            "message": kind.message(run),
            "error": run.error,
            "requested_by": run.requested_by,
            "company": run.company,
            "retry_of": run.retry_of,
            "created_at": run.created_at.isoformat(),
            "started_at": run.started_at.isoformat() if run.started_at else None,
            "ended_at": run.ended_at.isoformat() if run.ended_at else None,
            "elapsed_seconds": run.elapsed_seconds(self.clock.now()),
            "cancel_requested": run.cancel_requested,
            "can_cancel": can_cancel(run),
            "can_retry": can_retry(run, kind),
            "can_resume": can_resume(run, kind),
            "result": dict(run.result) if run.result else None,
            **kind.payload(run),
        }

    def items(
        self, name: str, *, user: str, statuses: Sequence[ItemStatus] | None = None, offset: int = 0, limit: int = 50
    ) -> dict[str, Any]:
        """Return a page of the run's items (limit 1 to 1,000) and how many there are."""
        with self.transactions.reading():
            run = self.store.run(name)
            self.users.check_may_see(user, run)
            page = self.store.items(name, statuses, offset=max(0, offset), limit=min(max(1, limit), 1000))
            total = run.total if statuses is None else self.store.count_items(name, statuses)
        return {"items": [item_row(item) for item in page], "total": total}

    def cancel(self, name: str, *, user: str) -> Run:
        """Ask a run to stop. It is seen between two units of work; asking twice is asking once.

        A run that no worker has taken up ends at once.

        Raises:
            Refused: the run has ended, or is being undone already.
        """
        with self.transactions.transaction():
            run = self.store.run(name)
            self.users.check_may_act(user, run)
            if run.cancel_requested and run.status.is_live:
                return run
            if not can_cancel(run):
                raise Refused.because(
                    run.document,
                    "not_cancellable",
                    f"It is {run.status.value} and cannot be cancelled.",
                    _HOW_TO_TAKE_BACK[self.kinds[run.kind].policy],
                )
            self.store.request_cancel(name, user)
            run = self.store.run(name)
            if run.epoch == 0:
                run = self._cancel_unstarted(run)
        if run.status.is_live:
            ring_or_leave(self.queue, name)
        else:
            self.progress.publish(run, self.kinds[run.kind])
        return run

    def _cancel_unstarted(self, run: Run) -> Run:
        """End a run that was never claimed: nothing was made, so nothing is undone."""
        lease = self.store.claim(run, holder="cancel", now=self.clock.now(), lease_seconds=1.0)
        if lease is None:
            return run
        self.store.close_items(lease, since=ItemStatus.PENDING, to=ItemStatus.SKIPPED, error=None)
        if self.kinds[run.kind].policy is Policy.ALL_OR_NOTHING:
            self.store.save(lease, status=RunStatus.UNDOING)
        run = self.store.save(lease, status=RunStatus.CANCELLED, **ended_fields(self.clock.now()))
        self.store.release_keys(lease)
        return run

    def retry(self, name: str, *, user: str) -> Run:
        """Try again what did not work: the undo, the failed items, or the whole request.

        A per-item run that was cancelled goes on with the items that it has not come to, too.

        Returns:
            The run that goes on: the same one, or a new one where the old left nothing behind.

        Raises:
            Refused: there is nothing to retry, or the request would not be accepted today.
        """
        with self.transactions.transaction():
            run = self.store.run(name)
            self.users.check_may_act(user, run)
            kind = self.kinds[run.kind]
            if not can_retry(run, kind):
                raise Refused.because(
                    run.document,
                    "not_retryable",
                    f"It is {run.status.value}: there is nothing to try again.",
                    "Wait until it has ended, or start a new run.",
                )
            reopened = run.status is RunStatus.NEEDS_ATTENTION or kind.policy is Policy.PER_ITEM
            if reopened:
                run = self._reopen(run)
        if not reopened:
            return self.resubmit[run.kind](run, user)
        ring_or_leave(self.queue, name)
        return run

    def _reopen(self, run: Run) -> Run:
        afresh = {"ended_at": None, "started_at": None, "worked_seconds": run.elapsed_seconds(self.clock.now())}
        try:
            if run.status is RunStatus.NEEDS_ATTENTION:
                self.store.reopen_items(run.name, since=ItemStatus.UNDO_FAILED, to=ItemStatus.SUCCEEDED)
                return self.store.reopen(run, status=RunStatus.UNDOING, undo_failed=0, **afresh)
            again = self.store.reopen_items(run.name, since=ItemStatus.FAILED, to=ItemStatus.PENDING)
            if run.status is RunStatus.CANCELLED:  # those it had not come to were never counted as processed
                self.store.reopen_items(run.name, since=ItemStatus.SKIPPED, to=ItemStatus.PENDING, unexplained=True)
            return self.store.reopen(
                run,
                status=RunStatus.PENDING,
                processed=run.processed - again,
                failed=0,
                wake_at=self.clock.now(),  # since when it waits
                error=None,
                cancel_requested_by=None,
                **afresh,
            )
        except LiveKeyTaken as taken:
            raise Refused.because(
                taken.key.replace(":", " ", 1),
                "in_live_run",
                f"It is being worked on by run {taken.run}.",
                "Wait for that run to end, then retry.",
            ) from taken
        except LeaseLost as lost:
            raise Refused.because(
                run.document, "changed_meanwhile", "Somebody else has just retried it.", "Look at the run again."
            ) from lost


def can_cancel(run: Run) -> bool:
    """Whether a cancel may still be asked for."""
    return run.status in (RunStatus.PENDING, RunStatus.PROCESSING) and not run.cancel_requested


def can_retry(run: Run, kind: BatchKind) -> bool:
    """Whether there is something to try again."""
    if run.status in (RunStatus.NEEDS_ATTENTION, RunStatus.COMPLETED_WITH_ERRORS) or can_resume(run, kind):
        return True
    return kind.policy is Policy.ALL_OR_NOTHING and run.status in (RunStatus.FAILED, RunStatus.CANCELLED)


def can_resume(run: Run, kind: BatchKind) -> bool:
    """Whether the run was cancelled before its end and can go on from there."""
    is_cancelled = kind.policy is Policy.PER_ITEM and run.status is RunStatus.CANCELLED
    return is_cancelled and (run.processed < run.total or run.failed > 0)


def left_out(run: Run, kind: BatchKind) -> int:
    """Return how many items were left out for a reason; those that a cancel came before are not among them."""
    return run.processed - run.succeeded - run.failed if kind.policy is Policy.PER_ITEM else 0


def item_row(item: Item) -> dict[str, Any]:
    """Return an item in plain values."""
    return {
        "position": item.position,
        "doctype": item.reference_doctype,
        "name": item.reference_name,
        "amount": item.amount,
        "status": item.status.value,
        "attempt": item.attempt,
        "result": f"{item.result_doctype} {item.result_name}" if item.result_name else None,
        "error": item.error,
    }
