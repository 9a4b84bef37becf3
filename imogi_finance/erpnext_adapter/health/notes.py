"""What the sweep and the daily check leave behind: when they were done, and what they found when they last did.

A row each, written by one statement, so that a job which runs each minute on every worker costs next to nothing, and
two at once write one row.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import frappe
import pymysql

logger = logging.getLogger(__name__)
NOTE = "Batch Health Note"
SWEEP, DRIFT_CHECK = "Sweep", "Drift Check"
_MOST_NAMED = 500
_DATABASE_ERRORS = (pymysql.MySQLError, frappe.QueryDeadlockError, frappe.QueryTimeoutError)


@dataclass(frozen=True)
class Note:
    """What is known of a job.

    Args:
        since: when it was first expected.
        noted_at: when it was done last; None where it never was.
        number: what it found then.
        found_at, found_number, found: when it last found something, how many, and what (``DRIFT_CHECK`` and ``SWEEP``
            say which form).
    """

    since: datetime
    noted_at: datetime | None
    number: int
    found_at: datetime | None
    found_number: int
    found: Mapping[str, Any]


def note_sweep(rung: Sequence[str]) -> None:
    """Note that a sweep was done, and the runs that it rang for; commits."""
    _note(SWEEP, len(rung), {"runs": list(rung[:_MOST_NAMED])})


def note_drift(documents: Sequence[Mapping[str, str]], error_log: str | None) -> None:
    """Note that all flags and statuses were compared, and what was mended; commits.

    Args:
        documents: ``document``, ``found`` and ``mended`` of each.
        error_log: name of the Error Log that lists them all.
    """
    _note(DRIFT_CHECK, len(documents), {"documents": list(documents[:_MOST_NAMED]), "error_log": error_log})


def expect() -> None:
    """Note from when on the jobs are expected: at install, and where an update has brought this page."""
    now = frappe.utils.now()
    rows = [(name, "Administrator", "Administrator", now, now, 0, 0) for name in (SWEEP, DRIFT_CHECK)]
    columns = "name, owner, modified_by, creation, modified, number, found_number"
    frappe.db.sql(f"insert ignore into `tab{NOTE}` ({columns}) values {', '.join(['%s'] * len(rows))}", rows)


def read() -> dict[str, Note]:
    """Return the notes by name; what was never expected is missing."""
    rows = frappe.db.sql(
        f"select name, creation, noted_at, number, found_at, found_number, found from `tab{NOTE}`", as_dict=True
    )
    return {
        row.name: Note(
            since=of_the_site(row.creation),
            noted_at=_utc_moment(row.noted_at),
            number=row.number,
            found_at=_utc_moment(row.found_at),
            found_number=row.found_number,
            found=json.loads(row.found) if row.found else {},
        )
        for row in rows
    }


def _note(name: str, number: int, found: Mapping[str, Any]) -> None:
    """Write a note. The job has done its work: where the note cannot be written, it is left out and logged."""
    now, utc = frappe.utils.now(), datetime.now(timezone.utc).replace(tzinfo=None)
    values = {
        "name": name,
        "user": frappe.session.user,
        "now": now,
        "utc": utc,
        "number": number,
        "found_at": utc if number else None,
        "found": json.dumps(found) if number else None,
    }
    try:
        frappe.db.sql(
            f"""insert into `tab{NOTE}`
                (name, owner, modified_by, creation, modified, noted_at, number, found_at, found_number, found)
            values (%(name)s, %(user)s, %(user)s, %(now)s, %(now)s, %(utc)s, %(number)s, %(found_at)s, %(number)s,
                %(found)s)
            on duplicate key update modified = %(now)s, modified_by = %(user)s, noted_at = %(utc)s,
                number = %(number)s, found_at = coalesce(%(found_at)s, found_at),
                found_number = if(%(number)s > 0, %(number)s, found_number), found = coalesce(%(found)s, found)""",
            values,
        )
        frappe.db.commit()
    except _DATABASE_ERRORS as error:
        frappe.db.rollback()
        logger.warning("%s not noted: %s", name, error)


def _utc_moment(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=timezone.utc)


def of_the_site(value: datetime) -> datetime:
    """Return a moment of the site's own Datetime fields with its time zone."""
    return value.replace(tzinfo=ZoneInfo(frappe.utils.get_system_timezone()))
