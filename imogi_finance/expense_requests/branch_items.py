"""What the rows of a Branch Expense Request may be.

An *Expense* row is a description, or an item that is neither kept in stock nor a fixed asset, on an expense account.
An *Asset* row is an item that is a fixed asset: ERPNext posts it on the account of its asset category (construction in
progress where the category keeps it), and makes or awaits the Asset document. That account is shown on the row and is
not chosen; an expense account would be overwritten by the invoice.
"""

from typing import Any

import frappe
from erpnext.assets.doctype.asset.asset import is_cwip_accounting_enabled
from erpnext.assets.doctype.asset_category.asset_category import get_asset_category_account
from erpnext.setup.doctype.item_group.item_group import get_item_group_defaults
from erpnext.stock.doctype.item.item import get_item_defaults
from frappe import _

from imogi_finance.expense_requests.checks import check_accounts, in_row

_FIELDS = ["name", "item_name", "stock_uom", "is_fixed_asset", "is_stock_item", "asset_category", "disabled"]


def complete(request: Any) -> list[str]:
    """Fill in description and account of each row; return what cannot be filled in."""
    items = _items(request)
    return [problem for row in request.items for problem in _complete(request, row, items.get(row.item_code))]


def _complete(request: Any, row: Any, item: Any | None) -> list[str]:
    if item and not row.description:
        row.description = item.item_name
    if not row.description:
        return [in_row(row, _("it has neither item nor description. Say what is asked for."))]
    if request.request_type == "Asset":
        row.expense_account = _asset_account(request, item) if item and item.is_fixed_asset else None
    elif not row.expense_account and item:
        row.expense_account = _default_account(request, item)
    if not row.expense_account and request.request_type != "Asset":
        return [in_row(row, _("it has no expense account. Choose one."))]
    return []


def check(request: Any) -> list[str]:
    """Return what is wrong with the rows, for the request's type."""
    items = _items(request)
    if request.request_type == "Asset":
        return [problem for row in request.items for problem in _check_asset(request, row, items.get(row.item_code))]
    problems = [problem for row in request.items for problem in _check_expense(row, items.get(row.item_code))]
    return problems + check_accounts(request, frappe.get_cached_value("Company", request.company, "default_currency"))


def _check_asset(request: Any, row: Any, item: Any | None) -> list[str]:
    if item is None:
        return [in_row(row, _("an asset needs an item. Choose one that is a fixed asset."))]
    name = frappe.bold(item.name)
    if item.disabled:
        return [in_row(row, _("item {0} is disabled. Choose another one.").format(name))]
    if not item.is_fixed_asset:
        return [in_row(row, _("item {0} is no fixed asset. Choose one that is, or request an expense.").format(name))]
    if row.quantity != int(row.quantity):
        return [in_row(row, _("an asset is whole. Enter a whole quantity."))]
    if not row.expense_account:
        category = frappe.bold(item.asset_category)
        message = _("asset category {0} has no account for {1}. Set it in the category.")
        return [in_row(row, message.format(category, request.company))]
    return []


def _check_expense(row: Any, item: Any | None) -> list[str]:
    if item is None:
        return []
    name = frappe.bold(item.name)
    if item.disabled:
        return [in_row(row, _("item {0} is disabled. Choose another one.").format(name))]
    if item.is_fixed_asset:
        return [in_row(row, _("item {0} is a fixed asset. Request it as an asset.").format(name))]
    if item.is_stock_item:
        return [in_row(row, _("item {0} is kept in stock. Ask for it with a Material Request.").format(name))]
    return []


def invoice_lines(request: Any) -> list[dict[str, Any]]:
    """Return the lines of a request's invoice: fields of Purchase Invoice Item."""
    items = _items(request)
    lines = []
    for row in request.items:
        item = items.get(row.item_code)
        line = {
            "item_code": row.item_code,
            "item_name": item.item_name if item else row.description[:140],
            "description": row.description,
            "qty": row.quantity,
            "rate": row.rate,
            "price_list_rate": row.rate,
            "expense_account": row.expense_account,
            "cost_center": row.cost_center,
        }
        lines.append({**line, "uom": item.stock_uom, "stock_uom": item.stock_uom} if item else line)
    return lines


def _items(request: Any) -> dict[str, Any]:
    names = sorted({row.item_code for row in request.items if row.item_code})
    return {item.name: item for item in frappe.get_all("Item", {"name": ("in", names)}, _FIELDS)} if names else {}


def _asset_account(request: Any, item: Any) -> str | None:
    """Return the account that ERPNext will post an asset on (``PurchaseInvoice.set_expense_account``)."""
    in_progress = item.asset_category and is_cwip_accounting_enabled(item.asset_category)
    field = "capital_work_in_progress_account" if in_progress else "fixed_asset_account"
    account: str | None = get_asset_category_account(field, item=item.name, company=request.company)
    return account


def _default_account(request: Any, item: Any) -> str | None:
    for defaults in (get_item_defaults, get_item_group_defaults):
        account: str | None = defaults(item.name, request.company).get("expense_account")
        if account:
            return account
    return None
