"""Whether the books take documents of a date: fiscal year, frozen books, closed periods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import frappe
from erpnext.accounts.utils import get_fiscal_years
from frappe.utils import formatdate, getdate

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, BankTransaction
from imogi_finance.errors import Problem


@dataclass(frozen=True)
class Posting:
    """Documents of one date that are to be made.

    Args:
        document: what they are made for; what is wrong is said of it.
        company, date: theirs.
        doctype: theirs.
        called: how they are called in a sentence ("its payments").
        otherwise: what else can be done ("leave it unreconciled").
    """

    document: str
    company: str
    date: date
    doctype: str
    called: str
    otherwise: str


def of_date(transaction: BankTransaction) -> Iterator[Problem]:
    """Yield what speaks against payments of the transaction's date in its company."""
    payments = Posting(
        document=transaction.document,
        company=transaction.company,
        date=transaction.date,
        doctype=VOUCHER_TYPE,
        called="its payments",
        otherwise="leave it unreconciled",
    )
    yield from of_saving(payments)
    yield from of_posting(payments)


def of_saving(documents: Posting) -> Iterator[Problem]:
    """Yield what ERPNext has against the date of a document even where it is a draft."""
    date, company = documents.date, documents.company
    shown = formatdate(date)
    if not get_fiscal_years(date, company=company, boolean=True):
        message = f"{shown} is in no active fiscal year of {company}."
        yield Problem(documents.document, "no_fiscal_year", message, "Create the fiscal year, or enable it.")
    if period := _closed_accounting_period(documents):
        message = f"{shown} is in the Accounting Period {period}, which is closed for a {documents.doctype}."
        remedy = f"Open {period} for a {documents.doctype}, or {documents.otherwise}."
        yield Problem(documents.document, "period_closed", message, remedy)


def of_posting(documents: Posting) -> Iterator[Problem]:
    """Yield what ERPNext has against posting to the ledger on the date."""
    shown = formatdate(documents.date)
    if frozen := _frozen_until(documents.date):
        message = f"The books are frozen until {frozen}, and {documents.called} would be of {shown}."
        remedy = "Have somebody with the role that may post there do it, or change the date in Accounts Settings."
        yield Problem(documents.document, "books_frozen", message, remedy)
    if closed := _closed_by_voucher(documents):
        message = f"The books are closed until {closed}, and {documents.called} would be of {shown}."
        remedy = f"Cancel the Period Closing Voucher, or {documents.otherwise}."
        yield Problem(documents.document, "period_closed", message, remedy)


def _frozen_until(date: date) -> str | None:
    """Return until when the books are frozen, where that bars the acting user (as ``check_freezing_date`` does)."""
    settings = frappe.db.get_singles_dict("Accounts Settings")
    until = settings.get("acc_frozen_upto")
    if not until or date > getdate(until):
        return None
    may_post = settings.get("frozen_accounts_modifier") in frappe.get_roles()
    return None if may_post and frappe.session.user != "Administrator" else formatdate(until)


def _closed_by_voucher(documents: Posting) -> str | None:
    """Return until when Period Closing Vouchers close the books, where that takes the date in."""
    until = frappe.db.sql(
        "select max(period_end_date) from `tabPeriod Closing Voucher` where docstatus = 1 and company = %s",
        documents.company,
    )[0][0]
    return formatdate(until) if until and documents.date <= getdate(until) else None


def _closed_accounting_period(documents: Posting) -> str | None:
    found = frappe.db.sql(
        """select p.name from `tabAccounting Period` p join `tabClosed Document` d on d.parent = p.name
        where p.company = %s and d.document_type = %s and d.closed = 1 and %s between p.start_date and p.end_date""",
        (documents.company, documents.doctype, documents.date),
    )
    return str(found[0][0]) if found else None
