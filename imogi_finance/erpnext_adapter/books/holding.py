"""Lock the invoices of a chunk and read them whole, together: one statement a table instead of one an invoice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import frappe

from imogi_finance.erpnext_adapter.books.permissions import readable
from imogi_finance.erpnext_adapter.books.remembering import Memory
from imogi_finance.paid_status.doors import InvoiceRef


@dataclass
class HeldInvoices:
    """Invoices that are locked until the transaction ends.

    Args:
        readable: those that the acting user may read.
        memory: what was read of them, and what paying them reads besides.
    """

    readable: set[InvoiceRef] = field(default_factory=set)
    memory: Memory = field(default_factory=Memory)


def hold(invoices: Collection[InvoiceRef]) -> HeldInvoices:
    """Lock and read invoices. They are locked in one order everywhere, so that two runs never wait for each other."""
    held = HeldInvoices()
    for doctype in sorted({ref.doctype for ref in invoices}):
        names = sorted({ref.name for ref in invoices if ref.doctype == doctype})
        rows = _rows(f"select * from `tab{doctype}` where name in %(names)s order by name for update", names=names)
        tables = frappe.get_meta(doctype).get_table_fields()
        children = _children(doctype, [row["name"] for row in rows])
        for row in rows:
            of_row = {
                (table.options, table.fieldname): children.get((row["name"], table.fieldname), []) for table in tables
            }
            held.memory.hold_document(doctype, row, of_row)
        held.readable |= {InvoiceRef(doctype, name) for name in readable(doctype, names)}
    return held


def _children(doctype: str, names: Collection[str]) -> dict[tuple[str, str], list[Any]]:
    """Return the child rows of documents by parent and field, in their order."""
    found: dict[tuple[str, str], list[Any]] = {}
    if not names:
        return found
    for child in sorted({table.options for table in frappe.get_meta(doctype).get_table_fields()}):
        sql = f"select * from `tab{child}` where parent in %(names)s and parenttype = %(doctype)s order by parent, idx"
        for row in _rows(sql, names=names, doctype=doctype):
            found.setdefault((row["parent"], row["parentfield"]), []).append(row)
    return found


def _rows(sql: str, *, names: Collection[str], **values: object) -> list[Any]:
    return frappe.db.sql(sql, {"names": tuple(names), **values}, as_dict=True)
