"""What a refused action could have changed: a checksum of the rows that a sequence has made."""

from __future__ import annotations

import frappe

_DOCTYPES = (
    "Purchase Invoice",
    "Purchase Invoice Advance",
    "Sales Invoice",
    "Sales Invoice Advance",
    "Sales Invoice Payment",
    "Sales Invoice Item",
    "Sales Order",
    "Sales Order Item",
    "Payment Schedule",
    "Payment Entry",
    "Payment Entry Reference",
    "Payment Entry Deduction",
    "Journal Entry",
    "Journal Entry Account",
    "GL Entry",
    "Payment Ledger Entry",
    "Bank Transaction",
    "Bank Transaction Payments",
    "Unreconcile Payment",
    "Batch Run",
    "Batch Run Item",
    "Batch Run Signal",
    "Comment",
)


def footprint(since: str) -> dict[str, tuple[int, int]]:
    """Return the number of rows made since a moment and the sum of their checksums, by doctype; and the naming series.

    Args:
        since: database time.
    """
    parts = [_sum(doctype) for doctype in _DOCTYPES]
    parts.append("select 'Series', count(*), coalesce(sum(crc32(concat(name, '#', current))), 0) from `tabSeries`")
    found = frappe.db.sql(" union all ".join(parts), {"since": since})
    return {doctype: (int(count), int(checksum)) for doctype, count, checksum in found}


def changed(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> list[str]:
    """Return the doctypes of which something is not as before."""
    return [doctype for doctype in before if before[doctype] != after[doctype]]


def index_creation() -> None:
    """Let these tables find what a sequence made without looking at what all others did."""
    for doctype in _DOCTYPES:
        if not frappe.db.sql(f"show index from `tab{doctype}` where column_name = 'creation' and seq_in_index = 1"):
            frappe.db.sql_ddl(f"alter table `tab{doctype}` add index creation (creation)")


def _sum(doctype: str) -> str:
    columns = ", ".join(f"coalesce(`{column}`, '~')" for column in frappe.db.get_table_columns(doctype))
    return (
        f"select '{doctype}', count(*), coalesce(sum(crc32(concat_ws('#', {columns}))), 0) "
        f"from `tab{doctype}` where creation >= %(since)s"
    )
