"""The bank statement on ERPNext: payments allocated to a Bank Transaction by its own save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import frappe

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, Allocation, BankTransaction, Voucher
from imogi_finance.batch.faults import reach
from imogi_finance.erpnext_adapter.books import reading
from imogi_finance.erpnext_adapter.books.amounts import exact
from imogi_finance.erpnext_adapter.books.memory import Memory
from imogi_finance.erpnext_adapter.books.refusals import blaming
from imogi_finance.erpnext_adapter.books.remembering import remembering
from imogi_finance.erpnext_adapter.visibility import may
from imogi_finance.errors import DocumentError
from imogi_finance.money import ZERO, display


def check_voucher(transaction: BankTransaction, allocation: Allocation) -> None:
    """Make sure that a payment which exists can be allocated to the transaction.

    Raises:
        DocumentError: it cannot.
    """
    voucher = reading.vouchers([allocation.voucher]).get(allocation.voucher)
    _check_allocation(transaction, allocation, voucher)


def allocate(transaction: BankTransaction, allocations: Iterable[Allocation]) -> None:
    """Allocate payments to a bank transaction as ERPNext's own reconciliation does: rows without an amount are filled
    and cleared by ``BankTransaction.save``; a part of a payment is given with its amount and leaves it uncleared.

    Raises:
        DocumentError: the transaction or a payment does not allow it.
    """
    if not may("write", "Bank Transaction", transaction.name, frappe.session.user):
        message = f"It was removed meanwhile, or {frappe.session.user} may not change it."
        raise DocumentError(transaction.document, message, "Ask for the right.")
    with blaming(transaction.document), remembering(Memory(), _passing):
        found = frappe.db.get_value("Bank Transaction", transaction.name, "docstatus", for_update=True)
        if found != 1:
            raise DocumentError(transaction.document, "It was cancelled or removed meanwhile.")
        document = frappe.get_doc("Bank Transaction", transaction.name)
        left = exact(document.unallocated_amount, transaction.currency)
        asked: dict[str, Allocation] = {}
        for page in reading.pages(allocations):
            for allocation, voucher in zip(page, _locked(page), strict=True):
                _check_allocation(transaction, allocation, voucher)
                assert voucher is not None
                left -= allocation.amount
                if left < ZERO:
                    over = display(-left, transaction.currency)
                    message = f"The allocations are {over} above what is unallocated by now."
                    raise DocumentError(transaction.document, message)
                asked[allocation.voucher] = allocation
                document.append("payment_entries", _row(allocation, voucher))
        document.save()
        _check_allocated(transaction, document, asked, left)
    reach("books.after_confirmation")


def _locked(page: Sequence[Allocation]) -> list[Voucher | None]:
    """Lock the payments of a page, in one order everywhere, and read them."""
    names = sorted(allocation.voucher for allocation in page)
    frappe.db.sql("select name from `tabPayment Entry` where name in %s order by name for update", (tuple(names),))
    vouchers = reading.vouchers(names)
    return [vouchers.get(allocation.voucher) for allocation in page]


def _check_allocation(transaction: BankTransaction, allocation: Allocation, voucher: Voucher | None) -> None:
    document = f"{VOUCHER_TYPE} {allocation.voucher}"
    if voucher is None:
        message = f"It was removed meanwhile, or {frappe.session.user} may not read it."
        raise DocumentError(document, message, "Leave it out.")
    if voucher.docstatus != 1:
        raise DocumentError(document, "It was cancelled meanwhile.", "Leave it out.")
    if voucher.bank_account != transaction.bank_account or voucher.is_withdrawal != transaction.is_withdrawal:
        raise DocumentError(document, "It is on another account, or its money goes the other way.", "Leave it out.")
    if allocation.amount <= ZERO or allocation.amount > voucher.open_amount:
        left = display(voucher.open_amount, voucher.currency)
        message = f"Only {left} of it is not covered by a bank transaction yet."
        raise DocumentError(document, message, "Select it again.")


def _row(allocation: Allocation, voucher: Voucher) -> dict[str, Any]:
    is_whole = allocation.amount == voucher.open_amount
    return {
        "payment_document": VOUCHER_TYPE,
        "payment_entry": allocation.voucher,
        "allocated_amount": 0.0 if is_whole else float(allocation.amount),
    }


def _check_allocated(transaction: BankTransaction, document: Any, asked: dict[str, Allocation], left: Decimal) -> None:
    """Make sure that what ERPNext allocated is what was asked."""
    currency = transaction.currency
    made = {row.payment_entry: exact(row.allocated_amount, currency) for row in document.payment_entries}
    for name, allocation in asked.items():
        if made.get(name) != allocation.amount:
            got, wanted = display(made.get(name, ZERO), currency), display(allocation.amount, currency)
            message = f"ERPNext would allocate {got} of it, not {wanted}."
            raise DocumentError(f"{VOUCHER_TYPE} {name}", message, "Look at what else the bank statement has of it.")
    if exact(document.unallocated_amount, currency) != left:
        raise DocumentError(transaction.document, f"{display(left, currency)} of it should be left, but is not.")


def _passing(table: str) -> None:
    if table == "tabBank Transaction Payments":
        reach("books.after_allocation")
