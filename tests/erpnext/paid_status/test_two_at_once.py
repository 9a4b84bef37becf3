"""Two users at the same moment: a request of the Desk reads a snapshot that another user's commit makes old."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import frappe
import pytest

from imogi_finance.erpnext_adapter import drift
from tests.erpnext.office import ErpOffice, connect
from tests.erpnext.paid_status import desk, later
from tests.erpnext.paid_status.looking import flag, shows


def another_user(work: Callable[[], object]) -> None:
    """Do something on a connection of its own, and commit."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            connect(os.environ["FRAPPE_SITE"])
            work()
            frappe.db.commit()
        except BaseException as error:  # noqa: BLE001 - raised again below, in the test's own thread
            failed.append(error)
        finally:
            frappe.destroy()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def open_snapshot() -> None:
    """Begin a transaction and read, as every request does before it writes."""
    frappe.db.rollback()
    frappe.db.sql("select count(*) from `tabPayment Entry`")


def test_a_payment_confirmed_meanwhile_is_seen_by_who_pays_the_rest(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    first, line = office.pay("Purchase Invoice", name, amount=60), office.bank_transaction(-60)
    draft = office.pay("Purchase Invoice", name, submit=False)
    open_snapshot()
    another_user(lambda: desk.reconcile(line, first))
    desk.submit("Payment Entry", draft)
    assert (*shows(office, "Purchase Invoice", name), flag(first), flag(draft)) == ("Partly Paid", 0, 0, 1)


def test_a_confirmation_taken_back_meanwhile_is_seen_by_who_saves_the_invoice(office: ErpOffice) -> None:
    name, line = office.purchase_invoice(100), office.bank_transaction(-100)
    payment = office.pay("Purchase Invoice", name)
    desk.reconcile(line, payment)
    open_snapshot()
    another_user(lambda: desk.cancel("Bank Transaction", line))
    with desk.request():
        frappe.get_doc("Purchase Invoice", name).set_status(update=True)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 0, 1)


def test_a_row_taken_away_meanwhile_does_not_help_to_confirm(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    first, second = office.bank_transaction(-60), office.bank_transaction(-40)
    desk.reconcile(first, payment)
    open_snapshot()
    another_user(lambda: desk.remove_row(first, payment))
    desk.reconcile(second, payment)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Unpaid", 0, 1)


def test_two_halves_allocated_at_once_are_confirmed_by_the_sweep_at_the_latest(office: ErpOffice) -> None:
    name = office.purchase_invoice(100)
    payment = office.pay("Purchase Invoice", name)
    first, second = office.bank_transaction(-60), office.bank_transaction(-40)
    open_snapshot()
    another_user(lambda: desk.reconcile(first, payment))
    desk.add_row(second, payment, 40)
    assert shows(office, "Purchase Invoice", name)[0] in ("Unpaid", "Paid")  # late at worst, never too early
    drift.sweep()
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == ("Paid", 0, 0)


@pytest.mark.parametrize(("allocated", "wanted"), [(60, ("Unpaid", 0, 1)), (100, ("Paid", 0, 0))])
def test_an_invoice_attached_meanwhile_is_not_forgotten(
    office: ErpOffice, allocated: float, wanted: tuple[str, float, int]
) -> None:
    supplier = office.supplier("Two Users' Party")
    name = office.purchase_invoice(100, supplier=supplier)
    payment = later.payment_on_account(office, "Purchase Invoice", supplier, 100)
    line = office.bank_transaction(-100)
    open_snapshot()
    another_user(lambda: later.payment_reconciliation(office, "Purchase Invoice", supplier, payment, name))
    desk.add_row(line, payment, allocated)
    assert (*shows(office, "Purchase Invoice", name), flag(payment)) == wanted
