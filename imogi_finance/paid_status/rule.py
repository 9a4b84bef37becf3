"""The rule: which payments await their bank, when they are confirmed, and what an invoice shows.

An invoice shows the status it would have had without its awaiting payments. Only the status is held:
outstanding amount and ledger stay what they are, since faking them invites a second payment.

The ladder of statuses is ERPNext's own (``PurchaseInvoice.set_status``, ``SalesInvoice.set_status``
and ``is_overdue`` in ERPNext 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from imogi_finance.money import ZERO


class Channel(str, Enum):
    """How a payment moves money."""

    BANK = "Bank"
    CASH = "Cash"
    NEITHER = "Neither"


def channel(payment_type: str, paid_from_type: str | None, paid_to_type: str | None) -> Channel:
    """Return how a payment moves money, from the account type of its company side.

    Args:
        payment_type: Pay, Receive or Internal Transfer.
        paid_from_type: account type of the account the money leaves.
        paid_to_type: account type of the account it reaches.
    """
    company_side = {"Pay": paid_from_type, "Receive": paid_to_type}.get(payment_type)
    return {"Bank": Channel.BANK, "Cash": Channel.CASH}.get(company_side or "", Channel.NEITHER)


def is_confirmed(bank_amount: Decimal, allocated: Decimal) -> bool:
    """Whether the bank statement covers a payment in full.

    Args:
        bank_amount: the payment's amount on its bank account, in that account's currency.
        allocated: sum over rows of submitted bank transactions, for this payment on that account.
    """
    return allocated >= bank_amount > ZERO


@dataclass(frozen=True)
class PaymentFacts:
    """What the rule needs to know of a payment.

    Args:
        docstatus: 0 draft, 1 submitted, 2 cancelled.
        references_invoice: whether it pays at least one invoice.
        bank_amount, allocated: as in ``is_confirmed``.
        rule_on: whether its company has the rule switched on.
    """

    name: str
    docstatus: int
    channel: Channel
    references_invoice: bool
    bank_amount: Decimal
    allocated: Decimal
    rule_on: bool = True


def is_awaiting(payment: PaymentFacts) -> bool:
    """Whether a payment waits for the bank statement.

    A draft is asked about just before it is submitted, so a draft bank payment is one that will wait.
    """
    holds = payment.rule_on and payment.channel is Channel.BANK and payment.references_invoice
    if payment.docstatus == 2 or not holds:
        return False
    return not is_confirmed(payment.bank_amount, payment.allocated)


@dataclass(frozen=True)
class Instalment:
    """One row of an invoice's payment schedule."""

    due_date: date
    amount: Decimal


@dataclass(frozen=True)
class InvoiceFacts:
    """What the rule needs to know of an invoice. Amounts of a return are negative.

    Args:
        docstatus: 0 draft, 1 submitted, 2 cancelled.
        total: what the party owes in all, in the party account's currency.
        outstanding: what the ledger says is still owed.
        awaiting: sum of the allocations of its awaiting payments.
        schedule: its instalments; empty where the whole falls due on the due date.
        is_returned: whether a submitted return stands against it.
        returned_status: what such an invoice is called ("Debit Note Issued", "Credit Note Issued").
        is_discounted: whether a bank has paid its amount in advance (ERPNext's Invoice Discounting).
    """

    docstatus: int
    total: Decimal
    outstanding: Decimal
    awaiting: Decimal
    due_date: date
    is_return: bool = False
    is_returned: bool = False
    returned_status: str = "Debit Note Issued"
    is_internal_transfer: bool = False
    is_discounted: bool = False
    schedule: Sequence[Instalment] = ()


OPEN_STATUSES = ("Unpaid", "Partly Paid", "Overdue")
DISCOUNTED = " and Discounted"


def invoice_status(invoice: InvoiceFacts, today: date) -> str:
    """Return the status an invoice must show on a day."""
    if invoice.docstatus == 2:
        return "Cancelled"
    if invoice.docstatus == 0:
        return "Draft"
    if invoice.is_internal_transfer:
        return "Internal Transfer"
    status = _status_by_amount(invoice, invoice.outstanding + invoice.awaiting, today)
    return status + DISCOUNTED if invoice.is_discounted and status in OPEN_STATUSES else status


def _status_by_amount(invoice: InvoiceFacts, open_amount: Decimal, today: date) -> str:
    if _is_overdue(invoice, open_amount, today):
        return "Overdue"
    if ZERO < open_amount < invoice.total:
        return "Partly Paid"
    if open_amount > ZERO and invoice.due_date >= today:
        return "Unpaid"
    if invoice.is_return:
        return "Return"
    if invoice.is_returned:
        return invoice.returned_status
    return "Paid" if open_amount <= ZERO else "Submitted"


def _is_overdue(invoice: InvoiceFacts, open_amount: Decimal, today: date) -> bool:
    if open_amount <= ZERO:
        return False
    if not invoice.schedule:
        return invoice.due_date < today
    payable = sum((part.amount for part in invoice.schedule if part.due_date < today), ZERO)
    return invoice.total - open_amount < payable
