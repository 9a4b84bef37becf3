"""Per-item runs: items that are decided from the start, and runs that go on after they were cancelled."""

from __future__ import annotations

import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import ItemStatus, NewItem, RunStatus
from imogi_finance.errors import Refused
from tests.support.office import ANA, BEN, Office
from tests.unit.test_chunks import at
from tests.unit.test_per_item import cash_round

BAD = NewItem("Purchase Invoice", "PINV-BAD", "1.00", decided=ItemStatus.FAILED, error="It is a draft.")
LEFT_OUT = NewItem("Purchase Invoice", "PINV-HELD", "1.00", decided=ItemStatus.SKIPPED, error="It is on hold.")


def cancelled_after(chunks: int, *, of: int, decided: tuple[NewItem, ...] = ()) -> tuple[Office, str]:
    """Work a run one by one, and cancel it when some are done."""
    office, run, _ = cash_round(of, chunk_size=1, decided=decided)

    def cancel(nth: int) -> None:
        if nth == chunks:
            office.app.control.cancel(run, user=ANA)

    with at("work.after_commit", cancel):
        assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.CANCELLED
    return office, run


def test_decided_items_are_not_worked_and_the_rest_is() -> None:
    office, run, _ = cash_round(2, decided=(BAD, LEFT_OUT))
    before = office.app.control.status(run, user=ANA)
    assert (before["items_total"], before["processed"], before["failed"], before["left_out"]) == (4, 2, 1, 1)
    office.work(run)
    ended = office.app.control.status(run, user=ANA)
    assert (ended["status"], ended["succeeded"], ended["failed"], ended["left_out"]) == (
        ("Completed with Errors", 2, 1, 1)
    )
    assert office.item_statuses(run) == ["Succeeded", "Succeeded", "Failed", "Skipped"]
    assert [item["error"] for item in ended["failed_items"]] == [BAD.error]


def test_a_run_in_which_only_something_is_left_out_has_no_errors() -> None:
    office, run, _ = cash_round(1, decided=(LEFT_OUT,))
    office.work(run)
    assert office.run(run).status is RunStatus.COMPLETED
    assert not office.app.control.status(run, user=ANA)["can_retry"]


def test_a_retry_tries_those_that_were_bad_from_the_start_and_not_those_left_out() -> None:
    office, run, _ = cash_round(1, decided=(BAD, LEFT_OUT))
    office.work(run)
    again = office.app.control.retry(run, user=BEN)
    assert (again.status, again.processed, again.failed) == (RunStatus.PENDING, 2, 0)
    office.work(run)
    assert office.item_statuses(run) == ["Succeeded", "Failed", "Skipped"]
    failed = office.app.control.status(run, user=ANA)["failed_items"][0]["error"]
    assert failed != BAD.error, "today's reason"


def test_a_cancelled_run_stays_where_it_was() -> None:
    office, run = cancelled_after(2, of=5, decided=(BAD, LEFT_OUT))
    status = office.app.control.status(run, user=ANA)
    assert (status["current"], status["total"], status["percentage"]) == (4, 7, 57.1)
    assert (status["succeeded"], status["failed"], status["left_out"]) == (2, 1, 1)
    assert (status["can_resume"], status["can_retry"], status["can_cancel"]) == (True, True, False)
    assert len(office.live_payments()) == 2


def test_a_cancelled_run_goes_on_where_it_was_when_it_is_resumed() -> None:
    office, run = cancelled_after(2, of=5, decided=(LEFT_OUT,))
    paid = office.live_payments()
    again = office.app.control.retry(run, user=BEN)
    assert (again.name, again.status, again.processed) == (run, RunStatus.PENDING, 3)
    assert not again.cancel_requested
    assert office.queue.rung[-1] == run
    assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED
    assert office.item_statuses(run) == ["Succeeded"] * 5 + ["Skipped"]
    assert office.live_payments()[:2] == paid
    assert len(office.live_payments()) == 5
    office.check_books()


def test_a_resumed_run_can_be_cancelled_and_resumed_again() -> None:
    office, run = cancelled_after(1, of=3)
    office.app.control.retry(run, user=ANA)
    office.app.control.cancel(run, user=ANA)
    office.work(run)
    assert office.run(run).status is RunStatus.CANCELLED
    office.app.control.retry(run, user=ANA)
    office.work(run)
    assert (office.run(run).status, office.run(run).succeeded) == (RunStatus.COMPLETED, 3)


def test_what_was_cancelled_before_any_work_is_resumed_too() -> None:
    office, run, _ = cash_round(3, decided=(BAD, LEFT_OUT))
    ended = office.app.control.cancel(run, user=ANA)
    assert (ended.status, ended.processed) == (RunStatus.CANCELLED, 2)
    again = office.app.control.retry(run, user=ANA)
    assert (again.status, again.processed, again.failed) == (RunStatus.PENDING, 1, 0)
    office.work(run)
    assert office.item_statuses(run) == ["Succeeded"] * 3 + ["Failed", "Skipped"]


def test_where_a_cancel_came_too_late_to_leave_anything_nothing_is_resumed() -> None:
    office, run = cancelled_after(3, of=3, decided=(LEFT_OUT,))
    status = office.app.control.status(run, user=ANA)
    assert (status["succeeded"], status["can_resume"], status["can_retry"]) == (3, False, False)
    with pytest.raises(Refused, match="nothing to try again"):
        office.app.control.retry(run, user=ANA)


def test_documents_that_another_run_has_taken_since_are_named() -> None:
    office, run = cancelled_after(1, of=2)
    taken = office.app.store.items(run, [ItemStatus.SKIPPED], offset=0, limit=1)[0]
    other = office.ask(office.statement(-100), [{"doctype": taken.reference_doctype, "name": taken.reference_name}])
    with pytest.raises(Refused) as refused:
        office.app.control.retry(run, user=ANA)
    (problem,) = refused.value.problems
    assert (problem.document, problem.rule) == (taken.document, "in_live_run")
    assert other.run.name in problem.message
    assert office.run(run).status is RunStatus.CANCELLED


def test_the_time_between_a_cancel_and_its_resuming_does_not_count() -> None:
    office, run = cancelled_after(1, of=2)
    worked = office.app.control.status(run, user=ANA)["elapsed_seconds"]
    office.clock.advance(86_400)
    again = office.app.control.retry(run, user=ANA)
    assert (again.started_at, again.worked_seconds) == (None, worked)
    office.clock.advance(3600)
    with at("work.after_document", lambda nth: office.clock.advance(2.0)):
        office.work(run)
    assert office.app.control.status(run, user=ANA)["elapsed_seconds"] == pytest.approx(worked + 2.0)


def test_an_all_or_nothing_run_that_was_cancelled_is_asked_for_again_and_not_resumed() -> None:
    office = Office()
    run = office.ask(office.statement(-100), [office.invoice()]).run.name
    office.app.control.cancel(run, user=ANA)
    status = office.app.control.status(run, user=ANA)
    assert (status["can_retry"], status["can_resume"], status["left_out"]) == (True, False, 0)
    assert office.app.control.retry(run, user=ANA).name != run
    assert office.run(run).status is RunStatus.CANCELLED
