"""Status and links follow from rows, whatever changed them; and cheaply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
import pytest

from imogi_finance.expense_requests import api, events, permissions, service, workflow
from imogi_finance.expense_requests.documents import RequestRef
from imogi_finance.paid_status.doors import InvoiceRef
from tests.erpnext.expense_requests.conftest import KINDS, LINK, Desk

OWN = "Expense Request"


def queries(call: Callable[[], object]) -> list[str]:
    """Return the queries that a call sends."""
    sent: list[str] = []
    original = frappe.db.sql

    def counted(query: Any, *values: Any, **how: Any) -> Any:
        sent.append(str(query))
        return original(query, *values, **how)

    frappe.db.sql = counted
    try:
        call()
    finally:
        frappe.db.sql = original
    return sent


def test_invoices_without_a_request_cost_one_query(desk: Desk) -> None:
    names = [desk.office.purchase_invoice(10) for _ in range(3)]
    refs = [InvoiceRef("Purchase Invoice", name) for name in names]
    assert len(queries(lambda: events.invoices_changed(refs))) == 1
    assert queries(lambda: events.invoices_changed([InvoiceRef("Sales Invoice", "SINV-1")])) == []
    assert queries(lambda: events.invoices_changed([])) == []
    unlinked = frappe.get_doc("Purchase Invoice", names[0])
    assert queries(lambda: events.invoice_saved(unlinked)) == []
    assert queries(lambda: events.check_invoice(unlinked)) == []


def test_many_requests_cost_as_many_queries_as_one(desk: Desk) -> None:
    refs = [InvoiceRef("Purchase Invoice", desk.invoiced(OWN)[1]) for _ in range(3)]
    one = len(queries(lambda: events.invoices_changed(refs[:1])))
    assert len(queries(lambda: events.invoices_changed(refs))) == one <= 4


def test_what_was_written_behind_the_app_s_back_is_set_right_daily(desk: Desk) -> None:
    request, invoice = desk.invoiced(OWN)
    untouched = desk.approved(OWN)
    frappe.db.set_value(OWN, request, {"status": "Paid", "linked_purchase_invoice": None})
    frappe.db.set_value(OWN, untouched, "status", "Rejected")
    service.refresh_all()
    assert desk.shown(OWN, request) == ("PI Created", invoice)
    assert desk.shown(OWN, untouched) == ("Approved", None)
    before = frappe.db.get_value(OWN, request, "modified")
    service.refresh([RequestRef(OWN, request)])
    assert frappe.db.get_value(OWN, request, "modified") == before  # nothing to write, nothing written


@pytest.mark.parametrize("kind", KINDS)
def test_unreconcile_payment_takes_request_and_payment_back(desk: Desk, kind: str) -> None:
    request, invoice = desk.invoiced(kind)
    payment = desk.pay(invoice, "cash")
    assert desk.shown(kind, request)[0] == "Paid"
    with desk.acting(desk.sari):
        undo = frappe.get_doc(
            {"doctype": "Unreconcile Payment", "company": desk.office.company, "voucher_type": "Payment Entry"}
        )
        undo.voucher_no = payment
        undo.add_references()
        undo.insert()
        undo.submit()
    assert desk.shown(kind, request) == ("PI Created", invoice)
    assert frappe.db.get_value("Payment Entry", payment, LINK[kind]) is None


def test_payment_reconciliation_links_an_advance_to_the_request_it_pays(desk: Desk) -> None:
    supplier = desk.office.supplier("Paid in Advance")
    request = desk.approved(OWN, supplier=supplier)
    with desk.acting(desk.sari):
        advance = frappe.get_doc(
            {
                "doctype": "Payment Entry",
                "payment_type": "Pay",
                "company": desk.office.company,
                "party_type": "Supplier",
                "party": supplier,
                "paid_from": desk.office.cash_gl,
                "paid_to": frappe.get_cached_value("Company", desk.office.company, "default_payable_account"),
                "paid_amount": 100,
                "received_amount": 100,
                "source_exchange_rate": 1,
                "target_exchange_rate": 1,
            }
        )
        advance.setup_party_account_field()
        advance.set_missing_values()
        advance.insert()
        advance.submit()
    invoice = desk.invoice(OWN, request)
    assert advance.get(LINK[OWN]) is None
    with desk.acting(desk.sari):
        tool = frappe.get_doc("Payment Reconciliation")
        tool.update({"company": desk.office.company, "party_type": "Supplier", "party": supplier})
        tool.receivable_payable_account = advance.paid_to
        tool.get_unreconciled_entries()
        tool.allocate_entries(
            frappe._dict(
                invoices=[row.as_dict() for row in tool.invoices if row.invoice_number == invoice],
                payments=[row.as_dict() for row in tool.payments if row.reference_name == advance.name],
            )
        )
        tool.reconcile()
    assert desk.shown(OWN, request) == ("Paid", invoice)
    assert frappe.db.get_value("Payment Entry", advance.name, LINK[OWN]) == request


def test_the_form_lists_what_the_user_may_see(desk: Desk) -> None:
    request, invoice = desk.invoiced(OWN)
    cash, bank = desk.pay(invoice, "cash", 30), desk.pay(invoice, "bank", 70)
    with desk.acting(desk.sari):
        listed = api.linked_documents(doctype=OWN, name=request)
    assert [(row["name"], row["status"], row["grand_total"]) for row in listed["invoices"]] == [
        (invoice, "Partly Paid", 100)
    ]
    assert [(row["name"], row["amount"], row["state"]) for row in listed["payments"]] == sorted(
        [(cash, 30, "Paid"), (bank, 70, "Waiting for the bank")]
    )
    assert listed["hidden"] == 0
    with desk.acting(desk.ana):  # made the request, and may see neither invoices nor payments
        assert api.linked_documents(doctype=OWN, name=request) == {"invoices": [], "payments": [], "hidden": 3}


def test_workflows_come_once_and_go_with_what_nobody_else_uses(desk: Desk) -> None:
    kept = frappe.get_doc("Workflow", f"{OWN} Approval")
    kept.send_email_alert = 1
    kept.save()
    workflow.make()
    assert frappe.db.get_value("Workflow", kept.name, "send_email_alert") == 1

    other = frappe.get_doc(
        {
            "doctype": "Workflow",
            "workflow_name": "Another One",
            "document_type": "ToDo",
            "workflow_state_field": "status",
            "states": [
                {"state": state, "doc_status": "0", "allow_edit": "System Manager"} for state in ("Draft", "Approved")
            ],
            "transitions": [
                {"state": "Draft", "action": "Recall", "next_state": "Approved", "allowed": "System Manager"}
            ],
        }
    ).insert()
    workflow.remove()
    assert not frappe.db.exists("Workflow", {"document_type": ("in", KINDS)})
    left = {"Draft", "Pending Review", "Approved", "Rejected", "Cancelled"} & set(
        frappe.get_all("Workflow State", pluck="name")
    )
    assert left == {"Draft", "Approved", "Rejected"}  # Draft is in use; Approved and Rejected are Frappe's own
    actions = set(frappe.get_all("Workflow Action Master", pluck="name"))
    assert {"Approve", "Reject", "Recall"} <= actions
    assert not {"Submit for Review", "Reopen", "Cancel"} & actions
    other.delete()
    workflow.make()
    frappe.db.commit()
    assert frappe.get_meta(OWN).get_workflow() == f"{OWN} Approval"


def test_permissions_to_choose_go_and_leave_the_standard_ones(desk: Desk) -> None:
    with desk.acting(desk.ana):
        assert frappe.has_permission("Branch", "select")
        assert not frappe.has_permission("Supplier", "read")
    permissions.revoke()
    assert not frappe.get_all("Custom DocPerm", {"parent": ("in", permissions.CHOSEN)})
    permissions.grant()
    frappe.db.commit()
    with desk.acting(desk.ana):
        assert frappe.has_permission("Branch", "select")
