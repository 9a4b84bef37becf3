"""Lets requesters and approvers choose what a request names: they may pick these masters, not open them.

ERPNext gives hardly any role *select* on Branch, for one. A permission of one's own on another app's DocType is a
Custom DocPerm, beside copies of the standard ones; when the app goes and nothing else was changed, the standard ones
hold again.
"""

import frappe
from frappe.permissions import reset_perms, setup_custom_perms

from imogi_finance.setting_up.roles import APPROVER, REQUESTER

CHOSEN = ("Company", "Branch", "Supplier", "Currency", "Account", "Cost Center", "Project", "Item", "Fiscal Year")
_ROLES = (REQUESTER, APPROVER)


def grant() -> None:
    """Let the roles pick what their requests name."""
    for doctype in CHOSEN:
        setup_custom_perms(doctype)
        for role in _ROLES:
            rule = {"parent": doctype, "role": role, "permlevel": 0}
            if not frappe.db.exists("Custom DocPerm", rule):
                where = {"parenttype": "DocType", "parentfield": "permissions"}
                fields = {"doctype": "Custom DocPerm", **rule, **where, "read": 0, "select": 1}
                frappe.get_doc(fields).insert(ignore_permissions=True)
        frappe.clear_cache(doctype=doctype)


def revoke() -> None:
    """Take the permissions away, and the copies of standard ones where the site changed none."""
    frappe.db.delete("Custom DocPerm", {"role": ("in", _ROLES)})
    for doctype in CHOSEN:
        if _rules("Custom DocPerm", doctype) == _rules("DocPerm", doctype):
            reset_perms(doctype)
        frappe.clear_cache(doctype=doctype)


def _rules(kind: str, doctype: str) -> set[tuple[tuple[str, object], ...]]:
    """Return a DocType's permission rules as comparable values."""
    fields = frappe.get_meta("DocPerm").fields
    own = {field.fieldname for field in fields if field.fieldtype in ("Check", "Link", "Int")}
    shared = sorted(own & set(frappe.get_meta("Custom DocPerm").get_valid_columns()))
    return {tuple(sorted(row.items())) for row in frappe.get_all(kind, {"parent": doctype}, shared)}
