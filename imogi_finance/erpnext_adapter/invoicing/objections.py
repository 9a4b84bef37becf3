"""What ERPNext would stumble over later, found up front by a few set-based queries. No document is loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import frappe
from frappe.utils import formatdate, getdate, nowdate

from imogi_finance.batch_invoicing.documents import INVOICE_TYPE, Order
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter.books.period_objections import Posting, of_posting, of_saving
from imogi_finance.erpnext_adapter.books.reading import pages
from imogi_finance.erpnext_adapter.invoicing.credit import above_limits
from imogi_finance.errors import Problem


def objections(company: str, orders: Sequence[Order], options: Options) -> Iterator[Problem]:
    """Yield what speaks against invoicing these orders, as the acting user and as of now."""
    yield from _of_date(company, options)
    barred = dict(_of_customers(orders))
    barred |= {name: problem for name, problem in _of_items(orders) if name not in barred}
    if not options.update_stock:
        barred |= {name: problem for name, problem in _undelivered(orders) if name not in barred}
    yield from (barred[order.name] for order in orders if order.name in barred)
    if options.submit:
        yield from above_limits(company, [order for order in orders if order.name not in barred], options)


def _of_date(company: str, options: Options) -> Iterator[Problem]:
    invoices = Posting(
        document=f"Company {company}",
        company=company,
        date=options.posting_date or getdate(nowdate()),
        doctype=INVOICE_TYPE,
        called="the invoices",
        otherwise="choose another posting date",
    )
    yield from of_saving(invoices)
    if options.submit:
        yield from of_posting(invoices)


def _of_customers(orders: Sequence[Order]) -> Iterator[tuple[str, Problem]]:
    """Yield, by order, that its customer is disabled or frozen."""
    barred: dict[str, Any] = {}
    for page in pages(sorted({order.customer for order in orders})):
        where = "name in %s and (disabled = 1 or is_frozen = 1)"
        rows = frappe.db.sql(f"select name, disabled from `tabCustomer` where {where}", (tuple(page),), as_dict=True)
        barred |= {row.name: row for row in rows}
    if not barred:
        return
    may_post = frappe.db.get_single_value("Accounts Settings", "frozen_accounts_modifier") in frappe.get_roles()
    for order in orders:
        row = barred.get(order.customer)
        if row and row.disabled:
            message, remedy = f"Its customer {order.customer} is disabled.", "Enable the customer, or leave it out."
            yield order.name, Problem(order.document, "party_disabled", message, remedy)
        elif row and not may_post:
            message, remedy = f"Its customer {order.customer} is frozen.", "Unfreeze the customer, or leave it out."
            yield order.name, Problem(order.document, "party_frozen", message, remedy)


def _of_items(orders: Sequence[Order]) -> Iterator[tuple[str, Problem]]:
    """Yield, by order, an item of what is to be billed that cannot be sold any more."""
    for page in pages(orders):
        rows = frappe.db.sql(
            """select r.parent, t.name, t.disabled, t.end_of_life from `tabSales Order Item` r
            join `tabItem` t on t.name = r.item_code
            where r.parenttype = 'Sales Order' and r.parent in %s
            and (r.base_amount = 0 or abs(r.billed_amt) < abs(r.amount))
            and (t.disabled = 1 or (t.end_of_life is not null and t.end_of_life > '0001-01-01' and t.end_of_life <= %s))
            order by r.parent, r.idx desc""",
            (tuple(order.name for order in page), nowdate()),
            as_dict=True,
        )
        for row in rows:
            reason = "is disabled" if row.disabled else f"has reached its end of life on {formatdate(row.end_of_life)}"
            remedy = "Enable the item, or change the order." if row.disabled else "Change the item or the order."
            yield (
                row.parent,
                Problem(f"Sales Order {row.parent}", "item_disabled", f"Item {row.name} {reason}.", remedy),
            )


def _undelivered(orders: Sequence[Order]) -> Iterator[tuple[str, Problem]]:
    """Yield, by order, that the site wants invoices made of Delivery Notes, where it does so of this customer's."""
    if frappe.db.get_single_value("Selling Settings", "dn_required") != "Yes":
        return
    exempt = _exempt({order.customer for order in orders})
    for order in orders:
        if order.customer not in exempt:
            message = "Selling Settings ask for a Delivery Note before the invoice."
            remedy = "Invoice its Delivery Note, choose to update the stock, or exempt the customer."
            yield order.name, Problem(order.document, "delivery_note_required", message, remedy)


def _exempt(customers: Collection[str]) -> Mapping[str, Any]:
    found: dict[str, Any] = defaultdict(bool)
    for page in pages(sorted(customers)):
        rows = frappe.db.sql("select name from `tabCustomer` where dn_required = 1 and name in %s", (tuple(page),))
        found |= {row[0]: True for row in rows}
    return found
