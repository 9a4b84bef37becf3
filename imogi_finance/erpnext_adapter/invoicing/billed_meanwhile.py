"""An invoice that would bill an order over what another transaction has billed since this one began.

ERPNext adds up what invoices bill of an order's row as its transaction sees them, and a web request sees the rows as
they were when it began. Where another invoice is committed in between, it is left out of that sum, and nothing tells of
the order being billed twice. So the rows are locked before they are added up, and what they say now is compared with
what this transaction sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _

_ROW = "Sales Order Item"


def check_billed(invoice: Any) -> None:
    """Make sure that nobody has billed the orders' rows of an invoice since this transaction began.

    The rows stay locked, so nobody does until it ends.

    Args:
        invoice: a Sales Invoice that is about to be submitted.

    Raises:
        frappe.TimestampMismatchError: somebody has.
    """
    rows = sorted({row.so_detail for row in invoice.items if row.get("so_detail")})
    if not rows:
        return
    seen = _billed(rows, locking=False)
    now = _billed(rows, locking=True)
    orders = sorted({order for name, (order, billed) in now.items() if seen.get(name, (order, billed))[1] != billed})
    if orders:
        frappe.throw(
            _("{0} was billed by another invoice at this moment. Reload, and look at what is left to bill.").format(
                ", ".join(orders)
            ),
            frappe.TimestampMismatchError,
            title=_("Billed Meanwhile"),
        )


def _billed(rows: list[str], *, locking: bool) -> Mapping[str, tuple[str, float]]:
    """Return the order of each row, and what is billed of the row."""
    found = frappe.db.sql(
        f"""select name, parent, billed_amt from `tab{_ROW}` where name in %(names)s order by name
        {"for update" if locking else ""}""",
        {"names": tuple(rows)},
    )
    return {name: (order, billed) for name, order, billed in found}
