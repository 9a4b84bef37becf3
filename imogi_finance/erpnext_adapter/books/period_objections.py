"""Whether the books take payments of a date: fiscal year, frozen books, closed periods."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from erpnext.accounts.utils import get_fiscal_years
from frappe.utils import formatdate, getdate

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, BankTransaction
from imogi_finance.errors import Problem


def of_date(transaction: BankTransaction) -> Iterator[Problem]:
    """Yield what speaks against payments of the transaction's date in its company."""
    document, date, company = transaction.document, transaction.date, transaction.company
    shown = formatdate(date)
    if not get_fiscal_years(date, company=company, boolean=True):
        message = f"{shown} is in no active fiscal year of {company}."
        yield Problem(document, "no_fiscal_year", message, "Create the fiscal year, or enable it.")
    if frozen := _frozen_until(transaction):
        message = f"The books are frozen until {frozen}, and its payments would be of {shown}."
        remedy = "Have somebody with the role that may post there do it, or change the date in Accounts Settings."
        yield Problem(document, "books_frozen", message, remedy)
    if closed := _closed_by_voucher(transaction):
        message = f"The books are closed until {closed}, and its payments would be of {shown}."
        yield Problem(
            document, "period_closed", message, "Cancel the Period Closing Voucher, or leave it unreconciled."
        )
    if period := _closed_accounting_period(transaction):
        message = f"{shown} is in the Accounting Period {period}, which is closed for a {VOUCHER_TYPE}."
        remedy = f"Open {period} for a {VOUCHER_TYPE}, or leave it unreconciled."
        yield Problem(document, "period_closed", message, remedy)


def _frozen_until(transaction: BankTransaction) -> str | None:
    """Return until when the books are frozen, where that bars the acting user (as ``check_freezing_date`` does)."""
    settings = frappe.db.get_singles_dict("Accounts Settings")
    until = settings.get("acc_frozen_upto")
    if not until or transaction.date > getdate(until):
        return None
    may_post = settings.get("frozen_accounts_modifier") in frappe.get_roles()
    return None if may_post and frappe.session.user != "Administrator" else formatdate(until)


def _closed_by_voucher(transaction: BankTransaction) -> str | None:
    """Return until when Period Closing Vouchers close the books, where that takes the date in."""
    until = frappe.db.sql(
        "select max(period_end_date) from `tabPeriod Closing Voucher` where docstatus = 1 and company = %s",
        transaction.company,
    )[0][0]
    return formatdate(until) if until and transaction.date <= getdate(until) else None


def _closed_accounting_period(transaction: BankTransaction) -> str | None:
    found = frappe.db.sql(
        """select p.name from `tabAccounting Period` p join `tabClosed Document` d on d.parent = p.name
        where p.company = %s and d.document_type = %s and d.closed = 1 and %s between p.start_date and p.end_date""",
        (transaction.company, VOUCHER_TYPE, transaction.date),
    )
    return str(found[0][0]) if found else None
