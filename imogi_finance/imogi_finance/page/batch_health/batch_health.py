"""What the page Batch Health asks."""

from typing import Any

import frappe

from imogi_finance.erpnext_adapter.answering import answered
from imogi_finance.erpnext_adapter.health import looking
from imogi_finance.setting_up.roles import RECONCILER, WATCHER

WHO_MAY_LOOK = ("System Manager", RECONCILER, WATCHER)  # the roles of the page


@frappe.whitelist(methods=["GET", "POST"])
@answered
def health() -> dict[str, Any]:
    """Return how the app fares, as far as the user may know; see ``looking.look``. Reads only.

    Raises:
        frappe.PermissionError: the user has none of the roles of the page.
    """
    frappe.only_for(WHO_MAY_LOOK)
    return looking.look(frappe.session.user)
