"""Sales and Purchase Invoice: whatever writes the status, an invoice whose payment awaits the bank is held."""

from frappe.model.document import Document

from imogi_finance.erpnext_adapter.composition import paid_status
from imogi_finance.erpnext_adapter.paid_status_books import following_payments
from imogi_finance.erpnext_adapter.paid_status_writing import correct_status, written_by_rule
from imogi_finance.paid_status.doors import InvoiceRef


def on_change(doc: Document, method: str) -> None:
    """Correct the status that ERPNext has just written, before notifications and webhooks read it.

    Where no payment awaits, ERPNext's status stands and nothing is written. Whoever follows invoices (requests do) has
    this event too, after this.
    """
    if doc.docstatus != 1 or written_by_rule(doc):
        return
    held = paid_status().held_status(InvoiceRef(doc.doctype, doc.name))
    if held is not None:
        correct_status(doc.doctype, doc.name, held)
        doc.status = held


def before_cancel(doc: Document, method: str) -> None:
    """Remember the payments: cancelling takes their references to this invoice away with SQL."""
    doc.flags.paid_status_payments = following_payments(InvoiceRef(doc.doctype, doc.name))


def on_cancel(doc: Document, method: str) -> None:
    """Set right the payments that no longer pay this invoice."""
    payments = doc.flags.paid_status_payments
    if payments:
        paid_status().refresh_payments(payments)
