"""What bulk reconciliation needs from the books, in the words of its domain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from imogi_finance.bank_reconciliation.documents import Allocation, BankTransaction, Invoice, PaymentLine, Voucher
from imogi_finance.errors import Problem
from imogi_finance.paid_status.doors import InvoiceRef


class Books(Protocol):
    """The company's books. Every method runs inside the caller's transaction and savepoint."""

    def bank_transaction(self, name: str) -> BankTransaction | None:
        """Read a bank transaction that the acting user may see."""

    def check_may_pay(self, transaction: BankTransaction) -> None:
        """Make sure that the acting user may make payments and allocate them to this transaction.

        Raises:
            NotPermitted: they may not.
        """

    def invoices(self, refs: Collection[InvoiceRef]) -> Mapping[InvoiceRef, Invoice]:
        """Read the invoices that exist and that the acting user may see, set-based."""

    def vouchers(self, names: Collection[str]) -> Mapping[str, Voucher]:
        """Read the payments that exist and that the acting user may see, set-based."""

    def objections(
        self, transaction: BankTransaction, invoices: Collection[Invoice], vouchers: Collection[Voucher]
    ) -> Iterable[Problem]:
        """Yield what the books themselves have against paying and allocating these documents, up front and set-based.

        A closed period, a frozen account, a barred party: what ``pay`` and ``allocate`` would stumble over later.
        """

    def hold(self, invoices: Collection[InvoiceRef]) -> object:
        """Get ready to pay the invoices of a chunk in this transaction: lock and read them together.

        Returns:
            What ``pay`` wants to be given; it is good until the transaction ends.
        """

    def pay(self, transaction: BankTransaction, lines: Sequence[PaymentLine], *, run: str, held: object = None) -> str:
        """Make and submit one payment, of one party, out of or into the transaction's bank account.

        Args:
            lines: at least one; all of one party and one doctype.
            run: the batch run it is made for, kept on the payment.
            held: what ``hold`` returned for a chunk that these invoices are part of, if it was asked.

        Returns:
            The payment's name.

        Raises:
            DocumentError: an invoice cannot be paid so (paid elsewhere since, period closed, …).
            Transient: the same may pass later.
        """

    def check_voucher(self, transaction: BankTransaction, allocation: Allocation) -> None:
        """Make sure that a payment which exists can be allocated to the transaction.

        Raises:
            DocumentError: it cannot.
        """

    def allocate(self, transaction: BankTransaction, allocations: Iterable[Allocation]) -> None:
        """Allocate payments to a bank transaction, all or none.

        Raises:
            DocumentError: the transaction or a payment does not allow it.
        """

    def cancel_payment(self, name: str) -> None:
        """Cancel a payment; one that is cancelled already stays as it is.

        Raises:
            DocumentError: it cannot be cancelled.
        """
