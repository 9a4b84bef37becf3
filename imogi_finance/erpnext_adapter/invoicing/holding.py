"""Lock the orders of a chunk and read them whole, together: one statement a table instead of one an order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import frappe

from imogi_finance.batch_invoicing.documents import ORDER_TYPE, Order
from imogi_finance.erpnext_adapter.books.holding import hold_documents
from imogi_finance.erpnext_adapter.books.memory import Memory
from imogi_finance.erpnext_adapter.invoicing import reading


@dataclass
class HeldOrders:
    """Orders that are locked until the transaction ends.

    Args:
        orders: those that exist and that the acting user may see, as they are now.
        memory: what was read of them, and what invoicing them reads besides.
        counted: companies whose sales were counted at the end of the transaction.
    """

    orders: Mapping[str, Order]
    memory: Memory
    counted: set[str] = field(default_factory=set)


def hold(names: Collection[str]) -> HeldOrders:
    """Lock and read orders, and read their customers.

    An invoice or a delivery that somebody else submits writes the rows of an order first, then the order: so these are
    locked in that sequence too, and by name, so that two chunks never wait for each other.
    """
    memory, listed = Memory(), sorted(set(names))
    frappe.db.sql(
        """select name from `tabSales Order Item` where parenttype = 'Sales Order' and parent in %s
        order by parent, idx for update""",
        (tuple(listed),),
    )
    rows = hold_documents(memory, ORDER_TYPE, listed, lock=True)
    hold_documents(memory, "Customer", sorted({row["customer"] for row in rows if row["customer"]}), lock=False)
    return HeldOrders(orders=reading.orders(listed, locking=True), memory=memory)
