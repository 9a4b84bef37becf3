"""Sales orders for end-to-end tests, each test's of a customer of its own, and what became of them by plain SQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from imogi_finance.sandbox.selling import NewOrder, NewOrderLine
from tests.sandbox.end_to_end.site import Json, Site, today

COMPANY = "PT Imogi Nusantara"
# Each query returns one row for each violation; its columns say which.
_VIOLATIONS = {
    "an order is billed by more than it is worth": """
        SELECT o.name, o.grand_total, sum(l.amount) FROM sales_order o
        JOIN invoice_line l ON l.sales_order = o.name
        JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice AND v.docstatus < 2
        GROUP BY o.name HAVING sum(l.amount) > o.grand_total""",
    "an order does not say what its submitted invoices have left": """
        SELECT o.name, o.unbilled FROM sales_order o WHERE o.unbilled <> o.grand_total - coalesce((
        SELECT sum(l.amount) FROM invoice_line l JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice
        WHERE l.sales_order = o.name AND v.docstatus = 1), 0)""",
    "an invoice of a run is no item's result": """
        SELECT v.name, v.batch_run FROM invoice v WHERE v.batch_run IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM batch_item i WHERE i.run = v.batch_run AND i.result_name = v.name AND i.status = 'Succeeded')""",
    "an item succeeded without an invoice that bills its order": """
        SELECT i.run, i.reference_name FROM batch_item i WHERE i.status = 'Succeeded'
        AND i.reference_doctype = 'Sales Order' AND NOT EXISTS (
        SELECT 1 FROM invoice_line l JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice
        WHERE l.invoice = i.result_name AND l.sales_order = i.reference_name AND v.batch_run = i.run)""",
    "a voucher does not balance": """
        SELECT voucher_type, voucher FROM ledger_entry
        GROUP BY voucher_type, voucher HAVING sum(debit) <> sum(credit)""",
    "a draft is in the ledger, or a submitted invoice is not": """
        SELECT v.name FROM invoice v WHERE v.doctype = 'Sales Invoice' AND (v.docstatus = 1) <> EXISTS (
        SELECT 1 FROM ledger_entry e WHERE e.voucher_type = v.doctype AND e.voucher = v.name)""",
}


@dataclass(frozen=True)
class Basket:
    """Orders that are ready to be invoiced.

    Args:
        amount: of each, in rupiah.
    """

    customer: str
    names: tuple[str, ...]
    amount: int

    @property
    def total(self) -> str:
        return f"{self.amount * len(self.names):,}.00"


def enter_orders(site: Site, count: int, *, customer: str | None = None, delivered: int = 0) -> Basket:
    """Enter orders of IDR 150,000 each, two pieces of which so many are delivered."""
    with site.books() as app:
        customer = (
            customer or f"PT Pelanggan k{app.rows.next_number('customer')}k"
        )  # no number that an order's name holds
        line = NewOrderLine("Kertas", Decimal(2), Decimal(75_000), Decimal(delivered))
        order = NewOrder(customer, today() - timedelta(days=5), today() + timedelta(days=5), (line,))
        names = tuple(app.selling.add_order(COMPANY, order) for _ in range(count))
    return Basket(customer, names, 150_000)


def request_to_invoice(basket: Basket, **options: object) -> Json:
    """Return the body of a request to invoice all of a basket."""
    return {"sales_orders": list(basket.names), **options}


def invoices_of(site: Site, basket: Basket) -> list[tuple[str, int, int]]:
    """Return the invoices that bill a basket, by plain SQL: name, docstatus, total in minor units."""
    marks = ", ".join("?" * len(basket.names))
    return _query(
        site.home.database,
        f"""SELECT DISTINCT v.name, v.docstatus, v.grand_total FROM invoice v
        JOIN invoice_line l ON v.doctype = 'Sales Invoice' AND l.invoice = v.name
        WHERE l.sales_order IN ({marks}) ORDER BY v.name""",
        basket.names,
    )


def order_statuses(site: Site, basket: Basket) -> dict[str, str]:
    """Return the status of each order of a basket, by plain SQL."""
    marks = ", ".join("?" * len(basket.names))
    return dict(
        _query(site.home.database, f"SELECT name, status FROM sales_order WHERE name IN ({marks})", basket.names)
    )


def audit_orders(site: Site) -> list[str]:
    """Return what is wrong with orders, their invoices and the runs that made them."""
    return [f"{rule}: {row}" for rule, query in _VIOLATIONS.items() for row in _query(site.home.database, query)[:3]]


def _query(database: Path, sql: str, values: tuple[str, ...] = ()) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(sql, values).fetchall()
