"""Batch Run Signal: what is told to a run from outside. Rows of their own, so that a cancel never waits for a chunk."""

from frappe.model.document import Document

from imogi_finance.batch.doctype.batch_run.batch_run import refuse_by_hand


class BatchRunSignal(Document):
    """Who asked the run of the same name to stop, and when the queue was rung for it."""

    def validate(self) -> None:
        refuse_by_hand(self)
