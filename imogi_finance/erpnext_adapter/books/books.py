"""The door onto ERPNext's books."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from imogi_finance.bank_reconciliation.documents import Allocation, BankTransaction, Invoice, PaymentLine, Voucher
from imogi_finance.erpnext_adapter.books import holding, payments, permissions, reading, statement
from imogi_finance.erpnext_adapter.books.objections import objections
from imogi_finance.errors import Problem
from imogi_finance.paid_status.doors import InvoiceRef


class ActingUsers(Protocol):
    """What the books need to know of the users' door."""

    @property
    def undoing(self) -> bool:
        """Whether what is done now takes back what a run made."""


class ERPNextBooks:
    """See ``imogi_finance.bank_reconciliation.doors.Books``. Everything is done and checked as Frappe's session user.

    Args:
        users: who acts; what is undone needs no right of theirs.
        numbered_apart: whether payments are numbered so that workers do not wait for each other; then a number may
            be missing where a chunk was given up.
    """

    def __init__(self, users: ActingUsers, *, numbered_apart: bool = False) -> None:
        self._users = users
        self._numbered_apart = numbered_apart

    def bank_transaction(self, name: str) -> BankTransaction | None:
        return reading.bank_transaction(name)

    def check_may_pay(self, transaction: BankTransaction) -> None:
        permissions.check_may_reconcile(transaction)

    def invoices(self, refs: Collection[InvoiceRef]) -> Mapping[InvoiceRef, Invoice]:
        return reading.invoices(refs)

    def vouchers(self, names: Collection[str]) -> Mapping[str, Voucher]:
        return reading.vouchers(names)

    def objections(
        self, transaction: BankTransaction, invoices: Collection[Invoice], vouchers: Collection[Voucher]
    ) -> Iterable[Problem]:
        return objections(transaction, invoices, vouchers)

    def hold(self, invoices: Collection[InvoiceRef]) -> holding.HeldInvoices:
        return holding.hold(invoices)

    def pay(self, transaction: BankTransaction, lines: Sequence[PaymentLine], *, run: str, held: object = None) -> str:
        return payments.pay(transaction, lines, run=run, held=held, numbered_apart=self._numbered_apart)

    def check_voucher(self, transaction: BankTransaction, allocation: Allocation) -> None:
        statement.check_voucher(transaction, allocation)

    def allocate(self, transaction: BankTransaction, allocations: Iterable[Allocation]) -> None:
        statement.allocate(transaction, allocations)

    def cancel_payment(self, name: str) -> None:
        payments.cancel_payment(name, undoing=self._users.undoing)
