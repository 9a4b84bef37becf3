"""Branch Expense Request: a branch asks for what it needs; who supplies it is decided when it is invoiced."""

from typing import Any

import frappe
import frappe.share
from erpnext.accounts.utils import get_fiscal_years
from frappe import _
from frappe.utils import flt, format_date, getdate

from imogi_finance.expense_requests import branch_items, checks
from imogi_finance.expense_requests.request_document import RequestDocument


class BranchExpenseRequest(RequestDocument):
    """Its rows are items or descriptions with quantity and rate, in the company's currency."""

    fiscal_year: str | None

    def on_update(self) -> None:
        """Let the requester follow it, where somebody else entered it for them."""
        if self.requester != self.owner and not frappe.has_permission(self.doctype, "read", self, user=self.requester):
            frappe.share.add_docshare(
                self.doctype, self.name, self.requester, read=1, flags={"ignore_share_permission": True}
            )

    def complete(self) -> list[str]:
        cost_center = frappe.get_cached_value("Company", self.company, "cost_center")
        for row in self.items:
            row.cost_center = row.cost_center or cost_center
            row.amount = flt(flt(row.quantity) * flt(row.rate), row.precision("amount"))
        self.sum_items()
        return [*self._complete_fiscal_year(), *branch_items.complete(self)]

    def problems(self) -> list[str]:
        return [
            *self._check_requester(),
            *checks.check_cost_centers(self, self.items),
            *[
                checks.in_row(row, _("quantity and rate must be above zero. Enter both, before taxes."))
                for row in self.items
                if flt(row.quantity) <= 0 or flt(row.rate) <= 0
            ],
            *branch_items.check(self),
        ]

    def _complete_fiscal_year(self) -> list[str]:
        """Fill in the fiscal year of the posting date; return what is wrong with the one given."""
        day = getdate(self.posting_date)
        years = get_fiscal_years(company=self.company)
        names = [year.name for year in years if getdate(year.year_start_date) <= day <= getdate(year.year_end_date)]
        if not names:
            message = _("{0} is in no fiscal year of {1}. Open one or change the posting date.")
            return [message.format(format_date(day), self.company)]
        if self.fiscal_year and self.fiscal_year not in names:
            message = _("{0} is not in fiscal year {1} but in {2}. Correct one of them.")
            return [message.format(format_date(day), frappe.bold(self.fiscal_year), names[0])]
        self.fiscal_year = self.fiscal_year or names[0]
        return []

    def _check_requester(self) -> list[str]:
        if self.requester and not frappe.db.get_value("User", self.requester, "enabled"):
            return [_("Requester {0} is disabled. Choose a user who can log in.").format(frappe.bold(self.requester))]
        return []

    def invoice_fields(self) -> dict[str, Any]:
        return {"currency": frappe.get_cached_value("Company", self.company, "default_currency")}

    def invoice_lines(self) -> list[dict[str, Any]]:
        return branch_items.invoice_lines(self)
