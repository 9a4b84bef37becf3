"""What a request may ask for. Every problem is told at once, each with its remedy."""

from __future__ import annotations

from typing import Any

import frappe
import pytest
from frappe.utils import getdate

from tests.erpnext.expense_requests.conftest import Desk
from tests.erpnext.office import ErpOffice

OWN, BRANCH = "Expense Request", "Branch Expense Request"


def refused(doc: Any) -> str:
    """Return what an insert is refused with."""
    with pytest.raises(frappe.ValidationError) as refusal:
        doc.insert()
    frappe.db.rollback()
    return str(refusal.value)


def test_every_problem_of_a_request_is_told_at_once(desk: Desk) -> None:
    office = desk.office
    group = frappe.db.get_value("Account", {"company": office.company, "is_group": 1, "root_type": "Expense"})
    told = refused(
        desk.new(
            OWN,
            supplier=disabled_supplier(),
            cost_center=frappe.db.get_value("Cost Center", {"company": office.company, "is_group": 1}),
            items=[
                {"expense_account": group, "description": "A group", "amount": 1},
                {"expense_account": office.bank_gl, "description": "No expense", "amount": 1},
                {"expense_account": office.expense_gl, "description": "For nothing", "amount": 0},
                {"expense_account": ErpOffice("Imogi Second Co").expense_gl, "description": "Elsewhere", "amount": 5},
            ],
        )
    )
    for expected in (
        "is disabled. Enable it",
        "Cost center",
        "Row 1: account",
        "is a group",
        "Row 2: account",
        "is no expense account",
        "Row 3: the amount must be above zero",
        "Row 4: account",
        "belongs to",
    ):
        assert expected in told


def test_a_request_is_summed_and_completed(desk: Desk) -> None:
    line = {"expense_account": desk.office.expense_gl, "description": "Rent"}
    items = [{**line, "amount": 0.106}, {**line, "amount": 33.33}]
    own = desk.new(OWN, items=items, currency=None, total=999).insert()
    assert (own.total, own.currency, own.cost_center) == (33.44, "IDR", desk.office.cost_center)
    assert own.name.startswith(f"ER-{getdate().year}-")
    assert len(own.name.rpartition("-")[2]) == 6

    branch = desk.new(BRANCH, items=[{**line, "quantity": 3, "rate": 10.5, "amount": 1}]).insert()
    assert (branch.total, branch.items[0].amount, branch.items[0].cost_center) == (31.5, 31.5, desk.office.cost_center)
    assert (branch.fiscal_year, branch.requester) == (str(getdate().year), "Administrator")
    assert branch.name.startswith(f"BER-{getdate().year}-")
    assert len(branch.name.rpartition("-")[2]) == 5


@pytest.mark.parametrize("missing", ["supplier", "items"])
def test_what_is_mandatory_is_asked_for_by_name(desk: Desk, missing: str) -> None:
    doc = desk.new(OWN)
    doc.set(missing, [] if missing == "items" else None)
    with pytest.raises(frappe.MandatoryError, match=missing):
        doc.insert()


def test_a_branch_s_request_is_in_its_fiscal_year(desk: Desk) -> None:
    year = getdate().year
    assert "not in fiscal year" in refused(desk.new(BRANCH, fiscal_year=str(year - 1)))
    assert "is in no fiscal year" in refused(desk.new(BRANCH, posting_date="1999-01-01"))
    assert desk.new(BRANCH, posting_date=f"{year - 1}-06-30").insert().fiscal_year == str(year - 1)


def test_an_expense_is_neither_stock_nor_a_fixed_asset(desk: Desk) -> None:
    row = {"quantity": 1, "rate": 10, "expense_account": desk.office.expense_gl}
    told = refused(desk.new(BRANCH, items=[{**row, "item_code": stock_item()}, {**row, "item_code": laptop(desk)}]))
    assert "kept in stock. Ask for it with a Material Request" in told
    assert "is a fixed asset. Request it as an asset" in told
    told = refused(desk.new(BRANCH, items=[{"quantity": 1, "rate": 0, "description": "Nothing named"}]))
    assert "has no expense account" in told
    told = refused(desk.new(BRANCH, items=[{**row, "rate": 0, "description": "For nothing"}]))
    assert "quantity and rate must be above zero" in told


def test_an_asset_is_bought_on_the_account_of_its_category(desk: Desk) -> None:
    told = refused(desk.new(BRANCH, request_type="Asset"))
    assert "an asset needs an item" in told
    row = {"item_code": desk.office.item, "quantity": 1, "rate": 10}
    assert "is no fixed asset" in refused(desk.new(BRANCH, request_type="Asset", items=[row]))
    row = {"item_code": laptop(desk), "quantity": 1.5, "rate": 10}
    assert "an asset is whole" in refused(desk.new(BRANCH, request_type="Asset", items=[row]))

    row = {"item_code": laptop(desk), "quantity": 2, "rate": 40, "expense_account": desk.office.expense_gl}
    request = desk.approved(BRANCH, request_type="Asset", items=[row])
    account = asset_account(desk)
    assert frappe.get_doc(BRANCH, request).items[0].expense_account == account

    invoice = desk.invoice(BRANCH, request)
    line = frappe.get_doc("Purchase Invoice", invoice).items[0]
    assert (line.item_code, line.qty, line.rate, line.is_fixed_asset) == (laptop(desk), 2, 40, 1)
    assert {row["account"]: row["debit"] for row in desk.office.gl_rows("Purchase Invoice", invoice)}[account] == 80
    desk.pay(invoice, "cash")
    assert desk.shown(BRANCH, request) == ("Paid", invoice)


def test_the_approved_price_stands_on_the_invoice_whatever_the_price_list_says(desk: Desk) -> None:
    listed = item(f"Listed {frappe.generate_hash(length=6)}", is_stock_item=0)
    price = {"doctype": "Item Price", "item_code": listed, "price_list": buying_list(), "price_list_rate": 77}
    frappe.get_doc(price).insert()
    row = {"item_code": listed, "quantity": 2, "rate": 50, "expense_account": desk.office.expense_gl}
    request = desk.approved(BRANCH, items=[row])
    line = frappe.get_doc("Purchase Invoice", desk.invoice(BRANCH, request)).items[0]
    assert (line.rate, line.amount) == (50, 100)


def disabled_supplier() -> str:
    if not frappe.db.exists("Supplier", "Closed Shop"):
        group = frappe.db.get_value("Supplier Group", {"is_group": 0})
        frappe.get_doc(
            {"doctype": "Supplier", "supplier_name": "Closed Shop", "supplier_group": group, "disabled": 1}
        ).insert()
        frappe.db.commit()
    return "Closed Shop"


def stock_item() -> str:
    return item("Stocked Paper", is_stock_item=1)


def laptop(desk: Desk) -> str:
    category = "Computers"
    if not frappe.db.exists("Asset Category", category):
        doc = frappe.get_doc(
            {"doctype": "Asset Category", "asset_category_name": category, "enable_cwip_accounting": 0}
        )
        doc.append("accounts", {"company_name": desk.office.company, "fixed_asset_account": asset_account(desk)})
        doc.insert()
    return item("Laptop", is_stock_item=0, is_fixed_asset=1, asset_category=category)


def asset_account(desk: Desk) -> str:
    where = {"company": desk.office.company, "account_type": "Fixed Asset", "is_group": 0}
    return frappe.db.get_value("Account", where, order_by="name")


def item(code: str, **fields: Any) -> str:
    if not frappe.db.exists("Item", code):
        group = frappe.db.get_value("Item Group", {"is_group": 0})
        frappe.get_doc(
            {"doctype": "Item", "item_code": code, "item_group": group, "stock_uom": "Nos", **fields}
        ).insert()
        frappe.db.commit()
    return code


def buying_list() -> str:
    found = frappe.db.get_single_value("Buying Settings", "buying_price_list")
    return found or frappe.db.get_value("Price List", {"buying": 1})
