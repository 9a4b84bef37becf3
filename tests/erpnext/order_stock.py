"""Sales Orders by the thousand: ERPNext makes one of each customer, the others are copies of its rows.

What is tried and measured is how orders are invoiced. Amounts have cents, so that their sums show what a float loses.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import nowdate

from benchmarks.bench.twins import _copy, _text
from tests.erpnext.office import ErpOffice

ORDER = "Sales Order"
CUSTOMERS = 12
_TAX_GROUPS = ("Duties and Taxes", "Tax Assets")
_OWN_ROWS = ("Sales Order Item", "Sales Taxes and Charges", "Payment Schedule", "Sales Team")


def tax(office: ErpOffice) -> dict[str, Any]:
    """Return a row of taxes: eleven percent, on an account that is made where it is missing."""
    name = f"Sales Tax - {office.abbr}"
    if not frappe.db.exists("Account", name):
        of_company = {"company": office.company, "is_group": 1, "account_name": ("in", _TAX_GROUPS)}
        parent = frappe.db.get_value("Account", of_company)
        made = {"account_name": "Sales Tax", "parent_account": parent, "company": office.company, "account_type": "Tax"}
        frappe.get_doc({"doctype": "Account", **made}).insert()
    return {
        "charge_type": "On Net Total",
        "account_head": name,
        "rate": 11,
        "description": "Sales Tax",
        "cost_center": office.cost_center,
    }


class OrderStock:
    """Orders of twelve customers in turns, all of a company.

    Args:
        name: begins the customers' names.

    Attributes:
        originals: of each customer, the order that ERPNext made.
    """

    def __init__(self, office: ErpOffice, *, name: str = "Order Customer") -> None:
        self.office = office
        self._copied = 0
        self.originals = [self._original(name, number) for number in range(CUSTOMERS)]

    def _original(self, name: str, number: int) -> str:
        customer = self.office.customer(f"{name} {number:02}")
        amounts = [Decimal("100.37") + number * Decimal("10.11")] + [Decimal("0.33")] * (number % 3)
        line = {"item_code": self.office.item, "qty": 1, "delivery_date": nowdate()}
        items = [{**line, "rate": float(amount)} for amount in amounts]
        taxes = [tax(self.office)] if number % 4 == 3 else []
        return self.office.sales_order(customer=customer, items=items, taxes=taxes, disable_rounded_total=1)

    def more(self, count: int) -> list[str]:
        """Make so many submitted orders, of each customer in turns; return their names. Committed."""
        if not count:
            return []
        rounds = range(self._copied + 1, self._copied + 1 + -(-count // CUSTOMERS))
        self._copied = rounds[-1]
        of_each = [_copies(original, rounds) for original in self.originals]
        frappe.db.commit()
        return [name for in_turn in zip(*of_each, strict=True) for name in in_turn][:count]


def _copies(first: str, numbers: range) -> list[str]:
    """Copy an order with all its rows, once for each number; return the copies' names."""
    name = f"concat({_text(first + '-')}, lpad(seq, 5, '0'))"
    _copy(ORDER, f"name = {_text(first)}", numbers, {"name": name})
    for child in _OWN_ROWS:
        where = f"parenttype = {_text(ORDER)} and parent = {_text(first)}"
        _copy(child, where, numbers, {"name": "concat(name, '-', seq)", "parent": name})
    return [f"{first}-{number:05}" for number in numbers]
