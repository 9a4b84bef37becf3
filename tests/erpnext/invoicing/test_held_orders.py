"""An order that somebody else holds waits alone: the others of its chunk are invoiced meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone

import frappe
import pytest

from imogi_finance.batch.run import Run, RunStatus
from imogi_finance.erpnext_adapter.own_connection import own_connection
from tests.erpnext.invoicing.seller import Seller


@contextmanager
def held(table: str, where: str, name: str) -> Iterator[None]:
    """Have another connection hold rows for the block, as somebody does whose transaction is open."""
    own = frappe.local.db
    with own_connection():
        other = frappe.local.db
        assert other.sql(f"select name from `tab{table}` where {where} = %s for update", name)
        frappe.local.db = own
        try:
            yield
        finally:
            frappe.local.db = other


class Ahead:
    """A clock that runs ahead where a run pauses, so that nobody waits.

    Args:
        after: when a run has paused so often, ``then`` is done.
    """

    def __init__(self, after: int = 0, then: Callable[[], None] | None = None) -> None:
        self._ahead, self._left, self._then = timedelta(), after, then

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self._ahead

    def sleep(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)
        self._left -= 1
        if self._left == 0 and self._then is not None:
            self._then()


def work(seller: Seller, run: str, clock: Ahead) -> Run:
    """Work a run until it ends, by a clock of its own."""
    app = seller.compose(clock=clock)
    for _ in range(20):
        app.engine.work(run, holder="test")
        if not seller.run(run).status.is_live:
            return seller.run(run)
        clock.sleep(60)  # it was let go until its next item is due
    raise AssertionError("it never ended")


ROWS = [("Sales Order", "name"), ("Sales Order Item", "parent")]


@pytest.mark.parametrize(("table", "where"), ROWS)
def test_the_others_are_invoiced_and_the_held_order_once_it_is_free(seller: Seller, table: str, where: str) -> None:
    names = seller.orders(3)
    run = seller.accept(names)
    with ExitStack() as holding:
        holding.enter_context(held(table, where, names[1]))
        ended = work(seller, run, Ahead(4, holding.close))
    assert (ended.status, ended.succeeded) == (RunStatus.COMPLETED, 3)
    made = {item.reference_name: str(item.result_name) for item in seller.items(run)}
    assert made[names[1]] == max(made.values())  # it came last
    assert [len(seller.billing(name)) for name in names] == [1, 1, 1]


def test_an_order_that_is_never_let_go_fails_and_says_so_and_goes_through_on_retry(seller: Seller) -> None:
    names = seller.orders(3)
    run = seller.accept(names)
    with held("Sales Order", "name", names[0]):
        ended = work(seller, run, Ahead())
        assert (ended.status, ended.succeeded, ended.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 2, 1)
        assert seller.errors(run) == {names[0]: "Given up after 8 attempts. Last: Another transaction holds the order."}
    seller.app.control.retry(run, user="Administrator")
    assert seller.work(run).status is RunStatus.COMPLETED
    assert [len(seller.billing(name)) for name in names] == [1, 1, 1]


def test_a_customers_orders_wait_together_where_they_share_an_invoice(seller: Seller) -> None:
    customers = [seller.office.customer(f"Waiting {name}") for name in ("Ida", "Joe")]
    names = [name for customer in customers for name in seller.orders(2, customer=customer)]
    run = seller.accept(names, one_per_customer=True)
    with ExitStack() as holding:
        holding.enter_context(held("Sales Order", "name", names[1]))
        ended = work(seller, run, Ahead(3, holding.close))
    assert (ended.status, ended.result) == (RunStatus.COMPLETED, {"invoices": 2, "submitted": True})
    assert seller.billing(names[0]) == seller.billing(names[1]) != seller.billing(names[2])
