"""Requests, and the people who make, approve and pay them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
import pytest
from erpnext.accounts.doctype.bank_reconciliation_tool.bank_reconciliation_tool import reconcile_vouchers
from frappe.model.workflow import apply_workflow

from imogi_finance.expense_requests import api
from tests.erpnext.office import ErpOffice

REQUESTER, APPROVER = "Expense Request User", "Expense Request Approver"
KINDS = ("Expense Request", "Branch Expense Request")
LINK = {"Expense Request": "imogi_expense_request", "Branch Expense Request": "imogi_branch_expense_request"}


class Desk:
    """What people do with requests, each as themselves.

    Attributes:
        ana: makes requests. rudi: approves them, and makes some. sari: keeps the books.
    """

    def __init__(self, office: ErpOffice) -> None:
        self.office = office
        self.ana = office.user("ana", REQUESTER)
        self.rudi = office.user("rudi", REQUESTER, APPROVER)
        self.sari = office.user("sari", "Accounts User", "Accounts Manager")
        self.branch = _branch("Bandung")
        self.supplier = office.supplier()

    @contextmanager
    def acting(self, user: str) -> Iterator[None]:
        """Act as a user in the block, and commit at its end as a web request does."""
        frappe.set_user(user)
        try:
            yield
            frappe.db.commit()
        finally:
            frappe.set_user("Administrator")

    def new(self, doctype: str, amount: float = 100, **fields: Any) -> Any:
        """Return an unsaved request over an amount."""
        office = self.office
        shared: dict[str, Any] = {"doctype": doctype, "company": office.company}
        if doctype == "Expense Request":
            line = {"expense_account": office.expense_gl, "description": "Office rent", "amount": amount}
            own: dict[str, Any] = {"supplier": self.supplier, "currency": office.currency}
        else:
            line = {
                "description": "Printer paper",
                "quantity": 2,
                "rate": amount / 2,
                "expense_account": office.expense_gl,
            }
            own = {"branch": self.branch, "purpose": "The branch ran out"}
        return frappe.get_doc({**shared, **own, "items": [line], **fields})

    def ask(self, doctype: str, amount: float = 100, *, user: str | None = None, **fields: Any) -> str:
        """Make a draft as its requester (by default ana); return its name."""
        with self.acting(user or self.ana):
            return str(self.new(doctype, amount, **fields).insert().name)

    def act(self, user: str, doctype: str, name: str, action: str) -> None:
        """Take an action of the workflow."""
        with self.acting(user):
            apply_workflow(frappe.get_doc(doctype, name), action)

    def approved(self, doctype: str, amount: float = 100, **fields: Any) -> str:
        """Make a request that rudi approved; return its name."""
        name = self.ask(doctype, amount, **fields)
        self.act(self.ana, doctype, name, "Submit for Review")
        self.act(self.rudi, doctype, name, "Approve")
        return name

    def invoiced(self, doctype: str, amount: float = 100, *, submit: bool = True) -> tuple[str, str]:
        """Make an approved request and its invoice as the accountant; return both names."""
        request = self.approved(doctype, amount)
        return request, self.invoice(doctype, request, submit=submit)

    def invoice(self, doctype: str, request: str, *, submit: bool = True) -> str:
        """Make the invoice of an approved request as the accountant; return its name."""
        supplier = None if doctype == "Expense Request" else self.supplier
        with self.acting(self.sari):
            made = api.create_purchase_invoice(doctype=doctype, name=request, supplier=supplier)
            if submit:
                frappe.get_doc("Purchase Invoice", made["name"]).submit()
        return made["name"]

    def pay(self, invoice: str, account: str, amount: float | None = None) -> str:
        """Pay an invoice as the accountant."""
        with self.acting(self.sari):
            return self.office.pay("Purchase Invoice", invoice, account=account, amount=amount)

    def reconcile(self, payment: str, amount: float) -> str:
        """Match a payment with a line of the bank statement in the Bank Reconciliation Tool; return the line."""
        with self.acting(self.sari):
            line = self.office.bank_transaction(-amount)
            voucher = {"payment_doctype": "Payment Entry", "payment_name": payment, "amount": amount}
            reconcile_vouchers(line, frappe.as_json([voucher]))
        return line

    @staticmethod
    def shown(doctype: str, name: str) -> tuple[str, str | None]:
        """Return what is stored of a request: its status and its invoice."""
        status, invoice = frappe.db.get_value(doctype, name, ["status", "linked_purchase_invoice"])
        return status, invoice


@pytest.fixture(scope="session")
def desk(office: ErpOffice) -> Desk:
    return Desk(office)


def _branch(name: str) -> str:
    if not frappe.db.exists("Branch", name):
        frappe.get_doc({"doctype": "Branch", "branch": name}).insert()
        frappe.db.commit()
    return name
