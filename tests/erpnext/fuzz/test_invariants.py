"""What is looked at after each step can be violated: rows are falsified, and it is said."""

from __future__ import annotations

import json
from collections.abc import Callable

import frappe
import pytest
from frappe.utils import now

from imogi_finance.erpnext_adapter import drift
from tests.erpnext.fuzz.footprint import changed, footprint
from tests.erpnext.fuzz.invariants import ledger_problems, run_problems, status_problems
from tests.erpnext.fuzz.machine import Books
from tests.erpnext.fuzz.sequence import Sequence, Violation
from tests.erpnext.fuzz.shelf import PURCHASE
from tests.erpnext.fuzz.tally import Tally
from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk
from tests.erpnext.reconciliation.desk import Desk, with_invoices


def falsify(sql: str, *values: str) -> None:
    """Write rows as nobody should; the test's end takes it back."""
    frappe.db.sql(sql, values)


def test_true_books_have_no_problem_and_false_ones_are_named(office: ErpOffice) -> None:
    since = now()
    invoice = office.purchase_invoice(100, supplier=office.supplier("Falsified Party"))
    payment, line = office.pay(PURCHASE, invoice), office.bank_transaction(-100)
    desk.reconcile(line, payment)
    assert ledger_problems(office.company, since) == []
    for sql, word in (
        ("update `tabGL Entry` set debit = debit + 1 where voucher_no = %s and debit > 0", "debits"),
        ("update `tabPayment Entry` set docstatus = 2 where name = %s", "live ledger rows"),
        ("update `tabPayment Entry` set docstatus = 2 where name = %s", "has a row of"),
        ("update `tabPayment Ledger Entry` set amount = amount - 1 where voucher_no = %s", "in the payment ledger"),
    ):
        falsify(sql, payment)
        found = ledger_problems(office.company, since)
        frappe.db.rollback()
        assert any(word in problem for problem in found), (sql, found)


def test_a_run_s_false_rows_are_named(office: ErpOffice) -> None:
    since, who = now(), Desk(office)
    run = who.reconcile(office.bank_transaction(-30), with_invoices(office, PURCHASE, [10, 20])).name
    assert run_problems(since) == []
    item = "update `tabBatch Run Item` set {} where run = %s and position = (select min(position) from"
    item += " (select position from `tabBatch Run Item` where run = %s) p)"
    for sql, word in (
        ("update `tabBatch Run` set failed = 1 where name = %s", "failed items"),
        ("update `tabBatch Run` set succeeded = 1 where name = %s", "succeeded items"),
        ("update `tabBatch Run` set processed = 3 where name = %s", "past its total"),
        ("update `tabBatch Run` set total = 3 where name = %s", "lost items"),
        ("update `tabBatch Run` set status = 'Failed' where name = %s", "has items left"),
        (item.format("status = 'Pending'"), "items to do"),
        (item.format("live_key = concat(run, 'x')"), "holds documents"),
        (item.format("error = 'Unexpected error: KeyError'"), "unexpected error"),
        (item.format("status = 'Undo Failed'"), "could not be undone"),
    ):
        falsify(sql, *[run] * sql.count("%s"))
        found = run_problems(since)
        frappe.db.rollback()
        assert any(word in problem for problem in found), (sql, found)
    paid = who.payments(run)
    falsify("update `tabPayment Entry Reference` set reference_name = 'X' where parent in (%s, %s)", *paid)
    assert any("2 live payments of X" in problem for problem in run_problems(since))


def test_a_run_that_goes_back_is_named() -> None:
    assert status_problems("RUN", ["Pending", "Processing", "Undoing", "Failed"]) == []
    assert status_problems("RUN", ["Pending", "Completed"]) == []  # in one transaction
    for before, after in (("Completed", "Processing"), ("Undoing", "Completed"), ("Failed", "Undoing")):
        assert status_problems("RUN", [before, after]), (before, after)
    assert status_problems("RUN", ["Cancelled", "Pending"])
    assert status_problems("RUN", ["Cancelled", "Pending", "Completed with Errors", "Pending"], of_items=True) == []
    assert status_problems("RUN", ["Completed", "Pending"], of_items=True)


def test_a_footprint_shows_any_change(office: ErpOffice) -> None:
    since = now()
    name = office.purchase_invoice(100)
    before = footprint(since)
    assert changed(before, footprint(since)) == []
    falsify("update `tabPurchase Invoice` set remarks = 'x' where name = %s", name)
    assert changed(before, footprint(since)) == ["Purchase Invoice"]


@pytest.fixture
def sequence(site: str) -> Books:
    """A sequence whose steps a test takes itself."""
    Sequence.tally = Tally()
    return Books()


def test_a_refused_step_that_changed_something_is_a_violation(sequence: Books) -> None:
    def refused(self: Books) -> None:
        self.places[0].invoice(PURCHASE, "plain", 60, 1)
        frappe.db.commit()
        raise frappe.ValidationError("no")

    with pytest.raises(Violation, match="It was refused and changed"):
        sequence.take("refused", refused, {})


def test_an_error_of_the_app_s_is_a_violation_and_one_of_erpnext_s_own_is_counted(
    sequence: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> list[object]:
        raise TypeError("broken")

    sequence.take("foreign", lambda self: json.loads("{"), {})  # stands for code that is neither the app's nor a test's
    assert [told.partition(":")[0] for told in sequence.tally.foreign] == ["foreign"]
    monkeypatch.setattr(drift, "_mend_flags", broken)
    with pytest.raises(Violation, match="TypeError: broken"):
        sequence.take("ours", lambda self: drift.check(), {})


@pytest.mark.parametrize(
    "falsify_it",
    [
        lambda paper: frappe.db.set_value("Payment Entry", paper, "awaiting_bank_reconciliation", 0),
        lambda paper: frappe.db.set_value("Payment Entry", paper, "follows_bank_statement", 0),
    ],
)
def test_a_false_flag_is_named_after_the_step(sequence: Books, falsify_it: Callable[[str], None]) -> None:
    name = sequence.places[0].invoice(PURCHASE, "plain", 60, 1)
    payment = sequence.places[0].office.pay(PURCHASE, name)
    assert sequence.problems() == []
    falsify_it(payment)
    assert any(payment in problem for problem in sequence.problems())
