"""Batch Run: one operation on many documents. The engine writes it; people watch, cancel and retry it."""

import frappe
from frappe import _
from frappe.model.document import Document

from imogi_finance.batch.run import RunStatus
from imogi_finance.erpnext_adapter import visibility

_ENDED = {status.value for status in RunStatus if not status.is_live} - {RunStatus.NEEDS_ATTENTION.value}


class BatchRun(Document):
    """See ``imogi_finance.batch.run.Run``. Its rows change by SQL that the run's epoch guards, never by a save."""

    def validate(self) -> None:
        refuse_by_hand(self)

    def on_trash(self) -> None:
        """Take its items along. A run that is live, or left something behind, stays."""
        if self.status not in _ENDED:
            frappe.throw(
                _("{0} is {1} and cannot be deleted. Cancel or retry it, and delete it when it has ended.").format(
                    f"Batch Run {self.name}", _(self.status)
                ),
                title=_("Not Deletable"),
            )
        frappe.db.delete("Batch Run Item", {"run": self.name})
        frappe.db.delete("Batch Run Signal", {"name": self.name})


def refuse_by_hand(doc: Document) -> None:
    """Raise unless the engine itself makes the document: a hand must not change what the rows of a run say."""
    if not (doc.is_new() and doc.flags.made_by_engine):
        frappe.throw(
            _("{0} is written by the batch engine only. Use its Cancel and Retry.").format(_(doc.doctype)),
            frappe.PermissionError,
        )


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool | None:
    """Deny a run to who may not read the document it is about (hook ``has_permission``)."""
    return None if visibility.may_see_run(doc, user or frappe.session.user) else False


def get_permission_query_conditions(user: str | None = None) -> str:
    """Keep such runs out of lists and reports too (hook ``permission_query_conditions``)."""
    return visibility.runs_condition(user or frappe.session.user)


def on_doctype_update() -> None:
    """Add the indexes that the engine's questions need."""
    frappe.db.add_index("Batch Run", ["reference_doctype", "reference_name"], "imogi_document")
    frappe.db.add_index("Batch Run", ["announced", "status"], "imogi_announced")
