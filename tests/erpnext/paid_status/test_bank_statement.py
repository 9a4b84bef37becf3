"""The bank statement: the Bank Reconciliation Tool's functions, and Bank Transactions edited by hand."""

from __future__ import annotations

from typing import Any

import frappe
import pytest
from frappe.utils import nowdate

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk, later
from tests.erpnext.paid_status.looking import INVOICES, comments, flag, invoice, shows, statement


def test_a_comment_names_what_confirmed_a_payment(office: ErpOffice) -> None:
    payment, line = office.pay("Purchase Invoice", office.purchase_invoice(100)), office.bank_transaction(-100)
    desk.reconcile(line, payment)
    assert comments(payment) == [f"Confirmed by the bank statement: {line}."]


def test_one_transaction_confirms_many_payments(office: ErpOffice) -> None:
    names = [office.sales_invoice(100) for _ in range(3)]
    payments = [office.pay("Sales Invoice", name) for name in names]
    line = office.bank_transaction(250)
    desk.reconcile(line, *payments)
    assert [shows(office, "Sales Invoice", name)[0] for name in names] == ["Paid", "Paid", "Unpaid"]
    assert [flag(payment) for payment in payments] == [0, 0, 1]
    assert frappe.db.get_value("Bank Transaction", line, "status") == "Reconciled"  # which confirms nothing
    desk.reconcile(office.bank_transaction(50), payments[2])
    assert [shows(office, "Sales Invoice", name)[0] for name in names] == ["Paid"] * 3
    assert len(comments(payments[2])) == 1


def test_a_payment_over_two_transactions_waits_for_the_second(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    desk.reconcile(office.bank_transaction(-60), payment)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 0, 1)
    second = office.bank_transaction(-500)
    desk.reconcile(second, payment)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)
    assert frappe.db.get_value("Bank Transaction", second, "status") == "Unreconciled"  # which takes nothing back


def test_auto_reconcile_confirms_what_it_matches(office: ErpOffice) -> None:
    ledger = office.gl_account("Auto Ledger", "Bank")
    account = office.new_bank_account("Auto Account", ledger)
    names = [office.purchase_invoice(100) for _ in range(3)]
    payments = [office.pay("Purchase Invoice", name, account=ledger) for name in names]
    for payment in payments[:2]:
        number = frappe.db.get_value("Payment Entry", payment, "reference_no")
        office.bank_transaction(-100, bank_account=account, reference_number=number)
    desk.auto_reconcile(office, account)
    assert [shows(office, "Purchase Invoice", name)[0] for name in names] == ["Paid", "Paid", "Unpaid"]
    assert [flag(payment) for payment in payments] == [0, 0, 1]


def test_a_payment_made_from_the_tool_is_confirmed_before_it_pays_anything(office: ErpOffice) -> None:
    supplier = office.supplier("Tool Supplier")
    name = office.purchase_invoice(100, supplier=supplier)
    payment = desk.payment_from_tool(office.bank_transaction(-100), "Supplier", supplier)
    assert (flag(payment), shows(office, "Purchase Invoice", name)) == (0, ("Unpaid", 100))
    later.payment_reconciliation(office, "Purchase Invoice", supplier, payment, name)
    assert (flag(payment), shows(office, "Purchase Invoice", name)) == (0, ("Paid", 0))


def test_a_journal_made_from_the_tool_is_erpnext_s_own(office: ErpOffice) -> None:
    supplier = office.supplier("Tool Supplier")
    account = frappe.db.get_value("Company", office.company, "default_payable_account")
    line = office.bank_transaction(-70)
    journal = desk.journal_from_tool(line, "Supplier", supplier, account)
    assert frappe.db.get_value("Journal Entry", journal, "docstatus") == 1
    assert frappe.db.get_value("Bank Transaction", line, "status") == "Reconciled"


@pytest.mark.parametrize("amount", [0, 100])
def test_a_row_added_by_hand_confirms(office: ErpOffice, amount: float) -> None:
    name, line = office.purchase_invoice(100), office.bank_transaction(-150)
    payment = office.pay("Purchase Invoice", name)
    desk.add_row(line, payment, amount)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)


def test_a_transaction_submitted_with_rows_on_it_confirms(office: ErpOffice) -> None:
    name = office.sales_invoice(100)
    payment = office.pay("Sales Invoice", name)
    rows = [{"payment_document": "Payment Entry", "payment_entry": payment, "allocated_amount": 100}]
    line = office.bank_transaction(100, submit=False, payment_entries=rows)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Unpaid", 0, 1)
    desk.submit("Bank Transaction", line)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Paid", 0, 0)


def test_a_payment_submitted_after_a_transaction_named_it_is_confirmed_at_once(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name, submit=False)
    desk.add_row(office.bank_transaction(-100), payment, 100)
    desk.submit("Payment Entry", payment)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)


def test_a_row_replaced_by_a_smaller_one_confirms_no_more(office: ErpOffice) -> None:
    name, line = office.purchase_invoice(100), office.bank_transaction(-100)
    payment = office.pay("Purchase Invoice", name)
    desk.reconcile(line, payment)

    def replace(doc: Any) -> None:
        row = {"payment_document": "Payment Entry", "payment_entry": payment, "allocated_amount": 99.99}
        doc.set("payment_entries", [row])

    desk.edit("Bank Transaction", line, replace)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 0, 1)


@pytest.mark.parametrize("doctype", INVOICES)
@pytest.mark.parametrize("way", ["remove row", "unreconcile", "cancel"])
def test_what_is_taken_off_the_statement_awaits_again(office: ErpOffice, doctype: str, way: str) -> None:
    name, line = invoice(office, doctype), statement(office, doctype, 100)
    payment = office.pay(doctype, name)
    desk.reconcile(line, payment)
    if way == "remove row":
        desk.remove_row(line, payment)
    elif way == "unreconcile":
        desk.unreconcile_transaction(line)
    else:
        desk.cancel("Bank Transaction", line)
    assert (*shows(office, doctype, name), flag(payment)) == ("Unpaid", 0, 1)
    desk.reconcile(statement(office, doctype, 100), payment)
    assert (*shows(office, doctype, name), flag(payment)) == ("Paid", 0, 0)
    assert len(comments(payment)) == 2


def test_unreconciling_leaves_what_erpnext_leaves(office: ErpOffice) -> None:
    """ERPNext removes rows from the list that it walks over, so every second one stays: so do their confirmations."""
    names = [office.purchase_invoice(100) for _ in range(4)]
    payments = [office.pay("Purchase Invoice", name) for name in names]
    line = office.bank_transaction(-400)
    desk.reconcile(line, *payments)
    desk.unreconcile_transaction(line)
    left = set(frappe.get_all("Bank Transaction Payments", {"parent": line}, pluck="payment_entry"))
    assert left
    assert left < set(payments)
    for name, payment in zip(names, payments, strict=True):
        assert (office.status("Purchase Invoice", name), flag(payment)) == (
            ("Paid", 0) if payment in left else ("Unpaid", 1)
        )


def test_an_amended_transaction_confirms_with_the_rows_it_kept(office: ErpOffice) -> None:
    name, line = office.purchase_invoice(100), office.bank_transaction(-100)
    payment = office.pay("Purchase Invoice", name)
    desk.reconcile(line, payment)
    desk.cancel("Bank Transaction", line)
    assert flag(payment) == 1
    desk.amend("Bank Transaction", line)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)


def test_the_statement_of_another_bank_account_confirms_nothing(office: ErpOffice) -> None:
    other = office.new_bank_account("Other Account", office.gl_account("Other Ledger", "Bank"))
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    desk.add_row(office.bank_transaction(-100, bank_account=other), payment, 100)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 0, 1)


def test_saving_a_transaction_again_changes_nothing(office: ErpOffice) -> None:
    name, line = office.purchase_invoice(100), office.bank_transaction(-100)
    payment = office.pay("Purchase Invoice", name)
    desk.reconcile(line, payment)
    for _ in range(2):
        desk.edit("Bank Transaction", line, lambda doc: doc.update({"reference_number": f"AGAIN {nowdate()}"}))
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)
    assert len(comments(payment)) == 1
