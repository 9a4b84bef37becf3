"""The approval workflows: made once when the app is installed, so that what a site changes in them stays.

::

    Draft ── Submit for Review ──> Pending Review ── Approve ──> Approved ── Cancel ──> Cancelled
      ^                              │   │
      ├────────── Recall ────────────┘   └── Reject ──> Rejected
      └────────── Reopen ──────────────────────────────────┘
"""

from typing import Any

import frappe

from imogi_finance.expense_requests.documents import BRANCH_EXPENSE_REQUEST, EXPENSE_REQUEST
from imogi_finance.expense_requests.status import RequestStatus as State
from imogi_finance.setting_up.roles import APPROVER, REQUESTER

WORKFLOWS = {
    EXPENSE_REQUEST: "Expense Request Approval",
    BRANCH_EXPENSE_REQUEST: "Branch Expense Request Approval",
}

STATES = [  # state, docstatus, who may edit in it, style
    (State.DRAFT, "0", REQUESTER, ""),
    (State.PENDING_REVIEW, "0", APPROVER, "Warning"),
    (State.APPROVED, "1", APPROVER, "Success"),
    (State.REJECTED, "0", REQUESTER, "Danger"),
    (State.CANCELLED, "2", APPROVER, "Inverse"),
]

TRANSITIONS = [  # state, action, next state, who may, whether on a request of one's own
    (State.DRAFT, "Submit for Review", State.PENDING_REVIEW, REQUESTER, True),
    (State.PENDING_REVIEW, "Approve", State.APPROVED, APPROVER, False),
    (State.PENDING_REVIEW, "Reject", State.REJECTED, APPROVER, True),
    (State.PENDING_REVIEW, "Recall", State.DRAFT, REQUESTER, True),
    (State.REJECTED, "Reopen", State.DRAFT, REQUESTER, True),
    (State.REJECTED, "Reopen", State.DRAFT, APPROVER, True),
    (State.APPROVED, "Cancel", State.CANCELLED, APPROVER, True),
]

_MADE = "imogi_finance_workflow_records"
"""Key of what this app made among the records that workflows share; the site's own are never taken away."""


def make() -> None:
    """Make the workflows that are missing, and the states and actions they need."""
    made = _recorded()
    for state, _docstatus, _role, style in STATES:
        made += _make_shared("Workflow State", state.value, workflow_state_name=state.value, style=style)
    for _state, action, _next, _role, _own in TRANSITIONS:
        made += _make_shared("Workflow Action Master", action, workflow_action_name=action)
    frappe.db.set_global(_MADE, frappe.as_json(made))
    for doctype, name in WORKFLOWS.items():
        if not frappe.db.exists("Workflow", name):
            _workflow(doctype, name).insert(ignore_permissions=True)


def remove() -> None:
    """Take away the workflows, and of the states and actions made with them those that no other workflow uses."""
    for doctype, name in WORKFLOWS.items():
        frappe.db.delete("Workflow Action", {"reference_doctype": doctype})
        frappe.delete_doc("Workflow", name, ignore_permissions=True, force=True, ignore_missing=True)
    for doctype, name in _recorded():
        if not _is_used(doctype, name):
            frappe.delete_doc(doctype, name, ignore_permissions=True, force=True, ignore_missing=True)
    frappe.db.set_global(_MADE, None)
    frappe.clear_cache()


def _make_shared(doctype: str, name: str, **fields: str) -> list[list[str]]:
    """Make a record that workflows share; return it in a list, or an empty one when it was there."""
    if frappe.db.exists(doctype, name):
        return []
    frappe.get_doc({"doctype": doctype, **fields}).insert(ignore_permissions=True)
    return [[doctype, name]]


def _recorded() -> list[list[str]]:
    # from the row: the copy that Frappe caches may be older
    stored = frappe.db.get_value("DefaultValue", {"parent": "__global", "defkey": _MADE}, "defvalue")
    return list(frappe.parse_json(stored or "[]"))


def _workflow(doctype: str, name: str) -> Any:
    workflow = frappe.new_doc("Workflow")
    workflow.update(
        {
            "workflow_name": name,
            "document_type": doctype,
            "is_active": 1,
            "override_status": 1,  # lists show the status, which goes on after approval
            "send_email_alert": 0,
            "workflow_state_field": "workflow_state",
        }
    )
    for state, docstatus, role, _style in STATES:
        workflow.append("states", {"state": state.value, "doc_status": docstatus, "allow_edit": role})
    for state, action, following, role, own in TRANSITIONS:
        transition = {"state": state.value, "action": action, "next_state": following.value, "allowed": role}
        workflow.append("transitions", {**transition, "allow_self_approval": int(own)})
    return workflow


def _is_used(doctype: str, name: str) -> bool:
    """Return whether a workflow, or a document in one, refers to a state or an action."""
    if doctype == "Workflow Action Master":
        return bool(frappe.db.exists("Workflow Transition", {"action": name}))
    if frappe.db.exists("Workflow Document State", {"state": name}):
        return True
    return any(frappe.db.exists("Workflow Transition", {field: name}) for field in ("state", "next_state"))
