"""The settings: the rule on or off, for a company or for all; Bank Clearance; what was paid before; uninstalling."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import nowdate

from imogi_finance.erpnext_adapter import drift
from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk
from tests.erpnext.paid_status.looking import comments, flag, invoice, overdue, shows, statement
from tests.erpnext.paid_status.oracle import Oracle
from tests.erpnext.paid_status.settings import set_rule


def test_a_company_without_the_rule_is_erpnext_s_own(office: ErpOffice, plain: ErpOffice) -> None:
    set_rule(companies={plain.company: False})
    name, other = office.purchase_invoice(100), plain.purchase_invoice(100)
    payment, free = office.pay("Purchase Invoice", name), plain.pay("Purchase Invoice", other)
    assert (shows(office, "Purchase Invoice", name)[0], flag(payment)) == ("Unpaid", 1)
    assert (shows(plain, "Purchase Invoice", other)[0], flag(free)) == ("Paid", 0)


def test_the_rule_can_be_on_for_one_company_only(office: ErpOffice, plain: ErpOffice, oracle: Oracle) -> None:
    set_rule(on=False, companies={office.company: True})
    name, other = office.sales_invoice(100), plain.sales_invoice(100)
    payment, free = office.pay("Sales Invoice", name), plain.pay("Sales Invoice", other)
    assert (shows(office, "Sales Invoice", name)[0], flag(payment)) == ("Unpaid", 1)
    assert (shows(plain, "Sales Invoice", other)[0], flag(free)) == ("Paid", 0)
    assert oracle.problems() == []


def test_switching_the_rule_off_and_on_is_seen_at_once(office: ErpOffice, oracle: Oracle) -> None:
    late, partly = office.purchase_invoice(100, **overdue()), office.sales_invoice(100)
    held = [office.pay("Purchase Invoice", late), office.pay("Sales Invoice", partly, amount=60)]
    office.pay("Sales Invoice", partly, account="cash")

    set_rule(companies={office.company: False})

    assert shows(office, "Purchase Invoice", late) == ("Paid", 0)
    assert shows(office, "Sales Invoice", partly) == ("Paid", 0)
    assert [flag(payment) for payment in held] == [0, 0]
    assert oracle.problems(rule_on=False) == []
    assert [comments(payment) for payment in held] == [[], []]  # nothing was confirmed

    meanwhile = office.purchase_invoice(100)
    outside = office.pay("Purchase Invoice", meanwhile)
    set_rule()

    assert shows(office, "Purchase Invoice", late) == ("Overdue", 0)
    assert shows(office, "Sales Invoice", partly) == ("Partly Paid", 0)
    assert [flag(payment) for payment in held] == [1, 1]
    assert (*shows(office, "Purchase Invoice", meanwhile), flag(outside)) == ("Paid", 0, 0)


def test_what_was_paid_before_the_app_came_stays_as_it_is(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    set_rule(on=False)
    payment = office.pay("Purchase Invoice", name)
    set_rule()
    line = office.bank_transaction(-100)
    desk.reconcile(line, payment)
    desk.cancel("Bank Transaction", line)
    frappe.get_doc("Purchase Invoice", name).set_status(update=True)
    assert drift.check() == []
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)
    assert comments(payment) == []


@pytest.mark.parametrize("confirms", [False, True])
def test_bank_clearance_confirms_where_the_settings_say_so(office: ErpOffice, oracle: Oracle, confirms: bool) -> None:
    set_rule(clearance=confirms)
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    desk.clear_by_hand(office, office.bank_gl, {payment: nowdate()})
    assert frappe.db.get_value("Payment Entry", payment, "clearance_date") is not None
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == (
        ("Paid", 0, 0) if confirms else ("Unpaid", 0, 1)
    )
    assert len(comments(payment)) == int(confirms)
    assert oracle.problems(clearance_confirms=confirms) == []
    desk.clear_by_hand(office, office.bank_gl, {payment: None})
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 0, 1)


def test_the_setting_about_clearance_is_seen_at_once(office: ErpOffice) -> None:
    name = office.sales_invoice(100)
    payment = office.pay("Sales Invoice", name)
    desk.clear_by_hand(office, office.bank_gl, {payment: nowdate()})
    set_rule(clearance=True)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Paid", 0, 0)
    set_rule()
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Unpaid", 0, 1)


def test_a_clearance_date_written_by_another_program_is_swept_up(office: ErpOffice) -> None:
    set_rule(clearance=True)
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    for date, wanted in ((nowdate(), ("Paid", 0, 0)), (None, ("Unpaid", 0, 1))):
        frappe.db.set_value("Payment Entry", payment, "clearance_date", date)
        frappe.db.commit()
        drift.sweep()
        assert (*shows(office, "Purchase Invoice", name), flag(payment)) == wanted


def test_uninstalling_gives_held_invoices_erpnext_s_own_status(office: ErpOffice) -> None:
    kinds = ("Purchase Invoice", "Sales Invoice")
    held = [(doctype, invoice(office, doctype)) for doctype in kinds]
    payments = [office.pay(doctype, name) for doctype, name in held]
    late = office.purchase_invoice(100, **overdue())
    part = office.pay("Purchase Invoice", late, amount=60)
    assert {office.status(*one) for one in held} == {"Unpaid"}
    try:
        drift.release_all()
        assert {office.status(*one) for one in held} == {"Paid"}
        assert office.status("Purchase Invoice", late) == "Overdue"
        for doctype, name in [*held, ("Purchase Invoice", late)]:
            doc = frappe.get_doc(doctype, name)
            doc.set_status()
            assert doc.status == office.status(doctype, name)
        for field in ("awaiting_bank_reconciliation", "follows_bank_statement"):
            assert not frappe.db.count("Payment Entry", {field: 1})
    finally:
        frappe.db.rollback()
    assert [flag(payment) for payment in [*payments, part]] == [1, 1, 1]


@pytest.mark.parametrize("doctype", ["Purchase Invoice", "Sales Invoice"])
def test_a_bank_account_in_another_currency_follows_the_same_rule(office: ErpOffice, doctype: str) -> None:
    ledger = office.gl_account("Dollar Ledger", "Bank", currency="USD")
    account = office.new_bank_account("Dollar Account", ledger)
    name = invoice(office, doctype, 160_000)
    with desk.request():
        draft = frappe.get_doc("Payment Entry", office.pay(doctype, name, submit=False))
        outgoing = doctype == "Purchase Invoice"
        draft.set("paid_from" if outgoing else "paid_to", ledger)
        draft.set("paid_from_account_currency" if outgoing else "paid_to_account_currency", "USD")
        draft.set("source_exchange_rate" if outgoing else "target_exchange_rate", 16_000)
        draft.set("paid_amount" if outgoing else "received_amount", 10)
        draft.bank_account = None
        draft.save()
        draft.submit()
    assert (*shows(office, doctype, name), flag(draft.name)) == ("Unpaid", 0, 1)
    first, second = (
        statement(office, doctype, amount, bank_account=account, currency="USD") for amount in (9.99, 0.01)
    )
    desk.reconcile(first, draft.name)
    assert (*shows(office, doctype, name), flag(draft.name)) == ("Unpaid", 0, 1)
    desk.reconcile(second, draft.name)
    assert (*shows(office, doctype, name), flag(draft.name)) == ("Paid", 0, 0)


def test_an_invoice_in_another_currency_follows_the_same_rule(office: ErpOffice) -> None:
    name = office.purchase_invoice(10, currency="USD", conversion_rate=16_000)
    payment = office.pay("Purchase Invoice", name, amount=100_000)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 60_000, 1)
    desk.reconcile(office.bank_transaction(-100_000), payment)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Partly Paid", 60_000, 0)


def test_a_party_account_in_another_currency_follows_the_same_rule(office: ErpOffice) -> None:
    ledger = office.gl_account("Dollar Ledger", "Bank", currency="USD")
    bank = office.new_bank_account("Dollar Account", ledger)
    payable = f"Dollar Creditors - {office.abbr}"
    if not frappe.db.exists("Account", payable):
        made = {"doctype": "Account", "account_name": "Dollar Creditors", "company": office.company}
        made |= {"account_type": "Payable", "account_currency": "USD"}
        frappe.get_doc({**made, "parent_account": f"Accounts Payable - {office.abbr}"}).insert()
    dollars = {"currency": "USD", "conversion_rate": 16_000, "credit_to": payable}
    name = office.purchase_invoice(10, supplier=office.supplier("Dollar Supplier"), **dollars)
    with desk.request():
        draft = frappe.get_doc("Payment Entry", office.pay("Purchase Invoice", name, account=ledger, submit=False))
        draft.source_exchange_rate = draft.target_exchange_rate = 16_500
        draft.save()
        draft.submit()
    assert (*shows(office, "Purchase Invoice", name), flag(draft.name)) == ("Unpaid", 0, 1)
    desk.reconcile(office.bank_transaction(-10, bank_account=bank, currency="USD"), draft.name)
    assert (*shows(office, "Purchase Invoice", name), flag(draft.name)) == ("Paid", 0, 0)
