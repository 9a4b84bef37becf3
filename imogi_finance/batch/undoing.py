"""Undo: a recorded phase of its own, document by document, newest first, resumable anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from imogi_finance.batch.faults import reach
from imogi_finance.batch.kind import Result
from imogi_finance.batch.run import Item, ItemStatus, Run, RunStatus
from imogi_finance.batch.step import Step, logger
from imogi_finance.errors import DocumentError


def undo_chunk(step: Step, run: Run) -> Run:
    """Undo the next chunk of a run's documents, or end the run where none is left.

    Raises:
        LeaseLost: another worker has claimed the run.
        Transient: the transaction is lost; the step may be taken again.
    """
    given_up = run.stalls > step.settings.max_stalls
    limit = 1 if run.stalls > step.settings.isolate_after else run.chunk_size
    items = step.take(step.store.items_to_undo(run.name, step.clock.now(), limit=limit))
    if not items:
        if step.store.next_undo(run.name) is None:
            return _end(step, run)
        step.waits = True
        return run
    decided: list[Item] = []
    for result, of_one in groupby(items, key=_result):
        group = tuple(of_one)
        if given_up:
            reason = f"{result.doctype} {result.name}: {run.stalls} workers in a row ended while they undid it."
            decided += [_undo_failed(item, reason) for item in group]
        else:
            decided += _undo(step, run, result, group)
    return _record(step, run, decided)


def _result(item: Item) -> Result:
    return Result(item.result_doctype or "", item.result_name or "")


def _undo(step: Step, run: Run, result: Result, items: Sequence[Item]) -> list[Item]:
    """Undo one document inside its own savepoint."""
    worn_out = max(item.attempt for item in items)
    if worn_out >= step.settings.max_attempts:
        return [_undo_failed(item, f"Given up after {worn_out} attempts. Last: {item.error}") for item in items]
    step.suspects = tuple(items)
    reach("undo.before_unit")
    try:
        with step.transactions.savepoint():
            step.kind.undo(run, result)
            reach("undo.after_document")
    except step.passing:
        raise
    except DocumentError as error:
        decided = [_undo_failed(item, str(error)) for item in items]
    except Exception as error:
        logger.exception("run=%s epoch=%s unexpected error undoing %s", run.name, step.lease.epoch, result.name)
        reason = f"{result.doctype} {result.name}: unexpected error: {type(error).__name__}: {error}"
        decided = [_undo_failed(item, reason) for item in items]
    else:
        decided = [replace(item, status=ItemStatus.UNDONE, attempt=0, retry_at=None, error=None) for item in items]
    step.suspects = ()
    return decided


def _undo_failed(item: Item, error: str) -> Item:
    return replace(item, status=ItemStatus.UNDO_FAILED, retry_at=None, error=error)


def _record(step: Step, run: Run, decided: Sequence[Item]) -> Run:
    reach("undo.before_items")
    step.store.save_items(step.lease, decided)
    failed = sum(item.status is ItemStatus.UNDO_FAILED for item in decided)
    reach("undo.before_run")
    run = step.store.save(
        step.lease,
        undone=run.undone + len(decided) - failed,
        undo_failed=run.undo_failed + failed,
        **step.renewed(run),
    )
    step.log(run, "chunk undone")
    return run


def _end(step: Step, run: Run) -> Run:
    """End the run: Failed or Cancelled when all is undone, else Needs Attention."""
    if run.undo_failed:
        status = RunStatus.NEEDS_ATTENTION
    elif run.error is None:
        status = RunStatus.CANCELLED
    else:
        status = RunStatus.FAILED
    reach("undo.before_run")
    run = step.store.save(step.lease, status=status, **step.ended())
    step.store.release_keys(step.lease)
    step.log(run, "ended")
    return run
