"""Credit and debit notes, returns, invoices paid as they are made, journals: what is held and what is not."""

from __future__ import annotations

import frappe
import pytest

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk, later
from tests.erpnext.paid_status.looking import INVOICES, flag, invoice, shows, statement

kinds = pytest.mark.parametrize("doctype", INVOICES)
ISSUED = {"Purchase Invoice": "Debit Note Issued", "Sales Invoice": "Credit Note Issued"}


def bank_draft(office: ErpOffice) -> str:
    """Return a mode of payment that draws on the bank account."""
    name = "Draft on the Bank"
    if not frappe.db.exists("Mode of Payment", name):
        accounts = [{"company": office.company, "default_account": office.bank_gl}]
        made = {"doctype": "Mode of Payment", "mode_of_payment": name, "type": "Bank", "accounts": accounts}
        frappe.get_doc(made).insert()
    return name


@kinds
def test_a_note_for_all_of_an_invoice_that_the_bank_confirms_later(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    payment = office.pay(doctype, name)
    later.make_return(doctype, name)  # of its own outstanding amount: ERPNext sees none on the invoice
    assert (*shows(office, doctype, name), flag(payment)) == ("Unpaid", 0, 1)
    desk.reconcile(statement(office, doctype, 100), payment)
    assert (*shows(office, doctype, name), flag(payment)) == (ISSUED[doctype], 0, 0)


@kinds
def test_a_note_that_settles_an_invoice_needs_no_bank(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    later.make_return(doctype, name)
    assert shows(office, doctype, name) == (ISSUED[doctype], 0)


@kinds
def test_a_note_for_part_of_a_held_invoice_leaves_the_rest_open(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    payment = office.pay(doctype, name, amount=60)
    later.make_return(doctype, name, part=0.4)
    assert (*shows(office, doctype, name), flag(payment)) == ("Partly Paid", 0, 1)
    desk.reconcile(statement(office, doctype, 60), payment)
    assert (*shows(office, doctype, name), flag(payment)) == (ISSUED[doctype], 0, 0)


@kinds
def test_a_return_is_refunded_by_money_that_goes_the_other_way(office: ErpOffice, doctype: str) -> None:
    name = later.make_return(doctype, invoice(office, doctype), against=False)
    assert shows(office, doctype, name) == ("Return", -100)
    payment = office.pay(doctype, name)
    assert (*shows(office, doctype, name), flag(payment)) == ("Return", 0, 1)
    desk.reconcile(office.bank_transaction(100 if doctype == "Purchase Invoice" else -100), payment)
    assert (*shows(office, doctype, name), flag(payment)) == ("Return", 0, 0)


def test_an_invoice_paid_as_it_is_made_is_erpnext_s_own(office: ErpOffice) -> None:
    paid = {
        "is_paid": 1,
        "mode_of_payment": bank_draft(office),
        "cash_bank_account": office.bank_gl,
        "paid_amount": 100,
    }
    name = office.purchase_invoice(100, **paid)
    assert shows(office, "Purchase Invoice", name) == ("Paid", 0)


def test_a_point_of_sale_invoice_is_erpnext_s_own(office: ErpOffice) -> None:
    payments = [{"mode_of_payment": bank_draft(office), "account": office.bank_gl, "amount": 100}]
    write_off = {"write_off_account": office.expense_gl, "write_off_cost_center": office.cost_center}
    name = office.sales_invoice(100, is_pos=1, payments=payments, **write_off)
    assert shows(office, "Sales Invoice", name) == ("Paid", 0)


@kinds
def test_a_journal_pays_at_once(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    journal = later.journal_payment(office, doctype, name)
    assert shows(office, doctype, name) == ("Paid", 0)
    desk.reconcile(statement(office, doctype, 100), journal, doctype="Journal Entry")
    assert shows(office, doctype, name) == ("Paid", 0)


def test_a_journal_beside_a_bank_payment_leaves_the_rest_held(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name, amount=60)
    later.journal_payment(office, "Purchase Invoice", name)
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
    name = office.sales_invoice(100)
    payment = office.pay("Sales Invoice", name)
    with desk.request():  # the rows that a loan on this invoice leaves, without the loan's own ledger
        loan = frappe.get_doc({"doctype": "Invoice Discounting", "docstatus": 1, "status": "Disbursed"})
        loan.company, loan.name = office.company, f"LOAN-{name}"
        loan.db_insert()
        row = loan.append("invoices", {"sales_invoice": name, "docstatus": 1})
        row.db_insert()
        frappe.db.set_value("Sales Invoice", name, "is_discounted", 1)
        frappe.get_doc("Sales Invoice", name).set_status(update=True)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Unpaid and Discounted", 0, 1)
    desk.reconcile(office.bank_transaction(100), payment)
    assert shows(office, "Sales Invoice", name) == ("Paid", 0)
