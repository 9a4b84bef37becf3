"""What is refused up front on ERPNext: document, rule and remedy are named, and no table has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from imogi_finance.errors import IdempotencyConflict, Refused
from imogi_finance.setting_up.roles import RECONCILER
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import PURCHASE, SALES, Desk, row, with_invoices


@contextmanager
def changed(doctype: str, name: str, **values: Any) -> Iterator[None]:
    """Change fields of a document for the block, as saved by a person."""
    document = frappe.get_doc(doctype, name)
    before = {field: document.get(field) for field in values}
    _save(doctype, name, values)
    try:
        yield
    finally:
        frappe.db.rollback()
        _save(doctype, name, before)


def _save(doctype: str, name: str, values: dict[str, Any]) -> None:
    document = frappe.get_doc(doctype, name)
    document.update(values)
    document.flags.ignore_validate_update_after_submit = True
    document.save()
    frappe.db.commit()


def modifier(role: str) -> Any:
    """Let a role post to what is frozen, for the block."""
    return changed("Accounts Settings", "Accounts Settings", frozen_accounts_modifier=role)


def only(desk: Desk, ask: Callable[[], Any]) -> tuple[str, str]:
    """Assert that a request is refused for one reason; return its document and rule."""
    problems = desk.refused(ask)
    assert len(problems) == 1, problems
    return problems[0].document, problems[0].rule


def test_every_unusable_document_is_named_at_once(desk: Desk, office: ErpOffice) -> None:
    other = ErpOffice("Second Bench Co")
    good, foreign = office.purchase_invoice(10), other.purchase_invoice(10)
    draft, cancelled = office.purchase_invoice(10, submit=False), office.purchase_invoice(10)
    frappe.get_doc(PURCHASE, cancelled).cancel()
    paid, sale = office.purchase_invoice(10), office.sales_invoice(10)
    office.pay(PURCHASE, paid)
    frappe.db.commit()
    transaction = office.bank_transaction(-1000)
    rows = [row(PURCHASE, name) for name in (good, foreign, draft, cancelled, paid, "PINV-NONE")]
    problems = desk.refused(lambda: desk.ask(transaction, [*rows, row(SALES, sale), row(PURCHASE, good, "10.01")]))
    assert {(problem.document, problem.rule) for problem in problems} == {
        (f"{PURCHASE} {good}", "selected_twice"),
        (f"{PURCHASE} {good}", "above_outstanding"),
        (f"{PURCHASE} {foreign}", "other_company"),
        (f"{PURCHASE} {draft}", "invoice_not_submitted"),
        (f"{PURCHASE} {cancelled}", "invoice_not_submitted"),
        (f"{PURCHASE} {paid}", "nothing_outstanding"),
        (f"{PURCHASE} PINV-NONE", "unknown_invoice"),
        (f"{SALES} {sale}", "wrong_direction"),
    }


def test_a_transaction_that_cannot_be_reconciled(desk: Desk, office: ErpOffice) -> None:
    invoices = with_invoices(office, PURCHASE, [10])
    assert only(desk, lambda: desk.ask("BT-NONE", invoices))[1] == "unknown_transaction"
    draft = office.bank_transaction(-10, submit=False)
    assert only(desk, lambda: desk.ask(draft, invoices)) == (f"Bank Transaction {draft}", "transaction_not_submitted")
    small = office.bank_transaction(-9.99)
    assert only(desk, lambda: desk.ask(small, invoices)) == (f"Bank Transaction {small}", "above_unallocated")


def test_another_currency(desk: Desk, office: ErpOffice) -> None:
    account = office.gl_account("Dollar Ledger", "Bank", "USD")
    frappe.db.commit()
    bank = office.new_bank_account("Dollar Account", account)
    frappe.db.commit()
    transaction = office.bank_transaction(-10, bank_account=bank, currency="USD")
    invoices = with_invoices(office, PURCHASE, [10])
    assert only(desk, lambda: desk.ask(transaction, invoices))[1] == "other_currency"


def test_vouchers_that_cannot_be_allocated(desk: Desk, office: ErpOffice) -> None:
    by_cash = office.pay(PURCHASE, office.purchase_invoice(10), account="cash")
    received = office.pay(SALES, office.sales_invoice(10))
    draft = office.pay(PURCHASE, office.purchase_invoice(10), submit=False)
    spent = office.pay(PURCHASE, office.purchase_invoice(10))
    assert desk.reconcile(office.bank_transaction(-10), [], [row("Payment Entry", spent)]).error is None
    rows = [row("Payment Entry", name) for name in (by_cash, received, draft, spent, "PE-NONE")]
    transaction = office.bank_transaction(-1000)
    problems = desk.refused(lambda: desk.ask(transaction, [], rows))
    found = {(problem.document.removeprefix("Payment Entry "), problem.rule) for problem in problems}
    assert {
        (by_cash, "other_bank_account"),
        (received, "wrong_direction"),
        (draft, "voucher_not_submitted"),
        (spent, "nothing_open"),
        ("PE-NONE", "unknown_voucher"),
    } <= found


def test_frozen_books_and_closed_periods(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-10), with_invoices(office, PURCHASE, [10])
    with changed("Accounts Settings", "Accounts Settings", acc_frozen_upto=nowdate()):
        assert only(desk, lambda: desk.ask(transaction, invoices))[1] == "books_frozen"
    long_ago = office.bank_transaction(-10, date="2019-05-05")
    assert only(desk, lambda: desk.ask(long_ago, invoices)) == (f"Bank Transaction {long_ago}", "no_fiscal_year")


def test_an_accounting_period_closed_for_payments(desk: Desk) -> None:
    shut = ErpOffice("Closed Period Co")
    transaction, invoices = shut.bank_transaction(-10), with_invoices(shut, PURCHASE, [10])
    period = frappe.get_doc(
        {
            "doctype": "Accounting Period",
            "period_name": frappe.generate_hash(length=8),
            "company": shut.company,
            "start_date": nowdate(),
            "end_date": nowdate(),
            "closed_documents": [{"document_type": "Payment Entry", "closed": 1}],
        }
    ).insert()
    frappe.db.commit()
    assert only(desk, lambda: desk.ask(transaction, invoices))[1] == "period_closed"
    frappe.delete_doc("Accounting Period", period.name)
    frappe.db.commit()
    assert desk.reconcile(transaction, invoices).error is None


def test_a_period_closing_voucher(desk: Desk) -> None:
    letters = " ".join(frappe.generate_hash(length=4).upper())  # a year is closed once
    shut = ErpOffice(f"{letters} Closed Year")
    last_year = getdate().year - 1
    equity = frappe.db.get_value("Account", {"company": shut.company, "root_type": "Equity", "is_group": 0})
    invoice = shut.purchase_invoice(10, posting_date=f"{last_year}-06-01")
    voucher = frappe.get_doc(
        {
            "doctype": "Period Closing Voucher",
            "company": shut.company,
            "fiscal_year": frappe.db.get_value("Fiscal Year", {"year_start_date": f"{last_year}-01-01"}),
            "period_start_date": f"{last_year}-01-01",
            "period_end_date": f"{last_year}-12-31",
            "transaction_date": nowdate(),
            "closing_account_head": equity,
            "remarks": "Closed",
        }
    )
    voucher.insert()
    voucher.submit()
    frappe.db.commit()
    transaction = shut.bank_transaction(-10, date=f"{last_year}-12-30")
    assert only(desk, lambda: desk.ask(transaction, [row(PURCHASE, invoice)]))[1] == "period_closed"


def test_accounts_that_take_no_entries(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-10), with_invoices(office, PURCHASE, [10])
    account = frappe.db.get_value(PURCHASE, invoices[0]["name"], "credit_to")
    clerk = office.user("clerk", RECONCILER, "Accounts User")
    for name in (account, office.bank_gl):
        with changed("Account", name, disabled=1):
            assert only(desk, lambda: desk.ask(transaction, invoices)) == (f"Account {name}", "account_disabled")
        with modifier("Accounts Manager"), changed("Account", name, freeze_account="Yes"):
            asked = only(desk, lambda: desk.ask(transaction, invoices, user=clerk))
            assert asked == (f"Account {name}", "account_frozen")
    with changed("Account", office.bank_gl, account_type=""):
        asked = only(desk, lambda: desk.ask(transaction, invoices))
        assert asked == (f"Account {office.bank_gl}", "not_a_bank_account")


def test_parties_that_are_barred(desk: Desk, office: ErpOffice) -> None:
    supplier, customer = office.supplier("Barred Supplier"), office.customer("Barred Customer")
    withdrawal, purchases = office.bank_transaction(-10), with_invoices(office, PURCHASE, [10], supplier=supplier)
    deposit, sales = office.bank_transaction(10), with_invoices(office, SALES, [10], customer=customer)
    later, before = add_days(nowdate(), 1), add_days(nowdate(), -1)
    for values, rule in (
        ({"disabled": 1}, "party_disabled"),
        ({"is_frozen": 1}, "party_frozen"),
        ({"on_hold": 1, "hold_type": "Payments"}, "party_on_hold"),
        ({"on_hold": 1, "hold_type": "Payments", "release_date": later}, "party_on_hold"),
        ({"on_hold": 1, "hold_type": "All", "release_date": before}, "party_on_hold"),
    ):
        with changed("Supplier", supplier, **values):
            assert only(desk, lambda: desk.ask(withdrawal, purchases)) == (f"Supplier {supplier}", rule)
        if "on_hold" not in values:
            with changed("Customer", customer, **values):
                assert only(desk, lambda: desk.ask(deposit, sales)) == (f"Customer {customer}", rule)
    with changed("Supplier", supplier, on_hold=1, hold_type="Payments", release_date=before):
        assert desk.reconcile(withdrawal, purchases).error is None


def test_an_invoice_on_hold(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-20), with_invoices(office, PURCHASE, [10, 10])
    name = invoices[1]["name"]
    frappe.get_doc(PURCHASE, name).block_invoice("Look at it first")
    frappe.db.commit()
    assert only(desk, lambda: desk.ask(transaction, invoices)) == (f"{PURCHASE} {name}", "on_hold")
    frappe.get_doc(PURCHASE, name).unblock_invoice()
    frappe.db.commit()
    assert desk.reconcile(transaction, invoices).error is None


def test_a_mode_of_payment_without_an_account(desk: Desk, office: ErpOffice) -> None:
    mode = frappe.generate_hash(length=8)
    frappe.get_doc({"doctype": "Mode of Payment", "mode_of_payment": mode, "type": "Bank"}).insert()
    transaction, invoices = office.bank_transaction(-10), with_invoices(office, PURCHASE, [10], mode_of_payment=mode)
    assert only(desk, lambda: desk.ask(transaction, invoices))[1] == "mode_without_account"


def test_who_may_not(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-10), with_invoices(office, PURCHASE, [10])
    without_role = office.user("noor", "Accounts Manager", "Accounts User")
    without_payments = office.user("putu", RECONCILER)
    for user in (without_role, without_payments):
        before = desk.dump()
        with pytest.raises(Refused) as error:
            desk.ask(transaction, invoices, user=user)
        assert desk.dump() == before
        assert error.value.problems[0].rule == ("not_permitted" if user == without_role else "unknown_transaction")


def test_documents_that_the_user_may_not_read_do_not_exist_for_them(desk: Desk, office: ErpOffice) -> None:
    other = ErpOffice("Second Bench Co")
    user = office.user("sari", RECONCILER, "Accounts User", "Accounts Manager")
    if not frappe.db.exists("User Permission", {"user": user}):
        frappe.get_doc(
            {"doctype": "User Permission", "user": user, "allow": "Company", "for_value": office.company}
        ).insert()
    own, foreign = office.purchase_invoice(10), other.purchase_invoice(10)
    mine, theirs = office.bank_transaction(-20), other.bank_transaction(-10)
    asked = [row(PURCHASE, own), row(PURCHASE, foreign)]
    assert only(desk, lambda: desk.ask(mine, asked, user=user)) == (f"{PURCHASE} {foreign}", "unknown_invoice")
    assert only(desk, lambda: desk.ask(theirs, asked[:1], user=user))[1] == "unknown_transaction"
    run = desk.reconcile(mine, asked[:1], user=user)
    assert run.error is None
    [payment] = desk.payments(run.name)
    assert frappe.db.get_value("Payment Entry", payment, "owner") == user


def test_a_document_that_a_live_run_works_on(desk: Desk, office: ErpOffice) -> None:
    invoices = with_invoices(office, PURCHASE, [10])
    first = desk.ask(office.bank_transaction(-10), invoices)
    second = office.bank_transaction(-10)
    assert only(desk, lambda: desk.ask(second, invoices)) == (f"{PURCHASE} {invoices[0]['name']}", "in_live_run")
    assert desk.work(first).error is None


def test_the_same_request_is_the_same_run_and_a_key_is_of_one_request(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-30), with_invoices(office, PURCHASE, [10, 20])
    run = desk.ask(transaction, invoices, key=(key := frappe.generate_hash(length=10)))
    assert desk.ask(transaction, invoices, key=key) == run
    assert desk.ask(transaction, invoices) == run
    assert desk.work(run).error is None
    assert desk.ask(transaction, invoices, key=key) == desk.ask(transaction, invoices) == run
    before = desk.dump()
    with pytest.raises(IdempotencyConflict):
        desk.ask(transaction, invoices[:1], key=key)
    assert desk.dump() == before
