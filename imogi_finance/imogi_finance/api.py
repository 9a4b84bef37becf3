"""What the Desk asks about payments that wait for the bank: the comments on forms and the number cards. Reads only."""

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, flt, getdate

from imogi_finance.erpnext_adapter import awaiting_payments
from imogi_finance.erpnext_adapter.books.permissions import readable
from imogi_finance.erpnext_adapter.visibility import check_may

INVOICES = ("Purchase Invoice", "Sales Invoice")
REPORT = "Payments Awaiting Bank Reconciliation"


@frappe.whitelist(methods=["GET", "POST"])
def payment_coverage(payment_entry: str) -> dict[str, Any]:
    """Return how much of a payment the bank statement covers.

    Returns:
        ``amount``, ``covered``, ``awaited`` in ``currency`` (the bank account's), and ``transactions``, the names of
        the bank transactions that cover it, as far as the user may read them.

    Raises:
        frappe.PermissionError: there is no such payment that the user may read.
    """
    check_may("read", "Payment Entry", payment_entry)
    found = awaiting_payments.coverage(payment_entry)
    seen = readable("Bank Transaction", found.transactions)
    return {
        "amount": found.amount,
        "covered": found.covered,
        "awaited": found.awaited,
        "currency": found.currency,
        "transactions": [name for name in found.transactions if name in seen],
    }


@frappe.whitelist(methods=["GET", "POST"])
def waiting_payments(doctype: str, name: str) -> list[dict[str, Any]]:
    """Return the payments of an invoice that wait for the bank, as ``awaiting_payments.waiting_for`` does.

    Raises:
        frappe.PermissionError: there is no such invoice that the user may read.
    """
    if doctype not in INVOICES:
        frappe.throw(_("{0} is no invoice.").format(escape_html(doctype)))
    check_may("read", doctype, name)
    return awaiting_payments.waiting_for(doctype, name)


@frappe.whitelist(methods=["GET", "POST"])
def awaiting_count(filters: str | dict[str, Any] | list[Any] | None = None) -> dict[str, Any]:
    """Number card: how many payments of the user's company wait for the bank."""
    company, payments = _own_awaiting()
    return {
        "value": len(payments),
        "fieldtype": "Int",
        "route": ["List", "Payment Entry", "List"],
        "route_options": {"company": company, "docstatus": 1, "awaiting_bank_reconciliation": 1},
    }


@frappe.whitelist(methods=["GET", "POST"])
def awaiting_amount(filters: str | dict[str, Any] | list[Any] | None = None) -> dict[str, Any]:
    """Number card: what is still awaited from the bank, in the currency of the user's company."""
    company, payments = _own_awaiting()
    return {
        "value": flt(sum(payment.base_awaited for payment in payments), 9),
        "fieldtype": "Currency",
        "options": "Company:company:default_currency",
        "route": ["query-report", REPORT],
        "route_options": {"company": company},
    }


def _own_awaiting() -> tuple[str | None, Sequence[awaiting_payments.AwaitingPayment]]:
    """Return the user's company and what waits there; the same answer for both cards, so that they agree."""
    if not frappe.has_permission("Payment Entry", "read"):
        return None, []
    company = frappe.defaults.get_user_default("Company")
    if not company:
        return None, []
    return company, awaiting_payments.awaiting_payments(company=company, as_on=getdate(), naming_invoices=False)
