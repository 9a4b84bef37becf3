"""Payments that find their invoice later, or lose it: every route by which ERPNext changes a submitted payment."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import nowdate

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk, later
from tests.erpnext.paid_status.looking import INVOICES, flag, invoice, shows, statement

kinds = pytest.mark.parametrize("doctype", INVOICES)


def party_of(office: ErpOffice, doctype: str, name: str) -> tuple[str, dict[str, str]]:
    """Return a party that no other test uses, and how an invoice names it."""
    if doctype == "Purchase Invoice":
        return office.supplier(name), {"supplier": name}
    return office.customer(name), {"customer": name}


@kinds
def test_payment_reconciliation_holds_the_invoice_that_it_pays(office: ErpOffice, doctype: str) -> None:
    party, named = party_of(office, doctype, "Later Party")
    name = invoice(office, doctype, **named)
    payment = later.payment_on_account(office, doctype, party, 150)
    assert flag(payment) == 0  # it pays no invoice yet
    later.payment_reconciliation(office, doctype, party, payment, name)
    assert (*shows(office, doctype, name), flag(payment)) == ("Unpaid", 0, 1)
    desk.reconcile(statement(office, doctype, 150), payment)
    assert (*shows(office, doctype, name), flag(payment)) == ("Paid", 0, 0)


def test_payment_reconciliation_adds_an_invoice_to_a_payment_that_awaits(office: ErpOffice) -> None:
    party, named = party_of(office, "Purchase Invoice", "Second Invoice Party")
    first, second = (office.purchase_invoice(100, **named) for _ in range(2))
    payment = later.payment_on_account(office, "Purchase Invoice", party, 200)
    for name in (first, second):
        later.payment_reconciliation(office, "Purchase Invoice", party, payment, name)
        assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 0, 1)
    assert shows(office, "Purchase Invoice", first) == ("Unpaid", 0)
    desk.reconcile(office.bank_transaction(-200), payment)
    assert {shows(office, "Purchase Invoice", name) for name in (first, second)} == {("Paid", 0)}


def test_cash_on_account_pays_when_it_is_allocated(office: ErpOffice) -> None:
    party, named = party_of(office, "Sales Invoice", "Cash Party")
    name = office.sales_invoice(100, **named)
    payment = later.payment_on_account(office, "Sales Invoice", party, 100, account=office.cash_gl)
    later.payment_reconciliation(office, "Sales Invoice", party, payment, name)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Paid", 0, 0)


@kinds
def test_process_payment_reconciliation_holds_too(office: ErpOffice, doctype: str) -> None:
    party, named = party_of(office, doctype, "Processed Party")
    names = [invoice(office, doctype, amount, **named) for amount in (60, 40)]
    payment = later.payment_on_account(office, doctype, party, 100)
    assert later.process_payment_reconciliation(office, doctype, party) == "Completed"
    assert [shows(office, doctype, name) for name in names] == [("Unpaid", 0)] * 2
    assert flag(payment) == 1
    desk.reconcile(statement(office, doctype, 100), payment)
    assert [shows(office, doctype, name) for name in names] == [("Paid", 0)] * 2


@kinds
@pytest.mark.parametrize("confirmed", [False, True])
def test_unreconcile_payment_frees_the_invoice(office: ErpOffice, doctype: str, confirmed: bool) -> None:
    name = invoice(office, doctype)
    payment = office.pay(doctype, name)
    if confirmed:
        desk.reconcile(statement(office, doctype, 100), payment)
    later.unreconcile_payment(office, payment, doctype, name)
    assert (*shows(office, doctype, name), flag(payment)) == ("Unpaid", 100, 0)


def test_unreconciling_one_of_two_invoices_keeps_the_other_held(office: ErpOffice) -> None:
    party, named = party_of(office, "Purchase Invoice", "Half Unreconciled Party")
    first, second = (office.purchase_invoice(100, **named) for _ in range(2))
    payment = later.payment_on_account(office, "Purchase Invoice", party, 200)
    for name in (first, second):
        later.payment_reconciliation(office, "Purchase Invoice", party, payment, name)
    later.unreconcile_payment(office, payment, "Purchase Invoice", first)
    assert (shows(office, "Purchase Invoice", first), shows(office, "Purchase Invoice", second)) == (
        ("Unpaid", 100),
        ("Unpaid", 0),
    )
    assert flag(payment) == 1


@kinds
def test_an_advance_fetched_into_an_invoice_holds_it(office: ErpOffice, doctype: str) -> None:
    party, named = party_of(office, doctype, "Advance Party")
    payment = later.payment_on_account(office, doctype, party, 100)
    name = invoice(office, doctype, submit=False, **named)
    later.fetch_advances(doctype, name)
    desk.submit(doctype, name)
    assert (*shows(office, doctype, name), flag(payment)) == ("Unpaid", 0, 1)
    desk.reconcile(statement(office, doctype, 100), payment)
    assert (*shows(office, doctype, name), flag(payment)) == ("Paid", 0, 0)


def test_an_advance_that_the_bank_confirmed_pays_the_invoice_that_takes_it(office: ErpOffice) -> None:
    party, named = party_of(office, "Sales Invoice", "Confirmed Advance Party")
    payment = later.payment_on_account(office, "Sales Invoice", party, 100)
    desk.reconcile(office.bank_transaction(100), payment)
    name = office.sales_invoice(100, submit=False, **named)
    later.fetch_advances("Sales Invoice", name)
    desk.submit("Sales Invoice", name)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Paid", 0, 0)


def test_advances_allocated_automatically_hold(office: ErpOffice) -> None:
    party, named = party_of(office, "Purchase Invoice", "Automatic Advance Party")
    payment = later.payment_on_account(office, "Purchase Invoice", party, 30)
    name = office.purchase_invoice(100, submit=False, allocate_advances_automatically=1, **named)
    desk.submit("Purchase Invoice", name)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 70, 1)


def order_paid_ahead(office: ErpOffice, customer: str) -> tuple[str, str]:
    """Make an order and pay it by bank; return the order's name and the payment's."""
    line = {"item_code": office.item, "qty": 1, "rate": 100, "delivery_date": nowdate()}
    order = {"doctype": "Sales Order", "company": office.company, "customer": office.customer(customer)}
    with desk.request():
        made = frappe.get_doc({**order, "delivery_date": nowdate(), "items": [line]})
        made.insert().submit()
    return made.name, office.pay("Sales Order", made.name)


def invoice_of_order(order: str) -> str:
    """Make the invoice of an order, let it take the order's advance, and submit it."""
    with desk.request():
        made = make_sales_invoice(order)
        made.insert()
    later.fetch_advances("Sales Invoice", made.name)
    desk.submit("Sales Invoice", made.name)
    return str(made.name)


def test_an_advance_of_an_order_becomes_a_payment_of_its_invoice(office: ErpOffice) -> None:
    order, payment = order_paid_ahead(office, "Order Party")
    assert flag(payment) == 0  # an order shows no Paid
    name = invoice_of_order(order)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == ("Unpaid", 0, 1)


@pytest.fixture
def separate_advances(office: ErpOffice) -> Iterator[None]:
    """Book advances in accounts of their own while a test runs."""
    accounts = {
        "default_advance_received_account": later.advance_account(office, "Sales Invoice"),
        "default_advance_paid_account": later.advance_account(office, "Purchase Invoice"),
    }
    frappe.db.set_value("Company", office.company, {**accounts, "book_advance_payments_in_separate_party_account": 1})
    frappe.db.commit()
    yield
    frappe.db.set_value("Company", office.company, "book_advance_payments_in_separate_party_account", 0)
    frappe.db.commit()


@pytest.mark.usefixtures("separate_advances")
@pytest.mark.parametrize("confirmed", [False, True])
def test_advances_booked_in_an_account_of_their_own_follow_the_rule(office: ErpOffice, confirmed: bool) -> None:
    party, named = party_of(office, "Purchase Invoice", "Separate Advance Party")
    payment = later.payment_on_account(office, "Purchase Invoice", party, 100)
    if confirmed:
        desk.reconcile(office.bank_transaction(-100), payment)
    name = office.purchase_invoice(100, submit=False, **named)
    later.fetch_advances("Purchase Invoice", name)
    desk.submit("Purchase Invoice", name)
    wanted = ("Paid", 0, 0) if confirmed else ("Unpaid", 0, 1)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == wanted


@pytest.mark.usefixtures("separate_advances")
@pytest.mark.parametrize("confirmed", [False, True])
def test_an_order_s_advance_is_posted_anew_as_a_whole_and_keeps_its_flag(office: ErpOffice, confirmed: bool) -> None:
    order, payment = order_paid_ahead(office, "Separate Order Party")
    if confirmed:
        desk.reconcile(office.bank_transaction(100), payment)
    name = invoice_of_order(order)
    wanted = ("Paid", 0, 0) if confirmed else ("Unpaid", 0, 1)
    assert (*shows(office, "Sales Invoice", name), flag(payment)) == wanted


@kinds
@pytest.mark.parametrize("repost", ["Repost Payment Ledger", "Repost Accounting Ledger"])
def test_posting_a_ledger_anew_changes_no_status(office: ErpOffice, doctype: str, repost: str) -> None:
    frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", None)
    settings = frappe.get_doc("Repost Accounting Ledger Settings")
    for kind in ("Payment Entry", *INVOICES):
        if kind not in {row.document_type for row in settings.allowed_types}:
            settings.append("allowed_types", {"document_type": kind, "allowed": 1})
    settings.save()
    held, paid = invoice(office, doctype), invoice(office, doctype)
    waiting, done = office.pay(doctype, held), office.pay(doctype, paid)
    desk.reconcile(statement(office, doctype, 100), done)
    vouchers = [(doctype, held), (doctype, paid), ("Payment Entry", waiting), ("Payment Entry", done)]
    later.repost(repost, office, *vouchers)
    assert (*shows(office, doctype, held), flag(waiting)) == ("Unpaid", 0, 1)
    assert (*shows(office, doctype, paid), flag(done)) == ("Paid", 0, 0)


def test_a_cancelled_invoice_lets_its_payment_go(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    desk.cancel("Purchase Invoice", name)
    assert (office.status("Purchase Invoice", name), flag(payment)) == ("Cancelled", 0)
    assert frappe.db.get_value("Payment Entry", payment, ["docstatus", "unallocated_amount"]) == (1, 100)


@kinds
def test_an_invoice_saved_again_stays_held(office: ErpOffice, doctype: str) -> None:
    name = invoice(office, doctype)
    office.pay(doctype, name)
    desk.edit(doctype, name, lambda doc: doc.update({"letter_head": None}))
    assert shows(office, doctype, name) == ("Unpaid", 0)
    with desk.request():
        frappe.get_doc(doctype, name).set_status(update=True)
    assert shows(office, doctype, name) == ("Unpaid", 0)
