"""Who may see a run: who asked for it, and who may read both runs and the document that it is about.

Roles and user permissions (company) of ``Batch Run`` are Frappe's to apply; what stands here comes on top. The
conditions are SQL for lists and reports; the checks answer for one document. Both say the same.
"""

from typing import Any

import frappe
from frappe import _
from frappe.model.db_query import DatabaseQuery
from frappe.share import get_shared
from frappe.utils import escape_html

from imogi_finance.batch.texts import is_text

ADMINISTRATOR = "Administrator"
RUN, ITEM = "Batch Run", "Batch Run Item"
# Who sees a document need not see what is done for it: nearly everybody may read a company.
_ALSO_READ = {"Company": "Sales Invoice"}
_LONGEST_NAME = 140


def may(ptype: str, doctype: str, name: str, user: str) -> bool:
    """Return whether a user has a right on a document, and say nothing of why not.

    Its child rows, which may be thousands, are not loaded.
    """
    row = frappe.db.get_value(doctype, name, "*", as_dict=True) if is_text(name) else None
    if row is None:
        return False
    # Frappe keeps the reasons for the answer, and they name what must stay hidden: the bank transaction of somebody
    # else's run, and its company.
    reasons = frappe.flags.pop("has_permission_check_logs", None)
    try:
        doc = frappe.get_doc({**row, "doctype": doctype})
        return bool(frappe.has_permission(doctype, ptype, doc=doc, user=user))
    finally:
        if reasons is not None:
            frappe.flags["has_permission_check_logs"] = reasons


def check_may(ptype: str, doctype: str, name: str) -> None:
    """Make sure that the acting user has a right on a document.

    Raises:
        frappe.PermissionError: they lack it, or there is no such document: the answer is the same, to the letter.
    """
    if not may(ptype, doctype, name, frappe.session.user):
        frappe.throw(
            _("There is no {0} {1} that you may use here.").format(
                _(doctype), frappe.bold(escape_html(name[:_LONGEST_NAME]))
            ),
            frappe.PermissionError,
            title=_("Not Permitted"),
        )


def may_see_run(run: Any, user: str) -> bool:
    """Return whether a user may see a run as far as the document goes that it is about.

    Args:
        run: a ``Batch Run`` document or row.
    """
    if user in (ADMINISTRATOR, run.requested_by):
        return True
    if not (run.reference_doctype and run.reference_name):
        return False  # a run that somebody tries to make by hand
    return _sees_what_is_done(run.reference_doctype, user) and may(
        "read", run.reference_doctype, run.reference_name, user
    )


def _sees_what_is_done(doctype: str, user: str) -> bool:
    """Return whether a user may read, as a doctype, what runs about a document of a doctype make."""
    made = _ALSO_READ.get(doctype)
    return made is None or bool(frappe.has_permission(made, "read", user=user))


def may_see_item(item: Any, user: str) -> bool:
    """Return whether a user may see the run of an item.

    Args:
        item: a ``Batch Run Item`` document or row.
    """
    return user == ADMINISTRATOR or bool(item.run and may("read", RUN, item.run, user))


def runs_condition(user: str) -> str:
    """Return SQL that holds for the runs that ``may_see_run`` allows; empty where all are."""
    if user == ADMINISTRATOR:
        return ""
    allowed = [f"`tab{RUN}`.`requested_by` = {frappe.db.escape(user, percent=False)}"]
    about = {"reference_doctype": ("is", "set")}
    for doctype in frappe.get_all(RUN, filters=about, distinct=True, pluck="reference_doctype", order_by=None):
        if not _sees_what_is_done(doctype, user):
            continue
        kind = frappe.db.escape(doctype, percent=False)
        allowed.append(
            f"(`tab{RUN}`.`reference_doctype` = {kind} and `tab{RUN}`.`reference_name` in ({readable(doctype, user)}))"
        )
    return f"({' or '.join(allowed)})"


def items_condition(user: str) -> str:
    """Return SQL that holds for the items of the runs that a user may see; empty where all are."""
    return "" if user == ADMINISTRATOR else f"`tab{ITEM}`.`run` in ({readable(RUN, user)})"


def readable(doctype: str, user: str) -> str:
    """Return a SELECT of the names of the documents of a doctype that a user may read."""
    names = f"select `tab{doctype}`.`name` from `tab{doctype}`"
    if frappe.has_permission(doctype, "read", user=user):
        condition = DatabaseQuery(doctype, user=user).build_match_conditions()
        return f"{names} where {condition}" if condition else names
    shared = [frappe.db.escape(name, percent=False) for name in get_shared(doctype, user)]
    return f"{names} where `tab{doctype}`.`name` in ({', '.join(shared) or 'null'})"
