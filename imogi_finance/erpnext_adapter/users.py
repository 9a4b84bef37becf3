"""Who may do what on ERPNext, and in whose name a worker acts."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.translate import get_user_lang

from imogi_finance.batch.run import Run
from imogi_finance.batch_invoicing.documents import INVOICE_TYPE
from imogi_finance.batch_invoicing.kind import KIND as INVOICING
from imogi_finance.erpnext_adapter.visibility import ADMINISTRATOR, RUN, may
from imogi_finance.errors import NotPermitted, UnknownRun
from imogi_finance.setting_up.roles import RECONCILER

# What frappe.set_user throws away, and a web request needs again.
_OF_A_REQUEST = ("form_dict", "jenv", "lang", "role_permissions", "user_perms", "new_doc_templates")
_OF_A_SESSION = ("user", "sid", "data")


class FrappeUsers:
    """See ``imogi_finance.batch.doors.Users``."""

    def __init__(self) -> None:
        self.undoing = False

    @contextmanager
    def acting_as(self, user: str, *, undoing: bool) -> Iterator[None]:
        """Be the user inside the block, with what they may do at this moment; their messages are in their language.

        ``undoing`` says whether what a run made may be undone whatever the user may do by now.
        """
        if not undoing and not is_enabled(user):
            raise NotPermitted(f"User {user}", "The user is disabled or unknown.", "Ask your administrator.")
        local, session = frappe.local, frappe.local.session
        request = {name: getattr(local, name, None) for name in _OF_A_REQUEST}
        before = {name: session.get(name) for name in _OF_A_SESSION}
        was_undoing = self.undoing
        frappe.set_user(user)  # drops the caches of permissions and documents too: a worker's may be old
        local.lang, self.undoing = get_user_lang(user), undoing
        try:
            yield
        finally:
            session.update(before)
            for name, value in request.items():
                setattr(local, name, value)
            local.cache, self.undoing = {}, was_undoing

    def check_may_see(self, user: str, run: Run) -> None:
        """Raise UnknownRun unless the user asked for the run, or may read it and the document that it is about."""
        if not is_enabled(user) or not (user == run.requested_by or may("read", RUN, run.name, user)):
            raise UnknownRun(run.name)

    def check_may_act(self, user: str, run: Run) -> None:
        """Raise unless the user sees the run and may do themselves what it does.

        For a reconciliation that is the role, and to write the bank transaction; orders are invoiced by whoever may
        make Sales Invoices of the company.
        """
        self.check_may_see(user, run)
        if user == ADMINISTRATOR:
            return
        if run.kind == INVOICING:
            _check_may_make_invoices(user, run)
            return
        if RECONCILER not in frappe.get_roles(user):
            raise NotPermitted(
                run.document, f"{user} may look at it but not change it.", f"Ask for the role {RECONCILER}."
            )
        if user != run.requested_by and not may("write", run.reference_doctype, run.reference_name, user):
            raise NotPermitted(
                f"{run.reference_doctype} {run.reference_name}",
                f"{user} may not change it, nor a run about it.",
                "Ask your administrator for write permission.",
            )


def _check_may_make_invoices(user: str, run: Run) -> None:
    for right in ("create", "submit") if run.options["submit"] else ("create",):
        if not frappe.has_permission(INVOICE_TYPE, right, user=user):
            message = f"{user} may look at it but not change it."
            raise NotPermitted(run.document, message, f"Ask for the right to {right} Sales Invoices.")


def is_enabled(user: str) -> bool:
    """Return whether the user exists and is enabled, by the row. The guest is nobody."""
    return user != "Guest" and bool(frappe.db.get_value("User", user, "enabled"))
