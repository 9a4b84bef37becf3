"""Apply the rule to documents: state is computed from rows, never remembered from an event."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from imogi_finance.paid_status.doors import InvoiceRef, PaidStatusBooks
from imogi_finance.paid_status.rule import invoice_status, is_awaiting, is_confirmed


@dataclass
class PaidStatus:
    """Keeps flags and statuses true. Call it after anything that touches what they depend on.

    It is level-triggered: calling it once more, or for too many documents, changes nothing.
    """

    books: PaidStatusBooks

    def refresh_payments(self, payments: Collection[str]) -> None:
        """Set the flag of each payment from its rows, then the status of every invoice they pay."""
        self.refresh_flags(payments)
        self.refresh_invoices(self.books.invoices_of(payments))

    def refresh_invoices(self, invoices: Collection[InvoiceRef]) -> None:
        """Set each invoice's status from its rows."""
        today = self.books.today()
        facts = self.books.invoice_facts(invoices)
        self.books.set_status({invoice: invoice_status(of, today) for invoice, of in facts.items()})

    def held_status(self, invoice: InvoiceRef) -> str | None:
        """Return the status an invoice is held at; None where no payment of it awaits, so that its own stands."""
        of = self.books.held_invoice_facts([invoice]).get(invoice)
        return invoice_status(of, self.books.today()) if of else None

    def refresh_flags(self, payments: Collection[str]) -> None:
        """Set the flag of each payment from its rows, and leave the invoices to whoever changes them next."""
        stored = self.books.awaiting_flags(payments)
        facts = self.books.payment_facts(payments)
        now_awaiting = {name: is_awaiting(of) for name, of in facts.items()}
        rise = [name for name, awaiting in now_awaiting.items() if awaiting and not stored[name]]
        fall = [name for name, awaiting in now_awaiting.items() if not awaiting and stored[name]]
        if rise:
            self.books.set_awaiting(rise, True)
        if fall:
            self.books.set_awaiting(fall, False)
        confirmed = [name for name in fall if is_confirmed(facts[name].bank_amount, facts[name].allocated)]
        if confirmed:
            self.books.note_confirmed(confirmed)
