"""What ERPNext would stumble over later, found up front by a few set-based queries. No document is loaded."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from imogi_finance.bank_reconciliation.documents import BankTransaction, Invoice, Voucher
from imogi_finance.erpnext_adapter.books import (
    account_objections,
    invoice_objections,
    party_objections,
    period_objections,
)
from imogi_finance.errors import Problem


def objections(
    transaction: BankTransaction, invoices: Collection[Invoice], vouchers: Collection[Voucher]
) -> Iterator[Problem]:
    """Yield what speaks against paying and allocating these documents, as the acting user and as of now."""
    yield from account_objections.of_bank_account(transaction)
    if not invoices:
        return  # to allocate payments that exist posts nothing
    yield from period_objections.of_date(transaction)
    yield from account_objections.of_accounts(transaction, invoices)
    yield from party_objections.of_parties(invoices)
    yield from invoice_objections.of_invoices(transaction, invoices)
