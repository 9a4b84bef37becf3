"""What people do to a run: look, cancel, retry; and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from imogi_finance.batch.run import RunStatus
from imogi_finance.errors import DocumentError, NotPermitted, Refused, UnknownRun
from tests.support.office import ANA, BEN, VIC
from tests.unit.test_chunks import at, started, stop_at


def test_a_run_that_nobody_took_up_is_cancelled_at_once() -> None:
    office, run, refs = started(3)
    assert office.app.control.cancel(run, user=BEN).status is RunStatus.CANCELLED
    assert office.item_statuses(run) == ["Skipped"] * 3
    assert office.ask(office.run(run).reference_name, refs).is_new
    assert office.events("_complete")[-1]["success"] is False


@pytest.mark.parametrize(
    "point", ["work.before_unit", "work.after_document", "work.after_commit", "work.before_commit"]
)
@pytest.mark.parametrize("nth", [1, 3, 5])
def test_a_run_cancelled_mid_way_is_undone(point: str, nth: int) -> None:
    office, run, refs = started(5, chunk_size=1)

    def cancel(now: int) -> None:
        if now == nth:
            office.rows.update("batch_run", (run,), {"cancel_requested_by": BEN}) if office.rows._open else (
                office.app.control.cancel(run, user=BEN)
            )

    with at(point, cancel):
        office.work(run)
    assert office.run(run).status is RunStatus.CANCELLED
    assert office.run(run).error is None
    assert {office.status_of(ref) for ref in refs} == {"Unpaid"}
    assert office.live_payments() == []
    office.check_books()


def test_cancelling_twice_is_cancelling_once_and_an_ended_run_cannot_be() -> None:
    office, run, _ = started(2, chunk_size=1)

    def twice(nth: int) -> None:
        if nth == 1:
            assert office.app.control.cancel(run, user=ANA).cancel_requested
            assert office.app.control.cancel(run, user=BEN).cancel_requested_by == ANA

    with at("work.after_commit", twice):
        office.work(run)
    with pytest.raises(Refused, match="cannot be cancelled"):
        office.app.control.cancel(run, user=ANA)


def test_an_undo_that_fails_needs_attention_and_says_where_and_what_to_do() -> None:
    office, run, refs = started(4, chunk_size=2)
    office.pay(refs[3])
    with at("books.after_cancel", stop_at(1, DocumentError("Payment Entry PAY-2", "It is locked.", "Unlock it."))):
        office.work(run)
    status = office.app.control.status(run, user=ANA)
    assert status["status"] == "Needs Attention"
    assert status["can_retry"]
    assert next((item["status"], item["error"]) for item in status["failed_items"]) == (
        "Undo Failed",
        "Payment Entry PAY-2: It is locked. Unlock it.",
    )
    with pytest.raises(Refused, match="retry it first"):  # what could not be undone is still held
        office.ask(office.statement(-100), [refs[1]])
    assert office.app.control.retry(run, user=BEN).status is RunStatus.UNDOING
    office.work(run)
    assert office.run(run).status is RunStatus.FAILED
    assert office.item_statuses(run) == ["Undone", "Undone", "Skipped", "Failed"]
    office.check_books()


def test_a_regular_voucher_is_allocated_but_never_undone() -> None:
    office, run, _ = started(0 + 1, spare=100)
    office.app.control.cancel(run, user=ANA)
    voucher, ref = office.pay(office.invoice()), office.invoice()
    run = office.ask(office.statement(-200), [ref], [office.voucher(voucher)]).run.name
    with at("books.after_allocation", stop_at(1, DocumentError("x", "No."))):
        office.work(run)
    assert office.run(run).status is RunStatus.FAILED
    assert office.payment(voucher)["docstatus"] == 1
    assert office.live_payments() == [voucher]


@pytest.mark.parametrize("act", ["cancel", "retry", "status", "items"])
@pytest.mark.parametrize("user", ["nobody", "gone"])
def test_a_stranger_learns_nothing_of_a_run(act: str, user: str) -> None:
    office, run, _ = started(1)
    with office.rows.transaction():
        office.rows.insert("user", {"name": "gone", "role": "Accounts Manager", "enabled": 0})
    before = office.dump()
    with pytest.raises(UnknownRun):
        getattr(office.app.control, act)(run, user=user)
    assert office.dump() == before


@pytest.mark.parametrize("act", ["cancel", "retry"])
def test_a_viewer_may_look_but_not_act(act: str) -> None:
    office, run, _ = started(1)
    before = office.dump()
    with pytest.raises(NotPermitted):
        getattr(office.app.control, act)(run, user=VIC)
    assert office.dump() == before
    assert office.app.control.status(run, user=VIC)["job_id"] == run
    assert office.app.control.items(run, user=VIC)["total"] == 1


@pytest.mark.parametrize("call", [lambda c: c.status("RUN-9", user=ANA), lambda c: c.cancel("RUN-9", user=ANA)])
def test_a_run_that_does_not_exist(call: Callable[[Any], Any]) -> None:
    office, _, _ = started(1)
    with pytest.raises(UnknownRun):
        call(office.app.control)


def test_items_come_in_pages() -> None:
    office, run, _ = started(7)
    page = office.app.control.items(run, user=ANA, offset=5, limit=50)
    assert ([item["position"] for item in page["items"]], page["total"]) == ([6, 7], 7)
    assert len(office.app.control.items(run, user=ANA, offset=-3, limit=0)["items"]) == 1
