"""Which run goes first: by urgency, then by age; and when a worker leaves one for another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from imogi_finance.batch.answering import Answered, answer_ring
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.precedence import Manners
from imogi_finance.batch.run import NewItem, NewRun, Run, RunStatus
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.errors import Conflict
from tests.simulation.per_item import CASH_KIND, CashRoundKind
from tests.support.office import ANA, CASH, COMPANY, Office
from tests.unit.test_chunks import at, stop_at


def office_of(**how: Any) -> Office:
    office = Office(**how)
    office.app.engine.kinds[CASH_KIND] = CashRoundKind(office.app.books, CASH)  # type: ignore[index]
    return office


def waiting(office: Office, *, priority: int, items: int = 1, kind: str = CASH_KIND) -> str:
    """Store a run that nobody has begun, without ringing for it."""
    new = NewRun(kind, ANA, COMPANY, "Company", COMPANY, chunk_size=1, holds_document=False, priority=priority)
    rows = [NewItem(*ref, "100.00") for ref in office.invoices(items)]
    with office.rows.transaction():
        return office.app.store.insert_run(new, rows, office.clock.now()).name


def claimed(office: Office, run: str, *, joinable: bool = False) -> None:
    with office.rows.transaction():
        stored = office.app.store.run(run)
        lease = office.app.store.claim(
            stored, holder="another", now=office.clock.now(), lease_seconds=3600.0, joinable=joinable
        )
        assert lease is not None


def before(office: Office, run: str) -> list[str]:
    return list(office.app.engine.precedence.before(run))


def test_more_urgent_runs_go_first_and_of_equals_the_oldest() -> None:
    office = office_of()
    usual, high, highest, low, high_too = (waiting(office, priority=priority) for priority in (5, 7, 9, 1, 7))
    assert before(office, usual) == [highest, high, high_too]
    assert before(office, highest) == []
    assert before(office, low) == [highest, high, high_too, usual]


def test_what_somebody_works_or_what_sleeps_does_not_wait() -> None:
    office = office_of()
    usual, worked, asleep, unknown = (
        waiting(office, priority=5),
        waiting(office, priority=9),
        waiting(office, priority=9),
        waiting(office, priority=9, kind="Of a Newer Version"),
    )
    claimed(office, worked)
    office.put("batch_run", [asleep], wake_at=(office.clock.now() + timedelta(seconds=60)).isoformat())
    assert before(office, usual) == []
    office.clock.advance(60)
    assert before(office, usual) == [asleep]
    assert unknown not in before(office, usual)


def test_who_comes_to_help_goes_first_to_an_equally_urgent_run_that_has_nobody() -> None:
    office = office_of()
    first, other, less = waiting(office, priority=5), waiting(office, priority=5), waiting(office, priority=4)
    assert before(office, first) == [], "its own ring comes, and nobody works it yet"
    claimed(office, first, joinable=True)
    assert before(office, first) == [other]
    assert less not in before(office, first)


def test_what_is_being_undone_is_not_left_for_anything() -> None:
    office = office_of()
    undone, _ = waiting(office, priority=1), waiting(office, priority=9)
    office.put("batch_run", [undone], status="Undoing")
    assert before(office, undone) == []


def test_a_ring_is_answered_with_the_more_urgent_run_and_rung_again() -> None:
    office = office_of()
    usual, urgent = waiting(office, priority=5), waiting(office, priority=9)
    assert answer_ring(office.app.engine, usual, holder="w1") == Answered(urgent, Outcome.ENDED)
    assert office.run(urgent).status is RunStatus.COMPLETED
    assert office.run(usual).status is RunStatus.PENDING
    assert office.queue.rung == [usual]
    assert answer_ring(office.app.engine, usual, holder="w1") == Answered(usual, Outcome.ENDED)
    assert office.queue.rung == [usual]


def test_it_is_rung_again_before_the_urgent_one_is_worked_so_that_another_worker_can_take_it() -> None:
    office = office_of()
    usual, urgent = waiting(office, priority=5), waiting(office, priority=9)
    seen: list[list[str]] = []
    with at("work.before_unit", lambda nth: seen.append(list(office.queue.rung))):
        answer_ring(office.app.engine, usual, holder="w1")
    assert seen == [[usual]]
    assert office.run(urgent).status is RunStatus.COMPLETED


def test_where_the_urgent_one_cannot_be_had_the_worker_does_what_it_was_rung_for() -> None:
    office = office_of()
    usual, urgent, next_one = (waiting(office, priority=priority) for priority in (5, 9, 8))
    claim = office.app.store.claim

    def claimed_by_another(run: Run, **how: Any) -> Any:
        if run.name == urgent:
            return None
        if run.name == next_one:
            raise Conflict("not just now")
        return claim(run, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.app.store, "claim", claimed_by_another)
        assert answer_ring(office.app.engine, usual, holder="w1") == Answered(usual, Outcome.ENDED)
    assert office.queue.rung == []


def test_a_worker_leaves_its_run_between_two_chunks_when_a_more_urgent_one_has_waited_a_second() -> None:
    office, came = office_of(), []
    usual = waiting(office, priority=5, items=20)

    def half_a_second_passes(nth: int) -> None:
        office.clock.advance(0.5)
        if nth == 4:
            came.append((waiting(office, priority=9), office.clock.now()))

    with at("work.after_commit", half_a_second_passes):
        assert office.work(usual) is Outcome.CONTINUES
    left = office.run(usual)
    assert (left.status, left.lease_holder, left.stalls) == (RunStatus.PROCESSING, None, 0)
    ((urgent, since),) = came
    assert timedelta(seconds=1) <= office.clock.now() - since <= timedelta(seconds=2)
    assert office.queue.rung == [usual]
    assert answer_ring(office.app.engine, usual, holder="w1").run == urgent
    assert answer_ring(office.app.engine, usual, holder="w1") == Answered(usual, Outcome.ENDED)
    assert office.run(usual).succeeded == 20


def test_a_worker_keeps_its_run_where_nothing_more_urgent_waits_for_long_enough() -> None:
    office = office_of()
    usual = waiting(office, priority=5, items=8)
    waiting(office, priority=5)
    urgent = waiting(office, priority=9)

    def taken_by_another(nth: int) -> None:
        office.clock.advance(0.6)
        if nth == 2:  # seen once by now
            claimed(office, urgent)

    with at("work.after_commit", taken_by_another):
        assert office.work(usual) is Outcome.ENDED
    assert office.run(usual).status is RunStatus.COMPLETED


def test_a_guest_leaves_for_an_equally_urgent_run_and_its_host_does_not() -> None:
    office = office_of(settings=EngineSettings(workers=2))
    shared, other = waiting(office, priority=5, items=20), waiting(office, priority=5)
    claimed(office, shared, joinable=True)
    with at("work.after_commit", lambda nth: office.clock.advance(0.6)):
        assert office.work(shared, holder="guest") is Outcome.CONTINUES
    assert office.queue.rung == [shared]
    assert office.run(shared).processed in (4, 5)
    office.clock.advance(3601)
    assert office.run(other).status is RunStatus.PENDING
    with at("work.after_commit", lambda nth: office.clock.advance(0.6)):
        assert office.work(shared, holder="host") is Outcome.ENDED


def test_nobody_leaves_an_undo() -> None:
    office = office_of()
    run = office.ask(office.statement(-600), office.invoices(6), chunk_size=1).run.name

    def undone(nth: int) -> None:
        office.clock.advance(1.1)
        if nth == 1:
            waiting(office, priority=9)

    with at("work.after_commit", stop_at(4, KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        office.work(run)
    office.clock.advance(11)
    office.app.control.cancel(run, user=ANA)
    with at("undo.after_commit", undone):
        assert office.work(run) is Outcome.ENDED
    assert (office.run(run).status, office.run(run).undone) == (RunStatus.CANCELLED, 4)


def test_nobody_leaves_the_final_step() -> None:
    office = office_of()
    run = waiting(office, priority=5, items=2)
    waiting(office, priority=9)
    with at("work.after_commit", lambda nth: office.clock.advance(1.1)):
        assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED


def test_a_look_that_fails_keeps_the_worker_at_its_run() -> None:
    office = office_of()
    usual = waiting(office, priority=5)
    waiting(office, priority=9)
    manners = Manners(office.app.engine.precedence, 1.0, is_guest=False)
    reading = office.rows.reading

    def not_now() -> Any:
        raise Conflict("not now")

    looks = []
    for broken in (False, True, False, False):
        office.clock.advance(1.0)
        office.rows.reading = not_now if broken else reading  # type: ignore[method-assign]
        looks.append(manners.are_to_leave(office.run(usual)))
    assert looks == [False, False, False, True]
    assert not manners.are_to_leave(office.run(usual)), "not before another second has passed"
