"""Payments by their form: submit, cancel, amend; cash, bank, and both on one invoice."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, nowdate

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk
from tests.erpnext.paid_status.looking import INVOICES, flag, invoice, overdue, shows, statement

kinds = pytest.mark.parametrize("doctype", INVOICES)


@kinds
def test_a_cash_payment_pays_at_once(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    payment = office.pay(doctype, name, account="cash")
    assert (*shows(office, doctype, name), flag(payment)) == ("Paid", 0, 0)


@kinds
def test_a_bank_payment_pays_when_the_statement_says_so(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    payment = office.pay(doctype, name)
    assert (*shows(office, doctype, name), flag(payment)) == ("Unpaid", 0, 1)
    ledger = office.gl_rows("Payment Entry", payment)
    assert {office.bank_gl} < {row["account"] for row in ledger}

    desk.reconcile(statement(office, doctype, 100), payment)

    assert (*shows(office, doctype, name), flag(payment)) == ("Paid", 0, 0)
    assert office.gl_rows("Payment Entry", payment) == ledger


@kinds
def test_an_overdue_invoice_stays_overdue_while_its_payment_awaits(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype, **overdue())
    payment = office.pay(doctype, name)
    assert (*shows(office, doctype, name), flag(payment)) == ("Overdue", 0, 1)
    desk.reconcile(statement(office, doctype, 100), payment)
    assert shows(office, doctype, name) == ("Paid", 0)


def test_bank_and_cash_on_one_invoice_are_partly_paid_until_the_bank_confirms(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    cash = office.pay("Purchase Invoice", name, account="cash", amount=40)
    bank = office.pay("Purchase Invoice", name)
    assert (*shows(office, "Purchase Invoice", name), flag(cash), flag(bank)) == ("Partly Paid", 0, 0, 1)
    desk.reconcile(office.bank_transaction(-60), bank)
    assert shows(office, "Purchase Invoice", name) == ("Paid", 0)


def test_cash_after_the_bank_part_does_not_pay_either(office: ErpOffice) -> None:
    name = office.sales_invoice(100)
    bank = office.pay("Sales Invoice", name, amount=60)
    assert shows(office, "Sales Invoice", name) == ("Unpaid", 40)
    office.pay("Sales Invoice", name, account="cash")
    assert shows(office, "Sales Invoice", name) == ("Partly Paid", 0)
    desk.cancel("Payment Entry", bank)
    assert shows(office, "Sales Invoice", name) == ("Partly Paid", 60)


def test_two_bank_payments_of_one_invoice_are_confirmed_one_by_one(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    first, second = office.pay("Purchase Invoice", name, amount=30), office.pay("Purchase Invoice", name)
    assert shows(office, "Purchase Invoice", name) == ("Unpaid", 0)
    desk.reconcile(office.bank_transaction(-30), first)
    assert (*shows(office, "Purchase Invoice", name), flag(first), flag(second)) == ("Partly Paid", 0, 0, 1)
    desk.reconcile(office.bank_transaction(-70), second)
    assert shows(office, "Purchase Invoice", name) == ("Paid", 0)


@kinds
def test_a_cancelled_payment_leaves_what_erpnext_says(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    payment = office.pay(doctype, name)
    desk.cancel("Payment Entry", payment)
    assert (*shows(office, doctype, name), flag(payment)) == ("Unpaid", 100, 0)


def test_cancelling_a_confirmed_payment_frees_its_transaction(office: ErpOffice) -> None:
    name, line = office.purchase_invoice(100), office.bank_transaction(-100)
    payment = office.pay("Purchase Invoice", name)
    desk.reconcile(line, payment)
    desk.cancel("Payment Entry", payment)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 100, 0)
    found = frappe.get_doc("Bank Transaction", line)
    assert (found.status, found.unallocated_amount, found.payment_entries) == ("Unreconciled", 100, [])


def test_an_amended_payment_awaits_anew(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    desk.reconcile(office.bank_transaction(-100), payment)
    desk.cancel("Payment Entry", payment)
    amended = desk.amend("Payment Entry", payment)
    assert (*shows(office, "Purchase Invoice", name), flag(payment), flag(amended)) == ("Unpaid", 0, 0, 1)


def test_a_program_that_leaves_validation_out_cannot_pay_either(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    with desk.request():
        payment = frappe.get_doc("Payment Entry", office.pay("Purchase Invoice", name, submit=False))
        payment.flags.ignore_validate = True
        payment.submit()
    assert (*shows(office, "Purchase Invoice", name), flag(payment.name)) == ("Unpaid", 0, 1)
    with desk.request():
        payment.reload()
        payment.flags.ignore_validate = True
        payment.cancel()
    assert (*shows(office, "Purchase Invoice", name), flag(payment.name)) == ("Unpaid", 100, 0)


def test_a_draft_has_no_flag_whatever_was_written_into_it(office: ErpOffice) -> None:
    payment = office.pay("Purchase Invoice", office.purchase_invoice(100), submit=False)
    desk.edit("Payment Entry", payment, lambda doc: doc.update({"awaiting_bank_reconciliation": 1}))
    assert flag(payment) == 0


def test_a_form_opened_before_the_bank_confirmed_saves_without_taking_it_back(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    form = frappe.get_doc("Payment Entry", payment)
    desk.reconcile(office.bank_transaction(-100), payment)
    with desk.request():
        form.update({"awaiting_bank_reconciliation": 1, "follows_bank_statement": 0, "clearance_date": None})
        form.modified = frappe.db.get_value("Payment Entry", payment, "modified")
        form.save()
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)
    assert frappe.db.get_value("Payment Entry", payment, "follows_bank_statement") == 1


def test_one_payment_of_several_invoices_holds_and_confirms_them_all(office: ErpOffice) -> None:
    supplier = office.supplier("Supplier of Several")
    names = [office.purchase_invoice(amount, supplier=supplier) for amount in (10, 20, 30)]
    draft = frappe.get_doc("Payment Entry", office.pay("Purchase Invoice", names[0], submit=False))
    with desk.request():
        for name, amount in zip(names[1:], (20, 30), strict=True):
            row = {"reference_doctype": "Purchase Invoice", "reference_name": name, "allocated_amount": amount}
            draft.append("references", row)
        draft.paid_amount = draft.received_amount = 60
        draft.save()
        draft.submit()
    assert {shows(office, "Purchase Invoice", name) for name in names} == {("Unpaid", 0)}
    desk.reconcile(office.bank_transaction(-60), draft.name)
    assert {shows(office, "Purchase Invoice", name) for name in names} == {("Paid", 0)}


def test_an_invoice_in_instalments_is_overdue_by_what_is_open_of_them(office: ErpOffice) -> None:
    dates = overdue()
    name = office.purchase_invoice(100, submit=False, posting_date=dates["posting_date"])
    with desk.request():
        doc = frappe.get_doc("Purchase Invoice", name)
        doc.set("payment_schedule", [])
        for due, portion in ((dates["due_date"], 40), (add_days(nowdate(), 30), 60)):
            doc.append("payment_schedule", {"due_date": due, "invoice_portion": portion, "payment_amount": portion})
        doc.save()
        doc.submit()
    bank = office.pay("Purchase Invoice", name, amount=40)
    assert (*shows(office, "Purchase Invoice", name), flag(bank)) == ("Overdue", 60, 1)
    desk.reconcile(office.bank_transaction(-40), bank)
    assert shows(office, "Purchase Invoice", name) == ("Partly Paid", 60)
    rest = office.pay("Purchase Invoice", name)
    assert (*shows(office, "Purchase Invoice", name), flag(rest)) == ("Partly Paid", 0, 1)


def test_a_payment_is_confirmed_by_what_the_bank_moves_not_by_what_it_settles(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    with desk.request():
        draft = frappe.get_doc("Payment Entry", office.pay("Purchase Invoice", name, submit=False))
        draft.paid_amount = draft.received_amount = 90
        discount = {"account": office.expense_gl, "cost_center": office.cost_center, "amount": -10}
        draft.append("deductions", discount)
        draft.references[0].allocated_amount = 100
        draft.save()
        draft.submit()
    assert (*shows(office, "Purchase Invoice", name), flag(draft.name)) == ("Unpaid", 0, 1)
    desk.reconcile(office.bank_transaction(-89.99), draft.name)
    assert (*shows(office, "Purchase Invoice", name), flag(draft.name)) == ("Unpaid", 0, 1)
    desk.reconcile(office.bank_transaction(-0.01), draft.name)
    assert (*shows(office, "Purchase Invoice", name), flag(draft.name)) == ("Paid", 0, 0)


def test_a_tax_on_top_of_a_payment_goes_through_the_bank_too(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    with desk.request():
        draft = frappe.get_doc("Payment Entry", office.pay("Purchase Invoice", name, submit=False))
        tax = {"charge_type": "Actual", "add_deduct_tax": "Add", "account_head": office.expense_gl, "tax_amount": 10}
        draft.append("taxes", {**tax, "description": "Fee", "cost_center": office.cost_center})
        draft.save()
        draft.submit()
    moved = sum(
        row["credit"] - row["debit"]
        for row in office.gl_rows("Payment Entry", draft.name)
        if row["account"] == office.bank_gl
    )
    assert moved == 110
    desk.reconcile(office.bank_transaction(-100), draft.name)
    assert (*shows(office, "Purchase Invoice", name), flag(draft.name)) == ("Unpaid", 0, 1)
    desk.reconcile(office.bank_transaction(-10), draft.name)
    assert (*shows(office, "Purchase Invoice", name), flag(draft.name)) == ("Paid", 0, 0)
