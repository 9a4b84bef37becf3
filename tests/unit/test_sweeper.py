"""The sweeper rings runs that nobody works, and not too often."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.errors import Conflict
from tests.unit.test_chunks import Killed, at, started, stop_at


def test_a_run_whose_request_died_before_it_rang_is_rung_by_the_next_sweep() -> None:
    office, run, _ = started(1)
    office.queue.rung.clear()
    assert office.app.sweeper.sweep() == [run]
    assert office.app.sweeper.sweep() == []


def test_a_run_is_rung_once_in_its_patience() -> None:
    office, run, _ = started(1)
    office.clock.advance(15)
    office.queue.rung.clear()
    for _ in range(4):
        office.app.sweeper.sweep()
        office.clock.advance(5)
    assert office.queue.rung == [run, run]


def test_a_run_that_a_worker_holds_is_left_alone_and_rung_when_its_lease_is_out() -> None:
    office, run, _ = started(1)
    with at("work.before_unit", stop_at(1, Killed())), pytest.raises(Killed):
        office.work(run)
    assert office.app.sweeper.sweep() == []
    office.clock.advance(10.1)
    assert office.app.sweeper.sweep() == [run]


def test_a_run_that_has_ended_is_never_rung() -> None:
    office, run, _ = started(1)
    assert office.work(run) is Outcome.ENDED
    office.clock.advance(10_000)
    assert office.app.sweeper.sweep() == []


def test_a_queue_that_is_down_is_tried_again_by_the_next_sweep() -> None:
    office, run, _ = started(1)
    office.clock.advance(15)
    office.queue.is_down = True
    assert office.app.sweeper.sweep() == []
    office.queue.is_down = False
    assert office.app.sweeper.sweep() == [run]


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_a_clock_that_jumps_does_not_hide_a_run(jump: int) -> None:
    office, run, _ = started(1)
    office.clock.advance(15)
    assert office.app.sweeper.sweep() == [run]
    office.clock.advance(jump)
    assert office.app.sweeper.sweep() == [run]


def test_a_ring_that_cannot_be_noted_does_not_stop_the_others() -> None:
    office, run, _ = started(1)
    other = office.ask(office.statement(-100), office.invoices(1)).run.name
    with patch.object(type(office.app.store), "note_ring", side_effect=Conflict("locked")):
        assert office.app.sweeper.sweep() == [run, other]


def test_a_run_that_is_watched_is_rung_as_soon_as_its_lease_is_out_and_not_again_at_every_look() -> None:
    office, run, _ = started(1)
    look_after = office.app.sweeper.look_after
    assert not look_after(run), "its first ring is on its way"
    with at("work.before_unit", stop_at(1, Killed())), pytest.raises(Killed):
        office.work(run)
    assert not look_after(run)
    office.clock.advance(10.1)
    office.queue.rung.clear()
    assert [look_after(run), look_after(run)] == [True, False]
    assert office.queue.rung == [run]
    assert office.work(run) is Outcome.ENDED
    office.clock.advance(10_000)
    assert not look_after(run)


def test_a_run_whose_first_ring_was_lost_is_rung_when_it_is_looked_at_later() -> None:
    office, run, _ = started(1)
    office.clock.advance(15)
    office.queue.is_down = True
    assert not office.app.sweeper.look_after(run)
    office.queue.is_down = False
    assert office.app.sweeper.look_after(run)
