"""The ways of invoicing that are compared."""

from __future__ import annotations

from collections.abc import Callable

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from erpnext.utilities import bulk_transaction

from benchmarks.bench.ways import USER, SilentQueue, SilentRealtime, work
from benchmarks.orders.stock import Orders
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.batch_invoicing.options import USUAL_CHUNK, Options
from imogi_finance.batch_invoicing.request import usual_chunk
from imogi_finance.erpnext_adapter.composition import compose

Way = Callable[[Orders], None]


def plain_loop(orders: Orders) -> None:
    """What a consultant would write in the console."""
    for name in orders.names:
        invoice = make_sales_invoice(name)
        invoice.insert()
        invoice.submit()
        frappe.db.commit()


def bulk_drafts(orders: Orders) -> None:
    """ERPNext's own bulk transaction: drafts that are not validated, in one transaction, as its job commits it."""
    bulk_transaction.job([{"name": name} for name in orders.names], "Sales Order", "Sales Invoice")
    frappe.db.commit()
    made = frappe.db.count("Sales Invoice", {"company": orders.company, "docstatus": 0})
    assert made == len(orders.names), f"{made} drafts of {len(orders.names)} orders"


def submitted(orders: Orders) -> None:
    """A durable run: one invoice an order, submitted."""
    work(ask(orders, Options(submit=True)))


def one_per_customer(orders: Orders) -> None:
    """A durable run: one invoice for each customer's orders of a chunk, submitted."""
    work(ask(orders, Options(submit=True, one_per_customer=True)))


def drafts(orders: Orders) -> None:
    """A durable run: one draft an order, validated and committed."""
    work(ask(orders, Options()))


def ask(orders: Orders, options: Options) -> str:
    """Ask for a run over all of the orders; return its name."""
    chunk = usual_chunk(one_per_customer=options.one_per_customer, usual=USUAL_CHUNK)
    chosen = Options(submit=options.submit, one_per_customer=options.one_per_customer, chunk_size=chunk)
    app = compose(queue=SilentQueue(), realtime=SilentRealtime(), settings=EngineSettings(workers=1))
    accepted = app.invoicing.create_invoices_bulk(orders.names, user=USER, company=orders.company, options=chosen)
    return accepted.run.name


# of each way, what it is compared with
WAYS: dict[str, Way] = {
    "loop": plain_loop,
    "submitted": submitted,
    "customer": one_per_customer,
    "bulk": bulk_drafts,
    "drafts": drafts,
}
BASELINES = {"loop": "loop", "submitted": "loop", "customer": "loop", "bulk": "bulk", "drafts": "bulk"}
