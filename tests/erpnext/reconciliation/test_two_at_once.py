"""Two workers at once, on the same parties and accounts: both runs complete, and neither touches the other's."""

from __future__ import annotations

import os

import frappe

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from tests.erpnext.office import ErpOffice, connect
from tests.erpnext.reconciliation.desk import PURCHASE, Desk, with_invoices


def test_two_runs_of_the_same_supplier_are_worked_at_once(desk: Desk, office: ErpOffice) -> None:
    runs = [
        desk.ask(office.bank_transaction(-60), with_invoices(office, PURCHASE, [10] * 6), chunk_size=2, per_party=each)
        for each in (False, True)
    ]
    frappe.db.commit()
    child = os.fork()
    if child == 0:  # never to return into the tests
        try:
            connect(frappe.local.site)
            os._exit(0 if desk.compose().engine.work(runs[0], holder="child") is Outcome.ENDED else 1)
        finally:
            os._exit(2)
    ended = desk.app.engine.work(runs[1], holder="parent")
    _, status = os.waitpid(child, 0)
    frappe.db.rollback()
    assert (ended, os.waitstatus_to_exitcode(status)) == (Outcome.ENDED, 0)
    for run in runs:
        assert desk.run(run).status is RunStatus.COMPLETED
        desk.check_books(run)


def test_an_invoice_that_is_paid_by_hand_at_the_same_time_is_paid_once(desk: Desk, office: ErpOffice) -> None:
    invoices = with_invoices(office, PURCHASE, [10, 10, 10])
    run = desk.ask(office.bank_transaction(-30), invoices, chunk_size=1)
    frappe.db.commit()
    child = os.fork()
    if child == 0:
        try:
            connect(frappe.local.site)
            office.pay(PURCHASE, invoices[2]["name"])
            os._exit(0)
        except frappe.ValidationError:  # the run was quicker
            os._exit(1)
        finally:
            os._exit(2)
    ended = desk.work(run)
    _, status = os.waitpid(child, 0)
    by_hand = os.waitstatus_to_exitcode(status)
    frappe.db.rollback()
    assert (by_hand, ended.status) in ((0, RunStatus.FAILED), (1, RunStatus.COMPLETED)), ended.error
    if by_hand == 0:
        desk.forget(PURCHASE, invoices[2]["name"])
    desk.check_books(run)
    assert office.outstanding(PURCHASE, invoices[2]["name"]) == 0
