"""Payments on ERPNext: made by its own ``get_payment_entry``, submitted in one save, and cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, BankTransaction, PaymentLine
from imogi_finance.batch.faults import reach
from imogi_finance.erpnext_adapter import naming
from imogi_finance.erpnext_adapter.books.amounts import exact
from imogi_finance.erpnext_adapter.books.held_writes import HeldWrites
from imogi_finance.erpnext_adapter.books.holding import HeldInvoices, hold, hold_inserted
from imogi_finance.erpnext_adapter.books.memory import Memory
from imogi_finance.erpnext_adapter.books.one_save import submit_in_one_save
from imogi_finance.erpnext_adapter.books.refusals import blaming
from imogi_finance.erpnext_adapter.books.remembering import remembering
from imogi_finance.erpnext_adapter.cached_documents import at_hand
from imogi_finance.errors import DocumentError
from imogi_finance.money import ZERO, display

# ERPNext takes an early payment discount off by itself where the reference date allows it. What a bank transaction
# moved is what was paid, so payments are made up as if of a day on which no discount is left.
_AFTER_ALL_DISCOUNTS = "9999-12-31"
_LONGEST_REFERENCE = 140
_REFERENCE = "Payment Entry Reference"
_MADE = {"tabPayment Entry": "books.after_payment", "tabGL Entry": "books.after_ledger"} | dict.fromkeys(
    ("tabPurchase Invoice", "tabSales Invoice"), "books.after_outstanding"
)
_TAKEN_BACK = {"tabPayment Entry": "books.after_cancel", "tabGL Entry": "books.after_reversal"}


def pay(
    transaction: BankTransaction, lines: Sequence[PaymentLine], *, run: str, held: object, numbered_apart: bool
) -> str:
    """Make and submit one payment; see ``imogi_finance.bank_reconciliation.doors.Books.pay``."""
    if not isinstance(held, HeldInvoices):
        held = hold([line.invoice for line in lines])
    of_all = [str(line.invoice) for line in lines]
    document = of_all[0] if len(lines) == 1 else f"{VOUCHER_TYPE} of {of_all[0]} and {len(lines) - 1} more"
    with blaming(document, *of_all), remembering(held.memory, _passing(_MADE)) as writes:
        for line in lines:
            _check_payable(line, held)
        payment = _made_up(transaction, lines)
        payment.batch_run = payment.flags.made_by_run = run
        with (
            naming.numbered_apart(payment) if numbered_apart else nullcontext(),
            at_hand(line.invoice for line in lines),
        ):
            _submit_in_one_save(payment, held.memory, writes)
        _check_made(payment, transaction, lines)
    return str(payment.name)


def _submit_in_one_save(payment: Any, memory: Memory, writes: HeldWrites) -> None:
    """Submit a new payment in one save, and read of it together what ERPNext reads row by row."""

    def before(method: str) -> None:
        if method == "validate":  # ERPNext writes to its rows already, which are not inserted before it is valid
            writes.expect(_REFERENCE, [row.name for row in payment.references if row.is_new()])
        if method == "on_submit":  # by now its rows are there, and its ledger is not
            hold_inserted(memory, _REFERENCE, VOUCHER_TYPE, payment.name)

    submit_in_one_save(payment, before)


def cancel_payment(name: str, *, undoing: bool) -> None:
    """Cancel a payment, and delete it where the site lets its ledger rows go with it.

    Args:
        undoing: whether it is taken back by the run that made it. That needs no right of the user: they may have
            lost theirs meanwhile.

    Raises:
        DocumentError: it cannot be cancelled.
    """
    document = f"{VOUCHER_TYPE} {name}"
    docstatus = frappe.db.get_value(VOUCHER_TYPE, name, "docstatus", for_update=True)
    if docstatus is None:
        raise DocumentError(document, "It does not exist.")
    if docstatus == 2:
        return
    with blaming(document), remembering(Memory(), _passing(_TAKEN_BACK)):
        payment = frappe.get_doc(VOUCHER_TYPE, name)
        payment.flags.ignore_permissions = undoing
        payment.cancel()
    if frappe.db.get_single_value("Accounts Settings", "delete_linked_ledger_entries", cache=False):
        _delete(name, undoing=undoing)


def _delete(name: str, *, undoing: bool) -> None:
    """Delete a cancelled payment with its ledger rows; where something still refers to it, it stays cancelled."""
    if not undoing and not frappe.has_permission(VOUCHER_TYPE, "delete"):
        return
    frappe.db.savepoint("before_deletion")
    said_before = len(frappe.message_log)
    try:
        frappe.delete_doc(VOUCHER_TYPE, name, ignore_permissions=True)
    except frappe.LinkExistsError:
        frappe.db.rollback(save_point="before_deletion")
        del frappe.message_log[said_before:]


def _check_payable(line: PaymentLine, held: HeldInvoices) -> None:
    """Make sure that an invoice can still be paid so: it is locked, so what is read of it stays."""
    document = str(line.invoice)
    if line.invoice not in held.readable:
        raise DocumentError(
            document, f"It was removed meanwhile, or {frappe.session.user} may not read it.", "Leave it out."
        )
    row = frappe.db.get_value(line.invoice.doctype, line.invoice.name, "*", as_dict=True)
    if row is None or row.docstatus != 1:
        raise DocumentError(document, "It was cancelled or removed meanwhile.", "Leave it out.")
    currency = row.party_account_currency or row.currency
    outstanding = exact(row.outstanding_amount, currency)
    payable = -outstanding if row.is_return else outstanding
    if line.amount > payable or payable <= ZERO:
        left, asked = display(max(payable, ZERO), currency), display(line.amount, currency)
        message = f"Only {left} is outstanding by now, not {asked}."
        raise DocumentError(document, message, "Select it again, or leave it out.")


def _made_up(transaction: BankTransaction, lines: Sequence[PaymentLine]) -> Any:
    """Return the payment of the lines, not saved yet."""
    payment = _of_one_invoice(transaction, lines[0])
    for line in lines[1:]:
        other = _of_one_invoice(transaction, line)
        for field in ("payment_type", "party_type", "party", "party_account"):
            if other.get(field) != payment.get(field):
                raise DocumentError(
                    str(line.invoice), "It is of another party, or owed on another account, than the payment."
                )
        for reference in other.references:
            reference.idx = None
            payment.append("references", reference)
    total = float(sum((line.amount for line in lines), ZERO))
    payment.paid_amount = payment.received_amount = total  # in one currency: both accounts have the transaction's
    payment.posting_date = payment.reference_date = transaction.date
    payment.reference_no = (transaction.reference_number or transaction.name)[:_LONGEST_REFERENCE]
    _use_bank_account(payment, transaction)
    payment.set_liability_account()  # ERPNext does this to drafts only, which this payment never is
    return payment


def _of_one_invoice(transaction: BankTransaction, line: PaymentLine) -> Any:
    payment = get_payment_entry(
        line.invoice.doctype,
        line.invoice.name,
        bank_account=transaction.bank_account,
        reference_date=_AFTER_ALL_DISCOUNTS,
    )
    _allocate(payment, line, transaction.currency)
    return payment


def _allocate(payment: Any, line: PaymentLine, currency: str) -> None:
    """Allocate what was asked, by payment term where ERPNext does so: the first terms first.

    Raises:
        DocumentError: ERPNext leaves less of the invoice to be allocated.
    """
    left, kept = line.amount, []
    for reference in payment.references:
        open_amount = exact(reference.allocated_amount, currency)
        taken = min(abs(open_amount), left)
        if taken > ZERO:
            reference.allocated_amount = float(taken if open_amount > ZERO else -taken)
            kept.append(reference)
            left -= taken
    if left > ZERO:
        possible, asked = display(line.amount - left, currency), display(line.amount, currency)
        message = f"ERPNext allocates no more than {possible} of it (payment terms, or on hold), not {asked}."
        raise DocumentError(str(line.invoice), message, "Look at its payment schedule, or leave it out.")
    payment.set("references", kept)


def _use_bank_account(payment: Any, transaction: BankTransaction) -> None:
    """Pay from, or into, the transaction's account, whatever the invoice's mode of payment has as its default."""
    side = "paid_from" if transaction.is_withdrawal else "paid_to"
    if payment.get(side) != transaction.bank_account:
        payment.set(side, transaction.bank_account)
        for detail in ("account_currency", "account_balance", "account_type"):
            payment.set(f"{side}_{detail}", None)  # ERPNext fills in what is missing
        payment.mode_of_payment = None
    payment.bank_account = frappe.db.get_value("Bank Transaction", transaction.name, "bank_account")
    payment.set_bank_account_data()


def _check_made(payment: Any, transaction: BankTransaction, lines: Sequence[PaymentLine]) -> None:
    """Make sure that ERPNext, and every app that has a say in it, made the payment that was asked for."""
    asked = sum((line.amount for line in lines), ZERO)
    side, amount = ("paid_from", "paid_amount") if transaction.is_withdrawal else ("paid_to", "received_amount")
    made = (
        payment.docstatus == 1,
        payment.get(side) == transaction.bank_account,
        exact(payment.get(amount), transaction.currency) == asked,
        exact(payment.total_allocated_amount, transaction.currency) == asked,
        exact(payment.unallocated_amount, transaction.currency) == ZERO,  # ERPNext adds floats up
        not payment.deductions,
    )
    if not all(made):
        got = display(exact(payment.total_allocated_amount, transaction.currency), transaction.currency)
        message = f"It would allocate {got}, not the {display(asked, transaction.currency)} that was asked for."
        raise DocumentError(str(lines[0].invoice), message, "Pay it by a payment of its own.")


def _passing(points: dict[str, str]) -> Any:
    """Return what passes the fault point of each table as it is written."""

    def on_write(table: str) -> None:
        if table in points:
            reach(points[table])

    return on_write
