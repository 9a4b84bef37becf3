"""The rule: which status a request shows. Computed from facts, never remembered from an event."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

ZERO = Decimal(0)


class RequestStatus(str, Enum):
    """What a request shows.

    The first four are those of its approval; the next three those of its invoice.
    """

    DRAFT = "Draft"
    PENDING_REVIEW = "Pending Review"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    PI_CREATED = "PI Created"
    PAID = "Paid"
    RETURNED = "Returned"
    CANCELLED = "Cancelled"


@dataclass(frozen=True)
class InvoiceFacts:
    """What the rule needs to know of a request's invoice.

    Args:
        docstatus: 0 draft, 1 submitted, 2 cancelled.
        status: what the invoice shows under the paid-status rule: Paid only when paid *and* confirmed.
        total: what it asks for in all.
        returned: what submitted debit notes took back of it, as a positive amount.
    """

    name: str
    docstatus: int
    status: str
    total: Decimal = ZERO
    returned: Decimal = ZERO

    @property
    def is_live(self) -> bool:
        return self.docstatus < 2


def request_status(docstatus: int, approval_state: str | None, invoice: InvoiceFacts | None = None) -> RequestStatus:
    """Return the status a request must show.

    Args:
        docstatus: of the request: 0 not approved yet, 1 approved, 2 cancelled.
        approval_state: its workflow state. A site may have states of its own before approval: whoever they wait
            for, such a request is being reviewed.
        invoice: its live invoice, if any.
    """
    if docstatus == 2:
        return RequestStatus.CANCELLED
    if docstatus == 0:
        return _before_approval(approval_state)
    if invoice is None or not invoice.is_live:
        return RequestStatus.APPROVED
    return _of_invoice(invoice)


def _before_approval(state: str | None) -> RequestStatus:
    if not state or state == RequestStatus.DRAFT:
        return RequestStatus.DRAFT
    return RequestStatus.REJECTED if state == RequestStatus.REJECTED else RequestStatus.PENDING_REVIEW


def _of_invoice(invoice: InvoiceFacts) -> RequestStatus:
    if invoice.docstatus == 1 and invoice.status == "Paid":
        return RequestStatus.PAID
    if invoice.docstatus == 1 and invoice.status == "Debit Note Issued":
        # nothing is owed any more: either all was taken back, or the rest was paid and confirmed
        return RequestStatus.RETURNED if invoice.returned >= invoice.total else RequestStatus.PAID
    return RequestStatus.PI_CREATED


def live_invoice(invoices: Collection[InvoiceFacts]) -> InvoiceFacts | None:
    """Return the one live invoice among those that name a request.

    There is at most one. Rows written behind the app's back may hold more: then the one that is furthest counts, so
    that a request is never offered for a second payment.
    """
    live = [invoice for invoice in invoices if invoice.is_live]
    return max(live, key=lambda invoice: (invoice.docstatus, invoice.name), default=None)
