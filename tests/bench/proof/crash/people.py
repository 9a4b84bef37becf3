"""What people do while a run is worked: leave, close the period, pay or cancel an invoice, cancel the run too late."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.crash.zombies import stopped
from tests.bench.proof.stage import Stage
from tests.bench.proof.trial import PaymentTrial, Trial
from tests.bench.proof.workers import send

GROUP = "people meanwhile: they leave, close, pay, cancel"
ROWS, CHUNK = 12, 4


@contextmanager
def held_at(stage: Stage, trial: Trial, point: str, nth: int) -> Iterator[None]:
    """Have the worker of a run stand still at a point for the block."""
    order = stage.order(point, "stop", nth)
    trial.ring()
    worker = stopped(stage, order, trial)
    try:
        yield
    finally:
        send(worker, signal.SIGCONT)


@dataclass(frozen=True)
class Meanwhile:
    """Something is done to a run, or to what it works on, at a moment of its work.

    Args:
        act: does it, and may return what takes it back after the run has ended.
        wanted: how the run may end.
    """

    act: Callable[[Stage, PaymentTrial], Callable[[], object] | None]
    wanted: tuple[str, ...]
    point: str = "work.after_commit"
    nth: int = 1
    crew: int = 1
    spoilt: bool = False

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(self.crew)
        trial = stage.stored(ROWS, chunk_size=CHUNK, spoilt=self.spoilt)
        take_back: Callable[[], object] | None = None
        try:
            with held_at(stage, trial, self.point, self.nth):
                take_back = self.act(stage, trial)
            trial.watch.until_ended()
        finally:
            if take_back is not None:
                take_back()
        played.add(trial, *self.wanted)
        if "Needs Attention" in self.wanted:
            _try_again(stage, trial, played)


def _try_again(stage: Stage, trial: Trial, played: Played) -> None:
    """What stood in the way has been mended: the second try undoes the rest."""
    again = stage.call("retry(run, user)", run=trial.run, user=stage.user)
    assert again == trial.run, f"{trial.run} was tried again as {again}"
    trial.watch.until(lambda seen: seen["status"] not in ("Needs Attention", "Undoing"), f"the end of {trial.run}")
    played.add(trial, "Failed")


def leave(stage: Stage, trial: PaymentTrial) -> Callable[[], object]:
    """Disable the one who asked."""
    stage.call("set_enabled(user, False)", user=stage.user)
    return lambda: stage.call("set_enabled(user, True)", user=stage.user)


def close(stage: Stage, trial: PaymentTrial) -> Callable[[], object]:
    """Close the period, for what was made too."""
    period = stage.call("close_period(office)")
    return lambda: stage.call("open_period(name)", name=period)


def freeze_one(stage: Stage, trial: PaymentTrial) -> Callable[[], object]:
    """Freeze the party of one invoice that was paid: its payment alone cannot be cancelled."""
    supplier = stage.call("supplier_of(invoice)", invoice=trial.invoices[1])
    stage.call("set_frozen(supplier, True)", supplier=supplier)
    return lambda: stage.call("set_frozen(supplier, False)", supplier=supplier)


def pay_one(stage: Stage, trial: PaymentTrial) -> None:
    """Pay an invoice that has not had its turn yet."""
    trial.spoil()


def cancel_one(stage: Stage, trial: PaymentTrial) -> None:
    """Cancel an invoice that has not had its turn yet."""
    last = trial.invoices[-1]
    trial.apart.append(last)
    stage.call("cancel_invoice(invoice)", invoice=last)


def cancel_run(stage: Stage, trial: PaymentTrial) -> None:
    """Cancel the run, as the one who asked for it."""
    trial.cancel()


def cases() -> Iterator[Case]:
    """Yield everything that people do."""
    undone, either = ("Failed",), ("Cancelled", "Completed")
    yield _case("the user is disabled", Meanwhile(leave, undone))
    yield _case("the user is disabled while two work", Meanwhile(leave, undone, crew=2))
    yield _case("the period is closed", Meanwhile(close, ("Needs Attention",)))
    yield _case(
        "the period is closed at the undo", Meanwhile(close, ("Needs Attention",), "undo.after_commit", 1, spoilt=True)
    )
    yield _case(
        "the undo fails on one payment", Meanwhile(freeze_one, ("Needs Attention",), "undo.before_unit", 1, spoilt=True)
    )
    yield _case("an invoice is paid elsewhere", Meanwhile(pay_one, undone))
    yield _case("an invoice is paid elsewhere while two work", Meanwhile(pay_one, undone, crew=2))
    yield _case("an invoice is cancelled", Meanwhile(cancel_one, undone))
    yield _case("cancelled at the last item", Meanwhile(cancel_run, either, "work.after_document", ROWS))
    yield _case(
        "cancelled before the last chunk is written", Meanwhile(cancel_run, either, "work.before_commit", ROWS // CHUNK)
    )
    yield _case("cancelled at the final step", Meanwhile(cancel_run, either, "finish.before_documents", 1))
    yield _case("cancelled while two work", Meanwhile(cancel_run, ("Cancelled",), "work.after_document", 2, crew=2))


def _case(name: str, of: Meanwhile) -> Case:
    return Case(name, GROUP, of, kills=0, is_quick=name == "the undo fails on one payment")
