"""The floor: what the rows alone cost that a way of paying leaves, inserted in bulk by a program that checks nothing.

The rows of payments that were made are inserted once more under other names, a few hundred a statement, and the
invoices are written as they were; then the copies are taken away again. No way of paying can be faster than that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import frappe

from benchmarks.bench.twins import DOCTYPE, Twin

_AT_ONCE = 200
_PAYMENTS = "select name from `tabPayment Entry` where company = %(company)s and docstatus = 1"
_TABLES = {
    "Payment Entry": f"name in ({_PAYMENTS})",
    "Payment Entry Reference": f"parent in ({_PAYMENTS})",
    "GL Entry": f"voucher_type = 'Payment Entry' and voucher_no in ({_PAYMENTS})",
    "Payment Ledger Entry": f"voucher_type = 'Payment Entry' and voucher_no in ({_PAYMENTS})",
    "Bank Transaction Payments": f"payment_document = 'Payment Entry' and payment_entry in ({_PAYMENTS})",
    "Comment": f"reference_doctype = 'Payment Entry' and reference_name in ({_PAYMENTS})",
    "Version": f"ref_doctype = 'Payment Entry' and docname in ({_PAYMENTS})",
    "Batch Run Item": "run in (select name from `tabBatch Run` where company = %(company)s)",
}
_WRITTEN = {DOCTYPE: ("name in %(invoices)s", ("outstanding_amount", "status", "modified", "modified_by"))}


def inserted(twin: Twin) -> tuple[float, float, int]:
    """Insert a twin's rows once more; return seconds of wall-clock and of processor time, and how many rows."""
    return of_rows({"company": twin.office.company, "invoices": twin.invoices}, _TABLES, _WRITTEN)


def of_rows(
    values: Mapping[str, Any], left: Mapping[str, str], written: Mapping[str, tuple[str, tuple[str, ...]]]
) -> tuple[float, float, int]:
    """Insert rows once more, and write others as they are.

    Args:
        values: of the conditions.
        left: of each doctype, which rows to insert, as SQL.
        written: of each doctype, which rows to write, as SQL, and which of their columns.

    Returns:
        Seconds of wall-clock and of processor time, and how many rows.
    """
    tables = {
        doctype: frappe.db.sql(f"select * from `tab{doctype}` where {where}", values, as_dict=True)
        for doctype, where in left.items()
    }
    changed = {
        doctype: frappe.db.sql(
            f"select name, {', '.join(columns)} from `tab{doctype}` where {where}", values, as_dict=True
        )
        for doctype, (where, columns) in written.items()
    }
    copies = {doctype: [_copy(row) for row in rows] for doctype, rows in tables.items()}
    frappe.db.commit()
    started, processor = time.perf_counter(), time.process_time()
    for doctype, rows in copies.items():
        for page in _pages(rows):
            columns = ", ".join(f"`{column}`" for column in page[0])
            values = [tuple(row.values()) for row in page]
            frappe.db.sql(
                f"insert into `tab{doctype}` ({columns}) values {', '.join(['%s'] * len(values))}", tuple(values)
            )
    for doctype, rows in changed.items():
        assignments = ", ".join(f"{column} = %({column})s" for column in written[doctype][1])
        for row in rows:
            frappe.db.sql(f"update `tab{doctype}` set {assignments} where name = %(name)s", row)
    frappe.db.commit()
    spent = time.perf_counter() - started, time.process_time() - processor
    for doctype, rows in copies.items():
        for page in _pages(rows):
            frappe.db.sql(f"delete from `tab{doctype}` where name in %s", ([row["name"] for row in page],))
    frappe.db.commit()
    return (*spent, sum(map(len, copies.values())) + sum(map(len, changed.values())))


def _copy(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "name": f"{row['name']}-floor"}


def _pages(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
