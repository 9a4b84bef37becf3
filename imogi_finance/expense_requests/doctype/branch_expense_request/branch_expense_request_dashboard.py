"""Connections on the form of a Branch Expense Request."""

from typing import Any

from frappe import _


def get_data() -> dict[str, Any]:
    """Return what names the request: its invoices and the payments of these."""
    return {
        "fieldname": "imogi_branch_expense_request",
        "transactions": [{"label": _("Invoices and Payments"), "items": ["Purchase Invoice", "Payment Entry"]}],
    }
