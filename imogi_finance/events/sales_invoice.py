"""Sales Invoice: which run made it is the run's own to say."""

from frappe.model.document import Document

from imogi_finance.events.made_by_run import keep_run


def validate(doc: Document, method: str) -> None:
    """Keep any invoice of the name of a run that did not make it."""
    keep_run(doc)
