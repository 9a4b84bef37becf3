"""What browsers, scripts and the console ask of a run: look at it, cancel it, retry it.

The console calls these functions as the browser does, and gets exceptions for errors. Answers are those of the
sandbox's JSON API; see ``imogi_finance.batch.presenting``.
"""

from typing import Any

import frappe

from imogi_finance.batch.presenting import item_status, items_json, run_json
from imogi_finance.erpnext_adapter.announcing import announce
from imogi_finance.erpnext_adapter.answering import answered
from imogi_finance.erpnext_adapter.composition import App, compose

_MOST_RUNS = 100


@frappe.whitelist(methods=["GET", "POST"])
@answered
def status(job_id: str) -> dict[str, Any]:
    """Return where a run is, with its first failed items. A run whose worker died is rung for on the way.

    Args:
        job_id: the run's name.

    Raises:
        UnknownRun: there is none, or none that the user may see.
    """
    app = compose()
    found = _status(app, job_id)
    if found["phase"] != "ended":
        app.sweeper.look_after(job_id)
    return found


@frappe.whitelist(methods=["GET", "POST"])
@answered
def items(job_id: str, status: str | None = None, offset: int = 0, limit: int = 50) -> dict[str, Any]:
    """Return a page of a run's items by position, and how many there are.

    Args:
        job_id: the run's name.
        status: only items of this status ("Failed").
        offset: how many to leave out.
        limit: how many at most, 1 to 1,000.

    Raises:
        UnknownRun: there is none, or none that the user may see.
        Refused: no item has such a status.
    """
    app, user = compose(), frappe.session.user
    currency = app.control.status(job_id, user=user)["currency"]
    wanted = [item_status(status)] if status else None
    found = app.control.items(job_id, user=user, statuses=wanted, offset=offset, limit=limit)
    return {**found, "items": items_json(found["items"], currency=currency)}


@frappe.whitelist(methods=["GET", "POST"])
@answered
def runs(reference_doctype: str, reference_name: str, limit: int = 20) -> dict[str, Any]:
    """Return, as ``runs``, the runs about a document that the user may see, the newest first.

    Args:
        reference_doctype: doctype of the document ("Bank Transaction").
        reference_name: its name.
        limit: how many at most, 1 to 100.
    """
    names = frappe.get_list(
        "Batch Run",
        filters={"reference_doctype": reference_doctype, "reference_name": reference_name},
        order_by="creation desc, name desc",
        limit=min(max(1, limit), _MOST_RUNS),
        pluck="name",
    )
    app = compose()
    with app.transactions.reading():
        return {"runs": [run_json(app.control.summary(app.store.run(name))) for name in names]}


@frappe.whitelist(methods=["POST"])
@answered
def cancel(job_id: str) -> dict[str, Any]:
    """Ask a run to stop, and return where it is. Never waits for the work in progress.

    Raises:
        UnknownRun, NotPermitted: there is none, or the user may not stop it.
        Refused: it has ended, or is being undone already.
    """
    app = compose()
    run = app.control.cancel(job_id, user=frappe.session.user)
    if not run.status.is_live:
        announce(run.name)
    return _status(app, run.name)


@frappe.whitelist(methods=["POST"])
@answered
def retry(job_id: str) -> dict[str, Any]:
    """Try again what did not work, and return the run that goes on: the same, or a new one.

    Raises:
        UnknownRun, NotPermitted: there is none, or the user may not retry it.
        Refused: there is nothing to retry, or it would not be accepted today.
    """
    app = compose()
    return _status(app, app.control.retry(job_id, user=frappe.session.user).name)


def _status(app: App, name: str) -> dict[str, Any]:
    return run_json(app.control.status(name, user=frappe.session.user))
