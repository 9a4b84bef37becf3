"""Lock the invoices of a chunk and read them whole, together: one statement a table instead of one an invoice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import frappe

from imogi_finance.erpnext_adapter.books.memory import Memory
from imogi_finance.erpnext_adapter.books.permissions import readable
from imogi_finance.erpnext_adapter.books.reading import PARTY_FIELDS
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
    """Lock and read invoices, and read their parties.

    Invoices are locked in one order everywhere, so that two runs never wait for each other.
    """
    held = HeldInvoices()
    for doctype in sorted({ref.doctype for ref in invoices}):
        names = sorted({ref.name for ref in invoices if ref.doctype == doctype})
        rows = hold_documents(held.memory, doctype, names, lock=True)
        party = PARTY_FIELDS[doctype][0]
        hold_documents(held.memory, party.title(), sorted({row[party] for row in rows if row[party]}), lock=False)
        held.readable |= {InvoiceRef(doctype, name) for name in readable(doctype, names)}
    return held


def hold_inserted(memory: Memory, doctype: str, parenttype: str, parent: str) -> None:
    """Read a document's rows of one child table that this transaction has just inserted.

    ERPNext writes to them row by row, and reads each of them before.
    """
    where = "parent in %(names)s and parenttype = %(parenttype)s order by parent, idx for update"
    for row in _rows(f"select * from `tab{doctype}` where {where}", names=[parent], parenttype=parenttype):
        memory.hold_row(f"tab{doctype}", row, locked=True)


def hold_new(memory: Memory, document: Any) -> None:
    """Read a document whole that this transaction has just inserted: ERPNext reads it anew several times.

    Nobody else sees it yet, so its rows are locked, and its child tables have the rows that it was inserted with.
    """
    doctype, name = document.doctype, document.name
    [row] = _rows(f"select * from `tab{doctype}` where name in %(names)s for update", names=[name])
    tables = frappe.get_meta(doctype).get_table_fields()
    rows: dict[str, list[Any]] = {}
    for child in sorted({table.options for table in tables if document.get(table.fieldname)}):
        where = "parent in %(names)s and parenttype = %(doctype)s order by idx for update"
        rows[child] = _rows(f"select * from `tab{child}` where {where}", names=[name], doctype=doctype)
    own = {
        (table.options, table.fieldname): [
            child for child in rows.get(table.options, []) if child["parentfield"] == table.fieldname
        ]
        for table in tables
    }
    memory.hold_document(doctype, row, own, locked=True)


def hold_documents(memory: Memory, doctype: str, names: Collection[str], *, lock: bool) -> list[Any]:
    """Read documents with their child rows; return their own rows.

    Args:
        lock: lock all of these rows until the transaction ends.
    """
    if not names:
        return []
    locking = " for update" if lock else ""
    rows = _rows(f"select * from `tab{doctype}` where name in %(names)s order by name{locking}", names=names)
    tables = frappe.get_meta(doctype).get_table_fields()
    children: dict[tuple[str, str], list[Any]] = {}
    for child in sorted({table.options for table in tables}):
        where = "parent in %(names)s and parenttype = %(doctype)s order by parent, idx"
        for row in _rows(f"select * from `tab{child}` where {where}{locking}", names=names, doctype=doctype):
            children.setdefault((row["parent"], row["parentfield"]), []).append(row)
    for row in rows:
        own = {(table.options, table.fieldname): children.get((row["name"], table.fieldname), []) for table in tables}
        memory.hold_document(doctype, row, own, locked=lock)
    return rows


def _rows(sql: str, *, names: Collection[str], **values: object) -> list[Any]:
    return frappe.db.sql(sql, {"names": tuple(names), **values}, as_dict=True)
