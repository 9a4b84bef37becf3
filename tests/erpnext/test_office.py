"""The test company itself: what the other tests take for granted."""

from __future__ import annotations

import frappe
from frappe.utils.password import check_password

from tests.erpnext.office import PASSWORD, ErpOffice


def test_an_invoice_paid_in_cash_is_paid_and_its_ledger_balances(office: ErpOffice) -> None:
    for doctype, make in (("Purchase Invoice", office.purchase_invoice), ("Sales Invoice", office.sales_invoice)):
        invoice = make(250)
        assert office.status(doctype, invoice) == "Unpaid"
        assert office.outstanding(doctype, invoice) == 250

        payment = office.pay(doctype, invoice, account="cash")

        assert office.status(doctype, invoice) == "Paid"
        rows = office.gl_rows("Payment Entry", payment)
        assert {row["account"] for row in rows} >= {office.cash_gl}
        assert sum(row["debit"] for row in rows) == sum(row["credit"] for row in rows) == 250


def test_part_of_an_invoice_is_paid_by_bank(office: ErpOffice) -> None:
    invoice = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", invoice, amount=40)
    found = frappe.get_doc("Payment Entry", payment)
    assert (found.paid_from, found.paid_amount, found.docstatus) == (office.bank_gl, 40, 1)
    assert office.outstanding("Purchase Invoice", invoice) == 60


def test_statement_lines_have_the_side_of_their_sign(office: ErpOffice) -> None:
    paid_out = frappe.get_doc("Bank Transaction", office.bank_transaction(-75))
    came_in = frappe.get_doc("Bank Transaction", office.bank_transaction(30))
    assert (paid_out.withdrawal, paid_out.unallocated_amount, paid_out.status) == (75, 75, "Unreconciled")
    assert (came_in.deposit, came_in.bank_account) == (30, office.bank_account)


def test_a_user_has_just_the_roles_asked_for_and_a_password(office: ErpOffice) -> None:
    user = office.user("ana", "Accounts User")
    assert user == office.user("ana", "Accounts Manager")
    granted = set(frappe.get_roles(user)) - {"All", "Guest", "Desk User"}
    assert granted == {"Accounts Manager"}
    assert check_password(user, PASSWORD) == user
