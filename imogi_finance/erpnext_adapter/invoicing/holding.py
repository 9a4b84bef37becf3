"""Lock the orders of a chunk and read them whole, together: one statement a table instead of one an order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import frappe

from imogi_finance.batch_invoicing.documents import ORDER_TYPE, Order
from imogi_finance.erpnext_adapter.books.holding import hold_documents
from imogi_finance.erpnext_adapter.books.memory import Memory
from imogi_finance.erpnext_adapter.invoicing import reading


@dataclass
class HeldOrders:
    """The orders of a chunk, locked until the transaction ends.

    Args:
        orders: those that exist and that the acting user may see, as they are now.
        busy: those that somebody else held. Nothing is known of them.
        memory: what was read of them, and what invoicing them reads besides.
        counted: companies whose sales were counted at the end of the transaction.
    """

    orders: Mapping[str, Order]
    busy: frozenset[str]
    memory: Memory
    counted: set[str] = field(default_factory=set)


def hold(names: Collection[str]) -> HeldOrders:
    """Lock and read orders, and read their customers.

    No order is waited for: one that somebody else holds would keep all others of the chunk from their turn. It is
    left to be tried again by itself.
    """
    memory, listed = Memory(), sorted(set(names))
    busy = _busy(listed)
    free = [name for name in listed if name not in busy]
    rows = hold_documents(memory, ORDER_TYPE, free, lock=True)
    hold_documents(memory, "Customer", sorted({row["customer"] for row in rows if row["customer"]}), lock=False)
    return HeldOrders(orders=reading.orders(free, locking=True), busy=busy, memory=memory)


def _busy(names: Sequence[str]) -> frozenset[str]:
    """Lock the orders that are free, with their rows; return the others.

    An invoice or a delivery that somebody else submits writes the rows of an order first, then the order: so they are
    locked in that sequence too.
    """
    rows = frappe.db.sql(
        """select parent from `tabSales Order Item` where parenttype = 'Sales Order' and parent in %s
        order by parent, idx for update skip locked""",
        (tuple(names),),
    )
    locked_rows = Counter(parent for (parent,) in rows)
    locked = frappe.db.sql(
        "select name from `tabSales Order` where name in %s order by name for update skip locked", (tuple(names),)
    )
    there = frappe.db.sql(
        """select o.name, count(i.name) from `tabSales Order` o
        left join `tabSales Order Item` i on i.parent = o.name and i.parenttype = 'Sales Order'
        where o.name in %s group by o.name""",
        (tuple(names),),
    )
    free = {name for (name,) in locked}
    return frozenset(name for name, count in there if name not in free or locked_rows[name] < count)
