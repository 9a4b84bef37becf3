"""Sales Invoice: which run made it is the run's own to say, and no order is billed twice in one moment."""

from frappe.model.document import Document

from imogi_finance.erpnext_adapter.invoicing.billed_meanwhile import check_billed
from imogi_finance.events.made_by_run import keep_run


def validate(doc: Document, method: str) -> None:
    """Keep any invoice of the name of a run that did not make it."""
    keep_run(doc)


def before_submit(doc: Document, method: str) -> None:
    """Make sure that what the orders are billed with is known; a run has locked them long before."""
    if not doc.flags.made_by_run:
        check_billed(doc)
