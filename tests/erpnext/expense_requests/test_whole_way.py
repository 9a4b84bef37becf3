"""The whole way of a request: asked, reviewed, approved, invoiced, paid, confirmed; and back again."""

from __future__ import annotations

import frappe
import pytest
from erpnext.accounts.doctype.purchase_invoice.purchase_invoice import make_debit_note
from frappe.utils import nowdate

from imogi_finance.expense_requests import api
from tests.erpnext.expense_requests.conftest import KINDS, LINK, Desk

both = pytest.mark.parametrize("kind", KINDS)


@both
def test_a_request_paid_in_cash_is_paid_at_once(desk: Desk, kind: str) -> None:
    request = desk.ask(kind)
    assert desk.shown(kind, request) == ("Draft", None)

    desk.act(desk.ana, kind, request, "Submit for Review")
    assert desk.shown(kind, request) == ("Pending Review", None)

    desk.act(desk.rudi, kind, request, "Approve")
    assert desk.shown(kind, request) == ("Approved", None)
    assert frappe.db.get_value(kind, request, "docstatus") == 1

    invoice = desk.invoice(kind, request, submit=False)
    assert desk.shown(kind, request) == ("PI Created", invoice)
    made = frappe.get_doc("Purchase Invoice", invoice)
    assert (made.docstatus, made.get(LINK[kind]), made.owner) == (0, request, desk.sari)
    assert (made.company, made.supplier, made.net_total) == (desk.office.company, desk.office.supplier(), 100)
    assert made.items[0].expense_account == desk.office.expense_gl
    assert made.items[0].cost_center == desk.office.cost_center

    made.submit()
    frappe.db.commit()
    assert desk.shown(kind, request) == ("PI Created", invoice)

    payment = desk.pay(invoice, "cash")
    assert desk.office.status("Purchase Invoice", invoice) == "Paid"
    assert desk.shown(kind, request) == ("Paid", invoice)
    assert frappe.db.get_value("Payment Entry", payment, LINK[kind]) == request


@both
def test_a_request_paid_by_bank_is_paid_when_the_statement_says_so_and_only_as_long(desk: Desk, kind: str) -> None:
    request, invoice = desk.invoiced(kind)

    payment = desk.pay(invoice, "bank")
    assert desk.office.status("Purchase Invoice", invoice) == "Unpaid"
    assert desk.shown(kind, request) == ("PI Created", invoice)

    line = desk.reconcile(payment, 100)
    assert desk.office.status("Purchase Invoice", invoice) == "Paid"
    assert desk.shown(kind, request) == ("Paid", invoice)

    with desk.acting(desk.sari):
        frappe.get_doc("Bank Transaction", line).remove_payment_entries()
    assert desk.office.status("Purchase Invoice", invoice) == "Unpaid"
    assert desk.shown(kind, request) == ("PI Created", invoice)

    desk.reconcile(payment, 100)
    assert desk.shown(kind, request) == ("Paid", invoice)
    with desk.acting(desk.sari):
        frappe.get_doc("Payment Entry", payment).cancel()
    assert desk.shown(kind, request) == ("PI Created", invoice)


@both
def test_a_request_with_two_payments_is_paid_when_both_are_confirmed(desk: Desk, kind: str) -> None:
    request, invoice = desk.invoiced(kind)
    desk.pay(invoice, "cash", 30)
    assert desk.office.status("Purchase Invoice", invoice) == "Partly Paid"
    assert desk.shown(kind, request)[0] == "PI Created"

    by_bank = desk.pay(invoice, "bank", 70)
    assert desk.shown(kind, request)[0] == "PI Created"
    desk.reconcile(by_bank, 30)
    assert desk.shown(kind, request)[0] == "PI Created"
    desk.reconcile(by_bank, 40)
    assert desk.shown(kind, request)[0] == "Paid"


def test_a_payment_of_several_requests_names_none_and_pays_each(desk: Desk) -> None:
    kind = "Expense Request"
    (first, one), (second, two) = desk.invoiced(kind), desk.invoiced(kind, 50)
    with desk.acting(desk.sari):
        draft = frappe.get_doc("Payment Entry", desk.office.pay("Purchase Invoice", one, account="bank", submit=False))
        draft.append(
            "references", {"reference_doctype": "Purchase Invoice", "reference_name": two, "allocated_amount": 50}
        )
        draft.paid_amount = draft.received_amount = 150
        draft.set_missing_ref_details(force=True)
        draft.save()
        draft.submit()
    assert draft.get(LINK[kind]) is None
    desk.reconcile(draft.name, 150)
    assert (desk.shown(kind, first), desk.shown(kind, second)) == (("Paid", one), ("Paid", two))


@both
def test_cancelling_the_invoice_leaves_the_request_approved_and_its_payment_free(desk: Desk, kind: str) -> None:
    request, invoice = desk.invoiced(kind)
    payment = desk.pay(invoice, "cash")
    with desk.acting(desk.sari):
        frappe.get_doc("Purchase Invoice", invoice).cancel()
    assert desk.shown(kind, request) == ("Approved", None)
    left = frappe.get_doc("Payment Entry", payment)
    assert (left.docstatus, left.get(LINK[kind]), left.unallocated_amount) == (1, None, 100)

    with desk.acting(desk.sari):
        amended = frappe.copy_doc(frappe.get_doc("Purchase Invoice", invoice))  # as the form's Amend does
        amended.amended_from, amended.docstatus = invoice, 0
        amended.insert()
    assert desk.shown(kind, request) == ("PI Created", amended.name)
    with desk.acting(desk.sari):
        frappe.delete_doc("Purchase Invoice", amended.name)
    assert desk.shown(kind, request) == ("Approved", None)


def test_an_invoice_in_the_supplier_s_currency_is_paid_like_any_other(desk: Desk) -> None:
    kind, today = "Expense Request", nowdate()
    if not frappe.db.exists("Currency Exchange", {"from_currency": "USD", "date": today}):
        rate = {"from_currency": "USD", "to_currency": "IDR", "exchange_rate": 15000, "date": today, "for_buying": 1}
        frappe.get_doc({"doctype": "Currency Exchange", **rate}).insert()
    frappe.db.set_value("Currency", "USD", "enabled", 1)
    request = desk.approved(kind, 100, currency="USD")
    invoice = desk.invoice(kind, request)
    made = frappe.get_doc("Purchase Invoice", invoice)
    assert (made.currency, made.net_total, made.base_net_total) == ("USD", 100, 1_500_000)
    desk.pay(invoice, "cash")
    assert desk.shown(kind, request) == ("Paid", invoice)


def test_an_invoice_that_is_paid_as_it_is_made_pays_its_request(desk: Desk) -> None:
    request, invoice = desk.invoiced("Expense Request", submit=False)
    with desk.acting(desk.sari):
        made = frappe.get_doc("Purchase Invoice", invoice)
        made.update({"is_paid": 1, "cash_bank_account": desk.office.cash_gl, "paid_amount": 100})
        made.save()
        made.submit()
    assert desk.shown("Expense Request", request) == ("Paid", invoice)


def test_a_journal_entry_pays_a_request_and_is_listed(desk: Desk) -> None:
    request, invoice = desk.invoiced("Expense Request")
    payable = frappe.db.get_value("Purchase Invoice", invoice, "credit_to")
    with desk.acting(desk.sari):
        journal = frappe.get_doc(
            {"doctype": "Journal Entry", "company": desk.office.company, "posting_date": nowdate()}
        )
        paid = {"account": payable, "party_type": "Supplier", "party": desk.supplier, "debit_in_account_currency": 100}
        journal.append("accounts", {**paid, "reference_type": "Purchase Invoice", "reference_name": invoice})
        journal.append("accounts", {"account": desk.office.cash_gl, "credit_in_account_currency": 100})
        journal.insert()
        journal.submit()
        listed = api.linked_documents(doctype="Expense Request", name=request)["payments"]
    assert desk.shown("Expense Request", request) == ("Paid", invoice)
    assert [(row["doctype"], row["name"], row["amount"], row["state"]) for row in listed] == [
        ("Journal Entry", journal.name, 100, "Paid")
    ]
    with desk.acting(desk.sari):
        journal.cancel()
    assert desk.shown("Expense Request", request) == ("PI Created", invoice)


def test_a_debit_note_takes_a_request_back_wholly_or_pays_its_part(desk: Desk) -> None:
    kind = "Expense Request"
    (whole, one), (part, two) = desk.invoiced(kind), desk.invoiced(kind)
    notes = []
    for invoice, share in ((one, 100), (two, 40)):
        with desk.acting(desk.sari):
            note = make_debit_note(invoice)
            note.items[0].rate = share
            note.update_outstanding_for_self = 0
            note.insert()
            note.submit()
            notes.append(note.name)
            assert note.get(LINK[kind]) is None
    assert desk.office.status("Purchase Invoice", one) == "Debit Note Issued"
    assert desk.shown(kind, whole)[0] == "Returned"
    assert desk.shown(kind, part)[0] == "PI Created"

    desk.pay(two, "cash", 60)
    assert desk.office.status("Purchase Invoice", two) == "Debit Note Issued"
    assert desk.shown(kind, part)[0] == "Paid"

    with desk.acting(desk.sari):
        frappe.get_doc("Purchase Invoice", notes[0]).cancel()
    assert desk.shown(kind, whole)[0] == "PI Created"
