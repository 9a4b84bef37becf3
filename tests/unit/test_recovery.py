"""What happens when workers die, freeze, are interrupted or meet an item that kills them."""

from __future__ import annotations

import itertools
from unittest.mock import patch

import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.errors import Conflict, OutcomeUnknown, StorageFull
from imogi_finance.sandbox.storage.memory import MemoryDatabase
from tests.support.office import JobTimeout, Office
from tests.unit.test_chunks import Killed, at, started, stop_at


def two_sessions() -> tuple[Office, Office]:
    """Return an office, and a second process on the same database with the same clock."""
    database = MemoryDatabase()
    office = Office(database.session())
    other = object.__new__(Office)
    other.__dict__ = {**office.__dict__, "rows": database.session()}
    other.app = office.another_process(other.rows)
    return office, other


def test_a_run_that_a_worker_holds_is_not_claimed() -> None:
    office, run, _ = started(3)
    with at("work.before_commit", stop_at(1, Killed())), pytest.raises(Killed):
        office.work(run)
    assert office.work(run, "w2") is Outcome.NOT_CLAIMED
    office.clock.advance(10.1)
    assert office.work(run, "w2") is Outcome.ENDED


@pytest.mark.parametrize("point", ["claim.before_commit", "claim.after_commit"])
def test_a_claim_that_was_lost_with_its_connection_is_made_again_by_the_same_worker(point: str) -> None:
    """Whether it stands or not: the worker cannot know, and nobody else may be rung for the run."""
    office, run, _ = started(3)
    began = office.clock.now()
    with at(point, stop_at(1, OutcomeUnknown("gone"))):
        assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED
    assert office.run(run).epoch == (1 if point == "claim.before_commit" else 2)
    assert (office.clock.now() - began).total_seconds() < 1, "nobody waited for the lease"


def test_a_claim_that_is_another_s_is_left_to_them_however_this_worker_s_was_lost() -> None:
    office, run, _ = started(3)
    with at("work.before_commit", stop_at(1, Killed())), pytest.raises(Killed):
        office.work(run)
    reading = office.rows.transaction
    with patch.object(office.rows, "transaction", side_effect=[OutcomeUnknown("gone"), reading(), reading()]):
        assert office.work(run, "w2") is Outcome.NOT_CLAIMED


def test_a_database_that_never_answers_is_not_asked_for_ever() -> None:
    office, run, _ = started(3)

    def fail(nth: int) -> None:
        raise Conflict("locked")

    with at("claim.before_commit", fail), pytest.raises(Conflict):
        office.work(run)
    assert office.run(run).status is RunStatus.PENDING
    assert len(office.clock.slept) == EngineSettings().transient_limit


def test_a_run_that_has_ended_is_not_claimed() -> None:
    office, run, _ = started(1)
    office.work(run)
    before = office.dump()
    assert office.work(run) is Outcome.NOT_CLAIMED
    assert office.dump() == before


def test_a_zombie_writes_nothing_after_its_run_was_taken_over() -> None:
    office, other = two_sessions()
    refs = office.invoices(4)
    run = office.ask(office.statement(-400), refs, chunk_size=2).run.name

    def overtaken(nth: int) -> None:
        if nth == 1:
            office.clock.advance(11)
            with other.rows.transaction():  # as the next worker begins
                assert other.app.store.claim(other.run(run), holder="w2", now=other.clock.now(), lease_seconds=10.0)

    with at("work.before_run", overtaken):
        assert office.work(run, "w1") is Outcome.LOST
    assert office.live_payments() == []
    office.clock.advance(11)
    assert other.work(run, "w3") is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED
    assert len(office.live_payments()) == 4
    office.check_books()


def test_what_a_stopped_worker_holds_is_worked_once_the_server_has_ended_its_connection() -> None:
    office, other = two_sessions()
    refs = office.invoices(4)
    run = office.ask(office.statement(-400), refs, chunk_size=2).run.name

    def stopped(nth: int) -> None:
        if nth == 1:
            office.clock.advance(11)
            sleep = other.clock.sleep

            def server_loses_patience(seconds: float) -> None:
                assert other.item_statuses(run) == [*["Pending"] * 2, *["Succeeded"] * 2]
                office.rows.lose()  # type: ignore[attr-defined]
                other.clock.sleep = sleep  # type: ignore[method-assign]
                sleep(seconds)

            other.clock.sleep = server_loses_patience  # type: ignore[method-assign]
            assert other.work(run, "w2") is Outcome.ENDED

    with at("work.before_run", stopped):
        assert office.work(run, "w1") is Outcome.LOST
    assert office.run(run).status is RunStatus.COMPLETED
    assert len(office.live_payments()) == 4
    office.check_books()


def test_a_lease_written_by_a_clock_far_ahead_is_no_lease() -> None:
    office, run, _ = started(2)
    office.clock.advance(3600)
    with at("claim.after_commit", stop_at(1, Killed())), pytest.raises(Killed):
        office.work(run)
    office.clock.advance(-3600)
    assert office.work(run, "w2") is Outcome.ENDED


def test_the_lease_grows_with_each_worker_that_made_no_progress() -> None:
    office, run, _ = started(2)
    leases = []
    for _ in range(7):
        with at("work.before_unit", stop_at(1, Killed())), pytest.raises(Killed):
            office.work(run)
        leases.append(office.run(run).lease_seconds)
        office.clock.advance(leases[-1] + 1)
    assert leases == [10, 10, 20, 40, 80, 160, 320]


def test_an_item_that_kills_its_worker_each_time_is_given_up() -> None:
    office, run, refs = started(3)
    deaths = 0
    while office.run(run).status.is_live:
        with at("books.after_payment", stop_at(2 if office.run(run).stalls < 3 else 1, Killed())):
            try:
                office.work(run)
            except Killed:
                deaths += 1
        office.clock.advance(1000)
        assert deaths < 40
    assert office.run(run).status is RunStatus.FAILED
    assert "workers in a row ended" in (office.run(run).error or "")
    assert deaths == 10
    assert {office.status_of(ref) for ref in refs} == {"Unpaid"}


def test_after_some_deaths_items_are_worked_one_by_one() -> None:
    office, run, _ = started(3)
    for _ in range(3):
        with at("work.before_commit", stop_at(1, Killed())), pytest.raises(Killed):
            office.work(run)
        office.clock.advance(1000)
    seen: list[int] = []
    with at("work.after_commit", lambda nth: seen.append(office.run(run).processed)):
        office.work(run)
    assert seen[0] == 1
    assert office.run(run).status is RunStatus.COMPLETED


def test_the_queues_timeout_is_never_an_items_fault() -> None:
    office, run, _ = started(3)
    office.queue.rung.clear()
    with at("books.after_ledger", stop_at(2, JobTimeout())), pytest.raises(JobTimeout):
        office.work(run)
    stored = office.run(run)
    assert (stored.lease_holder, stored.status) == (None, RunStatus.PROCESSING)
    assert office.queue.rung == [run]
    assert office.item_statuses(run) == ["Pending"] * 3
    assert office.live_payments() == []
    assert office.work(run, "w2") is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED


def test_an_item_that_times_out_each_time_is_given_up() -> None:
    office, run, _ = started(2)
    jobs = 0
    while office.run(run).status.is_live:
        with at("books.after_ledger", stop_at(1, JobTimeout())):
            try:
                office.work(run)
            except JobTimeout:
                jobs += 1
        assert jobs < 40
    assert jobs == 10
    assert office.run(run).status is RunStatus.FAILED


def test_a_final_step_that_kills_each_worker_is_given_up_and_undone() -> None:
    office, run, refs = started(2)
    while office.run(run).status.is_live:
        with at("books.after_allocation", stop_at(1, Killed())):
            try:
                office.work(run)
            except Killed:
                office.clock.advance(1000)
    assert "final step" in (office.run(run).error or "")
    assert {office.status_of(ref) for ref in refs} == {"Unpaid"}
    office.check_books()


def test_a_long_run_continues_in_a_fresh_job() -> None:
    office, run, _ = started(6, office=Office(settings=EngineSettings(budget_seconds=5.0)), chunk_size=1)
    office.queue.rung.clear()
    outcomes = []
    with at("work.after_commit", lambda nth: office.clock.advance(2.0)):
        while not outcomes or outcomes[-1] is not Outcome.ENDED:
            outcomes.append(office.work(run))
            assert len(outcomes) < 10
    assert outcomes == [Outcome.CONTINUES, Outcome.CONTINUES, Outcome.ENDED]
    assert office.queue.rung == [run, run]
    assert office.run(run).status is RunStatus.COMPLETED


def test_a_database_that_fails_for_a_while_is_no_reason_to_give_up() -> None:
    office, run, _ = started(2)
    with at("work.before_commit", lambda nth: stop_at(nth, StorageFull("full"))(nth)):
        for _ in range(30):
            assert office.work(run) is Outcome.WAITING
    assert office.item_statuses(run) == ["Pending", "Pending"]
    assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED


@pytest.mark.parametrize("error", [Conflict("locked"), OutcomeUnknown("gone"), StorageFull("full")])
def test_an_item_is_tried_so_many_times_with_longer_and_longer_pauses(error: Exception) -> None:
    office, run, _ = started(1)
    tries: list[float] = []
    begun = office.clock.now()

    def fail(nth: int) -> None:
        tries.append((office.clock.now() - begun).total_seconds())
        raise error

    with at("books.after_ledger", fail):
        while office.run(run).status.is_live:
            office.work(run)
            office.clock.advance(1)
    assert len(tries) == EngineSettings().max_attempts
    pauses = [later - sooner for sooner, later in itertools.pairwise(tries)]
    assert all(pause > 0.25 for pause in pauses)
    assert pauses[-1] > pauses[0]
    assert f"Given up after {len(tries)} attempts" in (office.run(run).error or "")


def test_a_worker_with_nothing_due_soon_lets_go_and_is_woken() -> None:
    settings = EngineSettings(item_backoff_seconds=30.0, jitter=lambda: 1.0)
    office, run, _ = started(1, office=Office(settings=settings))
    with at("books.after_ledger", stop_at(1, Conflict("locked"))):
        assert office.work(run) is Outcome.WAITING
    assert office.run(run).lease_holder is None
    office.clock.advance(20)
    assert office.app.sweeper.sweep() == []
    office.clock.advance(11)
    assert office.app.sweeper.sweep() == [run]
    assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED


def test_rings_while_a_run_waits_do_not_wear_it_out() -> None:
    settings = EngineSettings(item_backoff_seconds=60.0, item_backoff_limit=60.0, jitter=lambda: 1.0)
    office, run, _ = started(1, office=Office(settings=settings))
    with at("books.after_ledger", stop_at(1, Conflict("locked"))):
        office.work(run)
    for _ in range(30):
        assert office.work(run) is Outcome.WAITING
    office.clock.advance(61)
    assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED


def test_a_user_disabled_mid_run_stops_it_and_what_was_made_is_undone() -> None:
    office, run, refs = started(4, chunk_size=2)

    def disable(nth: int) -> None:
        if nth == 1:
            office.put("user", ["ana"], enabled=0)

    with at("work.after_commit", disable):
        office.work(run)
    assert office.run(run).status is RunStatus.FAILED
    assert "disabled" in (office.run(run).error or "")
    assert {office.status_of(ref) for ref in refs} == {"Unpaid"}
    assert office.live_payments() == []


def test_a_user_whose_role_is_taken_mid_run_stops_it_and_what_was_made_is_undone() -> None:
    office, run, refs = started(4, chunk_size=2)

    def demote(nth: int) -> None:
        if nth == 1:
            office.put("user", ["ana"], role="Viewer")

    with at("work.after_commit", demote):
        office.work(run)
    assert office.run(run).status is RunStatus.FAILED
    assert "may look at it but not change it" in (office.run(run).error or "")
    assert {office.status_of(ref) for ref in refs} == {"Unpaid"}
    assert office.live_payments() == []


def test_a_pause_that_a_jumping_clock_has_written_is_not_waited_for() -> None:
    settings = EngineSettings(item_backoff_seconds=30.0, jitter=lambda: 1.0)
    office, run, _ = started(1, office=Office(settings=settings))
    office.clock.advance(3600)
    with at("books.after_ledger", stop_at(1, Conflict("locked"))):
        assert office.work(run) is Outcome.WAITING
    office.clock.advance(-3600)
    assert office.app.sweeper.sweep() == [run]
    assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED


def test_a_run_of_a_kind_that_a_worker_does_not_know_is_left_to_a_newer_one() -> None:
    office, run, _ = started(1)
    office.put("batch_run", (run,), kind="Something Newer")
    assert office.work(run) is Outcome.NOT_CLAIMED
    office.put("batch_run", (run,), kind="Bulk Reconciliation")
    assert office.work(run) is Outcome.ENDED


def test_a_lease_that_had_to_grow_stays_grown() -> None:
    office, run, _ = started(2, chunk_size=1)
    for _ in range(4):
        with pytest.raises(Killed), at("work.before_unit", stop_at(1, Killed())):
            office.work(run)
        office.clock.advance(1000)
    grown = office.run(run).lease_seconds
    assert grown > EngineSettings().lease_seconds
    with pytest.raises(Killed), at("work.before_unit", stop_at(2, Killed())):
        office.work(run)
    assert office.run(run).processed == 1
    assert office.run(run).lease_seconds >= grown


def test_a_defect_outside_any_item_gives_the_lease_back_and_is_given_up_at_last() -> None:
    office, run, _ = started(1)
    kind = office.app.engine.kinds["Bulk Reconciliation"]
    with patch.object(type(kind), "units", side_effect=KeyError("a defect")):
        for _ in range(EngineSettings().max_stalls):
            with pytest.raises(KeyError):
                office.work(run)
            assert office.run(run).lease_holder is None
        office.work(run)
    assert office.run(run).status is RunStatus.FAILED
    assert office.live_payments() == []


def test_the_final_step_of_an_old_job_is_left_to_a_fresh_one() -> None:
    office, run, _ = started(40)
    with at("work.after_commit", lambda nth: office.clock.advance(61)):
        assert office.work(run) is Outcome.CONTINUES
    assert office.run(run).processed == 40
    assert office.queue.rung[-1] == run
    assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED


def test_a_worker_that_is_asked_to_stop_hands_the_run_on_after_its_chunk() -> None:
    office, run, _ = started(6, chunk_size=2)
    asked = iter([False, True])
    office.app.engine.is_to_stop = lambda: next(asked, False)
    office.queue.rung.clear()
    assert office.work(run) is Outcome.CONTINUES
    left = office.run(run)
    assert (left.processed, left.lease_holder, office.queue.rung) == (4, None, [run])
    assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED
