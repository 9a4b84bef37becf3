"""The door onto the sandbox's books."""

from __future__ import annotations

from collections.abc import Sequence

from imogi_finance.bank_reconciliation.documents import BankTransaction, PaymentLine
from imogi_finance.errors import DocumentError, NotPermitted
from imogi_finance.sandbox.books.payments import Payments


class SandboxBooks(Payments):
    """See ``imogi_finance.bank_reconciliation.doors.Books``; and what people do to the books by hand."""

    def check_may_pay(self, transaction: BankTransaction) -> None:
        try:
            self._users.check_may_write(transaction.document)
        except DocumentError as error:
            raise NotPermitted(transaction.document, error.message, error.remedy) from error

    def pay(self, transaction: BankTransaction, lines: Sequence[PaymentLine], *, run: str) -> str:
        return self.submit_payment(
            lines,
            account=transaction.bank_account,
            is_outgoing=transaction.is_withdrawal,
            date=transaction.date.isoformat(),
            reference_no=transaction.reference_number or transaction.name,
            run=run,
        )
