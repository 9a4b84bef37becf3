"""Batch Run Item: a document that a run works on, and what became of it.

Items are documents of their own, not child rows: a run has up to 100,000.
"""

import frappe
from frappe.model.document import Document

from imogi_finance.batch.doctype.batch_run.batch_run import refuse_by_hand
from imogi_finance.erpnext_adapter import visibility


class BatchRunItem(Document):
    """See ``imogi_finance.batch.run.Item``."""

    def validate(self) -> None:
        refuse_by_hand(self)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool | None:
    """Deny an item to who may not see its run (hook ``has_permission``)."""
    return None if visibility.may_see_item(doc, user or frappe.session.user) else False


def get_permission_query_conditions(user: str | None = None) -> str:
    """Keep such items out of lists and reports too (hook ``permission_query_conditions``)."""
    return visibility.items_condition(user or frappe.session.user)


def on_doctype_update() -> None:
    """Add the indexes that the engine's questions need."""
    frappe.db.add_index("Batch Run Item", ["run", "status", "position"], "imogi_turn")
    frappe.db.add_index("Batch Run Item", ["run", "status", "result_name"], "imogi_result")
