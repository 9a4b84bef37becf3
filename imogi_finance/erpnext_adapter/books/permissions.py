"""What the acting user may read and do, asked of Frappe set-based."""

from __future__ import annotations

from collections.abc import Collection

import frappe

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, BankTransaction
from imogi_finance.erpnext_adapter.visibility import may
from imogi_finance.errors import NotPermitted
from imogi_finance.setting_up.roles import RECONCILER


def readable(doctype: str, names: Collection[str], **how: object) -> frozenset[str]:
    """Return which of the documents exist and may be read: by role, user permission, share and the hooks of apps.

    Args:
        how: further arguments of ``frappe.get_list``.
    """
    if not names:
        return frozenset()
    try:
        found = frappe.get_list(
            doctype, filters={"name": ("in", list(names))}, pluck="name", limit_page_length=0, order_by=None, **how
        )
    except frappe.PermissionError:
        return frozenset()
    return frozenset(found)


def check_may_reconcile(transaction: BankTransaction) -> None:
    """Make sure that the acting user may make payments, take them back, and allocate them to this transaction.

    Raises:
        NotPermitted: they may not.
    """
    user = frappe.session.user
    if user != "Administrator" and RECONCILER not in frappe.get_roles(user):
        raise NotPermitted(
            transaction.document, f"{user} may not reconcile in bulk.", f"Ask for the role {RECONCILER}."
        )
    for right in ("create", "submit", "cancel"):
        if not frappe.has_permission(VOUCHER_TYPE, right):
            raise NotPermitted(transaction.document, f"{user} may not {right} a {VOUCHER_TYPE}.")
    if not may("write", "Bank Transaction", transaction.name, user):
        raise NotPermitted(transaction.document, f"{user} may not change it.")
