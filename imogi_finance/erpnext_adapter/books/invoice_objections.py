"""Whether ERPNext makes a payment for all that is open of an invoice: holds, modes of payment, payment terms."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

import frappe

from imogi_finance.bank_reconciliation.documents import BankTransaction, Invoice
from imogi_finance.erpnext_adapter.books.amounts import exact, fits
from imogi_finance.erpnext_adapter.books.reading import pages
from imogi_finance.errors import Problem
from imogi_finance.money import display


def of_invoices(transaction: BankTransaction, invoices: Collection[Invoice]) -> Iterator[Problem]:
    """Yield what speaks against each invoice."""
    for invoice in invoices:
        if not fits(invoice.outstanding, invoice.currency):
            message = f"{invoice.outstanding} is outstanding, which {invoice.currency} has no coins for."
            yield Problem(str(invoice.ref), "too_many_decimals", message, "Write the difference off first.")
    for doctype in ("Purchase Invoice", "Sales Invoice"):
        of_type = {invoice.name: invoice for invoice in invoices if invoice.doctype == doctype}
        for page in pages(sorted(of_type)):
            yield from _on_hold(doctype, page)
            yield from _modes_without_account(doctype, page, transaction.company)
            yield from _terms(doctype, page, of_type)


def _on_hold(doctype: str, names: Collection[str]) -> Iterator[Problem]:
    """ERPNext takes no payment of an invoice on hold, whatever its release date is."""
    if doctype != "Purchase Invoice":
        return
    rows = _rows(
        "select name, release_date from `tabPurchase Invoice` where on_hold = 1 and name in %(names)s", names=names
    )
    for row in rows:
        until = f" until {row.release_date}" if row.release_date else ""
        yield Problem(f"{doctype} {row.name}", "on_hold", f"It is on hold{until}.", "Unblock it, or leave it out.")


def _modes_without_account(doctype: str, names: Collection[str], company: str) -> Iterator[Problem]:
    """ERPNext asks for the default account of an invoice's mode of payment, even where the account is given."""
    if not frappe.get_meta(doctype).has_field("mode_of_payment"):
        return
    rows = _rows(
        f"""select i.name, i.mode_of_payment from `tab{doctype}` i left join `tabMode of Payment Account` a
            on a.parent = i.mode_of_payment and a.company = %(company)s and coalesce(a.default_account, '') != ''
        where i.name in %(names)s and coalesce(i.mode_of_payment, '') != '' and a.name is null order by i.name""",
        names=names,
        company=company,
    )
    for row in rows:
        message = f"Its mode of payment, {row.mode_of_payment}, has no default account in {company}."
        yield Problem(f"{doctype} {row.name}", "mode_without_account", message, "Give the mode of payment its account.")


def _terms(doctype: str, names: Collection[str], invoices: dict[str, Invoice]) -> Iterator[Problem]:
    """Look at the schedules of invoices whose payments are allocated term by term."""
    schedules: dict[str, list[Any]] = {}
    rows = _rows(
        f"""select s.parent, s.payment_term, s.discount, s.discount_type, i.currency as invoice_currency,
            (s.payment_amount - s.paid_amount) * if(c.default_currency = i.party_account_currency, i.conversion_rate, 1)
                as open_amount, s.outstanding
        from `tabPayment Schedule` s join `tab{doctype}` i on i.name = s.parent
        join `tabCompany` c on c.name = i.company
        join `tabPayment Terms Template` t on t.name = i.payment_terms_template
        where s.parenttype = %(doctype)s and s.parent in %(names)s and t.allocate_payment_based_on_payment_terms = 1
        order by s.parent, s.idx""",
        names=names,
        doctype=doctype,
    )
    for row in rows:
        schedules.setdefault(row.parent, []).append(row)
    for name, terms in schedules.items():
        invoice = invoices[name]
        left = sum((exact(term.open_amount, invoice.currency) for term in terms), Decimal(0))
        if abs(left) < invoice.payable:
            open_amount, payable = display(abs(left), invoice.currency), display(invoice.payable, invoice.currency)
            message = f"Its payment terms leave {open_amount} open, but {payable} is outstanding."
            yield Problem(str(invoice.ref), "payment_terms", message, "Look at its payment schedule, or leave it out.")
        elif any(term.discount_type and term.discount and term.outstanding for term in terms):
            message = "ERPNext would note the discount of its payment terms as given, but the bank paid in full."
            yield Problem(str(invoice.ref), "discount_by_term", message, "Pay it by a payment of its own.")


def _rows(sql: str, *, names: Collection[str], **values: object) -> list[Any]:
    return frappe.db.sql(sql, {"names": tuple(names), **values}, as_dict=True)
