"""Credit limits that invoices would pass, counted as ERPNext counts them when it submits an invoice.

It looks at the limit of an invoice that bills orders only where the customer's limit is not looked at for orders
("Bypass Credit Limit Check at Sales Order"): then what the customer owes is the ledger's, and deliveries that are
billed by nothing yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal

import frappe
from erpnext.selling.doctype.customer.customer import get_credit_limit, get_customer_outstanding

from imogi_finance.batch_invoicing.documents import Order
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter.books.amounts import exact
from imogi_finance.erpnext_adapter.books.reading import pages
from imogi_finance.errors import Problem
from imogi_finance.money import ZERO, display, exponent


def above_limits(company: str, orders: Sequence[Order], options: Options) -> Iterator[Problem]:
    """Yield the orders that would pass their customer's credit limit, if those before them are invoiced."""
    controller = frappe.db.get_single_value("Accounts Settings", "credit_controller")
    if controller and controller in frappe.get_roles():
        return  # ERPNext lets them pass
    limits = _limits(company, {order.customer for order in orders})
    currency = str(frappe.get_cached_value("Company", company, "default_currency"))
    owed = _owed(company, limits, currency)
    for order in orders:
        limit = limits.get(order.customer)
        if limit is None:
            continue
        billed = order.billable(only_delivered=options.only_delivered) * order.rate
        billed = max(ZERO, round(billed, exponent(currency)))
        if owed[order.customer] + billed > limit:
            of_limit, so_far = display(limit, currency), display(owed[order.customer], currency)
            message = (
                f"Its {display(billed, currency)} would pass the credit limit of {order.customer}: "
                f"{so_far} of {of_limit} is used."
            )
            remedy = "Wait for a payment, raise the limit, or leave it out."
            yield Problem(order.document, "credit_limit", message, remedy)
        else:
            owed[order.customer] += billed


def _limits(company: str, customers: Collection[str]) -> dict[str, Decimal]:
    """Return the limits of the customers whose invoices of orders are looked at."""
    looked_at: list[str] = []
    for page in pages(sorted(customers)):
        looked_at += frappe.get_all(
            "Customer Credit Limit",
            filters={
                "parenttype": "Customer",
                "parent": ("in", page),
                "company": company,
                "bypass_credit_limit_check": 1,
            },
            pluck="parent",
        )
    found = {customer: exact(get_credit_limit(customer, company), "") for customer in sorted(set(looked_at))}
    return {customer: limit for customer, limit in found.items() if limit > ZERO}


def _owed(company: str, customers: Collection[str], currency: str) -> dict[str, Decimal]:
    """Return what each customer owes, in the company's currency."""
    owed: dict[str, Decimal] = {}
    for page in pages(sorted(customers)):
        owed |= dict.fromkeys(page, ZERO)
        rows = frappe.db.sql(
            """select party, sum(debit) - sum(credit) from `tabGL Entry` where party_type = 'Customer'
            and is_cancelled = 0 and party in %s and company = %s group by party""",
            (tuple(page), company),
        )
        owed |= {party: exact(amount, currency) for party, amount in rows}
        for customer in _with_unbilled_deliveries(company, page):
            owed[customer] = exact(get_customer_outstanding(customer, company, True), currency)
    return owed


def _with_unbilled_deliveries(company: str, customers: Collection[str]) -> list[str]:
    """Return the customers who were delivered to without an order or an invoice: ERPNext counts that in."""
    rows = frappe.db.sql(
        """select distinct d.customer from `tabDelivery Note` d join `tabDelivery Note Item` r on r.parent = d.name
        where d.customer in %s and d.company = %s and d.docstatus = 1 and d.status not in ('Closed', 'Stopped')
        and ifnull(r.against_sales_order, '') = '' and ifnull(r.against_sales_invoice, '') = ''""",
        (tuple(customers), company),
    )
    return [row[0] for row in rows]
