"""Rows of ERPNext's tables as commands show them: permitted ones only, in plain values, amounts in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from imogi_finance.erpnext_adapter.books.amounts import exact
from imogi_finance.money import exponent

Json = dict[str, Any]


def permitted(doctype: str, filters: Json) -> str | None:
    """Return a SELECT of the names of the matching documents that the user may read; None where they may not read."""
    try:
        query = frappe.get_list(
            doctype, filters=filters, fields=["name"], limit_page_length=0, order_by=None, run=False
        )
    except frappe.PermissionError:
        return None
    return str(query).replace("%", "%%")


def query(sql: str, limit: int = 0, offset: int = 0, **values: object) -> list[Json]:
    """Return what a query finds, dates as ISO 8601 text."""
    found = frappe.db.sql(sql, {"limit": limit, "offset": offset, **values}, as_dict=True)
    return [{name: _plain(value) for name, value in row.items()} for row in found]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def in_minor_units(row: Mapping[str, Any], *amounts: str) -> Json:
    """Return a row with these amounts in minor units, and their exponent."""
    currency = row["currency"]
    shown = {name: in_minor(row[name], currency) for name in amounts}
    return {**row, **shown, "exponent": exponent(currency)}


def in_minor(amount: Any, currency: str) -> int:
    """Return a stored amount in minor units; what is finer than the currency's coins is rounded, for showing only."""
    return int(round(exact(amount, currency), exponent(currency)).scaleb(exponent(currency)))
