"""Batch Health Note: when a job of the app was done last, and what it found. One row a job, written by the job."""

from frappe.model.document import Document

from imogi_finance.batch.doctype.batch_run.batch_run import refuse_by_hand


class BatchHealthNote(Document):
    """See ``imogi_finance.erpnext_adapter.health.notes``."""

    def validate(self) -> None:
        refuse_by_hand(self)
