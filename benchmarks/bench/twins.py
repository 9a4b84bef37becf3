"""Twin companies on one site: equal ledgers to begin with, so that what two ways of paying leave can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import frappe

from tests.erpnext.office import ErpOffice

DOCTYPE = "Purchase Invoice"
_AMOUNTS = tuple(1000 + 10 * party for party in range(12))  # of each supplier's invoices
_PARTIES = len(_AMOUNTS)
# the tables of a submitted invoice: which column holds its name, and which rows are its own
_OWN_ROWS = ("Purchase Invoice Item", "Purchase Taxes and Charges", "Payment Schedule")
_LEDGERS = ("GL Entry", "Payment Ledger Entry")


@dataclass
class Twin:
    """A company with unpaid invoices and one bank transaction for the sum of them.

    Args:
        invoices: their names, in the order in which they are to be paid.
        originals: of each supplier, the invoice that ERPNext made.
        copied: how many copies each of them has.
    """

    office: ErpOffice
    transaction: str = ""
    invoices: list[str] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    copied: int = 0

    @property
    def selection(self) -> list[dict[str, str]]:
        return [{"doctype": DOCTYPE, "name": name} for name in self.invoices]

    def more(self, invoices: int) -> list[str]:
        """Add at least so many unpaid invoices, of each supplier in turn; return so many names. Not committed."""
        rounds = range(self.copied + 1, self.copied + 1 + -(-invoices // len(self.originals)))
        of_each = [_copies(original, rounds) for original in self.originals]
        self.copied = rounds[-1] if rounds else self.copied
        return [name for in_turn in zip(*of_each, strict=True) for name in in_turn][:invoices]


def make_twin(invoices: int) -> Twin:
    """Make a company with so many unpaid invoices of twelve suppliers.

    One invoice of each supplier is made by ERPNext; the others are copies of its rows, for speed: what is measured is
    how they are paid.
    """
    twin = new_twin()
    twin.invoices = (twin.originals + twin.more(max(0, invoices - _PARTIES)))[:invoices]
    total = sum(_AMOUNTS[n % _PARTIES] for n in range(invoices))
    twin.transaction = twin.office.bank_transaction(-total, reference_number="BENCHMARK")
    return twin


def new_twin() -> Twin:
    """Make a company with one unpaid invoice of each of twelve suppliers; committed."""
    frappe.db.rollback()
    letters = " ".join(frappe.generate_hash(length=5).upper())  # ERPNext makes the abbreviation of them
    twin = Twin(ErpOffice(f"{letters} Benchmark"))
    twin.originals = [_first(twin.office, party, amount) for party, amount in enumerate(_AMOUNTS)]
    return twin


def _first(office: ErpOffice, party: int, amount: int) -> str:
    """Make a supplier's first invoice; of twins they are equal in every field."""
    supplier = office.supplier(f"Benchmark Supplier {party:02}")
    return office.purchase_invoice(amount, supplier=supplier, bill_no=f"BILL-{party:02}", posting_time="12:00:00")


def _copies(first: str, numbers: range) -> list[str]:
    """Copy an invoice with all its rows, once for each number; return the copies' names."""
    if not numbers:
        return []
    name = f"concat({_text(first + '-')}, lpad(seq, 5, '0'))"
    numbered = {"name": "concat(name, '-', seq)"}
    _copy(DOCTYPE, f"name = {_text(first)}", numbers, {"name": name})
    for child in _OWN_ROWS:
        where = f"parenttype = {_text(DOCTYPE)} and parent = {_text(first)}"
        _copy(child, where, numbers, {**numbered, "parent": name})
    for ledger in _LEDGERS:
        against = "against_voucher" if ledger == "GL Entry" else "against_voucher_no"
        own = {**numbered, "voucher_no": name, against: f"if({against} = {_text(first)}, {name}, {against})"}
        _copy(ledger, f"voucher_type = {_text(DOCTYPE)} and voucher_no = {_text(first)}", numbers, own)
    return [f"{first}-{number:05}" for number in numbers]


def _copy(doctype: str, where: str, numbers: range, own: dict[str, str]) -> None:
    """Copy rows once for each number; ``own`` are the columns that differ, as SQL in which ``seq`` is the number."""
    columns = [f"`{column}`" for column in frappe.db.get_table_columns(doctype) if column not in own]
    frappe.db.sql(
        f"insert into `tab{doctype}` ({', '.join([*own, *columns])}) select {', '.join([*own.values(), *columns])} "
        f"from `tab{doctype}`, seq_{numbers.start}_to_{numbers[-1]} where {where}"
    )


def _text(value: str) -> Any:
    return frappe.db.escape(value)
