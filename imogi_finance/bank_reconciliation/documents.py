"""The documents of a bulk reconciliation as values. Amounts are exact decimals in their currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from imogi_finance.money import ZERO
from imogi_finance.paid_status.doors import InvoiceRef

INVOICE_TYPES = ("Purchase Invoice", "Sales Invoice")
VOUCHER_TYPE = "Payment Entry"


@dataclass(frozen=True)
class BankTransaction:
    """A line of a bank statement. Either deposit or withdrawal is above zero.

    Args:
        bank_account: the ledger account of the bank, as in ``Voucher.bank_account``: the two are compared.
    """

    name: str
    company: str
    bank_account: str
    currency: str
    date: date
    reference_number: str
    deposit: Decimal
    withdrawal: Decimal
    unallocated: Decimal
    docstatus: int

    @property
    def document(self) -> str:
        return f"Bank Transaction {self.name}"

    @property
    def is_withdrawal(self) -> bool:
        return self.withdrawal > ZERO

    def pays(self, doctype: str, *, is_return: bool) -> bool:
        """Whether money going this way pays such an invoice.

        A withdrawal pays purchases and refunds sales; a deposit the reverse.
        """
        return self.is_withdrawal == ((doctype == "Purchase Invoice") != is_return)


@dataclass(frozen=True)
class Invoice:
    """An unpaid invoice. Of a return, total and outstanding are negative."""

    doctype: str
    name: str
    company: str
    party: str
    party_account: str
    currency: str
    grand_total: Decimal
    outstanding: Decimal
    is_return: bool
    docstatus: int
    due_date: date

    @property
    def ref(self) -> InvoiceRef:
        return InvoiceRef(self.doctype, self.name)

    @property
    def party_type(self) -> str:
        return "Supplier" if self.doctype == "Purchase Invoice" else "Customer"

    @property
    def payable(self) -> Decimal:
        """What a payment of all that is open amounts to: above zero for a return too."""
        return -self.outstanding if self.is_return else self.outstanding


@dataclass(frozen=True)
class Voucher:
    """A payment that exists already and is to be allocated as well ("regular voucher").

    Args:
        amount: its amount on the bank account.
        open_amount: what of it no bank transaction covers yet.
        is_withdrawal: which way its money goes.
        made_by: the batch run that made it, if one did.
    """

    name: str
    company: str
    bank_account: str
    currency: str
    amount: Decimal
    open_amount: Decimal
    is_withdrawal: bool
    docstatus: int
    made_by: str | None = None

    @property
    def document(self) -> str:
        return f"{VOUCHER_TYPE} {self.name}"


@dataclass(frozen=True)
class PaymentLine:
    """An invoice and how much of it a payment pays, above zero."""

    invoice: InvoiceRef
    amount: Decimal


@dataclass(frozen=True)
class Allocation:
    """A payment and how much of it a bank transaction covers, above zero."""

    voucher: str
    amount: Decimal
