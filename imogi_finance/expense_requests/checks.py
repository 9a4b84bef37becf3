"""What is checked of a request before it is saved. Every problem found is told at once, each with its remedy."""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _


def check_accounts(request: Any, currency: str) -> list[str]:
    """Return what is wrong with the expense accounts of a request's rows.

    Args:
        currency: that the invoice will have; an account is in it or in the company's.
    """
    fields = ["name", "company", "is_group", "disabled", "root_type", "account_currency"]
    accounts = _by_name("Account", (row.expense_account for row in request.items), fields)
    currencies = {None, "", currency, frappe.get_cached_value("Company", request.company, "default_currency")}
    problems = []
    for row in request.items:
        if row.expense_account not in accounts:
            continue  # empty or unknown: Frappe says so itself
        account = accounts[row.expense_account]
        wrong = _wrong_place(request, account) or (
            (account.root_type != "Expense" and _("is no expense account. Choose one below Expenses."))
            or (account.account_currency not in currencies and _("is kept in another currency. Choose another one."))
        )
        if wrong:
            problems.append(in_row(row, _("account {0} {1}").format(frappe.bold(account.name), wrong)))
    return problems


def check_cost_centers(request: Any, rows: Iterable[Any]) -> list[str]:
    """Return what is wrong with the cost centres of a request's rows, or of the request itself."""
    rows = list(rows)
    fields = ["name", "company", "is_group", "disabled"]
    found = _by_name("Cost Center", (row.cost_center for row in rows), fields)
    problems = []
    for row in rows:
        if not row.cost_center:
            problems.append(in_row(row, _("it has no cost center, nor has the company. Choose one.")))
        elif row.cost_center in found and (wrong := _wrong_place(request, found[row.cost_center])):
            problems.append(in_row(row, _("cost center {0} {1}").format(frappe.bold(row.cost_center), wrong)))
    return problems


def supplier_currency(supplier: str) -> str | None:
    """Return the currency that a supplier invoices in, where it is known."""
    currency: str | None = frappe.db.get_value("Supplier", supplier, "default_currency")
    return currency


def check_supplier(supplier: str | None) -> list[str]:
    """Return what is wrong with the supplier that an invoice will be from."""
    found = supplier and frappe.db.get_value("Supplier", supplier, ["disabled", "is_frozen"], as_dict=True)
    if found and found.disabled:
        return [_("Supplier {0} is disabled. Enable it or choose another one.").format(frappe.bold(supplier))]
    if found and found.is_frozen:
        return [_("Supplier {0} is frozen. Unfreeze it or choose another one.").format(frappe.bold(supplier))]
    return []


def check_project(request: Any) -> list[str]:
    """Return what is wrong with a request's project."""
    company = request.project and frappe.db.get_value("Project", request.project, "company")
    if company and company != request.company:
        project = frappe.bold(request.project)
        return [_("Project {0} belongs to {1}. Choose one of {2}.").format(project, company, request.company)]
    return []


def in_row(row: Any, problem: str) -> str:
    """Return a problem with the number of the row it is in; a request itself has none."""
    return _("Row {0}: {1}").format(row.idx, problem) if row.get("parentfield") else problem[:1].upper() + problem[1:]


def refuse_all(problems: list[str]) -> None:
    """Refuse what has problems, naming each; do nothing where there are none.

    Raises:
        frappe.ValidationError: there is a problem.
    """
    if problems:
        several = len(problems) > 1
        frappe.throw(problems if several else problems[0], title=_("Please Correct"), as_list=several)


def _wrong_place(request: Any, master: Any) -> str | None:
    if master.company != request.company:
        return _("belongs to {0}. Choose one of {1}.").format(master.company, request.company)
    if master.is_group:
        return _("is a group. Choose one below it.")
    return _("is disabled. Choose another one.") if master.disabled else None


def _by_name(doctype: str, names: Iterable[str | None], fields: list[str]) -> dict[str, Any]:
    wanted = sorted({name for name in names if name})
    found = frappe.get_all(doctype, {"name": ("in", wanted)}, fields) if wanted else []
    return {row.name: row for row in found}
