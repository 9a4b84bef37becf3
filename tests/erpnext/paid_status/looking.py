"""What the tests read: flags, statuses and comments, from the rows."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, nowdate

from tests.erpnext.office import ErpOffice

INVOICES = ("Purchase Invoice", "Sales Invoice")


def invoice(office: ErpOffice, doctype: str, amount: float = 100, **how: Any) -> str:
    """Make an invoice of either kind; return its name."""
    return (office.purchase_invoice if doctype == "Purchase Invoice" else office.sales_invoice)(amount, **how)


def overdue() -> dict[str, str]:
    """Return the dates of an invoice that fell due yesterday."""
    return {"posting_date": add_days(nowdate(), -10), "due_date": add_days(nowdate(), -1)}


def statement(office: ErpOffice, doctype: str, amount: float, **how: Any) -> str:
    """Enter the line of the bank statement that pays an invoice of this kind; return its name."""
    return office.bank_transaction(-amount if doctype == "Purchase Invoice" else amount, **how)


def flag(payment: str) -> int:
    """Return whether a payment awaits the bank, as stored."""
    return int(frappe.db.get_value("Payment Entry", payment, "awaiting_bank_reconciliation"))


def shows(office: ErpOffice, doctype: str, name: str) -> tuple[str, float]:
    """Return an invoice's status and outstanding amount."""
    return office.status(doctype, name), office.outstanding(doctype, name)


def comments(payment: str) -> list[str]:
    """Return the remarks in a payment's timeline that the app has left."""
    where = {"reference_doctype": "Payment Entry", "reference_name": payment, "comment_type": "Info"}
    found = frappe.get_all("Comment", where, pluck="content", order_by="creation, name")
    return [text for text in found if text.startswith("Confirmed")]
