"""Policy per item: what succeeds stays, what fails says why and can be retried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import NewItem, NewRun, RunStatus
from imogi_finance.errors import Conflict, DocumentError, Refused
from tests.simulation.per_item import CASH_KIND, CashRoundKind
from tests.support.office import ANA, BEN, CASH, COMPANY, Office
from tests.unit.test_chunks import at, stop_at


def cash_round(
    count: int, *, chunk_size: int = 20, decided: Sequence[NewItem] = (), **how: Any
) -> tuple[Office, str, list[Any]]:
    """Store a run of the per-item kind over new invoices, and behind them items that are decided already."""
    office = Office(**how)
    office.app.engine.kinds[CASH_KIND] = CashRoundKind(office.app.books, CASH)  # type: ignore[index]
    refs = office.invoices(count)
    new = NewRun(CASH_KIND, ANA, COMPANY, "Till", "Till 1", chunk_size, "digest")
    with office.rows.transaction():
        items = [*(NewItem(*ref, "100.00") for ref in refs), *decided]
        return office, office.app.store.insert_run(new, items, office.clock.now()).name, refs


def test_a_failing_item_fails_alone() -> None:
    office, run, refs = cash_round(4)
    office.pay(refs[1])
    assert office.work(run) is Outcome.ENDED
    assert office.item_statuses(run) == ["Succeeded", "Failed", "Succeeded", "Succeeded"]
    stored = office.run(run)
    assert (stored.status, stored.succeeded, stored.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 3, 1)
    assert [office.status_of(ref) for ref in refs] == ["Paid", "Unpaid", "Paid", "Paid"]
    office.check_books()


def test_a_savepoint_stands_around_each_item() -> None:
    office, run, _ = cash_round(3)
    with at("books.after_outstanding", stop_at(2, KeyError("oops"))):
        office.work(run)
    assert office.item_statuses(run) == ["Succeeded", "Failed", "Succeeded"]
    assert len(office.live_payments()) == 2
    office.check_books()


def test_the_failed_items_can_be_retried_and_the_others_are_left_alone() -> None:
    office, run, _ = cash_round(3)
    with at("books.after_ledger", stop_at(2, DocumentError("x", "Not today."))):
        office.work(run)
    paid = office.live_payments()
    again = office.app.control.retry(run, user=BEN)
    assert (again.name, again.status, again.processed, again.failed) == (run, RunStatus.PENDING, 2, 0)
    office.work(run)
    assert office.run(run).status is RunStatus.COMPLETED
    assert office.live_payments()[:2] == paid
    assert len(office.live_payments()) == 3


def test_a_retry_is_refused_while_another_run_has_a_document() -> None:
    office, run, refs = cash_round(2)
    with at("books.after_ledger", stop_at(2, DocumentError("x", "Not today."))):
        office.work(run)
    other = office.ask(office.statement(-100), refs[1:]).run.name
    before = office.dump()
    with pytest.raises(Refused, match=other):
        office.app.control.retry(run, user=BEN)
    assert office.dump() == before


def test_an_item_is_tried_again_with_a_pause_while_the_others_go_on() -> None:
    office, run, _ = cash_round(3)
    with at("books.after_ledger", stop_at(1, Conflict("lock wait"))):
        assert office.work(run) is Outcome.ENDED
    assert office.run(run).status is RunStatus.COMPLETED
    names = [row["result_name"] for row in office.rows.select("batch_item", {"run": run}, ("position",))]
    assert names[0] == max(names)  # the first item came last
    assert max(office.clock.slept) >= 0.25


def test_a_cancelled_run_keeps_what_succeeded() -> None:
    office, run, refs = cash_round(4, chunk_size=1)

    def cancel(nth: int) -> None:
        if nth == 2:
            office.app.control.cancel(run, user=BEN)

    with at("work.after_commit", cancel):
        office.work(run)
    assert office.run(run).status is RunStatus.CANCELLED
    assert office.item_statuses(run) == ["Succeeded", "Succeeded", "Skipped", "Skipped"]
    assert [office.status_of(ref) for ref in refs] == ["Paid", "Paid", "Unpaid", "Unpaid"]


def test_a_cancel_is_heeded_even_when_the_user_was_disabled_after() -> None:
    office, run, _ = cash_round(3, chunk_size=1)

    def cancel(nth: int) -> None:
        if nth == 1:
            office.app.control.cancel(run, user=BEN)
            office.put("user", [ANA], enabled=0)

    with at("work.after_commit", cancel):
        office.work(run)
    assert office.run(run).status is RunStatus.CANCELLED


def test_a_user_disabled_mid_run_fails_what_is_left() -> None:
    office, run, _ = cash_round(3, chunk_size=1)
    with at("work.after_commit", lambda nth: office.put("user", [ANA], enabled=0)):
        office.work(run)
    assert office.item_statuses(run) == ["Succeeded", "Failed", "Failed"]
    assert (office.run(run).processed, office.run(run).failed) == (3, 2)
    assert office.run(run).status is RunStatus.COMPLETED_WITH_ERRORS
