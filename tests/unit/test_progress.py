"""Progress: told at most five times a second, never backwards, and the end always."""

from __future__ import annotations

import pytest

from imogi_finance.batch.progress import ProgressPublisher, progress
from imogi_finance.batch.run import Policy, RunStatus
from tests.support.office import ANA
from tests.unit.test_chunks import at, started


def test_at_most_five_events_a_second_and_the_end_is_never_dropped() -> None:
    office, run, _ = started(60, chunk_size=1)
    with at("work.after_commit", lambda nth: office.clock.advance(0.05)):
        office.work(run)
    told = office.events("_progress")
    assert len(told) <= 60 * 0.05 * 5 + 2
    assert told[-1]["phase"] == "ended"
    assert (told[-1]["current"], told[-1]["total"], told[-1]["percentage"]) == (60, 60, 100.0)
    assert len(office.events("_complete")) == 1
    assert office.events("_complete")[0]["success"] is True


def test_events_go_to_the_user_who_asked_and_say_run_and_epoch() -> None:
    office, run, _ = started(3, chunk_size=1)
    office.work(run)
    assert {(of, user) for _, _, of, user in office.browser.events} == {(run, "ana")}
    assert {payload["epoch"] for payload in office.events("_progress")} == {1}


def test_progress_never_falls_within_a_phase() -> None:
    office, run, refs = started(9, chunk_size=2)
    office.pay(refs[8])
    with at("work.after_commit", lambda nth: office.clock.advance(1)):
        office.work(run)
    by_phase: dict[str, list[int]] = {}
    for told in office.events("_progress"):
        by_phase.setdefault(told["phase"], []).append(told["current"])
    assert all(currents == sorted(currents) for currents in by_phase.values())
    assert by_phase["ended"] == [8]


@pytest.mark.parametrize("events", [1, 2, 5])
def test_two_runs_of_one_process_do_not_silence_each_other(events: int) -> None:
    office, run, _ = started(1)
    publisher = ProgressPublisher(realtime=office.browser, clock=office.clock)
    kind = office.app.engine.kinds[office.run(run).kind]
    for _ in range(events):
        publisher.publish(office.run(run), kind)
    assert len(office.events("_progress")) == 1


def test_progress_is_derived_from_the_row() -> None:
    office, run, _ = started(4)
    assert progress(office.run(run), Policy.ALL_OR_NOTHING) == {
        "phase": "waiting",
        "current": 0,
        "total": 4,
        "percentage": 0.0,
    }
    office.work(run)
    assert office.run(run).status is RunStatus.COMPLETED
    assert progress(office.run(run), Policy.ALL_OR_NOTHING) == {
        "phase": "ended",
        "current": 4,
        "total": 4,
        "percentage": 100.0,
    }


def test_a_run_cancelled_before_it_made_anything_ends_at_its_total() -> None:
    office, run, _ = started(3)
    office.app.control.cancel(run, user=ANA)
    status = office.app.control.status(run, user=ANA)
    assert (status["status"], status["current"], status["total"], status["percentage"]) == ("Cancelled", 0, 0, 100.0)
