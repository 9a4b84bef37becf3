"""What screens show of sales orders: read-side SQL in plain values, for the page and the command line.

Amounts are integers in minor units beside ``currency`` and ``exponent``, quantities texts. Dates are ISO 8601 text.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from imogi_finance.batch_invoicing.documents import ORDER_TYPE
from imogi_finance.errors import Refused
from imogi_finance.money import exponent
from imogi_finance.sandbox.books.orders import THOUSAND
from imogi_finance.sandbox.storage.sqlite import SqliteRows
from imogi_finance.sandbox.views import ALL, Filter, Json, Page, with_exponents

STATUSES = (
    "Draft",
    "On Hold",
    "To Deliver and Bill",
    "To Bill",
    "To Deliver",
    "Completed",
    "Closed",
    "Cancelled",
)
_DRAFTS = """
    SELECT group_concat(d.invoice, ', ') FROM (SELECT DISTINCT l.invoice FROM invoice_line l
        JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice AND v.docstatus = 0
        WHERE l.sales_order = o.name ORDER BY l.invoice) d
"""
_ORDERS = f"""
    SELECT o.name, o.company, o.customer, o.order_date, o.delivery_date, coalesce(o.reference, '') AS reference,
        o.payment_days, o.currency, o.grand_total, o.unbilled, o.delivered_unbilled, o.docstatus, o.status,
        coalesce(({_DRAFTS}), '') AS drafts, i.run AS in_run
    FROM sales_order o LEFT JOIN batch_item i ON i.live_key = '{ORDER_TYPE}:' || o.name
"""


def orders(
    rows: SqliteRows,
    *,
    status: str | None = None,
    customer: str | None = None,
    text: str | None = None,
    only_open: bool = False,
    page: Page = ALL,
) -> Json:
    """Return orders, the newest first, how many match, and the sums of all that match by currency.

    Of each: ``drafts`` names the draft invoices that bill it, ``in_run`` the live run that works on it.

    Args:
        customer: only where the customer's name holds this.
        text: only where name, customer or reference holds this.
        only_open: only submitted ones of which something is not billed.
    """
    where = _filter(status, customer, text, only_open)
    found = rows.query(
        f"{_ORDERS}{where.sql} ORDER BY o.order_date DESC, o.name DESC{page.sql}", (*where.values, *page.values)
    )
    sums = rows.query(
        f"""SELECT o.currency, count(*) AS orders, sum(o.grand_total) AS grand_total, sum(o.unbilled) AS unbilled
        FROM sales_order o{where.sql} GROUP BY o.currency ORDER BY o.currency""",
        where.values,
    )
    total = sum(row["orders"] for row in sums)
    return {"orders": with_exponents(found), "total": total, "sums": with_exponents(sums)}


def order_names(
    rows: SqliteRows,
    *,
    status: str | None = None,
    customer: str | None = None,
    text: str | None = None,
    only_open: bool = False,
) -> list[str]:
    """Return the names of all orders that ``orders`` would return, the oldest first."""
    where = _filter(status, customer, text, only_open)
    found = rows.query(f"SELECT o.name FROM sales_order o{where.sql} ORDER BY o.order_date, o.name", where.values)
    return [row["name"] for row in found]


def order(rows: SqliteRows, name: str) -> Json:
    """Return one order with its lines and the invoices that bill it.

    Raises:
        Refused: there is none of this name.
    """
    found = rows.query(f"{_ORDERS} WHERE o.name = ?", (name,))
    if not found:
        remedy = "Choose it from the list."
        raise Refused.because(f"{ORDER_TYPE} {name}", "unknown_order", "It does not exist.", remedy)
    lines = rows.query("SELECT * FROM sales_order_line WHERE sales_order = ? ORDER BY line", (name,))
    invoices = rows.query(
        """SELECT v.name, v.posting_date, v.due_date, v.docstatus, v.status, v.currency, v.grand_total, v.outstanding,
            v.batch_run, sum(l.amount) AS billed
        FROM invoice_line l JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice
        WHERE l.sales_order = ? GROUP BY v.name ORDER BY v.name""",
        (name,),
    )
    of = with_exponents(found)[0]
    return {"order": of, "lines": [_line(row, of) for row in lines], "invoices": with_exponents(invoices)}


def order_summary(rows: SqliteRows) -> list[Json]:
    """Return how many orders of each status there are, and their sums."""
    found = rows.query(
        """SELECT status, currency, count(*) AS orders, sum(grand_total) AS grand_total, sum(unbilled) AS unbilled
        FROM sales_order GROUP BY status, currency ORDER BY currency, status"""
    )
    return with_exponents(found)


def credit_limits(rows: SqliteRows) -> list[Json]:
    """Return customers with a credit limit, and what they owe by submitted invoices."""
    found = rows.query(
        """SELECT l.company, l.customer, c.currency, l.amount,
            coalesce((SELECT sum(v.outstanding) FROM invoice v WHERE v.doctype = 'Sales Invoice' AND v.docstatus = 1
                AND v.company = l.company AND v.party = l.customer), 0) AS owed
        FROM credit_limit l JOIN company c ON c.name = l.company ORDER BY l.customer"""
    )
    return with_exponents(found)


def _filter(status: str | None, customer: str | None, text: str | None, only_open: bool) -> Filter:
    where = Filter(o__status=status)
    where.contains("o.customer", customer)
    where.contains("o.name || ' ' || o.customer || ' ' || coalesce(o.reference, '')", text)
    if only_open:
        where.add("o.docstatus = 1 AND o.unbilled > 0")
    return where


def _line(row: dict[str, Any], of: Json) -> Json:
    quantities = {name: quantity(row[name]) for name in ("qty", "delivered", "billed")}
    shown = {name: row[name] for name in ("line", "item", "rate", "billed_amount")}
    return {**shown, **quantities, "currency": of["currency"], "exponent": exponent(of["currency"])}


def quantity(thousandths: int) -> str:
    """Return a quantity for people: no more decimals than it has."""
    return f"{Decimal(thousandths) / THOUSAND:f}"
