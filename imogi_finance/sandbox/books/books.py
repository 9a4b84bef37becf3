"""The door onto the sandbox's books."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from imogi_finance.bank_reconciliation.documents import BankTransaction, Invoice, PaymentLine, Voucher
from imogi_finance.errors import DocumentError, NotPermitted, Problem
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.books.payments import Payments
from imogi_finance.sandbox.books.periods import closed_until


class SandboxBooks(Payments):
    """See ``imogi_finance.bank_reconciliation.doors.Books``; and what people do to the books by hand."""

    def check_may_pay(self, transaction: BankTransaction) -> None:
        try:
            self._users.check_may_write(transaction.document)
        except DocumentError as error:
            raise NotPermitted(transaction.document, error.message, error.remedy) from error

    def objections(
        self, transaction: BankTransaction, invoices: Collection[Invoice], vouchers: Collection[Voucher]
    ) -> Iterator[Problem]:
        until = closed_until(self._rows, transaction.date.isoformat())
        if invoices and until:
            message = f"The period is closed until {until}, and its payments would be of {transaction.date}."
            yield Problem(transaction.document, "period_closed", message, "Reopen the period.")

    def hold(self, invoices: Collection[InvoiceRef]) -> None:
        """Nothing: a payment here reads each invoice once, and locks it then."""

    def pay(self, transaction: BankTransaction, lines: Sequence[PaymentLine], *, run: str, held: object = None) -> str:
        return self.submit_payment(
            lines,
            account=transaction.bank_account,
            is_outgoing=transaction.is_withdrawal,
            date=transaction.date.isoformat(),
            reference_no=transaction.reference_number or transaction.name,
            run=run,
        )
