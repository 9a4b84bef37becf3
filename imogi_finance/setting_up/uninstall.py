"""Uninstall: leave ERPNext as it was."""

import frappe
from frappe import _

from imogi_finance.batch.run import RunStatus
from imogi_finance.erpnext_adapter.drift import release_all
from imogi_finance.expense_requests import permissions, workflow
from imogi_finance.setting_up import indexes, roles

_LIVE = [status.value for status in RunStatus if status.is_live]


def before_uninstall() -> None:
    """Give held invoices the status that ERPNext would show, and take away what was made at install.

    Raises:
        frappe.ValidationError: a run has not ended; its payments would stay without anybody to finish or undo them.
    """
    live = frappe.get_all("Batch Run", {"status": ("in", _LIVE)}, pluck="name")
    if live:
        frappe.throw(_("These runs have not ended yet: {0}. Wait for them or cancel them.").format(", ".join(live)))
    release_all()
    workflow.remove()
    permissions.revoke()


def after_uninstall() -> None:
    """Take away what nothing refers to any more."""
    roles.remove()
    indexes.remove()
    _take_what_frappe_leaves()
    frappe.db.commit()  # Frappe has committed before this hook, and does not again


def _take_what_frappe_leaves() -> None:
    """Take away the scheduled jobs, which would fail until the next migrate, and the values of the settings."""
    for name in frappe.get_all("Scheduled Job Type", {"method": ("like", "imogi_finance.%")}, pluck="name"):
        frappe.delete_doc("Scheduled Job Type", name, ignore_permissions=True, force=True)
    frappe.db.delete("Singles", {"doctype": "IMOGI Finance Settings"})
