"""What the workers of the queue are rung for: the same for the runs of every kind."""

from collections.abc import Iterator
from contextlib import contextmanager

from imogi_finance.batch.holder import this_process
from imogi_finance.erpnext_adapter import announcing
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.queue import end_with_this_try


def work_run(run: str) -> None:
    """Answer a ring: work a run, or a more urgent one that waits, until it ends or this job must.

    Args:
        run: name of the Batch Run. Ringing it twice, or for a run that has ended, does no harm.
    """
    with _one_try():
        answered = compose().standing_by.answer(run, holder=this_process())
        for worked in {run, answered.run}:
            announcing.announce(worked)


def stand_by() -> None:
    """Watch over the live runs while no other work waits: what an idle worker is asked for."""
    with _one_try():
        worked = compose().standing_by.watch(holder=this_process())
        if worked is not None:
            announcing.announce(worked)


@contextmanager
def _one_try() -> Iterator[None]:
    """Have a job that ends by an error not put back into its queue; one whose worker is killed is."""
    try:
        yield
    except BaseException:
        end_with_this_try()
        raise
