"""Runs that complete: every kind of selection ends with invoices paid and the bank transaction allocated."""

from __future__ import annotations

from typing import Any

import frappe
import pytest

from benchmarks.bench.twins import make_twin
from imogi_finance.batch.run import RunStatus
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import PURCHASE, SALES, Desk, row, with_invoices


def paid(field: str, payment: str) -> Any:
    return frappe.db.get_value("Payment Entry", payment, field)


def test_sixty_purchase_invoices_are_paid_by_one_withdrawal(desk: Desk) -> None:
    twin = make_twin(60)
    office, transaction, invoices = twin.office, twin.transaction, twin.selection
    run = desk.reconcile(transaction, invoices)
    assert (run.status, run.succeeded, run.error) == (RunStatus.COMPLETED, 60, None)
    desk.check_books(run.name)
    assert {office.status(PURCHASE, of["name"]) for of in invoices} == {"Paid"}
    assert office.status("Bank Transaction", transaction) == "Reconciled"
    payments = [frappe.get_doc("Payment Entry", name) for name in desk.payments(run.name)]
    date = frappe.db.get_value("Bank Transaction", transaction, "date")
    assert len(payments) == 60
    for payment in payments:
        assert (payment.reference_no, payment.reference_date, payment.posting_date) == ("BENCHMARK", date, date)
        assert (payment.paid_from, payment.bank_account) == (office.bank_gl, office.bank_account)
        assert (payment.clearance_date, payment.owner) == (date, "Administrator")


def test_sales_invoices_are_paid_by_a_deposit(desk: Desk, office: ErpOffice) -> None:
    invoices = with_invoices(office, SALES, [70, 80, 90.5], disable_rounded_total=1)
    run = desk.reconcile(office.bank_transaction(240.5), invoices)
    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    assert {office.status(SALES, of["name"]) for of in invoices} == {"Paid"}
    assert {paid("paid_to", name) for name in desk.payments(run.name)} == {office.bank_gl}


def test_invoices_and_vouchers_together_and_a_part_is_left(desk: Desk, office: ErpOffice) -> None:
    invoices = with_invoices(office, PURCHASE, [100, 200])
    whole = office.pay(PURCHASE, office.purchase_invoice(50))
    part = office.pay(PURCHASE, office.purchase_invoice(60))
    transaction = office.bank_transaction(-1000)
    vouchers = [row("Payment Entry", whole), row("Payment Entry", part, "20.25")]
    run = desk.reconcile(transaction, invoices, vouchers)
    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    found = frappe.get_doc("Bank Transaction", transaction)
    assert {r.payment_entry: r.allocated_amount for r in found.payment_entries if r.payment_entry in (whole, part)} == {
        whole: 50,
        part: 20.25,
    }
    assert (found.unallocated_amount, found.status) == (1000 - 300 - 70.25, "Unreconciled")
    assert paid("clearance_date", whole) == found.date
    assert paid("clearance_date", part) is None


def test_part_amounts_leave_the_rest_outstanding(desk: Desk, office: ErpOffice) -> None:
    first, second = office.purchase_invoice(100), office.purchase_invoice(100)
    run = desk.reconcile(office.bank_transaction(-130.75), [row(PURCHASE, first, "30.75"), row(PURCHASE, second)])
    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    assert (office.outstanding(PURCHASE, first), office.outstanding(PURCHASE, second)) == (69.25, 0)
    assert office.status(PURCHASE, first) == "Partly Paid"


def test_one_payment_a_party_in_each_chunk(desk: Desk, office: ErpOffice) -> None:
    parties = [office.supplier(f"Party {letter}") for letter in "ABC"]
    invoices = [row(PURCHASE, office.purchase_invoice(10 + n, supplier=parties[n % 3])) for n in range(12)]
    run = desk.reconcile(
        office.bank_transaction(-sum(10 + n for n in range(12))), invoices, per_party=True, chunk_size=4
    )
    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    payments = [frappe.get_doc("Payment Entry", name) for name in desk.payments(run.name)]
    assert sorted((payment.party, len(payment.references)) for payment in payments) == [(party, 4) for party in parties]
    assert {office.status(PURCHASE, of["name"]) for of in invoices} == {"Paid"}


def test_one_payment_a_party_where_a_voucher_begins_the_next_chunk(desk: Desk, office: ErpOffice) -> None:
    voucher = office.pay(PURCHASE, office.purchase_invoice(5))
    parties = [office.supplier(f"Chunk Supplier {n}") for n in range(2)]
    invoices = [row(PURCHASE, office.purchase_invoice(10, supplier=party)) for party in parties]
    vouchers = [row("Payment Entry", voucher)]
    run = desk.reconcile(office.bank_transaction(-25), invoices, vouchers, per_party=True, chunk_size=2)
    assert run.status is RunStatus.COMPLETED, run.error
    assert len(desk.payments(run.name)) == 2
    desk.check_books(run.name)


@pytest.mark.parametrize("doctype", [PURCHASE, SALES])
def test_a_return_is_refunded(desk: Desk, office: ErpOffice, doctype: str) -> None:
    make = office.purchase_invoice if doctype == PURCHASE else office.sales_invoice
    returned = [make(40, is_return=1), make(25, is_return=1)]
    amount = 65 if doctype == PURCHASE else -65
    run = desk.reconcile(office.bank_transaction(amount), [row(doctype, name) for name in returned], per_party=True)
    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    assert [office.outstanding(doctype, name) for name in returned] == [0, 0]
    [payment] = desk.payments(run.name)
    assert paid("payment_type", payment) == ("Receive" if doctype == PURCHASE else "Pay")


def test_the_bank_account_of_the_statement_is_used_whatever_the_mode_of_payment_says(
    desk: Desk, office: ErpOffice
) -> None:
    fields = {"mode_of_payment": frappe.generate_hash(length=8), "type": "Cash"}
    mode = frappe.get_doc({"doctype": "Mode of Payment", **fields})
    mode.append("accounts", {"company": office.company, "default_account": office.cash_gl})
    mode.insert()
    invoices = with_invoices(office, PURCHASE, [100], mode_of_payment=mode.name)
    run = desk.reconcile(office.bank_transaction(-100), invoices)
    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    [payment] = desk.payments(run.name)
    assert (paid("paid_from", payment), paid("mode_of_payment", payment)) == (office.bank_gl, None)


@pytest.mark.parametrize("undone", [False, True])
def test_a_dollar_account_pays_dollar_invoices(desk: Desk, office: ErpOffice, undone: bool) -> None:
    ledger = office.gl_account("Dollar Ledger", "Bank", "USD")
    payable = f"Dollar Creditors - {office.abbr}"
    if not frappe.db.exists("Account", payable):
        fields = {"account_name": "Dollar Creditors", "parent_account": f"Accounts Payable - {office.abbr}"}
        where = {"company": office.company, "account_type": "Payable", "account_currency": "USD"}
        frappe.get_doc({"doctype": "Account", **fields, **where}).insert()
    supplier = office.supplier("Dollar Supplier")
    rates = [16000, 16500]
    of_rate = {"currency": "USD", "credit_to": payable, "supplier": supplier}
    invoices = [row(PURCHASE, office.purchase_invoice(100, conversion_rate=rate, **of_rate)) for rate in rates]
    bad = row(PURCHASE, office.purchase_invoice(5, conversion_rate=16000, **of_rate))
    bank = office.new_bank_account("Dollar Account", ledger)
    transaction = office.bank_transaction(-205, bank_account=bank, currency="USD")
    run = desk.ask(transaction, [*invoices, bad], per_party=True, chunk_size=2)
    if undone:
        office.pay(PURCHASE, bad["name"], account=ledger)
        desk.forget(PURCHASE, bad["name"])
    ended = desk.work(run)
    assert ended.status is (RunStatus.FAILED if undone else RunStatus.COMPLETED), ended.error
    desk.check_books(run)
    journals = frappe.get_all(
        "Journal Entry Account",
        {"reference_name": ("in", [of["name"] for of in invoices]), "docstatus": 1},
        pluck="parent",
    )
    assert len(journals) == (0 if undone else 1)  # of the invoice whose rate is not the payment's
    left = 100 if undone else 0
    assert [office.outstanding(PURCHASE, of["name"]) for of in invoices] == [left, left]


def test_two_companies_reconcile_beside_each_other(desk: Desk, office: ErpOffice) -> None:
    other = ErpOffice("Second Bench Co")
    runs = [desk.ask(of.bank_transaction(-100), with_invoices(of, PURCHASE, [60, 40])) for of in (office, other)]
    for run, of in zip(runs, (office, other), strict=True):
        assert desk.work(run).status is RunStatus.COMPLETED
        desk.check_books(run)
        assert {paid("company", name) for name in desk.payments(run)} == {of.company}
