"""Credit and debit notes, returns, invoices paid as they are made, journals: what is held and what is not."""

from __future__ import annotations

import frappe
import pytest

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk
from tests.erpnext.paid_status.looking import INVOICES, flag, invoice, shows, statement

kinds = pytest.mark.parametrize("doctype", INVOICES)
ISSUED = {"Purchase Invoice": "Debit Note Issued", "Sales Invoice": "Credit Note Issued"}


@kinds
def test_a_note_for_all_of_a_held_invoice_is_what_it_shows(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    payment = office.pay(doctype, name)
    desk.make_return(doctype, name)
    assert (*shows(office, doctype, name), flag(payment)) == (ISSUED[doctype], -100, 1)


@kinds
def test_a_note_for_part_of_a_held_invoice_leaves_the_rest_open(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    payment = office.pay(doctype, name, amount=60)
    desk.make_return(doctype, name, part=0.4)
    assert (*shows(office, doctype, name), flag(payment)) == ("Partly Paid", 0, 1)
    desk.reconcile(statement(office, doctype, 60), payment)
    assert (*shows(office, doctype, name), flag(payment)) == (ISSUED[doctype], 0, 0)


@kinds
def test_a_return_is_refunded_by_money_that_goes_the_other_way(office: ErpOffice, doctype: str) -> None:
    name = desk.make_return(doctype, invoice(office, doctype), against=False)
    assert shows(office, doctype, name) == ("Return", -100)
    payment = office.pay(doctype, name)
    assert (*shows(office, doctype, name), flag(payment)) == ("Return", 0, 1)
    desk.reconcile(office.bank_transaction(100 if doctype == "Purchase Invoice" else -100), payment)
    assert (*shows(office, doctype, name), flag(payment)) == ("Return", 0, 0)


def test_an_invoice_paid_as_it_is_made_is_erpnext_s_own(office: ErpOffice) -> None:
    mode = "Test Bank Draft"
    if not frappe.db.exists("Mode of Payment", mode):
        frappe.get_doc({"doctype": "Mode of Payment", "mode_of_payment": mode, "type": "Bank"}).insert()
    paid = {"is_paid": 1, "mode_of_payment": mode, "cash_bank_account": office.bank_gl, "paid_amount": 100}
    name = office.purchase_invoice(100, **paid)
    assert shows(office, "Purchase Invoice", name) == ("Paid", 0)


def test_a_point_of_sale_invoice_is_erpnext_s_own(office: ErpOffice) -> None:
    mode = "Test Bank Draft"
    if not frappe.db.exists("Mode of Payment", mode):
        frappe.get_doc({"doctype": "Mode of Payment", "mode_of_payment": mode, "type": "Bank"}).insert()
    payments = [{"mode_of_payment": mode, "account": office.bank_gl, "amount": 100}]
    write_off = {"write_off_account": office.expense_gl, "write_off_cost_center": office.cost_center}
    name = office.sales_invoice(100, is_pos=1, payments=payments, **write_off)
    assert shows(office, "Sales Invoice", name) == ("Paid", 0)


@kinds
def test_a_journal_pays_at_once(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    journal = desk.journal_payment(office, doctype, name)
    assert shows(office, doctype, name) == ("Paid", 0)
    desk.reconcile(statement(office, doctype, 100), journal, doctype="Journal Entry")
    assert shows(office, doctype, name) == ("Paid", 0)


def test_a_journal_beside_a_bank_payment_leaves_the_rest_held(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name, amount=60)
    desk.journal_payment(office, "Purchase Invoice", name)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Partly Paid", 0, 1)


def test_an_internal_transfer_awaits_nothing(office: ErpOffice) -> None:
    with desk.request():
        made = frappe.get_doc(
            {
                "doctype": "Payment Entry",
                "payment_type": "Internal Transfer",
                "company": office.company,
                "paid_from": office.bank_gl,
                "paid_to": office.cash_gl,
                "paid_amount": 10,
                "received_amount": 10,
                "reference_no": "T-1",
                "reference_date": frappe.utils.nowdate(),
            }
        )
        made.insert().submit()
    assert frappe.db.get_value(
        "Payment Entry", made.name, ["awaiting_bank_reconciliation", "follows_bank_statement"]
    ) == (0, 0)


def test_a_discounted_invoice_says_so_while_it_is_held(office: ErpOffice) -> None:
    name = office.sales_invoice(100, is_discounted=1)
    with desk.request():
        loan = frappe.get_doc(
            {
                "doctype": "Invoice Discounting",
                "company": office.company,
                "posting_date": frappe.utils.nowdate(),
                "accounts_receivable_credit": office.cash_gl,
                "accounts_receivable_discounted": office.cash_gl,
                "accounts_receivable_unpaid": office.cash_gl,
                "bank_account": office.bank_gl,
                "short_term_loan": office.cash_gl,
                "bank_charges_account": office.expense_gl,
                "invoices": [{"sales_invoice": name}],
            }
        )
        loan.flags.ignore_links = True
        loan.db_insert()
        for row in loan.invoices:
            row.parent, row.parenttype, row.parentfield = loan.name, loan.doctype, "invoices"
            row.db_insert()
        frappe.db.set_value("Invoice Discounting", loan.name, {"docstatus": 1, "status": "Disbursed"})
        frappe.db.set_value("Sales Invoice", name, "is_discounted", 1)
    payment = office.pay("Sales Invoice", name)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Unpaid and Discounted", 0, 1)
