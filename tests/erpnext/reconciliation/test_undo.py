"""Runs that cannot complete: what they made is taken back, and what could not be is named and retried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import frappe
import pytest
from frappe.utils import nowdate

from imogi_finance.batch import faults
from imogi_finance.batch.run import RunStatus
from imogi_finance.setting_up.roles import RECONCILER
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import PURCHASE, Desk, row, with_invoices


@contextmanager
def at(point: str, nth: int, act: Callable[[], None]) -> Iterator[None]:
    """Do something when a fault point is passed for the n-th time."""
    passed = [0]

    def reached(name: str) -> None:
        passed[0] += name == point
        if name == point and passed[0] == nth:
            act()

    faults.arm(reached)
    try:
        yield
    finally:
        faults.arm(None)
    assert passed[0] >= nth, f"{point} was passed {passed[0]} times"


def cancel_elsewhere(doctype: str, name: str) -> Callable[[], None]:
    """Return what cancels a document between two chunks, as another user would."""

    def cancel() -> None:
        frappe.get_doc(doctype, name).cancel()
        frappe.db.commit()

    return cancel


@contextmanager
def ledger_rows_are_deleted(yes: bool) -> Iterator[None]:
    """Set whether ERPNext deletes ledger rows with their document."""
    frappe.db.set_single_value("Accounts Settings", "delete_linked_ledger_entries", int(yes))
    frappe.db.commit()
    try:
        yield
    finally:
        frappe.db.rollback()
        frappe.db.set_single_value("Accounts Settings", "delete_linked_ledger_entries", 0)
        frappe.db.commit()


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("per_party", [False, True])
def test_a_bad_invoice_in_the_middle_undoes_everything(
    desk: Desk, office: ErpOffice, deleted: bool, per_party: bool
) -> None:
    suppliers = [office.supplier(f"Undo {letter}") for letter in "AB"]
    invoices = [row(PURCHASE, office.purchase_invoice(10, supplier=suppliers[n // 5])) for n in range(10)]
    transaction = office.bank_transaction(-100)
    run = desk.ask(transaction, invoices, chunk_size=5, per_party=per_party)
    bad = invoices[7]["name"]
    with ledger_rows_are_deleted(deleted), at("work.after_commit", 1, cancel_elsewhere(PURCHASE, bad)):
        ended = desk.work(run)
    assert ended.status is RunStatus.FAILED
    assert ended.error == f"{PURCHASE} {bad}: It was cancelled or removed meanwhile. Leave it out."
    assert [item.reference_name for item in desk.items(run) if item.error] == [bad]
    frappe.db.set_value(
        PURCHASE, bad, "outstanding_amount", 10
    )  # the audit compares with what was before it was cancelled
    desk.check_books(run)
    frappe.db.rollback()
    cancelled = desk.payments(run, docstatus=2)
    assert bool(cancelled) is not deleted
    if deleted:
        gone = [item.result_name for item in desk.items(run) if item.result_name]
        assert gone
        assert frappe.get_all("GL Entry", {"voucher_no": ("in", gone)}) == []
        assert frappe.get_all("Payment Ledger Entry", {"voucher_no": ("in", gone)}) == []
    assert {office.status(PURCHASE, of["name"]) for of in invoices if of["name"] != bad} <= {"Unpaid", "Overdue"}


def test_a_payment_that_something_else_refers_to_stays_cancelled(desk: Desk, office: ErpOffice) -> None:
    invoices = with_invoices(office, PURCHASE, [10, 10])
    run = desk.ask(office.bank_transaction(-20), invoices, chunk_size=1)

    def refer_and_cancel() -> None:
        [payment] = desk.payments(run)
        draft = office.pay(PURCHASE, office.purchase_invoice(10), submit=False)
        frappe.db.set_value("Payment Entry", draft, "amended_from", payment)
        frappe.db.commit()
        cancel_elsewhere(PURCHASE, invoices[1]["name"])()

    with ledger_rows_are_deleted(True), at("work.after_commit", 1, refer_and_cancel):
        ended = desk.work(run)
    assert ended.status is RunStatus.FAILED, ended.error
    [payment] = desk.payments(run, docstatus=2)
    assert frappe.db.count("GL Entry", {"voucher_no": payment}) == 4
    desk.forget(PURCHASE, invoices[1]["name"])
    desk.check_books(run)


def test_a_transaction_cancelled_meanwhile_undoes_everything(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-20), with_invoices(office, PURCHASE, [10, 10])
    run = desk.ask(transaction, invoices)
    with at("work.after_commit", 1, cancel_elsewhere("Bank Transaction", transaction)):
        ended = desk.work(run)
    assert ended.status is RunStatus.FAILED
    assert ended.error is not None
    assert ended.error.startswith(f"Bank Transaction {transaction}: It was cancelled")
    desk.check_books(run)


def test_a_period_closed_meanwhile_needs_attention_and_is_retried_when_it_is_open_again(desk: Desk) -> None:
    office = ErpOffice("Closed Period Co")
    invoices = with_invoices(office, PURCHASE, [10, 20, 30])
    run = desk.ask(office.bank_transaction(-60), invoices, chunk_size=1)
    period: list[str] = []

    def close() -> None:
        made = frappe.get_doc(
            {
                "doctype": "Accounting Period",
                "period_name": frappe.generate_hash(length=8),
                "company": office.company,
                "start_date": nowdate(),
                "end_date": nowdate(),
                "closed_documents": [{"document_type": "Payment Entry", "closed": 1}],
            }
        )
        period.append(made.insert().name)
        frappe.db.commit()

    with at("work.after_commit", 2, close):
        ended = desk.work(run)
    assert ended.status is RunStatus.NEEDS_ATTENTION
    assert ended.undo_failed == 2
    stuck = [item for item in desk.items(run) if item.status.value == "Undo Failed"]
    assert [item.result_name for item in stuck] == desk.payments(run)
    for item in stuck:
        assert item.error is not None
        assert item.error.startswith(f"Payment Entry {item.result_name}: ")
        assert period[0] in item.error
        assert "<" not in item.error
    frappe.delete_doc("Accounting Period", period[0])
    frappe.db.commit()
    desk.app.control.retry(run, user="Administrator")
    assert desk.work(run).status is RunStatus.FAILED
    desk.check_books(run)
    assert desk.payments(run) == []


def test_what_a_user_made_is_undone_after_they_left(desk: Desk, office: ErpOffice) -> None:
    user = office.user("leaver", RECONCILER, "Accounts User", "Accounts Manager")
    invoices = with_invoices(office, PURCHASE, [10, 20, 30])
    run = desk.ask(office.bank_transaction(-60), invoices, user=user, chunk_size=1)

    def leave() -> None:
        gone = frappe.get_doc("User", user)
        gone.set("roles", [])
        gone.enabled = 0
        gone.save()
        frappe.db.commit()

    with at("work.after_commit", 2, leave):
        ended = desk.work(run)
    assert ended.status is RunStatus.FAILED, ended.error
    assert user in str(ended.error)
    desk.check_books(run)
    assert len(desk.payments(run, docstatus=2)) == 2


def test_every_bad_invoice_is_named_where_that_was_asked_for(desk: Desk, office: ErpOffice) -> None:
    invoices = with_invoices(office, PURCHASE, [10] * 5)
    run = desk.ask(office.bank_transaction(-50), invoices, stop_on_first_error=False)
    bad = [invoices[1]["name"], invoices[3]["name"]]
    for name in bad:
        office.pay(PURCHASE, name)
    ended = desk.work(run)
    assert ended.status is RunStatus.FAILED
    failed = {item.reference_name: item.error for item in desk.items(run) if item.error}
    assert failed == {
        name: f"{PURCHASE} {name}: Only IDR 0.00 is outstanding by now, not IDR 10.00."
        " Select it again, or leave it out."
        for name in bad
    }
    assert desk.payments(run) == []


def test_a_voucher_that_was_allocated_meanwhile(desk: Desk, office: ErpOffice) -> None:
    voucher = office.pay(PURCHASE, office.purchase_invoice(10))
    run = desk.ask(office.bank_transaction(-30), with_invoices(office, PURCHASE, [20]), [row("Payment Entry", voucher)])
    other = desk.app.books.bank_transaction(office.bank_transaction(-10))
    assert other is not None

    def allocate() -> None:
        found: Any = frappe.get_doc("Bank Transaction", other.name)
        found.add_payment_entries([{"payment_doctype": "Payment Entry", "payment_name": voucher}])
        found.save()
        frappe.db.commit()

    with at("work.after_commit", 1, allocate):
        ended = desk.work(run)
    assert ended.status is RunStatus.FAILED
    assert ended.error is not None
    assert ended.error.startswith(f"Payment Entry {voucher}: Only IDR 0.00 of it")
    desk.check_books(run)
    assert frappe.db.get_value("Payment Entry", voucher, "docstatus") == 1


def test_the_invoice_that_erpnext_names_is_the_one_to_blame_in_a_payment_of_many(desk: Desk, office: ErpOffice) -> None:
    invoices = with_invoices(office, PURCHASE, [10, 10, 10])
    run = desk.ask(office.bank_transaction(-30), invoices, per_party=True)
    held = invoices[1]["name"]
    frappe.get_doc(PURCHASE, held).block_invoice("Look at it first")
    frappe.db.commit()
    ended = desk.work(run)
    assert ended.status is RunStatus.FAILED
    assert [item.reference_name for item in desk.items(run) if item.error] == [held]
    desk.check_books(run)
