"""Read Sales Orders: what of them is billed, delivered, and already on a draft; many at a time, no document loaded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe

from imogi_finance.batch_invoicing.documents import ORDER_TYPE, Order
from imogi_finance.erpnext_adapter.books.amounts import exact
from imogi_finance.erpnext_adapter.books.permissions import readable
from imogi_finance.erpnext_adapter.books.reading import pages
from imogi_finance.erpnext_adapter.invoicing.sharing import sharing
from imogi_finance.money import ZERO, exponent

# what ``make_sales_invoice`` takes of a row: nothing of one that is billed, all of one that is free
_TAKEN = "i.qty != 0 and (i.base_amount = 0 or abs(i.billed_amt) < abs(i.amount))"
_UNBILLED = "if(i.billed_amt = 0 and i.returned_qty != 0, i.rate * (i.qty - i.returned_qty), i.amount - i.billed_amt)"
_DELIVERED = f"least({_UNBILLED}, greatest(0, i.rate * i.delivered_qty - i.billed_amt))"


def orders(names: Collection[str], *, locking: bool = False) -> Mapping[str, Order]:
    """Read the orders that exist and that the acting user may see.

    Args:
        locking: wait for whoever is making a draft of one of them at this moment, and see it; the drafts that are
            found are locked until the transaction ends.
    """
    found: dict[str, Order] = {}
    for page in pages(sorted(set(names))):
        allowed = readable(ORDER_TYPE, page)
        if allowed:
            drafts, together = _drafts(allowed, locking=locking), sharing(allowed)
            for row in _rows(allowed):
                found[row.name] = _order(row, drafts.get(row.name, ()), together.get(row.name, ""))
    return found


def open_orders(company: str) -> Sequence[str]:
    """Return the names of all orders of a company with something to bill that the acting user may see."""
    filters = [["company", "=", company], ["docstatus", "=", 1], ["per_billed", "<", 100], ["grand_total", ">", 0]]
    listed = {"limit_page_length": 0, "order_by": "transaction_date asc, creation asc, name asc"}
    try:
        return list(frappe.get_list(ORDER_TYPE, filters=filters, pluck="name", **listed))
    except frappe.PermissionError:
        return []


def _rows(names: Collection[str]) -> list[Any]:
    return frappe.db.sql(
        f"""select o.name, o.docstatus, o.status, o.company, o.customer, o.currency, o.conversion_rate, o.grand_total,
            coalesce(sum(i.amount), 0) as total,
            coalesce(sum(if({_TAKEN}, {_UNBILLED}, 0)), 0) as unbilled,
            coalesce(sum(if({_TAKEN}, if(o.skip_delivery_note = 1, {_UNBILLED}, {_DELIVERED}), 0)), 0) as delivered
        from `tabSales Order` o left join `tabSales Order Item` i on i.parent = o.name and i.parenttype = 'Sales Order'
        where o.name in %s group by o.name""",
        (tuple(names),),
        as_dict=True,
    )


def _drafts(names: Collection[str], *, locking: bool) -> dict[str, tuple[str, ...]]:
    """Return the draft invoices that bill each order."""
    found: dict[str, set[str]] = {}
    rows = frappe.db.sql(
        f"""select i.sales_order, i.parent from `tabSales Invoice Item` i join `tabSales Invoice` s on s.name = i.parent
        where i.sales_order in %s and i.docstatus = 0 and s.docstatus = 0 and s.is_return = 0
        {"lock in share mode" if locking else ""}""",
        (tuple(names),),
    )
    for order, draft in rows:
        found.setdefault(order, set()).add(draft)
    return {order: tuple(sorted(drafts)) for order, drafts in found.items()}


def _order(row: Any, drafts: tuple[str, ...], together: str) -> Order:
    return Order(
        name=row.name,
        docstatus=row.docstatus,
        status=row.status or "",
        company=row.company,
        customer=row.customer,
        currency=row.currency,
        unbilled=_with_taxes(row, row.unbilled),
        delivered_unbilled=_with_taxes(row, row.delivered),
        drafts=drafts,
        rate=exact(row.conversion_rate or 1, ""),
        together=together,
    )


def _with_taxes(row: Any, net: Any) -> Decimal:
    """Return the part of an order's total, with its taxes and discounts, that a part of its rows makes up."""
    total, grand_total = exact(row.total, row.currency), exact(row.grand_total, row.currency)
    part = exact(net, row.currency)
    if part == total or total == ZERO:
        return grand_total if part else ZERO
    return round(grand_total * part / total, exponent(row.currency))
