"""Who may take a run: anybody when its lease is out, and before that whoever knows that its holder is dead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.holder import this_process
from imogi_finance.batch.leases import Leases
from tests.unit.test_chunks import Killed, at, started, stop_at


def test_a_run_whose_worker_is_known_to_be_dead_is_rung_and_taken_at_once() -> None:
    office, run, _ = started(2)
    with at("work.before_unit", stop_at(1, Killed())), pytest.raises(Killed):
        office.app.engine.work(run, holder="w1")
    office.queue.rung.clear()
    office.app.engine.leases = office.app.sweeper.leases = Leases(is_gone="w2".__eq__)
    assert office.app.sweeper.sweep() == []
    assert office.work(run) is Outcome.NOT_CLAIMED, "nobody knows that w1 is dead"
    office.app.engine.leases = office.app.sweeper.leases = Leases(is_gone="w1".__eq__)
    assert office.app.sweeper.sweep() == [run]
    assert office.work(run) is Outcome.ENDED
    assert office.run(run).epoch == 2


def test_workers_that_go_on_dying_at_one_place_are_followed_when_their_lease_is_out() -> None:
    office, run, _ = started(1)
    leases = office.app.engine.leases = Leases(is_gone="w1".__eq__)
    waited = []
    for _ in range(6):
        with at("work.before_unit", stop_at(1, Killed())), pytest.raises(Killed):
            office.app.engine.work(run, holder="w1")
        seconds = 0
        while not leases.is_free(office.run(run), office.clock.now()):
            office.clock.advance(1)
            seconds += 1
        waited.append(seconds)
    assert waited == [0, 0, 0, 10, 10, 10]
    assert office.work(run) is Outcome.ENDED


def test_one_who_died_does_not_lengthen_the_leases_of_those_after_as_one_who_was_slow_does() -> None:
    for is_gone, expected in ((True, 10.0), (False, 20.0)):
        office, run, _ = started(1)
        office.app.engine.leases = Leases(is_gone=lambda _, known=is_gone: known)
        for _ in range(3):
            with at("work.before_unit", stop_at(1, Killed())), pytest.raises(Killed):
                office.work(run)
            office.clock.advance(60)
        assert office.run(run).lease_seconds == expected


def test_a_lease_that_nobody_holds_or_that_is_out_is_free_and_a_living_holder_s_is_not() -> None:
    office, run, _ = started(1)
    leases = Leases(is_gone=lambda holder: False)
    assert leases.is_free(office.run(run), office.clock.now())
    with at("work.before_unit", stop_at(1, Killed())), pytest.raises(Killed):
        office.app.engine.work(run, holder=this_process())
    held = office.run(run)
    assert not leases.is_free(held, office.clock.now())
    assert leases.is_free(held, office.clock.now() + timedelta(seconds=10))
