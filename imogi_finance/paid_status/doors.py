"""What the paid-status rule needs from the books."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from imogi_finance.paid_status.rule import InvoiceFacts, PaymentFacts


class InvoiceRef(NamedTuple):
    """An invoice by doctype and name."""

    doctype: str
    name: str

    def __str__(self) -> str:
        return f"{self.doctype} {self.name}"


class PaidStatusBooks(Protocol):
    """Reads the facts and writes flag and status, in the caller's transaction."""

    def today(self) -> date:
        """Return the date in the company's time zone."""

    def payment_facts(self, payments: Collection[str]) -> Mapping[str, PaymentFacts]:
        """Read the payments' facts, set-based."""

    def awaiting_flags(self, payments: Collection[str]) -> Mapping[str, bool]:
        """Read the flags as they are stored."""

    def set_awaiting(self, payments: Collection[str], awaiting: bool) -> None:
        """Write the flag of the payments."""

    def note_confirmed(self, payments: Collection[str]) -> None:
        """Leave a comment on payments that their bank has just confirmed."""

    def invoices_of(self, payments: Collection[str]) -> Sequence[InvoiceRef]:
        """Return the invoices that the payments reference, each once."""

    def invoice_facts(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, InvoiceFacts]:
        """Read the invoices' facts, with the allocations of payments flagged as awaiting."""

    def held_invoice_facts(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, InvoiceFacts]:
        """Read the same of those of them for which a payment awaits; what is not held costs next to nothing."""

    def set_status(self, statuses: Mapping[InvoiceRef, str]) -> None:
        """Write the statuses where they differ from what is stored."""
