"""Approval: through the workflow, by somebody else, of what was put to review."""

from __future__ import annotations

from typing import Any

import frappe
import pytest
from frappe.model.workflow import get_transitions

from tests.erpnext.expense_requests.conftest import KINDS, REQUESTER, Desk

both = pytest.mark.parametrize("kind", KINDS)


def actions(desk: Desk, user: str, kind: str, name: str) -> set[str]:
    """Return the actions that the form offers a user."""
    with desk.acting(user):
        return {step["action"] for step in get_transitions(frappe.get_doc(kind, name))}


@both
def test_a_rejected_request_is_reopened_changed_and_approved(desk: Desk, kind: str) -> None:
    request = desk.ask(kind)
    desk.act(desk.ana, kind, request, "Submit for Review")
    desk.act(desk.rudi, kind, request, "Reject")
    assert desk.shown(kind, request)[0] == "Rejected"
    assert frappe.db.get_value(kind, request, "docstatus") == 0
    assert actions(desk, desk.ana, kind, request) == {"Reopen"}

    desk.act(desk.ana, kind, request, "Reopen")
    assert desk.shown(kind, request)[0] == "Draft"
    with desk.acting(desk.ana):
        change(frappe.get_doc(kind, request)).save()
    desk.act(desk.ana, kind, request, "Submit for Review")
    desk.act(desk.rudi, kind, request, "Approve")
    assert desk.shown(kind, request)[0] == "Approved"
    assert frappe.db.get_value(kind, request, "total") == 60


@both
def test_what_was_put_to_review_cannot_be_changed_by_anybody(desk: Desk, kind: str) -> None:
    request = desk.ask(kind)
    desk.act(desk.ana, kind, request, "Submit for Review")
    for user in (desk.ana, desk.rudi):
        with pytest.raises(frappe.ValidationError, match="cannot be changed"), desk.acting(user):
            change(frappe.get_doc(kind, request)).save()
        frappe.db.rollback()
    desk.act(desk.rudi, kind, request, "Reject")
    with pytest.raises(frappe.ValidationError, match="Reopen it first"), desk.acting(desk.ana):
        change(frappe.get_doc(kind, request)).save()
    frappe.db.rollback()
    assert frappe.db.get_value(kind, request, "total") == 100


@both
def test_a_requester_takes_a_request_back_before_it_is_approved(desk: Desk, kind: str) -> None:
    request = desk.ask(kind)
    desk.act(desk.ana, kind, request, "Submit for Review")
    desk.act(desk.ana, kind, request, "Recall")
    assert desk.shown(kind, request)[0] == "Draft"


@both
def test_nobody_approves_a_request_of_their_own(desk: Desk, kind: str) -> None:
    request = desk.ask(kind, user=desk.rudi)
    desk.act(desk.rudi, kind, request, "Submit for Review")
    with pytest.raises(frappe.ValidationError, match="Self approval is not allowed"):
        desk.act(desk.rudi, kind, request, "Approve")
    frappe.db.rollback()

    with pytest.raises(frappe.PermissionError, match="request of their own"), desk.acting(desk.rudi):
        # past the form: state and submission in one call
        frappe.get_doc(kind, request).update({"workflow_state": "Approved"}).submit()
    frappe.db.rollback()
    assert (desk.shown(kind, request)[0], frappe.db.get_value(kind, request, "docstatus")) == ("Pending Review", 0)


def test_who_asks_through_somebody_else_does_not_approve_it_either(desk: Desk) -> None:
    kind = "Branch Expense Request"
    request = desk.ask(kind, requester=desk.rudi)
    desk.act(desk.ana, kind, request, "Submit for Review")
    with pytest.raises(frappe.PermissionError, match="request of their own"):
        desk.act(desk.rudi, kind, request, "Approve")
    frappe.db.rollback()
    assert desk.shown(kind, request)[0] == "Pending Review"


def test_the_requester_follows_what_somebody_else_entered_for_them(desk: Desk) -> None:
    kind, budi = "Branch Expense Request", desk.office.user("budi", REQUESTER)
    request, other = desk.ask(kind, requester=budi), desk.ask(kind)
    with desk.acting(budi):
        assert frappe.has_permission(kind, "read", request)
        assert not frappe.has_permission(kind, "write", request)
        assert not frappe.has_permission(kind, "read", other)


@both
def test_without_a_workflow_the_permission_to_submit_decides(desk: Desk, kind: str) -> None:
    activate(kind, 0)
    try:
        request = desk.ask(kind)
        with pytest.raises(frappe.PermissionError), desk.acting(desk.ana):
            frappe.get_doc(kind, request).submit()
        frappe.db.rollback()
        with desk.acting(desk.rudi):
            frappe.get_doc(kind, request).submit()
        assert desk.shown(kind, request)[0] == "Approved"
    finally:
        activate(kind, 1)
    assert desk.shown(kind, request) == ("Approved", None)
    invoice = desk.invoice(kind, request)
    assert desk.shown(kind, request) == ("PI Created", invoice)


def test_a_site_may_allow_self_approval_in_its_workflow(desk: Desk) -> None:
    kind = "Branch Expense Request"
    request = desk.ask(kind, user=desk.rudi)
    desk.act(desk.rudi, kind, request, "Submit for Review")
    allow(kind, 1)
    try:
        desk.act(desk.rudi, kind, request, "Approve")
    finally:
        allow(kind, 0)
    assert desk.shown(kind, request)[0] == "Approved"


@both
@pytest.mark.parametrize("state", ["Draft", "Pending Review"])
def test_a_request_is_not_submitted_past_its_workflow(desk: Desk, kind: str, state: str) -> None:
    request = desk.ask(kind)
    if state != "Draft":
        desk.act(desk.ana, kind, request, "Submit for Review")
    for user in (desk.rudi, "Administrator"):
        with pytest.raises(frappe.ValidationError, match="approved by an action of its workflow"), desk.acting(user):
            frappe.get_doc(kind, request).submit()
        frappe.db.rollback()
    with pytest.raises(frappe.PermissionError), desk.acting(desk.ana):
        frappe.get_doc(kind, request).submit()
    frappe.db.rollback()
    assert desk.shown(kind, request)[0] == state


@both
def test_a_request_begins_as_a_draft_whatever_it_was_copied_from(desk: Desk, kind: str) -> None:
    with desk.acting(desk.ana):
        doc = desk.new(kind, workflow_state="Approved", status="Paid", linked_purchase_invoice=None)
        doc.insert()
    assert (desk.shown(kind, doc.name), doc.workflow_state) == (("Draft", None), "Draft")


@both
def test_an_approved_request_is_cancelled_and_amended(desk: Desk, kind: str) -> None:
    request = desk.approved(kind)
    desk.act(desk.rudi, kind, request, "Cancel")
    assert desk.shown(kind, request) == ("Cancelled", None)
    assert frappe.db.get_value(kind, request, "docstatus") == 2

    with desk.acting(desk.ana):
        amended = frappe.copy_doc(frappe.get_doc(kind, request))  # as the form's Amend does
        amended.update({"amended_from": request, "docstatus": 0, "workflow_state": "Cancelled", "status": "Cancelled"})
        amended.insert()
    assert amended.name == f"{request}-1"
    assert (desk.shown(kind, amended.name), amended.workflow_state) == (("Draft", None), "Draft")


@both
def test_requesters_see_their_own_requests_only_and_guests_none(desk: Desk, kind: str) -> None:
    request = desk.ask(kind)
    other = desk.office.user("other", REQUESTER)
    with desk.acting(other):
        assert not frappe.has_permission(kind, "read", request)
        assert request not in frappe.get_list(kind, pluck="name", limit=0)
    with pytest.raises(frappe.PermissionError), desk.acting(other):
        change(frappe.get_doc(kind, request)).save()
    with pytest.raises(frappe.PermissionError), desk.acting("Guest"):
        desk.new(kind).insert()
    with desk.acting(desk.ana):
        assert request in frappe.get_list(kind, pluck="name", limit=0)


def change(doc: Any) -> Any:
    """Ask for less: 60 in all."""
    row = doc.items[0]
    row.update({"amount": 60} if doc.doctype == "Expense Request" else {"quantity": 1, "rate": 60})
    return doc


def activate(kind: str, active: int) -> None:
    workflow = frappe.get_doc("Workflow", f"{kind} Approval")
    workflow.is_active = active
    workflow.save()
    frappe.clear_cache(doctype=kind)
    frappe.db.commit()


def allow(kind: str, own: int) -> None:
    workflow = frappe.get_doc("Workflow", f"{kind} Approval")
    for step in workflow.transitions:
        if step.action == "Approve":
            step.allow_self_approval = own
    workflow.save()
    frappe.db.commit()
