"""Companies with orders to invoice: equal ones, so that what two ways of invoicing cost and leave can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import frappe

from tests.erpnext.office import ErpOffice
from tests.erpnext.order_stock import OrderStock


@dataclass
class Orders:
    """A company of its own, and its orders in the sequence in which they are to be invoiced."""

    office: ErpOffice
    names: list[str]

    @property
    def company(self) -> str:
        return self.office.company


def make_orders(count: int, *, of: int = 0) -> Orders:
    """Make a company with orders of twelve customers: one to three lines, some with taxes, amounts with cents.

    Args:
        count: how many are to be invoiced.
        of: how many the company has, where that is more.
    """
    frappe.db.rollback()
    letters = " ".join(frappe.generate_hash(length=5).upper())  # ERPNext makes the abbreviation of them
    office = ErpOffice(f"{letters} Benchmark")
    return Orders(office, OrderStock(office, name="Benchmark Customer").more(max(count, of))[:count])
