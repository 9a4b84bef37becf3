"""What ERPNext counts of the whole company after each invoice, counted once for a chunk.

Where Selling Settings say "Each Transaction", ERPNext adds up all invoices of the month for each one that is submitted,
and writes the sum into the company's row: which takes longer with each invoice, and has the workers of a run wait for
each other, as that row is locked until the commit. Of a chunk only the last sum is ever seen. So it is counted right
before the commit, with the row locked, by ERPNext's own function; and counts what other workers have committed too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from erpnext.setup.doctype.company.company import update_company_current_month_sales

_SETTING = ("Selling Settings", "sales_update_frequency")
_AT_ONCE, _LATER = "Each Transaction", "Daily"


@contextmanager
def counted_once(invoice: Any, counted: set[str]) -> Iterator[None]:
    """Have the company's sales counted at the commit, rather than in the block, where ERPNext would count them.

    Args:
        invoice: the one that is submitted in the block.
        counted: companies of which it is done; one set for a transaction.
    """
    database = frappe.local.db
    as_ever = database.get_single_value
    asked = False

    def get_single_value(doctype: str, fieldname: str, *args: Any, **kwargs: Any) -> Any:
        nonlocal asked
        value = as_ever(doctype, fieldname, *args, **kwargs)
        if (doctype, fieldname) != _SETTING or value != _AT_ONCE:
            return value
        asked = True
        return _LATER

    database.get_single_value = get_single_value  # of this one connection
    try:
        yield
    finally:
        del database.get_single_value
    if asked:
        invoice.update_project()
        database.before_commit.add(lambda: _count(invoice.company, counted))


def _count(company: str, counted: set[str]) -> None:
    if company not in counted:
        counted.add(company)
        frappe.db.sql("select name from `tabCompany` where name = %s for update", company)
        update_company_current_month_sales(company)
