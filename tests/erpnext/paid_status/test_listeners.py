"""Who listens to an invoice's status hears of Paid when the bank confirms, and of nothing before."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest
from frappe.email.doctype.notification import notification

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk
from tests.erpnext.paid_status.looking import INVOICES, flag, invoice, shows, statement


@pytest.fixture(params=INVOICES)
def listening(request: pytest.FixtureRequest) -> Iterator[str]:
    """A doctype, of whose status a Notification tells ("Value Change")."""
    doctype = request.param
    made = frappe.get_doc(
        {
            "doctype": "Notification",
            "name": f"Status of {doctype}",
            "subject": "{{ doc.name }} is {{ doc.status }}",
            "document_type": doctype,
            "event": "Value Change",
            "value_changed": "status",
            "channel": "System Notification",
            "send_to_all_assignees": 0,
            "recipients": [{"receiver_by_role": "System Manager"}],
            "message": "changed",
            "enabled": 1,
        }
    )
    made.insert()
    frappe.db.commit()
    yield doctype
    made.delete()
    frappe.db.commit()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What a notification was sent about: the document's name and its status."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(
        notification.Notification, "send", lambda self, doc: found.append((doc.name, doc.status)), raising=True
    )
    return found


def test_a_notification_hears_of_paid_when_the_bank_confirms(
    office: ErpOffice, listening: str, heard: list[tuple[str, str]]
) -> None:
    name = invoice(office, listening)
    heard.clear()
    payment = office.pay(listening, name)
    assert (shows(office, listening, name), heard) == (("Unpaid", 0), [])
    desk.reconcile(statement(office, listening, 100), payment)
    assert (shows(office, listening, name), heard) == (("Paid", 0), [(name, "Paid")])


def test_a_notification_hears_of_nothing_when_a_held_payment_is_cancelled(
    office: ErpOffice, listening: str, heard: list[tuple[str, str]]
) -> None:
    name = invoice(office, listening)
    payment = office.pay(listening, name)
    desk.reconcile(statement(office, listening, 60), payment)
    heard.clear()
    desk.cancel("Payment Entry", payment)
    assert (*shows(office, listening, name), flag(payment), heard) == ("Unpaid", 100, 0, [])


def test_a_notification_hears_when_the_statement_is_taken_back(
    office: ErpOffice, listening: str, heard: list[tuple[str, str]]
) -> None:
    name, line = invoice(office, listening), statement(office, listening, 100)
    payment = office.pay(listening, name)
    desk.reconcile(line, payment)
    heard.clear()
    desk.cancel("Bank Transaction", line)
    assert (shows(office, listening, name), heard) == (("Unpaid", 0), [(name, "Unpaid")])


def test_a_notification_hears_of_part_payments(office: ErpOffice, listening: str, heard: list[tuple[str, str]]) -> None:
    name = invoice(office, listening)
    first, _second = office.pay(listening, name, amount=60), office.pay(listening, name)
    heard.clear()
    desk.reconcile(statement(office, listening, 60), first)
    assert (shows(office, listening, name), heard) == (("Partly Paid", 0), [(name, "Partly Paid")])
