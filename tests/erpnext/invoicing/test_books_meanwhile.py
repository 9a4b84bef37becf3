"""Others bill, draft and bar orders while a run invoices them: none is billed twice, and who is at fault is named."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import frappe
import pytest
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter.own_connection import own_connection
from imogi_finance.errors import DocumentError
from tests.erpnext.invoicing.seller import INVOICE, ORDER, Seller
from tests.erpnext.office import connect


def make(seller: Seller, orders: Sequence[str], **chosen: Any) -> str:
    """Have the books make one invoice of orders, as a run's chunk does."""
    app, day = seller.app, seller.app.invoicing_books.today()
    options = Options(**{"submit": True, "posting_date": day, **chosen})
    with app.transactions.transaction():
        held = app.invoicing_books.hold(orders, options)
        with app.transactions.savepoint():
            return app.invoicing_books.invoice(orders, options, company=seller.office.company, run="", held=held)


def refused(seller: Seller, orders: Sequence[str], **chosen: Any) -> DocumentError:
    before = rows(seller)
    with pytest.raises(DocumentError) as error:
        make(seller, orders, **chosen)
    assert rows(seller) == before
    return error.value


def rows(seller: Seller) -> dict[str, int | str]:
    """Return the state of the tables but that of numbers: those that were tried in vain are not drawn again."""
    return {table: state for table, state in seller.dump().items() if not table.endswith("tabSeries")}


def billed(order: str) -> float:
    """Return what submitted invoices bill of an order, from their rows."""
    where = "sales_order = %s and docstatus = 1"
    return float(
        frappe.db.sql(f"select ifnull(sum(amount), 0) from `tabSales Invoice Item` where {where}", order)[0][0]
    )


def test_who_bills_an_order_with_rows_seen_before_another_invoice_is_refused(seller: Seller) -> None:
    [order] = seller.orders(1, 100)
    made = make_sales_invoice(order)  # this transaction sees the order as it is now
    with own_connection():
        make(seller, [order])
    with pytest.raises(frappe.TimestampMismatchError, match=order):
        made.submit()
    frappe.db.rollback()
    assert billed(order) == frappe.db.get_value("Sales Order Item", {"parent": order}, "billed_amt") == 100


def test_two_invoices_by_hand_at_one_moment_bill_an_order_once(seller: Seller) -> None:
    [order] = seller.orders(1, 100)
    made = make_sales_invoice(order)
    with own_connection():
        seller.bill(order)
    with pytest.raises(frappe.TimestampMismatchError, match=order):
        made.submit()
    frappe.db.rollback()
    assert billed(order) == 100


def test_parts_are_billed_one_after_the_other_as_ever(seller: Seller) -> None:
    order = seller.office.sales_order(10, line={"qty": 4})
    for qty in (1, 2, 1):
        part = make_sales_invoice(order)
        part.items[0].qty = qty
        part.submit()
    frappe.db.commit()
    assert billed(order) == 40
    assert frappe.db.get_value(ORDER, order, "status") == "To Deliver"


def elsewhere(act: Callable[[], Any]) -> int:
    """Do something in a process of its own that is committed once somebody waits for it; return it when it is done."""
    said, say = os.pipe()
    child = os.fork()
    if child == 0:  # never to return into the tests
        try:
            connect(frappe.local.site)
            act()
            os.write(say, b"x")
            waiting = "select count(*) from information_schema.processlist where info like %s and id != connection_id()"
            while not frappe.db.sql(waiting, "%lock in share mode%")[0][0]:
                pass
            frappe.db.commit()
            os._exit(0)
        finally:
            os._exit(2)
    os.read(said, 1)
    return child


def test_a_draft_that_somebody_is_about_to_commit_is_waited_for_and_seen(seller: Seller) -> None:
    [order] = seller.orders(1)
    frappe.db.commit()
    child = elsewhere(lambda: make_sales_invoice(order).insert())
    with pytest.raises(DocumentError) as error:
        make(seller, [order])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    frappe.db.rollback()
    [draft] = seller.billing(order)
    assert draft in error.value.message
    assert frappe.db.get_value(INVOICE, draft, "docstatus") == 0


def bar(order: str) -> None:
    """Take the item of an order, which it alone has, out of sale."""
    item = frappe.db.get_value("Sales Order Item", {"parent": order}, "item_code")
    frappe.db.set_value("Item", item, "disabled", 1)
    frappe.clear_document_cache("Item", item)
    frappe.db.commit()


def of_an_own_item(seller: Seller, customer: str) -> str:
    code = f"Item {frappe.generate_hash(length=8)}"
    like = frappe.get_doc("Item", seller.office.item)
    frappe.get_doc(
        {
            "doctype": "Item",
            "item_code": code,
            "item_group": like.item_group,
            "stock_uom": like.stock_uom,
            "is_stock_item": 0,
        }
    ).insert()
    return seller.office.sales_order(10, customer=customer, item=code)


def test_of_orders_that_share_an_invoice_the_one_that_no_message_names_is_found(seller: Seller) -> None:
    customer = seller.office.customer(f"Sharing {frappe.generate_hash(length=6)}")
    orders = [of_an_own_item(seller, customer) for _ in range(3)]
    bar(orders[1])
    error = refused(seller, orders)
    assert error.document == f"{ORDER} {orders[1]}"
    assert "disabled" in error.message
    made = make(seller, [orders[0], orders[2]])
    assert seller.billing(orders[0]) == seller.billing(orders[2]) == [made]


def test_orders_that_fail_only_together_fail_with_what_is_said_of_them_all(seller: Seller) -> None:
    customer = seller.office.customer(f"Limited {frappe.generate_hash(length=6)}")
    document = frappe.get_doc("Customer", customer)
    limit = {"company": seller.office.company, "credit_limit": 150, "bypass_credit_limit_check": 1}
    document.append("credit_limits", limit)
    document.save()
    orders = seller.orders(2, 100, customer=customer)
    error = refused(seller, orders)
    assert error.document not in [f"{ORDER} {name}" for name in orders]
    assert "redit limit" in error.message
    make(seller, orders[:1])
    assert "redit limit" in refused(seller, orders[1:]).message


def test_a_draft_needs_no_credit(seller: Seller) -> None:
    customer = seller.office.customer(f"Limited {frappe.generate_hash(length=6)}")
    document = frappe.get_doc("Customer", customer)
    limit = {"company": seller.office.company, "credit_limit": 50, "bypass_credit_limit_check": 1}
    document.append("credit_limits", limit)
    document.save()
    [order] = seller.orders(1, 100, customer=customer)
    assert frappe.db.get_value(INVOICE, make(seller, [order], submit=False), "docstatus") == 0
