"""Bank Transaction: its rows confirm payments, and taking them away takes the confirmation back.

Rows are compared, not the status: ERPNext writes that before the old document is loaded, and a payment can be covered
in full by a transaction that is not, or not by one that is.
"""

from frappe.model.document import Document

from imogi_finance.erpnext_adapter.composition import paid_status
from imogi_finance.erpnext_adapter.paid_status_books import ERPNextPaidStatusBooks


def lock_payments(doc: Document, method: str) -> None:
    """``before_submit``, ``before_update_after_submit``, ``before_cancel``: one at a time allocates to a payment.

    The rows are written after this, so that the next one, which waits here, counts them.
    """
    ERPNextPaidStatusBooks().lock_payments(_changed_payments(doc))


def refresh_payments(doc: Document, method: str) -> None:
    """``on_submit``, ``on_update_after_submit``, ``on_cancel``: set right the payments whose rows have changed."""
    changed = _changed_payments(doc)
    if changed:
        paid_status().refresh_payments(changed)


def _changed_payments(doc: Document) -> set[str]:
    """Return the payments whose rows are not what they were; all where the transaction begins or ends to count."""
    now = _allocations(doc)
    before = doc.get_doc_before_save()
    if before is None or before.docstatus != doc.docstatus:
        return set(now) | (set(_allocations(before)) if before else set())
    was = _allocations(before)
    return {name for name in now.keys() | was.keys() if now.get(name) != was.get(name)}


def _allocations(doc: Document) -> dict[str, float]:
    return {
        row.payment_entry: row.allocated_amount
        for row in doc.payment_entries
        if row.payment_document == "Payment Entry"
    }
