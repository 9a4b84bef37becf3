"""What people do while orders are invoiced: bill one by hand, close or hold one, leave, close the period, cancel.

One bad order stops none of the rest. What was in the way is named with its order; mended, it is invoiced by a retry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.crash.people import held_at
from tests.bench.proof.order_trial import OrderTrial, call, stored
from tests.bench.proof.stage import Stage
from tests.erpnext.bad_order_names import REASONS

GROUP = "orders: people meanwhile"
ORDERS, CHUNK = 12, 4


@dataclass(frozen=True)
class Spoilt:
    """An order goes bad at a moment of the run's work, before its turn; it is mended afterwards and tried again.

    Args:
        how: one of ``bad_order_names.REASONS``.
    """

    how: str
    point: str = "work.after_commit"
    nth: int = 1
    crew: int = 1
    per_customer: bool = False

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(self.crew)
        trial = stored(stage, ORDERS, own=1, chunk_size=CHUNK, one_per_customer=self.per_customer)
        bad = trial.orders[-1]
        with held_at(stage, trial, self.point, self.nth):
            trial.spoil(bad, self.how)
        played.add(trial, "Completed with Errors")
        told, reason = trial.errors(), REASONS[self.how]
        if set(told) != {bad} or reason.says not in told[bad] or trial.watch.last["succeeded"] != ORDERS - 1:
            played.wrong.append(f"{trial.run} says {told} of {bad}, which is {self.how}: {trial.watch.last}")
        if reason.is_mendable:
            trial.mend(bad)
            again(trial, played)


def again(trial: OrderTrial, played: Played) -> None:
    """Try again, or resume, what was mended: the same run ends with all of its orders invoiced."""
    resumed = trial.retry()
    if resumed != trial.run:
        played.wrong.append(f"{trial.run} was tried again as {resumed}")
    played.add(trial, "Completed")
    if trial.watch.last["succeeded"] != trial.watch.last["total"]:
        played.wrong.append(f"{trial.run} is {trial.watch.last} after all was mended")


@dataclass(frozen=True)
class Stopped:
    """Something stops the whole run in its middle; it goes on when that is mended.

    Args:
        act: does it; returns what takes it back.
        wanted: how the run may end.
    """

    act: Callable[[Stage, OrderTrial], Callable[[], object]]
    wanted: str
    point: str = "work.after_commit"
    nth: int = 1
    crew: int = 1
    submit: bool = True

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(self.crew)
        trial = stored(stage, ORDERS, chunk_size=CHUNK, submit=self.submit)
        take_back: Callable[[], object] | None = None
        try:
            with held_at(stage, trial, self.point, self.nth):
                take_back = self.act(stage, trial)
            played.add(trial, self.wanted)
            seen = trial.watch.last
            if not 0 < seen["succeeded"] < ORDERS:
                played.wrong.append(f"{trial.run} was not stopped in its middle: {seen}")
            if self.wanted == "Completed with Errors" and len(trial.errors()) != ORDERS - seen["succeeded"]:
                played.wrong.append(f"{trial.run} does not name each order that is left: {trial.errors()}")
        finally:
            if take_back is not None:
                take_back()
        again(trial, played)


def leave(stage: Stage, trial: OrderTrial) -> Callable[[], object]:
    """Disable the one who asked."""
    stage.call("set_enabled(user, False)", user=trial.user)
    return lambda: stage.call("set_enabled(user, True)", user=trial.user)


def close(stage: Stage, trial: OrderTrial) -> Callable[[], object]:
    """Close the period for invoices."""
    period = call(stage, "close_period(office)")
    return lambda: stage.call("open_period(name)", name=period)


def cancel(stage: Stage, trial: OrderTrial) -> Callable[[], object]:
    """Cancel the run, as the one who asked for it; it is resumed afterwards."""
    trial.cancel()
    return lambda: None


def cancelled_at_the_last_order(stage: Stage, played: Played) -> None:
    """A cancel that comes while the last order is worked may be too late, and then changes nothing."""
    stage.set_crew(1)
    trial = stored(stage, ORDERS, chunk_size=CHUNK)
    with held_at(stage, trial, "work.after_document", ORDERS):
        trial.cancel()
    played.add(trial, "Cancelled", "Completed")
    if trial.watch.last["status"] == "Cancelled" and trial.watch.last["succeeded"] < ORDERS:
        again(trial, played)


def resumed_and_killed(stage: Stage, played: Played) -> None:
    """A run is cancelled, resumed, and its worker killed in the first chunk after that."""
    stage.set_crew(1)
    trial = stored(stage, ORDERS, chunk_size=CHUNK)
    with held_at(stage, trial, "work.after_commit", 1):
        trial.cancel()
    played.add(trial, "Cancelled")
    order = stage.order("work.before_commit", "kill", 1)
    trial.retry()
    _, when = stage.taken(order, trial)
    played.kills += 1
    trial.watch.killed("horse", when)
    played.add(trial, "Completed")


def cases() -> Iterator[Case]:
    """Yield everything that people do."""
    for how in REASONS:
        yield _case(f"an order is {how} meanwhile", Spoilt(how), is_quick=how == "billed by hand")
    yield _case("an order is closed while two work", Spoilt("closed", crew=2))
    yield _case("an item is disabled, one invoice a customer", Spoilt("of a disabled item", per_customer=True))
    yield _case("the user is disabled", Stopped(leave, "Completed with Errors"))
    yield _case("the user is disabled while two work", Stopped(leave, "Completed with Errors", crew=2))
    yield _case("the period is closed", Stopped(close, "Completed with Errors"))
    yield _case("cancelled and resumed", Stopped(cancel, "Cancelled"), is_quick=True)
    yield _case("cancelled and resumed, drafts", Stopped(cancel, "Cancelled", submit=False))
    yield _case("cancelled and resumed while two work", Stopped(cancel, "Cancelled", "work.after_document", 2, crew=2))
    yield _case("cancelled at the last order", cancelled_at_the_last_order)
    yield _case("resumed and killed", resumed_and_killed, kills=1)


def _case(name: str, of: Callable[[Stage, Played], None], *, kills: int = 0, is_quick: bool = False) -> Case:
    return Case(f"orders: {name}", GROUP, of, kills=kills, is_quick=is_quick)
