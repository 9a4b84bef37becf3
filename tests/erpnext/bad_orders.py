"""Orders that cannot be invoiced, by the names of ``bad_order_names``: how each came about, and how it is mended.

What is done goes through ERPNext's own documents, as people do it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import add_days, nowdate

from tests.erpnext.office import ErpOffice

ORDER, INVOICE = "Sales Order", "Sales Invoice"
_OWN = "of its own"
_PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Bad:
    """One thing that can be wrong with an order.

    Args:
        spoil: is given the company and an order; returns the voucher that it has made, if any.
        mend: makes it good again, given the order and that voucher; None: nothing can.
    """

    spoil: Callable[[ErpOffice, str], object]
    mend: Callable[[str, object], object] | None = None


def make(office: ErpOffice) -> str:
    """Make an order that shares its customer and its item with nobody else, so that either may be spoilt."""
    mark = frappe.generate_hash(length=8)
    customer, item = office.customer(f"Customer {_OWN} {mark}"), f"Hour {_OWN} {mark}"
    copied = frappe.copy_doc(frappe.get_doc("Item", office.item))
    copied.update({"item_code": item, "item_name": item, "item_defaults": []})
    account = frappe.copy_doc(frappe.get_doc("Account", office.income_gl))
    account.update({"account_name": f"Income {_OWN} {mark}", "account_number": None})
    account.insert()
    store = frappe.db.get_value("Warehouse", {"company": office.company, "is_group": 0})
    own = {"company": office.company, "income_account": account.name, "default_warehouse": store}
    copied.append("item_defaults", own)
    copied.insert()
    return office.sales_order(100.37, customer=customer, item=item, disable_rounded_total=1)


def bill(order: str, **fields: object) -> str:
    """Invoice an order as its form does, with some fields changed; return the invoice."""
    made = make_sales_invoice(order)
    made.update(fields)
    made.insert().submit()
    return str(made.name)


def bill_and_wait(order: str, billed: str, until: str) -> str:
    """Invoice an order, and commit only when a file is there: until then others wait for it; return the invoice.

    Args:
        billed: a file that is written once the invoice is there, and not committed.
        until: the file that is waited for.
    """
    made = bill(order, naming_series="ACC-SINV-RET-.YYYY.-")  # else everybody waits for the next number
    Path(billed).touch()
    deadline = time.monotonic() + _PATIENCE
    while not Path(until).exists():
        assert time.monotonic() < deadline, f"nobody wrote {until}"
        time.sleep(0.05)
    frappe.db.commit()
    return made


def draft(order: str) -> str:
    """Leave a draft invoice of an order; return it."""
    return str(make_sales_invoice(order).insert().name)


def cancel(doctype: str, name: str) -> None:
    """Cancel a document."""
    frappe.get_doc(doctype, name).cancel()


def set_status(order: str, status: str) -> None:
    """Put an order on hold, close it, or open it again ("Draft"), as the buttons of its form do."""
    frappe.get_doc(ORDER, order).update_status(status)


def _change(doctype: str, name: str, **fields: object) -> None:
    doc = frappe.get_doc(doctype, name)
    doc.update(fields)
    doc.save()


def _amend_to_draft(office: ErpOffice, order: str) -> None:
    """Have it a draft: nobody can make one of a submitted order, so the rows are written."""
    frappe.db.set_value(ORDER, order, {"docstatus": 0, "status": "Draft"})
    frappe.db.sql("update `tabSales Order Item` set docstatus = 0 where parent = %s", order)
    frappe.db.sql("update `tabPayment Schedule` set docstatus = 0 where parent = %s", order)


def _customer(order: str) -> str:
    return str(frappe.db.get_value(ORDER, order, "customer"))


def _item(order: str) -> str:
    return str(frappe.db.get_value("Sales Order Item", {"parent": order}, "item_code"))


def _limit(order: str, limit: float) -> None:
    company = frappe.db.get_value(ORDER, order, "company")
    row = {"company": company, "credit_limit": limit, "bypass_credit_limit_check": 1}
    _change("Customer", _customer(order), credit_limits=[row])


def _use_up_credit(office: ErpOffice, order: str) -> str:
    """Let the order's customer owe so much that its invoice would pass their limit; return what they owe it for."""
    _limit(order, 150)
    return office.sales_invoice(100, customer=_customer(order))


def _income_account(order: str) -> str:
    return str(frappe.db.get_value("Item Default", {"parent": _item(order)}, "income_account"))


BAD: dict[str, Bad] = {
    "a draft": Bad(_amend_to_draft, lambda order, _: frappe.get_doc(ORDER, order).submit()),
    "cancelled": Bad(lambda _, order: cancel(ORDER, order)),
    "on hold": Bad(lambda _, order: set_status(order, "On Hold"), lambda order, _: set_status(order, "Draft")),
    "closed": Bad(lambda _, order: set_status(order, "Closed"), lambda order, _: set_status(order, "Draft")),
    "billed by hand": Bad(lambda _, order: bill(order), lambda _, made: cancel(INVOICE, str(made))),
    "billed by a draft": Bad(lambda _, order: draft(order), lambda _, made: frappe.delete_doc(INVOICE, str(made))),
    "above its credit limit": Bad(_use_up_credit, lambda order, _: _limit(order, 1000)),
    "of a frozen customer": Bad(
        lambda _, order: _change("Customer", _customer(order), is_frozen=1),
        lambda order, _: _change("Customer", _customer(order), is_frozen=0),
    ),
    "of a disabled customer": Bad(
        lambda _, order: _change("Customer", _customer(order), disabled=1),
        lambda order, _: _change("Customer", _customer(order), disabled=0),
    ),
    "of a disabled item": Bad(
        lambda _, order: _change("Item", _item(order), disabled=1),
        lambda order, _: _change("Item", _item(order), disabled=0),
    ),
    "of an item that has ended": Bad(
        lambda _, order: _change("Item", _item(order), end_of_life=add_days(nowdate(), -1)),
        lambda order, _: _change("Item", _item(order), end_of_life=None),
    ),
    "posted to a disabled account": Bad(
        lambda _, order: _change("Account", _income_account(order), disabled=1),
        lambda order, _: _change("Account", _income_account(order), disabled=0),
    ),
}
