"""What approval guarantees, whatever way a document is saved: by the form, an import, or the API.

Frappe checks the role of a transition. That a request is approved through its workflow at all, that nobody approves
one of their own, and that what was put to review is what gets approved, is checked here.
"""

from typing import Any

import frappe
from frappe import _
from frappe.core.doctype.version.version import get_diff
from frappe.model.workflow import get_workflow, get_workflow_name

from imogi_finance.expense_requests.status import RequestStatus, request_status

_NOT_CONTENT = {"status", "workflow_state", "linked_purchase_invoice", "amended_from", "supplier_name"}


def check_submitted_by_workflow(doc: Any) -> None:
    """Make sure that a request is submitted by an action of its active workflow; without one, permission decides.

    Raises:
        frappe.ValidationError: it is submitted past its workflow, or by whom it belongs to.
    """
    workflow = _active_workflow(doc.doctype)
    if workflow is None:
        return
    approved = {state.state for state in workflow.states if state.doc_status == "1"}
    if doc.get(workflow.workflow_state_field) not in approved:
        frappe.throw(
            _("{0}: a request is approved by an action of its workflow {1}, not by submitting it. {2}").format(
                doc.name or _(doc.doctype),
                frappe.bold(workflow.name),
                _("Put it to review; an approver then approves it."),
            ),
            title=_("Not Approved"),
        )
    _check_self_approval(doc, workflow)


def _check_self_approval(doc: Any, workflow: Any) -> None:
    before = doc.get_doc_before_save() or doc
    user = frappe.session.user
    if user == "Administrator" or user not in {before.owner, before.get("requester")}:
        return
    field, roles = workflow.workflow_state_field, frappe.get_roles()
    taken = (before.get(field), doc.get(field))
    steps = [step for step in workflow.transitions if (step.state, step.next_state) == taken and step.allowed in roles]
    if not any(step.allow_self_approval for step in steps):
        frappe.throw(
            _("{0}: nobody approves a request of their own. Ask another approver.").format(doc.name),
            frappe.PermissionError,
            title=_("Self Approval"),
        )


def check_unchanged_in_review(doc: Any) -> None:
    """Make sure that only a draft's content changes: what was put to review is what is approved or rejected.

    Raises:
        frappe.ValidationError: its content was changed while it was being reviewed, or after it was rejected.
    """
    before = doc.get_doc_before_save()
    if before is None or _active_workflow(doc.doctype) is None:
        return
    was = request_status(0, before.get("workflow_state"))
    if was is RequestStatus.DRAFT:
        return
    if _content_differs(before, doc):
        remedy = (
            _("Reopen it first.")
            if was is RequestStatus.REJECTED
            else _("Its requester recalls it, or an approver rejects it.")
        )
        frappe.throw(
            _("{0} is {1}: it cannot be changed. {2}").format(doc.name, _(was.value), remedy),
            title=_("Being Reviewed") if was is RequestStatus.PENDING_REVIEW else _("Rejected"),
        )


def _content_differs(before: Any, doc: Any) -> bool:
    """Whether a field of this app differs; a site's own fields may be written by a reviewer, or by its workflow."""
    diff = get_diff(before, doc)
    if not diff:
        return False
    own = {field.fieldname for field in doc.meta.fields if not field.get("is_custom_field")}
    if (own - _NOT_CONTENT) & {field for field, *_values in diff.changed}:
        return True
    rows = {field.fieldname for field in doc.items[0].meta.fields if not field.get("is_custom_field")}
    in_rows = {field for *_row, changes in diff.row_changed for field, *_values in changes}
    return bool(diff.added or diff.removed or rows & in_rows)


def check_has_no_live_invoice(doc: Any) -> None:
    """Make sure that no live invoice stands on a request that is about to be cancelled.

    Raises:
        frappe.ValidationError: one does.
    """
    locked = doc.get_doc_before_save() or doc  # its row is held since it was read: no invoice can come meanwhile
    invoice = locked.linked_purchase_invoice
    docstatus = invoice and frappe.db.get_value("Purchase Invoice", invoice, "docstatus")
    if docstatus not in (0, 1):
        return
    remedy = _("Cancel that invoice first.") if docstatus == 1 else _("Delete that draft first.")
    frappe.throw(
        _("{0} cannot be cancelled: Purchase Invoice {1} was made from it. {2}").format(
            doc.name, frappe.bold(invoice), remedy
        ),
        title=_("Invoice Exists"),
    )


def _active_workflow(doctype: str) -> Any | None:
    return get_workflow(doctype) if get_workflow_name(doctype) else None
