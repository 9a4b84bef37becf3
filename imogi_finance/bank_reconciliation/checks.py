"""What is refused up front. Each check names the document, the rule and the remedy; all are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from imogi_finance.bank_reconciliation.documents import BankTransaction, Invoice, Voucher
from imogi_finance.bank_reconciliation.request import Request, Selected
from imogi_finance.errors import Problem
from imogi_finance.money import ZERO, display, exponent
from imogi_finance.paid_status.doors import InvoiceRef

_STATES = {0: "a draft", 2: "cancelled"}


@dataclass(frozen=True)
class Facts:
    """What the books say of the documents a request names."""

    transaction: BankTransaction
    invoices: Mapping[InvoiceRef, Invoice]
    vouchers: Mapping[str, Voucher]

    def amount(self, row: Selected) -> Decimal:
        """Return what is to be paid or allocated for a row: what was asked, or all that is open."""
        if row.amount is not None:
            return row.amount
        if row.ref in self.invoices:
            return self.invoices[row.ref].payable
        return self.vouchers[row.name].open_amount if row.name in self.vouchers else ZERO


def transaction_problems(name: str, transaction: BankTransaction | None) -> Iterator[Problem]:
    """Yield what speaks against reconciling this bank transaction at all."""
    document = f"Bank Transaction {name}"
    if transaction is None:
        yield Problem(document, "unknown_transaction", "It does not exist.", "Choose it from the list.")
    elif transaction.docstatus != 1:
        state = _STATES[transaction.docstatus]
        yield Problem(document, "transaction_not_submitted", f"It is {state}.", "Submit it first, or choose another.")
    elif transaction.unallocated <= ZERO:
        remedy = "Choose another, or unreconcile it first."
        yield Problem(document, "nothing_unallocated", "All of it is allocated already.", remedy)


def selection_problems(request: Request, facts: Facts) -> Iterator[Problem]:
    """Yield what speaks against the selected rows, one by one and together."""
    seen = Counter(row.ref for row in (*request.invoices, *request.vouchers))
    for ref, times in seen.items():
        if times > 1:
            yield Problem(str(ref), "selected_twice", f"It is selected {times} times.", "Select it once.")
    for row in request.invoices:
        yield from _invoice_problems(row, facts)
    for row in request.vouchers:
        yield from _voucher_problems(row, facts)
    transaction = facts.transaction
    total = sum((facts.amount(row) for row in (*request.invoices, *request.vouchers)), ZERO)
    if total > transaction.unallocated:
        over = display(total - transaction.unallocated, transaction.currency)
        yield Problem(
            transaction.document,
            "above_unallocated",
            f"The selection is {display(total, transaction.currency)}, {over} more than is unallocated.",
            "Select less, or lower an amount.",
        )


def _invoice_problems(row: Selected, facts: Facts) -> Iterator[Problem]:
    document, transaction = str(row), facts.transaction
    invoice = facts.invoices.get(row.ref)
    if invoice is None or invoice.docstatus != 1:
        yield _unusable(document, "invoice", invoice.docstatus if invoice else None)
        return
    yield from _same_company_and_currency(document, invoice.company, invoice.currency, transaction)
    if not transaction.pays(invoice.doctype, is_return=invoice.is_return):
        way = "withdrawal" if transaction.is_withdrawal else "deposit"
        what = f"{'return' if invoice.is_return else 'invoice'} of a {invoice.party_type.lower()}"
        yield Problem(document, "wrong_direction", f"A {way} does not pay a {what}.", "Leave it out.")
    if invoice.payable <= ZERO:
        yield Problem(document, "nothing_outstanding", "Nothing is outstanding on it.", "Leave it out.")
    elif row.amount is not None:
        yield from _amount_problems(
            document, row.amount, invoice.payable, invoice.currency, "above_outstanding", "outstanding"
        )


def _voucher_problems(row: Selected, facts: Facts) -> Iterator[Problem]:
    document, transaction = str(row), facts.transaction
    voucher = facts.vouchers.get(row.name)
    if voucher is None or voucher.docstatus != 1:
        yield _unusable(document, "voucher", voucher.docstatus if voucher else None)
        return
    yield from _same_company_and_currency(document, voucher.company, voucher.currency, transaction)
    if voucher.bank_account != transaction.bank_account:
        message = f"It is on {voucher.bank_account}, the statement on {transaction.bank_account}."
        yield Problem(document, "other_bank_account", message, "Reconcile it with the statement of its own account.")
    if voucher.is_withdrawal != transaction.is_withdrawal:
        yield Problem(document, "wrong_direction", "Its money goes the other way.", "Leave it out.")
    if voucher.open_amount <= ZERO:
        yield Problem(document, "nothing_open", "A bank transaction covers all of it already.", "Leave it out.")
    elif row.amount is not None:
        yield from _amount_problems(
            document, row.amount, voucher.open_amount, voucher.currency, "above_open_amount", "not covered yet"
        )


def _unusable(document: str, what: str, docstatus: int | None) -> Problem:
    """Return why a document that is missing (docstatus None) or not submitted cannot be selected."""
    if docstatus is None:
        return Problem(document, f"unknown_{what}", "It does not exist.", "Refresh the list and select again.")
    message = f"It is {_STATES[docstatus]}."
    return Problem(document, f"{what}_not_submitted", message, "Submit it first, or leave it out.")


def _same_company_and_currency(document: str, company: str, currency: str, of: BankTransaction) -> Iterator[Problem]:
    if company != of.company:
        message = f"It belongs to {company}, the bank transaction to {of.company}."
        yield Problem(document, "other_company", message, f"Select only documents of {of.company}.")
    if currency != of.currency:
        message = f"It is in {currency}, the bank account in {of.currency}."
        yield Problem(document, "other_currency", message, "Pay it by a payment of its own.")


def _amount_problems(
    document: str, amount: Decimal, most: Decimal, currency: str, rule: str, words: str
) -> Iterator[Problem]:
    if amount <= ZERO:
        yield Problem(document, "amount_not_positive", f"{amount} is not above zero.", "Give an amount above zero.")
    elif amount > most:
        message = f"{display(amount, currency)} is more than the {display(most, currency)} {words}."
        yield Problem(document, rule, message, f"Give {display(most, currency)} or less.")
    elif amount != round(amount, exponent(currency)):
        message = f"{amount} has more decimals than {currency} has ({exponent(currency)})."
        yield Problem(document, "too_many_decimals", message, "Round it.")
