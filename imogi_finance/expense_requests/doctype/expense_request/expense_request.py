"""Expense Request: one supplier is to be paid for expenses of the company."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt

from imogi_finance.expense_requests import checks
from imogi_finance.expense_requests.request_document import RequestDocument


class ExpenseRequest(RequestDocument):
    """Its rows are expense accounts and amounts, in the supplier's currency."""

    currency: str
    cost_center: str | None

    def before_validate(self) -> None:
        """Without a currency: the supplier's, else the company's."""
        if not self.currency and self.supplier and self.company:
            company_currency = frappe.get_cached_value("Company", self.company, "default_currency")
            self.currency = checks.supplier_currency(self.supplier) or company_currency

    def complete(self) -> list[str]:
        if not self.cost_center:
            self.cost_center = frappe.get_cached_value("Company", self.company, "cost_center")
        self.supplier_name = frappe.db.get_value("Supplier", self.supplier, "supplier_name")
        for row in self.items:
            row.amount = flt(row.amount, row.precision("amount"))
        self.sum_items()
        return []

    def problems(self) -> list[str]:
        return [
            *checks.check_supplier(self.supplier),
            *self._check_currency(),
            *checks.check_project(self),
            *checks.check_cost_centers(self, [self]),
            *[
                checks.in_row(row, _("the amount must be above zero. Enter what it costs, before taxes."))
                for row in self.items
                if row.amount <= 0
            ],
            *checks.check_accounts(self, self.currency),
        ]

    def _check_currency(self) -> list[str]:
        if self.currency and not frappe.db.get_value("Currency", self.currency, "enabled"):
            return [
                _("Currency {0} is not enabled. Enable it or choose another one.").format(frappe.bold(self.currency))
            ]
        return []

    def invoice_fields(self) -> dict[str, Any]:
        return {"currency": self.currency, "cost_center": self.cost_center, "project": self.project}

    def invoice_lines(self) -> list[dict[str, Any]]:
        return [
            {
                "item_name": row.description[:140],
                "description": row.description,
                "qty": 1,
                "rate": row.amount,
                "expense_account": row.expense_account,
                "cost_center": self.cost_center,
                "project": self.project,
            }
            for row in self.items
        ]
