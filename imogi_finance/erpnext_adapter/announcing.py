"""Tells the one who asked that their run has ended: once, whoever ended it and whenever its worker died.

What was told is a column of the run, which commits with the notification. So a worker that is killed before it could
tell leaves it to the sweeper, and two that tell at once tell it once.
"""

import logging
from collections.abc import Callable

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import is_notifications_enabled
from frappe.translate import get_user_lang
from frappe.utils import escape_html
from rq.timeouts import JobTimeoutException

from imogi_finance.batch.run import Run, RunStatus
from imogi_finance.erpnext_adapter.composition import App, compose
from imogi_finance.erpnext_adapter.settings import reconciliation_settings
from imogi_finance.erpnext_adapter.users import is_enabled
from imogi_finance.erpnext_adapter.visibility import RUN
from imogi_finance.erpnext_adapter.wording import in_language
from imogi_finance.errors import LeaseLost, Transient

logger = logging.getLogger(__name__)
_LIVE = tuple(status.value for status in RunStatus if status.is_live)
_AT_ONCE = 100


def announce(name: str) -> bool:
    """Tell the end of a run to the one who asked for it, unless it is live or was told before.

    Args:
        name: the run.

    Returns:
        Whether it was told now. A database that does not answer leaves it to the sweeper.
    """
    app = compose()
    try:
        with app.transactions.transaction():
            ended = f"select name from `tab{RUN}` where name = %s and announced = 0 and status not in %s"
            # Looked at before it is locked: the row of a run that is being worked is neither held nor waited for.
            if not (frappe.db.sql(ended, (name, _LIVE)) and frappe.db.sql(f"{ended} for update", (name, _LIVE))):
                return False
            frappe.db.sql(f"update `tab{RUN}` set announced = 1 where name = %s", name)
            _tell(app, app.store.run(name))
        return True
    except Transient as error:
        logger.warning("run=%s end not told yet, the sweeper will: %s", name, error)
        return False


def announce_missed() -> list[str]:
    """Tell the ends that nobody has told; return the runs."""
    missed = frappe.db.sql(
        f"select name from `tab{RUN}` where announced = 0 and status not in %s order by creation limit %s",
        (_LIVE, _AT_ONCE),
        pluck=True,
    )
    return [name for name in missed if announce(name)]


def _tell(app: App, run: Run) -> None:
    if not is_enabled(run.requested_by):
        return
    lang = get_user_lang(run.requested_by)
    subject = f"{_(run.kind, lang=lang)} {run.name}: {_(run.status.value, lang=lang)}"
    message = escape_html(in_language(app.control.kinds[run.kind].message(run), lang))
    if is_notifications_enabled(run.requested_by):
        _try(app, run, lambda: _notify(run, subject, message))
    if reconciliation_settings().mail_on_completion:
        _try(app, run, lambda: _mail(run, subject, message))


def _notify(run: Run, subject: str, message: str) -> None:
    notification = frappe.new_doc("Notification Log")
    notification.update(
        {
            "for_user": run.requested_by,
            "from_user": run.requested_by,
            "type": "Alert",
            "document_type": RUN,
            "document_name": run.name,
            "subject": f"<b>{escape_html(subject)}</b>. {message}",
        }
    )
    notification.insert(ignore_permissions=True)


def _mail(run: Run, subject: str, message: str) -> None:
    frappe.sendmail(
        recipients=[frappe.db.get_value("User", run.requested_by, "email")],
        subject=subject,
        message=f"<p>{message}</p><p>{frappe.utils.get_link_to_form(RUN, run.name)}</p>",
        reference_doctype=RUN,
        reference_name=run.name,
    )


def _try(app: App, run: Run, tell: Callable[[], None]) -> None:
    """Tell one way; where that way is barred (no e-mail account, another app's hook), note it and go on."""
    try:
        with app.transactions.savepoint():
            tell()
    except (Transient, LeaseLost, JobTimeoutException):
        raise
    except Exception:
        logger.exception("run=%s end could not be told", run.name)
        frappe.log_error(title=f"The end of {run.document} could not be told")
