"""How the engine works orders: each by itself or a customer's together, each in its own savepoint."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import Item, ItemStatus, NewItem, NewRun, Run, RunStatus
from imogi_finance.batch_invoicing.kind import KIND, BatchInvoicingKind
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.request import stored_options
from imogi_finance.errors import Conflict, DocumentError
from tests.support.office import ANA, BEN, Office
from tests.support.order_book import COMPANY, TODAY, OrderBook
from tests.unit.test_chunks import at


class Desk:
    """An office whose engine works orders of a book in memory."""

    def __init__(self) -> None:
        self.office, self.book = Office(), OrderBook()
        self.kind = BatchInvoicingKind(self.book, self.office.app.store)
        self.office.app.engine.kinds[KIND] = self.kind  # type: ignore[index]

    def store(self, names: list[str], *, chunk_size: int = 20, bad: tuple[str, ...] = (), **options: Any) -> str:
        """Store a run over orders; the bad ones have failed from the start."""
        chosen = Options(**{"submit": True, "posting_date": TODAY, **options})
        new = NewRun(
            kind=KIND,
            requested_by=ANA,
            company=COMPANY,
            reference_doctype="Company",
            reference_name=COMPANY,
            chunk_size=chunk_size,
            options={**stored_options(chosen), "amount": "100.00", "currency": "IDR"},
            holds_document=False,
        )
        items = [
            NewItem("Sales Order", name, "100.00", ItemStatus.FAILED if name in bad else None, "Bad." * (name in bad))
            for name in names
        ]
        with self.office.rows.transaction():
            return self.office.app.store.insert_run(new, items, self.office.clock.now()).name

    def work(self, run: str) -> Run:
        assert self.office.work(run) is Outcome.ENDED
        return self.office.run(run)

    def item(self, run: str, position: int) -> Item:
        return self.office.app.store.items(run, None, offset=position - 1, limit=1)[0]

    def bills(self) -> list[tuple[str, ...]]:
        """Return the orders of each invoice."""
        return [made.orders for made in self.book.invoices.values()]


def test_each_order_gets_an_invoice_of_its_own_as_was_chosen() -> None:
    desk = Desk()
    run = desk.store(desk.book.orders_of(3), chunk_size=2, posting_date=date(2026, 3, 1))
    ended = desk.work(run)
    assert (ended.status, ended.succeeded, ended.result) == (
        RunStatus.COMPLETED,
        3,
        {"invoices": 3, "submitted": True},
    )
    assert desk.bills() == [("SO-1",), ("SO-2",), ("SO-3",)]
    assert {(made.posting_date, made.is_submitted, made.run) for made in desk.book.invoices.values()} == {
        (date(2026, 3, 1), True, run)
    }
    assert (desk.item(run, 2).result_doctype, desk.item(run, 2).result_name) == ("Sales Invoice", "SINV-2")


def test_a_chunk_is_got_ready_as_a_whole() -> None:
    desk = Desk()
    desk.work(desk.store(desk.book.orders_of(5), chunk_size=2))
    assert desk.book.holds == [("SO-1", "SO-2"), ("SO-3", "SO-4"), ("SO-5",)]


def test_a_bad_order_fails_with_its_reason_and_the_rest_go_on() -> None:
    desk = Desk()
    names = desk.book.orders_of(4)
    run = desk.store(names)
    desk.book.change("SO-2", status="Closed")
    desk.book.faults["SO-3"] = DocumentError("Item Lamp", "It is disabled.", "Enable it.")
    ended = desk.work(run)
    assert (ended.status, ended.succeeded, ended.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 2, 2)
    assert desk.item(run, 2).error == "Sales Order SO-2: It is closed. Open it again first, or leave it out."
    assert desk.item(run, 3).error == "Item Lamp: It is disabled. Enable it."
    assert desk.bills() == [("SO-1",), ("SO-4",)]


def test_a_mended_order_goes_through_on_retry_and_no_other_is_billed_again() -> None:
    desk = Desk()
    names = [*desk.book.orders_of(3), desk.book.order("SO-4", docstatus=0), "SO-5"]
    run = desk.store(names, bad=("SO-4", "SO-5"))
    desk.book.change("SO-2", status="On Hold")
    assert desk.work(run).failed == 3
    desk.book.change("SO-2", status="To Bill")
    desk.book.change("SO-4", docstatus=1)
    desk.office.app.control.retry(run, user=BEN)
    ended = desk.work(run)
    assert (ended.status, ended.succeeded, ended.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 4, 1)
    assert sorted(desk.bills()) == [("SO-1",), ("SO-2",), ("SO-3",), ("SO-4",)]
    assert "does not exist" in str(desk.item(run, 5).error)


def test_an_order_of_another_company_is_refused_on_retry_too() -> None:
    desk = Desk()
    names = [desk.book.order("SO-1"), desk.book.order("SO-2", company="Zenith")]
    run = desk.store(names, bad=("SO-2",))
    desk.work(run)
    desk.office.app.control.retry(run, user=BEN)
    assert desk.work(run).failed == 1
    assert "Zenith" in str(desk.item(run, 2).error)
    assert desk.bills() == [("SO-1",)]


def test_an_order_is_tried_again_where_the_error_may_pass() -> None:
    desk = Desk()
    run = desk.store(desk.book.orders_of(3), chunk_size=1)
    desk.book.faults["SO-2"] = Conflict("lock wait")

    def mend(nth: int) -> None:
        if nth == 3:  # the third chunk that is committed
            desk.book.faults.clear()

    with at("work.after_commit", mend):
        ended = desk.work(run)
    assert (ended.status, ended.succeeded) == (RunStatus.COMPLETED, 3)


def test_a_customers_orders_share_an_invoice_where_that_is_chosen() -> None:
    desk = Desk()
    for number in range(1, 7):
        desk.book.order(f"SO-{number}", customer="Ida" if number <= 4 else "Joe")
    run = desk.store(list(desk.book.known), one_per_customer=True)
    ended = desk.work(run)
    assert desk.bills() == [("SO-1", "SO-2", "SO-3", "SO-4"), ("SO-5", "SO-6")]
    assert (ended.succeeded, ended.result) == (6, {"invoices": 2, "submitted": True})
    assert {desk.item(run, position).result_name for position in (1, 2, 3, 4)} == {"SINV-1"}


def test_a_customer_whose_orders_go_on_behind_the_chunk_is_left_to_the_next() -> None:
    desk = Desk()
    for number in range(1, 8):
        desk.book.order(f"SO-{number}", customer="Ida" if number <= 2 else "Joe")
    desk.work(desk.store(list(desk.book.known), chunk_size=5, one_per_customer=True))
    assert desk.bills() == [("SO-1", "SO-2"), ("SO-3", "SO-4", "SO-5", "SO-6", "SO-7")]


def test_a_customer_with_more_orders_than_a_chunk_gets_several_invoices() -> None:
    desk = Desk()
    desk.work(desk.store(desk.book.orders_of(7), chunk_size=3, one_per_customer=True))
    assert [len(names) for names in desk.bills()] == [3, 3, 1]


def test_a_bad_order_between_two_of_a_customer_does_not_part_them() -> None:
    desk = Desk()
    for number in range(1, 8):
        desk.book.order(f"SO-{number}", customer="Ida" if number <= 2 else "Joe")
    run = desk.store(list(desk.book.known), chunk_size=4, bad=("SO-4", "SO-5"), one_per_customer=True)
    desk.work(run)
    assert desk.bills() == [("SO-1", "SO-2"), ("SO-3", "SO-6", "SO-7")]


def units(desk: Desk, run: str, positions: list[int]) -> list[tuple[str, ...]]:
    """Return the orders of each unit of a chunk of these items."""
    items = [desk.item(run, position) for position in positions]
    with desk.office.rows.transaction():
        found = desk.kind.units(desk.office.run(run), items)
    return [tuple(item.reference_name for item in unit.items) for unit in found]


def three_customers(desk: Desk, **how: Any) -> str:
    """Store a run: SO-1 to SO-3 are Ida's, SO-4 to SO-7 Joe's, SO-8 and SO-9 Kim's."""
    customers = ["Ida"] * 3 + ["Joe"] * 4 + ["Kim"] * 2
    names = [desk.book.order(f"SO-{n}", customer=customer) for n, customer in enumerate(customers, 1)]
    return desk.store(names, one_per_customer=True, **how)


@pytest.mark.parametrize(
    ("positions", "worked"),
    [
        ([1, 2, 3, 4, 5], [("SO-1", "SO-2", "SO-3")]),  # Joe's others are not here
        ([6, 7, 8, 9], [("SO-8", "SO-9")]),  # another worker holds the first of Joe's
        ([3, 4, 5, 6], [("SO-4", "SO-5", "SO-6")]),  # neither is whole: the larger part
        ([4, 5, 6, 7], [("SO-4", "SO-5", "SO-6", "SO-7")]),
        ([1, 2, 8, 9], [("SO-8", "SO-9")]),
        ([5], [("SO-5",)]),
        (list(range(1, 10)), [("SO-1", "SO-2", "SO-3"), ("SO-4", "SO-5", "SO-6", "SO-7"), ("SO-8", "SO-9")]),
    ],
)
def test_a_customer_of_whom_others_hold_a_part_is_left_to_who_gets_all(
    positions: list[int], worked: list[tuple[str, ...]]
) -> None:
    desk = Desk()
    assert units(desk, three_customers(desk), positions) == worked


def test_of_many_orders_only_the_neighbours_are_read_beside_the_chunk() -> None:
    asked: list[set[str]] = []

    class Read(OrderBook):
        def orders(self, names: Any) -> Any:
            asked.append(set(names))
            return super().orders(names)

    desk = Desk()
    desk.book = desk.kind.books = Read()
    units(desk, three_customers(desk), [4, 5])
    assert asked == [{"SO-3", "SO-4", "SO-5", "SO-6"}]


def test_an_order_that_is_gone_is_a_unit_of_its_own() -> None:
    desk = Desk()
    run = three_customers(desk)
    desk.book.hidden = {"SO-5"}
    assert units(desk, run, list(range(4, 10))) == [("SO-4", "SO-6", "SO-7"), ("SO-5",), ("SO-8", "SO-9")]


def test_one_bad_order_of_a_customer_fails_alone_and_the_others_share_an_invoice() -> None:
    desk = Desk()
    names = desk.book.orders_of(4)
    run = desk.store(names, one_per_customer=True)
    desk.book.faults["SO-2"] = DocumentError("Sales Order SO-2", "Its item is disabled.", "Enable it.")
    ended = desk.work(run)
    assert (ended.succeeded, ended.failed) == (3, 1)
    assert desk.bills() == [("SO-1", "SO-3", "SO-4")]


def test_a_customers_orders_are_due_again_together_where_the_error_may_pass() -> None:
    """Else whoever is due first would be billed alone."""
    desk = Desk()
    run = desk.store(desk.book.orders_of(4), one_per_customer=True)
    desk.book.faults["SO-2"] = Conflict("lock wait")
    due: list[set[object]] = []

    def look(nth: int) -> None:
        due.append({desk.item(run, position).retry_at for position in range(1, 5)})
        desk.book.faults.clear()

    with at("work.before_unit", lambda nth: look(nth) if nth == 2 else None):
        ended = desk.work(run)
    assert [len(times) for times in due] == [1]
    assert due[0] != {None}
    assert (ended.status, desk.bills()) == (RunStatus.COMPLETED, [("SO-1", "SO-2", "SO-3", "SO-4")])


def test_the_run_is_cancelled_and_resumed_and_no_order_is_billed_twice() -> None:
    desk = Desk()
    names = [*desk.book.orders_of(5), desk.book.order("SO-6", docstatus=0)]
    run = desk.store(names, chunk_size=2, bad=("SO-6",))

    def cancel(nth: int) -> None:
        if nth == 1:
            desk.office.app.control.cancel(run, user=BEN)

    with at("work.after_commit", cancel):
        ended = desk.work(run)
    assert (ended.status, ended.succeeded) == (RunStatus.CANCELLED, 2)
    assert desk.kind.message(ended) == "Cancelled: 2 of 6 orders are invoiced, and stay so."
    desk.book.change("SO-6", docstatus=1)
    assert desk.office.app.control.retry(run, user=BEN).name == run
    assert desk.work(run).status is RunStatus.COMPLETED
    assert sorted(desk.bills()) == [(f"SO-{number}",) for number in range(1, 7)]


def test_what_is_said_of_a_run() -> None:
    desk = Desk()
    run = desk.store(desk.book.orders_of(3), bad=("SO-3",))
    stored = desk.office.run(run)
    assert desk.kind.title(stored) == "Invoice 3 orders of Acme"
    assert desk.kind.message(stored) == "Waiting for a worker to invoice 2 orders of Acme."
    processing = replace(stored, status=RunStatus.PROCESSING)
    assert desk.kind.message(processing) == "Invoicing orders: 1 of 3 done."
    assert desk.kind.message(replace(processing, cancel_requested_by=BEN)) == "Cancelling: what is invoiced stays."
    ended = desk.work(run)
    assert desk.kind.message(ended) == "2 orders of Acme are invoiced, 1 failed. Mend them, then retry."
    completed = replace(ended, status=RunStatus.COMPLETED)
    assert desk.kind.message(completed) == "2 orders of Acme are invoiced."


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (RunStatus.COMPLETED, "2 orders of Acme have draft invoices."),
        (
            RunStatus.COMPLETED_WITH_ERRORS,
            "2 orders of Acme have draft invoices, 1 failed. Mend them, then retry.",
        ),
        (RunStatus.CANCELLED, "Cancelled: 2 of 3 orders have draft invoices, which stay."),
    ],
)
def test_drafts_are_not_said_to_be_invoiced(status: RunStatus, said: str) -> None:
    desk = Desk()
    run = desk.store(desk.book.orders_of(3), bad=("SO-3",), submit=False)
    assert desk.kind.message(replace(desk.work(run), status=status)) == said


def test_a_run_tells_what_was_chosen() -> None:
    desk = Desk()
    run = desk.store(desk.book.orders_of(1), only_delivered=True)
    assert desk.kind.payload(desk.office.run(run)) == {
        "company": COMPANY,
        "amount": "100.00",
        "currency": "IDR",
        "options": {
            "submit": True,
            "update_stock": False,
            "posting_date": TODAY.isoformat(),
            "one_per_customer": False,
            "only_delivered": True,
            "leave_out_held": False,
        },
    }
