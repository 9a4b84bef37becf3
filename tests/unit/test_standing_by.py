"""Standing by: who does it, when they take a run over, and when they go out of the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from imogi_finance.batch.answering import Answered
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.run import RunStatus
from imogi_finance.batch.standing_by import StandingBy
from imogi_finance.errors import Conflict
from tests.support.office import Office
from tests.unit.test_chunks import Killed, at, started, stop_at


class Place:
    """A place that tells who has had it, and whose answers a test decides.

    Args:
        wanted: asked with how often it was asked before.
    """

    def __init__(self, wanted: Callable[[int], bool] = lambda nth: False) -> None:
        self.holder: str | None = None
        self.others = False
        self.asked = 0
        self._wanted = wanted

    def take(self, holder: str) -> bool:
        if not self.others:
            self.holder = holder
        return not self.others

    def leave(self, holder: str) -> None:
        self.holder = None

    def is_wanted_elsewhere(self) -> bool:
        self.asked += 1
        return self._wanted(self.asked)


def killed(office: Office, run: str, holder: str = "w1") -> None:
    with at("work.before_unit", stop_at(1, Killed())), pytest.raises(Killed):
        office.app.engine.work(run, holder=holder)


def test_a_run_whose_lease_is_out_is_taken_over_by_who_stands_by() -> None:
    office, run, _ = started(2)
    killed(office, run)
    place, began = Place(), office.clock.now()
    assert StandingBy(office.app.engine, place).watch(holder="w2") == run
    assert office.run(run).status is RunStatus.COMPLETED
    assert office.run(run).epoch == 2
    assert timedelta(seconds=10) <= office.clock.now() - began < timedelta(seconds=12)
    assert place.holder is None, "the place is free for the next"


def test_a_run_whose_holder_is_dead_is_taken_over_at_the_first_look() -> None:
    office, run, _ = started(2)
    killed(office, run)
    office.app.engine.leases = Leases(is_gone="w1".__eq__)
    began = office.clock.now()
    assert StandingBy(office.app.engine, Place()).watch(holder="w2") == run
    assert office.clock.now() == began


def test_a_new_run_is_left_to_the_worker_that_was_rung_for_it_for_a_moment_and_no_longer() -> None:
    office, run, _ = started(1)
    began = office.clock.now()
    assert StandingBy(office.app.engine, Place()).watch(holder="w2") == run
    assert timedelta(seconds=3) <= office.clock.now() - began < timedelta(seconds=5)


def test_who_stands_by_goes_when_no_run_is_live() -> None:
    office, run, _ = started(1)
    office.work(run)
    assert StandingBy(office.app.engine, Place()).watch(holder="w2") is None
    assert office.clock.slept == []


def test_who_is_wanted_elsewhere_at_once_takes_nothing_however_free_it_is() -> None:
    office, run, _ = started(1)
    killed(office, run)
    office.clock.advance(11)
    assert StandingBy(office.app.engine, Place(wanted=lambda nth: nth == 1)).watch(holder="w2") is None
    assert office.run(run).epoch == 1


def test_who_stands_by_goes_as_soon_as_other_work_waits_and_has_taken_nothing() -> None:
    office, run, _ = started(1)
    killed(office, run)
    place = Place(wanted=lambda nth: nth == 7)  # in the second of the seconds between two looks
    began = office.clock.now()
    assert StandingBy(office.app.engine, place).watch(holder="w2") is None
    assert office.clock.now() - began <= timedelta(seconds=2)
    assert office.run(run).epoch == 1
    assert place.holder is None


def test_who_is_called_away_at_once_is_asked_again_after_all_other_work_and_not_before() -> None:
    """The run's own worker may be stopped: then nobody else would ask, until the scheduler's minute."""
    office, run, _ = started(1)
    killed(office, run)
    place = Place(wanted=lambda nth: nth == 1)
    asked: list[tuple[bool, str | None]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.queue, "invite", lambda *, last: asked.append((last, place.holder)))
        assert StandingBy(office.app.engine, place).watch(holder="w2") is None
    assert asked == [(True, None)]


@pytest.mark.parametrize("glance", [2, 9])
def test_a_spare_job_is_asked_for_at_once_and_another_after_all_other_work_by_who_is_called_away(glance: int) -> None:
    office, run, _ = started(1)
    killed(office, run)
    place = Place(wanted=lambda nth: nth == glance)
    asked: list[tuple[bool, str | None]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.queue, "invite", lambda *, last: asked.append((last, place.holder)))
        assert StandingBy(office.app.engine, place).watch(holder="w2") is None
    assert asked == [(False, "w2"), (True, None)]


def test_who_is_called_away_from_nothing_asks_nobody() -> None:
    office, run, _ = started(1)
    office.work(run)
    before = office.queue.invitations
    assert StandingBy(office.app.engine, Place(wanted=lambda nth: nth == 1)).watch(holder="w2") is None
    assert office.queue.invitations == before


def test_where_no_run_is_live_nobody_is_asked_to_stand_by_next() -> None:
    """Each who came would ask for another, for ever."""
    office, run, _ = started(1)
    assert office.app.engine.work(run, holder="w1") is Outcome.ENDED
    before = office.queue.invitations
    assert StandingBy(office.app.engine, Place()).watch(holder="w2") is None
    assert office.queue.invitations == before


def test_where_another_stands_by_nobody_else_does() -> None:
    office, run, _ = started(1)
    killed(office, run)
    place = Place()
    place.others = True
    assert StandingBy(office.app.engine, place).watch(holder="w2") is None
    assert office.run(run).epoch == 1


def test_standing_by_ends_before_the_queue_s_time_out_could_cut_a_run_short() -> None:
    office, run, _ = started(1)
    killed(office, run)
    with office.rows.transaction():  # somebody who works for ever
        office.rows.update("batch_run", (run,), {"lease_seconds": 1e6, "lease_expires_at": "2099-01-01T00:00:00+00:00"})
    office.app.engine.leases = Leases()
    began = office.clock.now()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Leases, "is_free", lambda self, run, now: False)
        assert StandingBy(office.app.engine, Place()).watch(holder="w2") is None
    assert office.queue.invitations == 1 + 1 + 1, "with the ring, at the beginning, and for the next"
    stood = (office.clock.now() - began).total_seconds()
    settings = office.app.engine.settings
    assert settings.standby_seconds <= stood < settings.standby_seconds + 2
    assert stood + settings.budget_seconds < 3600 - 60


def test_a_database_that_does_not_answer_is_waited_for() -> None:
    office, run, _ = started(1)
    killed(office, run)
    office.clock.advance(11)
    reading, failures = office.rows.reading, iter([Conflict("away"), Conflict("away")])

    def now_and_then() -> object:
        for failure in failures:
            raise failure
        return reading()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.rows, "reading", now_and_then)
        assert StandingBy(office.app.engine, Place()).watch(holder="w2") == run


def test_who_was_rung_for_a_dead_worker_s_run_waits_for_its_lease_and_who_finds_a_living_one_goes() -> None:
    office, run, _ = started(2)
    for _ in range(4):  # more deaths at one place than are followed at once
        killed(office, run)
        office.clock.advance(60)
    killed(office, run)
    standing_by = StandingBy(office.app.engine, Place())
    assert standing_by.answer(run, holder="w2") == Answered(run, Outcome.NOT_CLAIMED)
    assert office.run(run).status is RunStatus.PROCESSING, "nobody knows that w1 is dead"
    office.app.engine.leases = Leases(is_gone="w1".__eq__)
    assert standing_by.answer(run, holder="w2") == Answered(run, Outcome.ENDED)
    assert office.run(run).status is RunStatus.COMPLETED


def test_somebody_is_asked_to_stand_by_with_each_ring_and_while_a_run_is_worked() -> None:
    office, run, _ = started(6, chunk_size=1)
    assert office.queue.invitations == 1
    with at("work.after_commit", lambda nth: office.clock.advance(0.25)):
        office.work(run)
    assert office.queue.invitations == 1 + 3, "every half a second: who stands by may die, and then who works"


@pytest.mark.parametrize(("seconds", "asked"), [(0.2, 0), (0.5, 1)])
def test_who_works_a_run_first_asks_after_half_a_second_as_all_may_die_early(seconds: float, asked: int) -> None:
    office, run, _ = started(1, chunk_size=1)
    rung = office.queue.invitations
    with at("work.after_commit", lambda nth: office.clock.advance(seconds)):
        office.work(run)
    assert office.queue.invitations == rung + asked


def test_who_is_rung_asks_for_somebody_before_it_begins_as_who_was_asked_with_the_ring_may_have_died() -> None:
    office, run, _ = started(1)
    rung = office.queue.invitations
    with at("claim.before_commit", stop_at(1, Killed())), pytest.raises(Killed):
        StandingBy(office.app.engine, Place()).answer(run, holder="w1")
    assert office.queue.invitations == rung + 1


def test_who_takes_a_run_over_asks_for_the_next_at_once_as_it_may_die_before_any_chunk_is_done() -> None:
    office, run, _ = started(2)
    killed(office, run)
    assert office.queue.invitations == 1
    office.clock.advance(11)
    killed(office, run, holder="w2")
    assert office.queue.invitations == 2


def test_a_queue_that_is_down_is_asked_less_often_and_never_in_the_run_s_way() -> None:
    office, run, _ = started(40, chunk_size=1)
    office.queue.is_down = True
    asked: list[int] = []
    invite = office.queue.invite
    office.queue.invite = lambda **how: (asked.append(1), invite(**how))[1]  # type: ignore[method-assign]
    with at("work.after_commit", lambda nth: office.clock.advance(1.0)):
        assert office.work(run) is Outcome.ENDED
    assert 2 <= len(asked) <= 3
