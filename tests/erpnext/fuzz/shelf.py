"""Invoices and parties from the shelf: ERPNext makes one of each sort, and a sequence gets copies of its rows.

A sequence costs seconds, and most of them would go into documents that it only begins with.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, now, nowdate

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status.looking import invoice

PURCHASE, SALES, ORDER = "Purchase Invoice", "Sales Invoice", "Sales Order"
# plain; fallen due yesterday; half of it fallen due; in dollars on the usual party account; all in dollars
SORTS = ("plain", "overdue", "instalments", "foreign", "dollars")
_RATE = 16_000
_PARTY = {PURCHASE: ("Supplier", "supplier"), SALES: ("Customer", "customer")}
_ROWS_OF_ORDERS = ("Sales Order Item", "Sales Taxes and Charges", "Payment Schedule")
_OWN_ROWS = {
    PURCHASE: ("Purchase Invoice Item", "Payment Schedule"),
    SALES: ("Sales Invoice Item", "Payment Schedule"),
}
_LEDGERS = {"GL Entry": "against_voucher", "Payment Ledger Entry": "against_voucher_no"}


class Shelf:
    """What stands ready in one company.

    Args:
        office: the company.
    """

    def __init__(self, office: ErpOffice) -> None:
        self.office = office
        self._firsts: dict[tuple[str, str, int], str] = {}
        self._first_orders: dict[int, str] = {}

    def party(self, doctype: str, name: str) -> str:
        """Make the party of such invoices under a name that nobody has; return it."""
        kind, field = _PARTY[doctype]
        new = _text(name)
        _copy(kind, f"name = {_text(self._party(doctype, 'plain'))}", {"name": new, f"{field}_name": new})
        return name

    def invoice(self, doctype: str, sort: str, amount: int, *, name: str, party: str) -> str:
        """Put a submitted invoice into the books; return its name.

        Args:
            sort: one of ``SORTS``.
            amount: in its currency.
            name: a name that nobody has.
            party: one that ``party`` has made.
        """
        first = self._first(doctype, sort, amount)
        new, old, own, other = _text(name), _text(first), _text(party), _text(self._party(doctype, sort))
        kind, field = _PARTY[doctype]
        head = {"name": new, field: own, f"{field}_name": own, "title": own}
        _copy(doctype, f"name = {old}", head | ({"bill_no": new} if doctype == PURCHASE else {}))
        row = f"concat({new}, '-', right(name, 10))"
        for child in _OWN_ROWS[doctype]:
            where = f"parenttype = {_text(doctype)} and parent = {old}"
            _copy(child, where, {"name": row, "parent": new})
        for ledger, against in _LEDGERS.items():
            changes = {"name": row, "voucher_no": new, against: f"if({against} = {old}, {new}, {against})"}
            changes["party"] = f"if(party_type = {_text(kind)}, {own}, party)"
            if ledger == "GL Entry":
                changes["against"] = f"if(`against` = {other}, {own}, `against`)"
            _copy(ledger, f"voucher_type = {_text(doctype)} and voucher_no = {old}", changes)
        return name

    def order(self, amount: int, *, name: str, party: str) -> str:
        """Put a submitted order of two lines into the books; return its name.

        Args:
            amount: of each line.
            name: a name that nobody has.
            party: a customer that ``party`` has made.
        """
        if amount not in self._first_orders:
            of_shelf = self._party(SALES, "plain")
            self._first_orders[amount] = self.office.sales_order(amount, customer=of_shelf, lines=2)
        new, old, own = _text(name), _text(self._first_orders[amount]), _text(party)
        _copy(ORDER, f"name = {old}", {"name": new, "customer": own, "customer_name": own, "title": own})
        for child in _ROWS_OF_ORDERS:
            row = {"name": f"concat({new}, '-', right(name, 10))", "parent": new}
            _copy(child, f"parenttype = {_text(ORDER)} and parent = {old}", row)
        return name

    def _party(self, doctype: str, sort: str) -> str:
        name = "Shelf in Dollars" if sort == "dollars" else "Shelf"
        return self.office.supplier(name) if doctype == PURCHASE else self.office.customer(name)

    def _first(self, doctype: str, sort: str, amount: int) -> str:
        key = (doctype, sort, amount)
        if key not in self._firsts:
            how: dict[str, Any] = {_PARTY[doctype][1]: self._party(doctype, sort)}
            if sort in ("overdue", "instalments"):
                how["posting_date"], how["due_date"] = add_days(nowdate(), -10), add_days(nowdate(), -1)
            if sort == "instalments":
                half = {"invoice_portion": 50, "payment_amount": amount / 2}
                dates = (add_days(nowdate(), -1), add_days(nowdate(), 30))
                how["payment_schedule"] = [{"due_date": date, **half} for date in dates]
                how["due_date"] = dates[1]
            if sort in ("foreign", "dollars"):
                how["currency"], how["conversion_rate"] = "USD", _RATE
            if sort == "dollars":
                how["credit_to" if doctype == PURCHASE else "debit_to"] = self._dollar_account(doctype)
            self._firsts[key] = invoice(self.office, doctype, amount, **how)
        return self._firsts[key]

    def _dollar_account(self, doctype: str) -> str:
        title, kind, group = {
            PURCHASE: ("Dollar Creditors", "Payable", "Accounts Payable"),
            SALES: ("Dollar Debtors", "Receivable", "Accounts Receivable"),
        }[doctype]
        name = f"{title} - {self.office.abbr}"
        if not frappe.db.exists("Account", name):
            made = {"doctype": "Account", "account_name": title, "company": self.office.company, "account_type": kind}
            made |= {"account_currency": "USD", "parent_account": f"{group} - {self.office.abbr}"}
            frappe.get_doc(made).insert()
        return name


def _copy(doctype: str, where: str, changes: dict[str, str]) -> None:
    """Copy rows as made at this moment; ``changes`` are the columns that differ, as SQL."""
    changes = {"creation": _text(now()), "modified": _text(now())} | changes
    kept = [f"`{column}`" for column in frappe.db.get_table_columns(doctype) if column not in changes]
    frappe.db.sql(
        f"insert into `tab{doctype}` ({', '.join([*(f'`{column}`' for column in changes), *kept])}) "
        f"select {', '.join([*changes.values(), *kept])} from `tab{doctype}` where {where}"
    )


def _text(value: str) -> str:
    return str(frappe.db.escape(value))
