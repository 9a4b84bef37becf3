"""The whole look: what a user may know of how the app fares, in plain values."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import frappe
from frappe import _

from imogi_finance.batch.presenting import run_json
from imogi_finance.erpnext_adapter.composition import App, compose
from imogi_finance.erpnext_adapter.health import machinery, notes, runs
from imogi_finance.erpnext_adapter.health.judging import (
    DRIFT_LATE_SECONDS,
    SWEEP_LATE_SECONDS,
    Finding,
    judge,
    level_of,
)
from imogi_finance.erpnext_adapter.health.machinery import Machinery
from imogi_finance.erpnext_adapter.health.notes import DRIFT_CHECK, SWEEP, Note
from imogi_finance.erpnext_adapter.health.runs import LiveRun

Json = dict[str, Any]
_OPERATOR = "System Manager"
_OF_OPERATORS = ("drift", "check_late")  # what is said of documents that others may not read
_OF_THE_SERVER = ("redis", "no_worker", "queue_behind", "scheduler", "sweep_stopped", "sweep_late")


def is_operator(user: str) -> bool:
    """Return whether a user is told of queues, workers and checks too."""
    return _OPERATOR in frappe.get_roles(user)


def look(user: str) -> Json:
    """Return how the app fares, as far as a user may know: their runs, and for a System Manager all the rest.

    Returns:
        ``at``, ``level`` (good, warn, bad), ``findings``, ``live``, ``needing`` (runs), ``days`` and, for who may know,
        ``operations``. Moments are ISO texts with a time zone, spans are seconds.
    """
    app = compose()
    now = app.clock.now()
    found = machinery.read(now)
    with app.transactions.reading():
        noted, of_runs = notes.read(), runs.read(user, now)
    findings = judge(of_runs, found, noted, now)
    operator = is_operator(user)
    if not operator:
        findings = [_for_users(finding) for finding in findings if finding.code not in _OF_OPERATORS]
    return {
        "at": now.isoformat(),
        "level": level_of(findings),
        "findings": [asdict(finding) for finding in findings],
        "live": [_live(app, each, found, operator) for each in of_runs.live],
        "live_total": of_runs.live_total,
        "needing": [run_json(app.control.summary(run)) for run in of_runs.needing],
        "needing_total": of_runs.needing_total,
        "days": [{"day": day.isoformat(), "runs": counts} for day, counts in of_runs.days],
        "operations": _operations(found, noted, now) if operator else None,
    }


def _for_users(finding: Finding) -> Finding:
    """Return a finding with a remedy that somebody without a shell can follow."""
    if finding.code not in _OF_THE_SERVER:
        return finding
    return replace(finding, remedy=_("Tell whoever looks after the server."))


def _live(app: App, each: LiveRun, found: Machinery, operator: bool) -> Json:
    run = each.run
    shown: Json = {
        **run_json(app.control.summary(run)),
        "state": each.state,
        "lease_left": each.lease_left,
        "lease_seconds": run.lease_seconds,
        "idle": each.idle,
        "wakes_in": each.wakes_in,
        "held_up": each.held_up,
        "stalls": run.stalls,
        "epoch": run.epoch,
    }
    if operator:
        shown["holder"] = run.lease_holder if each.state == "working" else None
        shown["workers"] = list(found.at_work.get(run.name, ()))
    return shown


def _operations(found: Machinery, noted: Mapping[str, Note], now: datetime) -> Json:
    return {
        **asdict(found),
        "sweep": _note(noted.get(SWEEP), SWEEP_LATE_SECONDS, now),
        "check": _note(noted.get(DRIFT_CHECK), DRIFT_LATE_SECONDS, now),
    }


def _note(note: Note | None, late_after: float, now: datetime) -> Json | None:
    if note is None:
        return None
    return {
        "noted_at": note.noted_at.isoformat() if note.noted_at else None,
        "age": (now - note.noted_at).total_seconds() if note.noted_at else None,
        "number": note.number,
        "found_at": note.found_at.isoformat() if note.found_at else None,
        "found_number": note.found_number,
        "found": dict(note.found),
        "late_after": late_after,
    }
