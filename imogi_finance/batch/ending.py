"""Turn a run back: from work to undo, or to its end where there is nothing to undo. And be alone before that."""

from __future__ import annotations

from dataclasses import replace

from imogi_finance.batch.faults import reach
from imogi_finance.batch.run import ItemStatus, Policy, Run, RunStatus
from imogi_finance.batch.step import Step


def take_over(step: Step, run: Run) -> Run:
    """Take a joinable run for this worker alone: the others lose their lease, and what they have not committed.

    What concerns the whole run is done in steps after this one. So nobody commits an item meanwhile, and nobody who
    waits for the run's row holds an item that such a step waits for.
    """
    reach("take_over.before_run")
    epoch = step.lease.epoch + 1
    run = step.store.save(step.lease, epoch=epoch, joinable=False, **step.prolonged(run))
    step.next_lease = replace(step.lease, epoch=epoch)
    step.log(run, "taken over")
    return run


def turn_back(step: Step, run: Run, *, error: str | None) -> Run:
    """Stop working forward; where others work the run too, take it over first and leave this to the next step.

    An all-or-nothing run turns to Undoing, even where nothing was made yet: the undo ends it. A
    per-item run keeps what it has and ends; cancelled, it can go on from there.

    Args:
        error: why, for the one who asked; None where they cancelled it themselves.
    """
    if run.joinable:
        return take_over(step, run)
    reach("turn.before_run")
    if step.kind.policy is Policy.ALL_OR_NOTHING:
        step.store.close_items(step.lease, since=ItemStatus.PENDING, to=ItemStatus.SKIPPED, error=None)
        run = step.store.save(
            step.lease, status=RunStatus.UNDOING, to_undo=run.succeeded, error=error, **step.renewed(run)
        )
        step.log(run, f"turned back: {error or 'cancelled'}")
        return run
    if error is None:
        step.store.close_items(step.lease, since=ItemStatus.PENDING, to=ItemStatus.SKIPPED, error=None)
        run = step.store.save(step.lease, status=RunStatus.CANCELLED, **step.ended())
    else:
        left = step.store.close_items(step.lease, since=ItemStatus.PENDING, to=ItemStatus.FAILED, error=error)
        run = step.store.save(
            step.lease,
            status=RunStatus.COMPLETED_WITH_ERRORS,
            processed=run.processed + left,
            failed=run.failed + left,
            error=error,
            **step.ended(),
        )
    step.store.release_keys(step.lease)
    step.log(run, "ended")
    return run
