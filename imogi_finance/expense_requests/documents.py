"""The two kinds of request, and how an invoice or a payment names them."""

from __future__ import annotations

from typing import NamedTuple

EXPENSE_REQUEST = "Expense Request"
BRANCH_EXPENSE_REQUEST = "Branch Expense Request"

INVOICE = "Purchase Invoice"
PAYMENT = "Payment Entry"

LINK_FIELDS = {
    EXPENSE_REQUEST: "imogi_expense_request",
    BRANCH_EXPENSE_REQUEST: "imogi_branch_expense_request",
}
"""Field of Purchase Invoice and of Payment Entry, by the doctype it names."""


class RequestRef(NamedTuple):
    """A request by doctype and name. Sorted references are the order in which their rows are locked."""

    doctype: str
    name: str

    def __str__(self) -> str:
        return f"{self.doctype} {self.name}"
