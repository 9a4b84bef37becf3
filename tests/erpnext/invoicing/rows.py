"""Whether invoicing orders by hand and in a run leave the same rows, field by field.

Equal orders are invoiced in both ways. What is theirs alone is a name, so names are replaced by what they name: an
order by its place, its rows by theirs, an invoice by the orders that it bills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import frappe

# what no two documents have in common, and what only a run of ours writes
_OF_EACH_ROW = {"name", "creation", "modified", "parent", "posting_time", "posting_datetime", "batch_run"}
# the second save by hand notes that its user has looked at the invoice; of a run's nobody has
_SEEN = "_seen"
_CHILDREN = (
    *("Sales Invoice Item", "Sales Taxes and Charges", "Payment Schedule", "Sales Team", "Sales Invoice Advance"),
    *("Packed Item", "Sales Invoice Payment"),
)
_LEDGERS = ("GL Entry", "Payment Ledger Entry", "Stock Ledger Entry")
_DELIVERED = "(select parent from `tabDelivery Note Item` where against_sales_order in %(orders)s)"
_TABLES = {
    "Sales Invoice": "name in %(invoices)s",
    **dict.fromkeys(_CHILDREN, "parenttype = 'Sales Invoice' and parent in %(invoices)s"),
    **dict.fromkeys(_LEDGERS, "voucher_type = 'Sales Invoice' and voucher_no in %(invoices)s"),
    "Sales Order": "name in %(orders)s",
    "Sales Order Item": "parent in %(orders)s",
    "Delivery Note": f"name in {_DELIVERED}",
    "Delivery Note Item": "against_sales_order in %(orders)s",
    "Comment": "(reference_doctype = 'Sales Order' and reference_name in %(orders)s) or "
    "(reference_doctype = 'Sales Invoice' and reference_name in %(invoices)s)",
}


@dataclass(frozen=True)
class Compared:
    """What was left.

    Args:
        rows: how many rows were compared of each side.
        differences: every field that differs.
    """

    rows: int
    differences: list[str]


def compare(by_hand: Sequence[str], by_run: Sequence[str]) -> Compared:
    """Compare all rows that invoicing orders has left with those of equal orders."""
    count, differences = 0, []
    for doctype in _TABLES:
        ours, theirs = _rows(doctype, by_hand), _rows(doctype, by_run)
        count += len(ours)
        differences += _different(doctype, ours, theirs)
    return Compared(count, differences)


def _different(doctype: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> Iterator[str]:
    if len(ours) != len(theirs):
        yield f"{doctype}: {len(ours)} rows and {len(theirs)}"
        return
    for number, (row, twin) in enumerate(zip(ours, theirs, strict=True)):
        for column in sorted(row):
            if row[column] != twin[column]:
                yield f"{doctype} {number} {column}: {row[column]!r} and {twin[column]!r}"


def _rows(doctype: str, orders: Sequence[str]) -> list[dict[str, Any]]:
    names = _names(orders)
    invoices = [name for name, means in names.items() if means.startswith("invoice of")]
    values = {"orders": tuple(orders), "invoices": tuple(invoices)}
    found = frappe.db.sql(f"select * from `tab{doctype}` where {_TABLES[doctype]}", values, as_dict=True)
    any_name = re.compile("|".join(map(re.escape, names)))

    def meant(value: Any) -> Any:
        return any_name.sub(lambda match: names[match.group()], value) if isinstance(value, str) else value

    plain = [
        (
            meant(row["name"]) if row["name"] in names else "",
            {column: meant(value) for column, value in row.items() if column not in {*_OF_EACH_ROW, _SEEN}},
        )
        for row in found
    ]
    return [fields for _, fields in sorted(plain, key=lambda pair: (pair[0], repr(sorted(pair[1].items()))))]


def _names(orders: Sequence[str]) -> dict[str, str]:
    """Return what each name stands for; the longest come first."""
    names = {name: f"order {number:03}" for number, name in enumerate(orders)}
    numbered = frappe.get_all("Sales Order", {"name": ("in", orders), "po_no": ("is", "set")}, ["name", "po_no"])
    names |= {row.po_no: f"number of {names[row.name]}" for row in numbered}
    for row in frappe.get_all("Sales Order Item", {"parent": ("in", orders)}, ["name", "parent", "idx"]):
        names[row.name] = f"{names[row.parent]} row {row.idx}"
    bills: dict[str, set[str]] = {}
    fields = ["name", "parent", "idx", "sales_order"]
    billed = frappe.get_all("Sales Invoice Item", {"sales_order": ("in", orders)}, fields)
    for row in billed:
        bills.setdefault(row.parent, set()).add(names[row.sales_order])
    # a partly billed order has an invoice made before, which is told apart by its age
    for invoice in sorted(bills):
        same = sum(1 for means in names.values() if means.startswith(f"invoice of {'+'.join(sorted(bills[invoice]))};"))
        names[invoice] = f"invoice of {'+'.join(sorted(bills[invoice]))};{same}"
    for row in billed:
        names[row.name] = f"{names[row.parent]} row {row.idx}"
    delivered = frappe.get_all(
        "Delivery Note Item", {"against_sales_order": ("in", orders)}, ["name", "parent", "idx"], order_by="creation"
    )
    for row in delivered:
        names.setdefault(
            row.parent, f"delivery {sum(1 for means in names.values() if means.startswith('delivery')):03}"
        )
        names[row.name] = f"{names[row.parent]} row {row.idx}"
    return dict(sorted(names.items(), key=lambda item: -len(item[0])))
