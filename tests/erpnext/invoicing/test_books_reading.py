"""What the books say of orders on ERPNext: what is left to bill, who may share an invoice, what they object to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import frappe
import pytest
from frappe.utils import add_days, nowdate

from imogi_finance.batch_invoicing.documents import Order
from imogi_finance.batch_invoicing.options import Options
from tests.erpnext.invoicing.seller import Seller
from tests.erpnext.invoicing.test_books_rows import bill_part, deliver, in_dollars
from tests.erpnext.order_stock import tax
from tests.erpnext.reconciliation.test_refusals import changed


def read(seller: Seller, *orders: str) -> list[Order]:
    frappe.db.commit()
    known = seller.app.invoicing_books.orders(orders)
    return [known[name] for name in orders]


def objected(seller: Seller, *orders: str, **chosen: Any) -> list[tuple[str, str]]:
    options = Options(**{"submit": True, "posting_date": seller.app.invoicing_books.today(), **chosen})
    known = read(seller, *orders)
    found = seller.app.invoicing_books.objections(seller.office.company, known, options)
    return [(problem.document.removeprefix("Sales Order "), problem.rule) for problem in found]


def test_a_part_that_is_billed_is_left_out_with_its_part_of_the_taxes(seller: Seller) -> None:
    order = seller.office.sales_order(100, line={"qty": 4}, taxes=[tax(seller.office)])
    assert read(seller, order)[0].unbilled == Decimal("444.00")
    bill_part(order, 1)
    assert read(seller, order)[0].unbilled == Decimal("333.00")
    bill_part(order, 3)
    assert read(seller, order)[0].unbilled == 0


def test_what_is_delivered_and_not_billed(seller: Seller) -> None:
    order = seller.office.sales_order(10, line={"qty": 10})
    deliver(order, 6)
    assert read(seller, order)[0].delivered_unbilled == Decimal("60.00")
    bill_part(order, 4)
    assert (read(seller, order)[0].unbilled, read(seller, order)[0].delivered_unbilled) == (60, 20)
    bill_part(order, 4)
    assert (read(seller, order)[0].unbilled, read(seller, order)[0].delivered_unbilled) == (20, 0)


def test_what_needs_no_delivery_counts_as_delivered(seller: Seller) -> None:
    order = seller.office.sales_order(10, line={"qty": 10}, skip_delivery_note=1)
    assert read(seller, order)[0].delivered_unbilled == 100


def test_an_order_in_another_currency_says_its_rate(seller: Seller) -> None:
    [order] = read(seller, in_dollars(seller))
    assert (order.currency, order.unbilled, order.rate) == ("USD", Decimal("12.34"), Decimal("15432.1"))


@pytest.mark.parametrize(
    "other",
    [
        {"currency": "USD", "conversion_rate": 15000},
        {"tc_name": None, "terms": "<p>Cash on delivery</p>"},
        {"additional_discount_percentage": 5},
        {"po_date": "2026-01-01", "disable_rounded_total": 1},
        {"ignore_pricing_rule": 1},
    ],
)
def test_orders_that_would_put_something_else_on_the_invoice_share_none(seller: Seller, other: dict[str, Any]) -> None:
    mine, same, differs = read(
        seller, seller.office.sales_order(10), seller.office.sales_order(20), seller.office.sales_order(10, **other)
    )
    assert mine.together == same.together != ""
    assert differs.together not in ("", mine.together)


def test_taxes_of_an_own_amount_and_discounts_share_with_nobody(seller: Seller) -> None:
    charge = {**tax(seller.office), "charge_type": "Actual", "tax_amount": 12.5, "rate": 0}
    taxed = seller.office.sales_order(10, taxes=[tax(seller.office)])
    plain, with_tax, with_tax_too, charged, discounted = read(
        seller,
        seller.office.sales_order(10),
        taxed,
        seller.office.sales_order(30, taxes=[tax(seller.office)]),
        seller.office.sales_order(10, taxes=[charge]),
        seller.office.sales_order(10, discount_amount=2),
    )
    assert plain.together != with_tax.together == with_tax_too.together
    assert charged.together == discounted.together == ""


@contextmanager
def barred(doctype: str, name: str, **values: Any) -> Iterator[None]:
    """Change fields of a document for the block, and have nobody remember it."""
    before = frappe.db.get_value(doctype, name, list(values), as_dict=True)
    for fields in (values, before):
        frappe.db.set_value(doctype, name, fields)
        frappe.db.commit()
        frappe.clear_document_cache(doctype, name)
        if fields is values:
            yield


def test_customers_and_items_that_are_out_of_use(seller: Seller) -> None:
    customer = seller.office.customer(f"Barred {frappe.generate_hash(length=6)}")
    order, other = seller.office.sales_order(10, customer=customer), seller.office.sales_order(10)
    assert objected(seller, order, other) == []
    with barred("Customer", customer, disabled=1):
        assert objected(seller, order, other) == [(order, "party_disabled")]
    with barred("Customer", customer, is_frozen=1):
        assert objected(seller, order, other, submit=False) == [(order, "party_frozen")]
    with barred("Item", seller.office.item, disabled=1):
        assert objected(seller, order, other) == [(order, "item_disabled"), (other, "item_disabled")]
    with barred("Item", seller.office.item, end_of_life=add_days(nowdate(), -1)):
        assert objected(seller, order) == [(order, "item_disabled")]


def test_a_site_that_wants_delivery_notes_before_invoices(seller: Seller) -> None:
    [order] = seller.orders(1)
    with changed("Selling Settings", "Selling Settings", dn_required="Yes"):
        assert objected(seller, order) == [(order, "delivery_note_required")]
        assert objected(seller, order, update_stock=True) == []
        with barred("Customer", seller.office.customer(), dn_required=1):
            assert objected(seller, order) == []
            assert seller.invoice([order]).succeeded == 1


def test_a_draft_may_be_of_a_day_on_which_nothing_may_be_posted(seller: Seller) -> None:
    [order] = seller.orders(1)
    with changed("Accounts Settings", "Accounts Settings", acc_frozen_upto=add_days(nowdate(), 1)):
        company = f"Company {seller.office.company}"
        assert objected(seller, order) == [(company, "books_frozen")]
        assert objected(seller, order, submit=False) == []
