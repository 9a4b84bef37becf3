"""What changes without a document: a day begins, a row is written by somebody else's SQL."""

from __future__ import annotations

from collections.abc import Callable

import frappe
import pytest
from erpnext.controllers.accounts_controller import update_invoice_status
from frappe.utils import add_days, nowdate

from imogi_finance.erpnext_adapter import drift
from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk, later
from tests.erpnext.paid_status.looking import flag, shows


def fall_due(*names: str) -> None:
    """Let the due date of invoices be yesterday, as it is after a night: no event of theirs has run."""
    for name in names:
        frappe.db.set_value("Purchase Invoice", name, "due_date", add_days(nowdate(), -1))
        frappe.db.set_value("Payment Schedule", {"parent": name}, "due_date", add_days(nowdate(), -1))
    frappe.db.commit()


@pytest.fixture(autouse=True)
def _no_drift_before(office: ErpOffice) -> None:
    """Begin with books that are true, whatever other tests have done to them by SQL."""
    drift.check()


@pytest.mark.parametrize("order", [(update_invoice_status, drift.check), (drift.check, update_invoice_status)])
def test_held_invoices_fall_due_in_either_order_of_the_daily_jobs(
    office: ErpOffice, order: tuple[Callable[[], object], ...]
) -> None:
    held, partly, _unpaid, paid = names = [office.purchase_invoice(100) for _ in range(4)]
    office.pay("Purchase Invoice", held)
    office.pay("Purchase Invoice", partly, account="cash", amount=40)
    office.pay("Purchase Invoice", partly)
    office.pay("Purchase Invoice", paid, account="cash")
    fall_due(*names)
    assert [office.status("Purchase Invoice", name) for name in names] == ["Unpaid", "Partly Paid", "Unpaid", "Paid"]
    reports = frappe.db.count("Error Log")
    for job in order:
        job()
        frappe.db.commit()
    assert [office.status("Purchase Invoice", name) for name in names] == ["Overdue", "Overdue", "Overdue", "Paid"]
    assert office.outstanding("Purchase Invoice", held) == 0
    assert frappe.db.count("Error Log") == reports  # a day is no drift


def test_instalments_of_a_held_invoice_fall_due_one_by_one(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    office.pay("Purchase Invoice", name, amount=60)
    schedule = frappe.get_doc("Purchase Invoice", name).payment_schedule[0]
    frappe.db.set_value("Payment Schedule", schedule.name, "payment_amount", 30)
    fall_due(name)
    update_invoice_status()  # sees 40 outstanding of 100, and 30 due: in its eyes all is well
    assert office.status("Purchase Invoice", name) == "Unpaid"
    drift.check()
    assert shows(office, "Purchase Invoice", name) == ("Overdue", 40)


def test_an_invoice_held_by_an_advance_falls_due_too(office: ErpOffice) -> None:
    supplier = office.supplier("Late Advance Party")
    payment = later.payment_on_account(office, "Purchase Invoice", supplier, 100)
    name = office.purchase_invoice(100, supplier=supplier, allocate_advances_automatically=1)
    fall_due(name)
    drift.check()
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Overdue", 0, 1)


def test_the_daily_check_mends_and_names_what_others_wrote(office: ErpOffice) -> None:
    names = [office.purchase_invoice(100) for _ in range(3)]
    payments = [office.pay("Purchase Invoice", name) for name in names]
    desk.reconcile(office.bank_transaction(-100), payments[2])
    assert drift.check() == []

    frappe.db.set_value("Purchase Invoice", names[0], "status", "Paid")
    frappe.db.set_value("Payment Entry", payments[1], "awaiting_bank_reconciliation", 0)
    frappe.db.set_value("Purchase Invoice", names[1], "status", "Paid")
    frappe.db.set_value("Payment Entry", payments[2], "awaiting_bank_reconciliation", 1)
    frappe.db.set_value("Purchase Invoice", names[2], "status", "Unpaid")
    frappe.db.commit()
    found = drift.check()

    assert [shows(office, "Purchase Invoice", name)[0] for name in names] == ["Unpaid", "Unpaid", "Paid"]
    assert [flag(payment) for payment in payments] == [1, 1, 0]
    assert {drifted.document for drifted in found} == {
        f"Purchase Invoice {names[0]}",
        f"Payment Entry {payments[1]}",
        f"Payment Entry {payments[2]}",
    }
    report = frappe.get_last_doc("Error Log")
    assert all(str(drifted) in report.error for drifted in found)
    assert drift.check() == []


def test_the_daily_check_finds_an_invoice_left_held_by_nobody(office: ErpOffice) -> None:
    name = office.sales_invoice(100)
    payment = office.pay("Sales Invoice", name)
    desk.reconcile(office.bank_transaction(100), payment)
    frappe.db.set_value("Sales Invoice", name, "status", "Overdue")
    frappe.db.commit()
    assert [str(drifted) for drifted in drift.check()] == [f"Sales Invoice {name}: Overdue → Paid"]
    assert shows(office, "Sales Invoice", name) == ("Paid", 0)


def test_a_bank_account_moved_to_another_ledger_confirms_no_more(office: ErpOffice) -> None:
    title = f"Moved {frappe.generate_hash(length=6)}"
    ledger, other = office.gl_account(title, "Bank"), office.gl_account(f"{title} Away", "Bank")
    account = office.new_bank_account(title, ledger)
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name, account=ledger)
    desk.reconcile(office.bank_transaction(-100, bank_account=account), payment)
    frappe.db.set_value("Bank Account", account, "account", other)
    frappe.db.commit()
    try:
        assert [drifted.document for drifted in drift.check()] == [f"Payment Entry {payment}"]
        assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 0, 1)
    finally:
        frappe.db.set_value("Bank Account", account, "account", ledger)
        frappe.db.commit()
    drift.check()
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)
