"""Read ERPNext's books: rows as the documents of a bulk reconciliation, many at a time and no document loaded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import frappe
from erpnext import get_company_currency
from erpnext.accounts.doctype.bank_transaction.bank_transaction import (
    get_related_bank_gl_entries,
    get_total_allocated_amount,
)
from frappe.utils import getdate

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, BankTransaction, Invoice, Voucher
from imogi_finance.erpnext_adapter.books.amounts import exact
from imogi_finance.erpnext_adapter.books.permissions import readable
from imogi_finance.money import ZERO
from imogi_finance.paid_status.doors import InvoiceRef

_T = TypeVar("_T")
PAGE = 500
# of each invoice type: the party's field, and the account's that it is owed on
PARTY_FIELDS = {"Purchase Invoice": ("supplier", "credit_to"), "Sales Invoice": ("customer", "debit_to")}


def bank_transaction(name: str) -> BankTransaction | None:
    """Read a bank transaction that the acting user may see."""
    if not readable("Bank Transaction", [name]):
        return None
    row = frappe.db.sql(
        """select t.name, coalesce(t.company, b.company) as company, coalesce(b.account, '') as account, t.date,
            coalesce(nullif(t.currency, ''), a.account_currency) as currency, t.reference_number, t.docstatus,
            t.deposit, t.withdrawal, t.unallocated_amount
        from `tabBank Transaction` t left join `tabBank Account` b on b.name = t.bank_account
        left join `tabAccount` a on a.name = b.account where t.name = %s""",
        name,
        as_dict=True,
    )[0]
    currency = row.currency or get_company_currency(row.company)
    net = exact(row.deposit, currency) - exact(row.withdrawal, currency)
    return BankTransaction(
        name=row.name,
        company=row.company or "",
        bank_account=row.account,
        currency=currency,
        date=getdate(row.date),
        reference_number=row.reference_number or "",
        deposit=max(net, ZERO),
        withdrawal=max(-net, ZERO),
        unallocated=exact(row.unallocated_amount, currency),
        docstatus=row.docstatus,
    )


def invoices(refs: Collection[InvoiceRef]) -> Mapping[InvoiceRef, Invoice]:
    """Read the invoices that exist and that the acting user may see."""
    found: dict[InvoiceRef, Invoice] = {}
    for doctype in sorted({ref.doctype for ref in refs}):
        for names in pages([ref.name for ref in refs if ref.doctype == doctype]):
            for row in _invoice_rows(doctype, readable(doctype, names)):
                invoice = _invoice(doctype, row)
                found[invoice.ref] = invoice
    return found


def _invoice_rows(doctype: str, names: Collection[str]) -> list[Any]:
    if not names:
        return []
    party, account = PARTY_FIELDS[doctype]
    return frappe.db.sql(
        f"""select i.name, i.company, i.{party} as party, i.{account} as party_account, i.outstanding_amount,
            i.is_return, i.docstatus, coalesce(i.due_date, i.posting_date) as due_date,
            coalesce(nullif(i.party_account_currency, ''), a.account_currency) as currency,
            if(coalesce(nullif(i.party_account_currency, ''), a.account_currency) = c.default_currency,
                coalesce(nullif(i.base_rounded_total, 0), i.base_grand_total),
                coalesce(nullif(i.rounded_total, 0), i.grand_total)) as total
        from `tab{doctype}` i left join `tabAccount` a on a.name = i.{account}
        left join `tabCompany` c on c.name = i.company where i.name in %s""",
        (tuple(names),),
        as_dict=True,
    )


def _invoice(doctype: str, row: Any) -> Invoice:
    currency = row.currency or get_company_currency(row.company)
    return Invoice(
        doctype=doctype,
        name=row.name,
        company=row.company,
        party=row.party or "",
        party_account=row.party_account or "",
        currency=currency,
        grand_total=exact(row.total, currency),
        outstanding=exact(row.outstanding_amount, currency),
        is_return=bool(row.is_return),
        docstatus=row.docstatus,
        due_date=getdate(row.due_date),
    )


def vouchers(names: Collection[str]) -> Mapping[str, Voucher]:
    """Read the payments that exist and that the acting user may see, and what of each the bank does not cover yet.

    Amounts are those of the ledger, as ERPNext's allocation counts them. An internal transfer is read as money that
    leaves an account.
    """
    found: dict[str, Voucher] = {}
    for page in pages(names):
        allowed = readable(VOUCHER_TYPE, page)
        rows = _voucher_rows(allowed)
        covers = Coverage(allowed)
        found |= {row.name: _voucher(row, covers) for row in rows}
    return found


class Coverage:
    """What payments move on bank accounts, and what of it submitted bank transactions cover: ERPNext's own figures."""

    def __init__(self, payments: Collection[str]) -> None:
        keys = [(VOUCHER_TYPE, name) for name in payments]
        self._moved: Mapping[Any, Any] = get_related_bank_gl_entries(keys)
        self._covered: Mapping[Any, Any] = get_total_allocated_amount(keys)

    def amounts(self, payment: str, account: str) -> tuple[float, float]:
        """Return a payment's amount on an account, and how much of that is covered; in the account's currency."""
        key = (VOUCHER_TYPE, payment)
        covered = self._covered.get(key, {}).get(account, {})
        return self._moved.get(key, {}).get(account) or 0.0, covered.get("total") or 0.0


def _voucher_rows(names: Collection[str]) -> list[Any]:
    if not names:
        return []
    return frappe.db.sql(
        """select name, company, docstatus, batch_run, payment_type != 'Receive' as is_withdrawal,
            if(payment_type = 'Receive', paid_to, paid_from) as account,
            if(payment_type = 'Receive', paid_to_account_currency, paid_from_account_currency) as currency
        from `tabPayment Entry` where name in %s""",
        (tuple(names),),
        as_dict=True,
    )


def _voucher(row: Any, covers: Coverage) -> Voucher:
    currency = row.currency or get_company_currency(row.company)
    moved, covered = (exact(amount, currency) for amount in covers.amounts(row.name, row.account))
    return Voucher(
        name=row.name,
        company=row.company,
        bank_account=row.account or "",
        currency=currency,
        amount=moved,
        open_amount=moved - covered,
        is_withdrawal=bool(row.is_withdrawal),
        docstatus=row.docstatus,
        made_by=row.batch_run,
    )


def pages(of: Iterable[_T], size: int = PAGE) -> Iterator[list[_T]]:
    """Yield the elements in lists of at most ``size``."""
    rest = iter(of)
    while page := list(islice(rest, size)):
        yield page
