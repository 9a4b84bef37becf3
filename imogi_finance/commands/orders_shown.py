"""What ``show orders`` shows of ERPNext's sales orders, as far as the user may read them."""

from __future__ import annotations

from typing import Any

from imogi_finance.batch_invoicing.doors import InvoicingBooks
from imogi_finance.commands.rows_shown import in_minor_units, permitted, query
from imogi_finance.money import ZERO

Json = dict[str, Any]
_TOTAL = "coalesce(nullif(o.rounded_total, 0), o.grand_total)"


def orders_shown(
    books: InvoicingBooks, *, status: str | None, customer: str | None, only_open: bool, limit: int, offset: int
) -> Json:
    """Return a page of orders, the newest first, how many match, and the sums of all that match by currency.

    What is unbilled of an order is what an invoice made now would bill; the sums follow from the share of each order
    that is billed, which ERPNext rounds.
    """
    names = permitted("Sales Order", _filters(status, customer, only_open))
    if names is None:
        return {"orders": [], "total": 0, "sums": []}
    rows = query(
        f"""select o.name, o.company, o.customer, o.transaction_date as order_date, o.delivery_date,
            coalesce(o.po_no, '') as reference, o.currency, o.docstatus, o.status, {_TOTAL} as grand_total,
            x.run as in_run
        from `tabSales Order` o left join `tabBatch Run Item` x on x.live_key = concat('Sales Order:', o.name)
        where o.name in ({names})
        order by o.transaction_date desc, o.name desc limit %(limit)s offset %(offset)s""",
        limit,
        offset,
    )
    sums = query(
        f"""select o.currency, count(*) as orders, sum({_TOTAL}) as grand_total,
            sum({_TOTAL} * (100 - o.per_billed) / 100) as unbilled
        from `tabSales Order` o where o.name in ({names}) group by o.currency order by o.currency"""
    )
    known = books.orders([row["name"] for row in rows])
    for row in rows:
        order = known.get(row["name"])
        row["unbilled"] = max(order.unbilled, ZERO) if order is not None else ZERO
        row["drafts"] = ", ".join(order.drafts) if order is not None else ""
    return {
        "orders": [in_minor_units(row, "grand_total", "unbilled") for row in rows],
        "total": sum(row["orders"] for row in sums),
        "sums": [in_minor_units(row, "grand_total", "unbilled") for row in sums],
    }


def _filters(status: str | None, customer: str | None, only_open: bool) -> Json:
    filters: Json = {"docstatus": 1, "per_billed": ("<", 100)} if only_open else {}
    if status:
        filters["status"] = status
    if customer:
        filters["customer"] = ("like", f"%{customer}%")
    return filters
