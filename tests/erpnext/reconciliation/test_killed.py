"""A worker that dies between any two writes leaves nothing half done, and another goes on where it stood."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta

import frappe
import pytest

from imogi_finance.batch import faults
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.erpnext_adapter.clock import SystemClock
from tests.erpnext.office import ErpOffice, connect
from tests.erpnext.reconciliation.desk import PURCHASE, Desk, row, with_invoices

_DIED = 9


class LaterClock(SystemClock):
    """An hour on: the dead worker's lease has run out."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=1)


def die_at(desk: Desk, run: str, point: str, nth: int) -> None:
    """Have a process of its own work the run, and die at the n-th pass of a fault point."""
    frappe.db.commit()
    child = os.fork()
    if child == 0:  # never to return into the tests: every way out is an exit
        try:
            connect(frappe.local.site)
            passed = [0]

            def reached(name: str) -> None:
                passed[0] += name == point
                if name == point and passed[0] == nth:
                    os._exit(_DIED)

            faults.arm(reached)
            desk.compose().engine.work(run, holder="dies")
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == _DIED, f"{point} was not passed {nth} times"


def resume(desk: Desk, run: str) -> RunStatus:
    """Let another worker take the run over; return how it ended."""
    frappe.db.rollback()
    another = desk.compose(clock=LaterClock())
    for _ in range(50):  # as the sweeper would: the database may not have seen yet that the dead one is gone
        if another.engine.work(run, holder="another") is not Outcome.NOT_CLAIMED:
            break
        time.sleep(0.1)
    return desk.run(run).status


@pytest.mark.parametrize(
    ("point", "nth"),
    [
        ("claim.after_commit", 1),
        ("books.after_payment", 1),
        ("books.after_ledger", 3),
        ("books.after_outstanding", 2),
        ("work.after_document", 2),
        ("work.before_commit", 1),
        ("work.after_commit", 1),
        ("finish.before_documents", 1),
        ("books.after_allocation", 2),
        ("books.after_confirmation", 1),
        ("finish.before_commit", 1),
    ],
)
def test_a_run_goes_on_after_its_worker_died(desk: Desk, office: ErpOffice, point: str, nth: int) -> None:
    per_party = nth % 2 == 0
    voucher = office.pay(PURCHASE, office.purchase_invoice(5))
    invoices = with_invoices(office, PURCHASE, [10, 20, 30])
    transaction = office.bank_transaction(-65)
    run = desk.ask(transaction, invoices, [row("Payment Entry", voucher)], chunk_size=2, per_party=per_party)
    die_at(desk, run, point, 1 if per_party and point.startswith("work.after_d") else nth)
    assert resume(desk, run) is RunStatus.COMPLETED
    desk.check_books(run)
    assert office.status("Bank Transaction", transaction) == "Reconciled"


@pytest.mark.parametrize(
    ("point", "deleted"),
    [
        ("turn.before_run", False),
        ("undo.before_unit", False),
        ("books.after_cancel", False),
        ("books.after_cancel", True),
        ("books.after_reversal", False),
        ("undo.before_commit", True),
        ("undo.after_commit", True),
    ],
)
def test_an_undo_goes_on_after_its_worker_died(desk: Desk, office: ErpOffice, point: str, deleted: bool) -> None:
    invoices = with_invoices(office, PURCHASE, [10, 20, 30])
    run = desk.ask(office.bank_transaction(-60), invoices, chunk_size=1)
    bad = invoices[2]["name"]
    office.pay(PURCHASE, bad)
    desk.forget(PURCHASE, bad)
    frappe.db.set_single_value("Accounts Settings", "delete_linked_ledger_entries", int(deleted))
    try:
        die_at(desk, run, point, 1)
        assert resume(desk, run) is RunStatus.FAILED
    finally:
        frappe.db.rollback()
        frappe.db.set_single_value("Accounts Settings", "delete_linked_ledger_entries", 0)
        frappe.db.commit()
    desk.check_books(run)
    assert len(desk.payments(run, docstatus=2)) == (0 if deleted else 2)
