"""The settings of the app."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from imogi_finance.bank_reconciliation.request import MOST_CHUNK
from imogi_finance.batch.settings import MOST_WORKERS
from imogi_finance.batch_invoicing.request import MOST_CHUNK as MOST_ORDERS_A_CHUNK
from imogi_finance.erpnext_adapter.drift import settings_changed


class IMOGIFinanceSettings(Document):
    """Checks what is entered, and lets statuses follow when the rule is switched."""

    def validate(self) -> None:
        """Refuse a company named twice, and numbers that the engine cannot work with."""
        named: set[str] = set()
        for row in self.companies:
            if row.company in named:
                frappe.throw(_("Row {0}: {1} is listed twice. Remove one of the rows.").format(row.idx, row.company))
            named.add(row.company)
        if not 1 <= (self.chunk_size or 0) <= MOST_CHUNK:
            frappe.throw(_("Chunk Size must be 1 to {0}.").format(MOST_CHUNK))
        for field in ("workers", "invoicing_chunk_size"):
            if not self.get(field):  # saved before there was such a setting
                self.set(field, cint(self.meta.get_field(field).default))
        if self.get("most_waiting") is None:
            self.set("most_waiting", cint(self.meta.get_field("most_waiting").default))
        if not 1 <= self.get("invoicing_chunk_size") <= MOST_ORDERS_A_CHUNK:
            frappe.throw(_("Orders a Chunk must be 1 to {0}.").format(MOST_ORDERS_A_CHUNK))
        if not 1 <= self.get("workers") <= MOST_WORKERS:
            frappe.throw(_("Workers a Run May Use must be 1 to {0}.").format(MOST_WORKERS))
        if (self.threshold or 0) < 0:
            frappe.throw(_("Work at Once up to must be 0 or more."))
        if self.get("most_waiting") < 0:
            frappe.throw(_("Most Runs a User May Have Waiting must be 0 or more."))

    def on_update(self) -> None:
        """Bring the statuses of invoices in line with the rule as it is now."""
        if not frappe.flags.in_install:  # before there are custom fields, nothing is held
            settings_changed()
