"""What the page Batch Health asks."""

from typing import Any

import frappe

from imogi_finance.erpnext_adapter.answering import answered
from imogi_finance.erpnext_adapter.health import looking


@frappe.whitelist(methods=["GET", "POST"])
@answered
def health() -> dict[str, Any]:
    """Return how the app fares, as far as the user may know; see ``looking.look``. Reads only.

    Raises:
        frappe.PermissionError: the user may not look at runs at all.
    """
    frappe.has_permission("Batch Run", "read", throw=True)
    return looking.look(frappe.session.user)
