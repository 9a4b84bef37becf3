"""Sales Orders for the Desk's tests, and what has become of them. Runs inside the site (``bench.inside``)."""

from __future__ import annotations

from typing import Any

import frappe

from tests.erpnext import bad_orders
from tests.erpnext.office import ErpOffice
from tests.erpnext.order_stock import CUSTOMERS, OrderStock


def scene(title: str, *, count: int, bad: dict[str, str] | None = None) -> dict[str, Any]:
    """Make a company with ``count`` orders that can be invoiced, and some more that cannot.

    Args:
        title: the company's name; its initials must be no other company's.
        count: a multiple of twelve, as each of twelve customers has as many.
        bad: by a name of the test's own, what is wrong with an order (see ``bad_orders.BAD``).

    Returns:
        company, orders (names of the good ones), bad (order by the test's own name), made (the voucher that has
        spoilt it, by the same name).
    """
    assert count % CUSTOMERS == 0
    office = ErpOffice(title)
    stock = OrderStock(office)
    orders = [*stock.originals, *stock.more(count - CUSTOMERS)]
    spoilt = {name: bad_orders.make(office) for name in bad or {}}
    made = {name: bad_orders.BAD[what].spoil(office, spoilt[name]) for name, what in (bad or {}).items()}
    frappe.db.commit()
    return {"company": office.company, "orders": orders, "bad": spoilt, "made": made}


def mend(what: str, order: str, made: object) -> None:
    """Make a bad order good again."""
    cure = bad_orders.BAD[what].mend
    assert cure is not None
    cure(order, made)
    frappe.db.commit()


def people() -> None:
    """Have the users of these tests: salma makes invoices, sari sells and makes none."""
    office = ErpOffice()
    office.user("salma", "Accounts User", "Sales User")
    office.user("sari", "Sales User")
    office.user("siti", "Accounts User", "Sales User")
    frappe.db.set_value("User", "siti@office.example", "language", "id")
    frappe.clear_cache()
    frappe.db.commit()


def billing(orders: list[str]) -> dict[str, Any]:
    """Return how the orders are billed: how many by how many live invoices, and of which status these are.

    Returns:
        ``times``: number of orders by the number of invoices that bill them; ``invoices``: how many there are, by
        docstatus; ``sum``: what they come to before tax, beside ``ordered``.
    """
    frappe.db.rollback()
    rows = frappe.db.sql(
        """select o.name, count(distinct i.name), coalesce(sum(l.net_amount), 0) from `tabSales Order` o
        left join `tabSales Invoice Item` l on l.sales_order = o.name and l.docstatus < 2
        left join `tabSales Invoice` i on i.name = l.parent and i.docstatus < 2
        where o.name in %s group by o.name""",
        (orders,),
    )
    invoices = frappe.db.sql(
        """select i.docstatus, count(distinct i.name) from `tabSales Invoice` i
        join `tabSales Invoice Item` l on l.parent = i.name where l.sales_order in %s and i.docstatus < 2
        group by i.docstatus""",
        (orders,),
    )
    ordered = frappe.db.sql("select sum(net_total) from `tabSales Order` where name in %s", (orders,))[0][0]
    times: dict[str, int] = {}
    for _, number, _ in rows:
        times[str(number)] = times.get(str(number), 0) + 1
    return {
        "times": times,
        "invoices": {str(docstatus): int(number) for docstatus, number in invoices},
        "sum": round(sum(float(row[2]) for row in rows), 2),
        "ordered": round(float(ordered or 0), 2),
    }
