"""Work forward: one chunk of items, and the final step when every item has been decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

from imogi_finance.batch.ending import take_over, turn_back
from imogi_finance.batch.faults import reach
from imogi_finance.batch.kind import Unit
from imogi_finance.batch.run import Item, ItemStatus, Policy, Run, RunStatus
from imogi_finance.batch.step import Step, logger
from imogi_finance.errors import DocumentError


class _ChunkDiscarded(Exception):
    """Takes back the documents of a chunk in which an item failed: nothing needs undoing then."""


def work_chunk(step: Step, run: Run) -> Run:
    """Work the next chunk of a run, or finish it where no item is left.

    Raises:
        LeaseLost: another worker has claimed the run.
        Transient: the transaction is lost; the step may be taken again.
    """
    if step.store.cancel_requested(run.name):
        return turn_back(step, run, error=None)
    if _is_spoilt(step, run):
        return turn_back(step, run, error=_why(step, run))
    if run.stalls > step.settings.max_stalls:
        return _give_up_first_item(step, run)
    limit = 1 if run.stalls > step.settings.isolate_after else run.chunk_size
    items = step.take(step.store.due_items(run.name, step.clock.now(), limit=limit))
    if items:
        return _record(step, run, _attempt_chunk(step, run, items))
    due = step.store.next_retry(run.name)
    if due is not None:
        return _wait(step, run, due)
    if run.failed and step.kind.policy is Policy.ALL_OR_NOTHING:
        return turn_back(step, run, error=_why(step, run))
    return _finish(step, run)


def _is_spoilt(step: Step, run: Run) -> bool:
    """Whether an item has failed whose failure takes the whole run back at once."""
    stop_first = bool(run.options.get("stop_on_first_error", True))
    return run.failed > 0 and stop_first and step.kind.policy is Policy.ALL_OR_NOTHING


def _wait(step: Step, run: Run, due: datetime) -> Run:
    """Have the engine wait: until the next item is due, or until those who hold what is due are done with it.

    Who holds an item works on it, or the database ends its connection before long: so the lease may be renewed
    while one waits for it, and an item that takes longer than a lease is not taken from who works on it.
    """
    step.waits = True
    now = step.clock.now()
    if due > now or run.lease_expires_at is None:
        return run
    if run.lease_expires_at - now > timedelta(seconds=run.lease_seconds / 2):
        return run
    return step.store.save(step.lease, **step.prolonged(run))


def _attempt_chunk(step: Step, run: Run, items: Sequence[Item]) -> list[Item]:
    """Work the chunk's units. Where the run is all or nothing and one failed, keep no document of it.

    A savepoint stands around each unit whose failure leaves the others standing; where the first
    failure takes back the whole chunk, the chunk's own is enough.
    """
    whole = step.kind.policy is Policy.ALL_OR_NOTHING
    stop_first = bool(run.options.get("stop_on_first_error", True))
    around_unit = nullcontext if whole and stop_first else step.transactions.savepoint
    pause = _Pause(step, run)
    decided: list[Item] = []
    try:
        with step.transactions.savepoint():
            for unit in step.kind.units(run, items):
                if decided and pause.is_due():
                    break
                decided += _attempt(step, run, unit, around_unit)
                if whole and stop_first and _failures(decided):
                    break
            if whole and (run.failed or _failures(decided)):
                raise _ChunkDiscarded
    except _ChunkDiscarded:
        failed = [item for item in decided if item.status is ItemStatus.FAILED]
        waiting = [item for item in decided if item.status is ItemStatus.PENDING]
        made = [item for item in decided if item.status is ItemStatus.SUCCEEDED]
        gone = {"result_doctype": None, "result_name": None}
        return failed + waiting + ([] if stop_first else [_decided(item, ItemStatus.SKIPPED, **gone) for item in made])
    return decided


class _Pause:
    """Whether a chunk should be committed before it is full: it is slow, or a cancel has been asked for.

    Where another worker may take the run over, it is looked at meanwhile: what is worked after that is in vain.
    """

    def __init__(self, step: Step, run: Run) -> None:
        self._step = step
        self._run = run
        self._started = self._asked = step.clock.now()

    def is_due(self) -> bool:
        settings, now = self._step.settings, self._step.clock.now()
        if (now - self._started).total_seconds() >= settings.chunk_seconds:
            return True
        if (now - self._asked).total_seconds() < settings.cancel_check_seconds:
            return False
        self._asked = now
        if self._run.joinable:
            self._step.store.held(self._step.lease)
        return self._step.store.cancel_requested(self._run.name)


def _attempt(step: Step, run: Run, unit: Unit, around_unit: Callable[[], AbstractContextManager[None]]) -> list[Item]:
    """Work one unit, so that an error leaves nothing of it."""
    worn_out = [item for item in unit.items if item.attempt >= step.settings.max_attempts]
    if worn_out:
        return [_failed(item, f"Given up after {item.attempt} attempts. Last: {item.error}") for item in worn_out]
    step.suspects = unit.items
    reach("work.before_unit")
    try:
        with around_unit():
            result = step.kind.work(run, unit)
            reach("work.after_document")
    except step.passing:
        raise
    except DocumentError as error:
        decided = _blamed(unit.items, error)
    except Exception as error:
        logger.exception("run=%s epoch=%s unexpected error in %s", run.name, step.lease.epoch, unit.items[0].document)
        decided = [_failed(item, f"Unexpected error: {type(error).__name__}: {error}") for item in unit.items]
    else:
        made = {"result_doctype": result.doctype, "result_name": result.name}
        decided = [_decided(item, ItemStatus.SUCCEEDED, **made) for item in unit.items]
    step.suspects = ()
    return decided


def _blamed(items: Sequence[Item], error: DocumentError) -> list[Item]:
    """Fail the item whose document is at fault; the others of its unit get another turn."""
    guilty = [item for item in items if item.document == error.document] or items
    return [_failed(item, str(error)) for item in guilty]


def _failed(item: Item, error: str) -> Item:
    return replace(item, status=ItemStatus.FAILED, retry_at=None, error=error)


def _decided(item: Item, status: ItemStatus, **made: str | None) -> Item:
    return replace(item, status=status, attempt=0, retry_at=None, error=None, **made)  # type: ignore[arg-type]


def _failures(items: Iterable[Item]) -> int:
    return sum(item.status is ItemStatus.FAILED for item in items)


def _record(step: Step, run: Run, decided: Sequence[Item]) -> Run:
    """Write the chunk's item rows and counters beside the documents it made."""
    reach("work.before_items")
    step.store.save_items(step.lease, step.take(decided))
    processed = [item for item in decided if item.status is not ItemStatus.PENDING]
    succeeded = sum(item.status is ItemStatus.SUCCEEDED for item in decided)
    reach("work.before_run")
    run = step.store.save(
        step.lease,
        added={"processed": len(processed), "succeeded": succeeded, "failed": _failures(decided)},
        **step.renewed(run),
    )
    step.log(run, "chunk worked")
    if _is_spoilt(step, run):
        return turn_back(step, run, error=_why(step, run))
    if run.joinable and run.processed >= run.total:
        return take_over(step, run)
    return run


def _why(step: Step, run: Run) -> str:
    """Say why an all-or-nothing run is taken back: its first failed item's reason, and how many more."""
    first = step.store.items(run.name, [ItemStatus.FAILED], offset=0, limit=1)[0]
    more = f" (and {run.failed - 1} more)" if run.failed > 1 else ""
    return f"{first.error}{more}"


def _give_up_first_item(step: Step, run: Run) -> Run:
    """Fail the item that each of the last workers died at, so that the run can end."""
    items = step.take(step.store.due_items(run.name, step.clock.now(), limit=1))
    if not items and (due := step.store.next_retry(run.name)) is not None:
        return _wait(step, run, due)
    if not items:
        return turn_back(step, run, error=f"The final step was begun {run.stalls} times and never ended.")
    reason = f"{items[0].document}: {run.stalls} workers in a row ended while they were at this item."
    return _record(step, run, [_failed(items[0], reason)])


def _finish(step: Step, run: Run) -> Run:
    """Do the final step, which commits with the end of the run; any failure turns the run back.

    It is one transaction, and may outlast any lease. Writing the run's row first holds that row for as
    long as this worker lives, so that nobody else claims it.
    """
    if run.joinable:
        return take_over(step, run)
    step.store.save(step.lease, **step.renewed(run))
    reach("finish.before_documents")
    try:
        with step.transactions.savepoint():
            result = step.kind.finish(run)
            reach("finish.after_documents")
    except step.passing:
        raise
    except DocumentError as error:
        return turn_back(step, run, error=str(error))
    except Exception as error:
        logger.exception("run=%s epoch=%s unexpected error in the final step", run.name, step.lease.epoch)
        return turn_back(step, run, error=f"Unexpected error in the final step: {type(error).__name__}: {error}")
    status = RunStatus.COMPLETED_WITH_ERRORS if run.failed else RunStatus.COMPLETED
    run = step.store.save(step.lease, status=status, result=result, error=None, **step.ended())
    reach("finish.before_release")
    step.store.release_keys(step.lease)
    step.log(run, "ended")
    return run
