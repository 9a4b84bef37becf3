"""The roles of the app: made when it is installed, taken away with it."""

import frappe

RECONCILER = "Bulk Reconciliation User"
WATCHER = "Bulk Reconciliation Viewer"
REQUESTER = "Expense Request User"
APPROVER = "Expense Request Approver"
ROLES = (RECONCILER, WATCHER, REQUESTER, APPROVER)


def make() -> None:
    """Make the roles that are missing."""
    for name in ROLES:
        if not frappe.db.exists("Role", name):
            frappe.get_doc({"doctype": "Role", "role_name": name, "desk_access": 1}).insert(ignore_permissions=True)


def remove() -> None:
    """Take the roles away, and from whoever has them."""
    for name in ROLES:
        if frappe.db.exists("Role", name):
            frappe.db.delete("Has Role", {"role": name})
            frappe.delete_doc("Role", name, ignore_permissions=True, force=True)
