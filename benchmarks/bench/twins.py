"""Twin companies on one site: equal ledgers to begin with, so that what two ways of paying leave can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import frappe

from tests.erpnext.office import ErpOffice

DOCTYPE = "Purchase Invoice"
_PARTIES = 12
# the tables of a submitted invoice: which column holds its name, and which rows are its own
_OWN_ROWS = ("Purchase Invoice Item", "Purchase Taxes and Charges", "Payment Schedule")
_LEDGERS = ("GL Entry", "Payment Ledger Entry")


@dataclass
class Twin:
    """A company with unpaid invoices and one bank transaction for the sum of them.

    Args:
        invoices: their names, in the order in which they are to be paid.
    """

    office: ErpOffice
    transaction: str = ""
    invoices: list[str] = field(default_factory=list)

    @property
    def selection(self) -> list[dict[str, str]]:
        return [{"doctype": DOCTYPE, "name": name} for name in self.invoices]


def make_twin(invoices: int) -> Twin:
    """Make a company with so many unpaid invoices of twelve suppliers.

    One invoice of each supplier is made by ERPNext; the others are copies of its rows, for speed: what is measured is
    how they are paid.
    """
    frappe.db.rollback()
    letters = " ".join(frappe.generate_hash(length=5).upper())  # ERPNext makes the abbreviation of them
    twin = Twin(ErpOffice(f"{letters} Benchmark"))
    office = twin.office
    amounts = [1000 + 10 * party for party in range(_PARTIES)]
    firsts = [_first(office, party, amount) for party, amount in enumerate(amounts)]
    copies = {first: [first] for first in firsts}
    for party, first in enumerate(firsts):
        wanted = len(range(party, invoices, _PARTIES))
        copies[first] += _copies(first, wanted - 1)
        copies[first] = copies[first][:wanted]
    frappe.db.commit()
    twin.invoices = [copies[firsts[n % _PARTIES]][n // _PARTIES] for n in range(invoices)]
    total = sum(amounts[n % _PARTIES] for n in range(invoices))
    twin.transaction = office.bank_transaction(-total, reference_number="BENCHMARK")
    return twin


def _first(office: ErpOffice, party: int, amount: int) -> str:
    """Make a supplier's first invoice; of twins they are equal in every field."""
    supplier = office.supplier(f"Benchmark Supplier {party:02}")
    return office.purchase_invoice(amount, supplier=supplier, bill_no=f"BILL-{party:02}", posting_time="12:00:00")


def _copies(first: str, count: int) -> list[str]:
    names = [f"{first}-{number:05}" for number in range(1, count + 1)]
    if not names:
        return names
    _copy(DOCTYPE, f"name = {_text(first)}", names, {"name": "{name}"})
    for child in _OWN_ROWS:
        where = f"parenttype = {_text(DOCTYPE)} and parent = {_text(first)}"
        _copy(child, where, names, {"name": "concat(name, '-', {number})", "parent": "{name}"})
    for ledger in _LEDGERS:
        own = {"name": "concat(name, '-', {number})", "voucher_no": "{name}"}
        against = "against_voucher" if ledger == "GL Entry" else "against_voucher_no"
        own[against] = f"if({against} = {_text(first)}, {{name}}, {against})"
        _copy(ledger, f"voucher_type = {_text(DOCTYPE)} and voucher_no = {_text(first)}", names, own)
    return names


def _copy(doctype: str, where: str, names: list[str], own: dict[str, str]) -> None:
    """Copy rows once for each name; ``own`` are the columns that differ, as SQL."""
    columns = [f"`{column}`" for column in frappe.db.get_table_columns(doctype) if column not in own]
    for number, name in enumerate(names, 1):
        values = [sql.format(name=_text(name), number=number) for sql in own.values()]
        frappe.db.sql(
            f"insert into `tab{doctype}` ({', '.join([*own, *columns])}) "
            f"select {', '.join([*values, *columns])} from `tab{doctype}` where {where}"
        )


def _text(value: str) -> Any:
    return frappe.db.escape(value)
