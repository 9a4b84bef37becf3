"""Runs and items as rows of ERPNext's tables, and back.

The engine's times are in UTC, so that no change of clocks or of the site's time zone moves a lease. Beside two of them
stands the same moment in the site's own time zone, for people.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from frappe.utils import get_system_timezone

from imogi_finance.batch.run import Item, ItemStatus, Run, RunStatus

Row = dict[str, Any]
RUN, ITEM, SIGNAL = "Batch Run", "Batch Run Item", "Batch Run Signal"

_MOMENTS = {
    "lease_expires_at": "lease_expires_at",
    "wake_at": "wake_at",
    "created_at": "utc_created_at",
    "started_at": "utc_started_at",
    "ended_at": "utc_ended_at",
}
_FOR_PEOPLE = ("started_at", "ended_at")
_MAPPINGS = ("options", "result")
_SECONDS = ("lease_seconds", "worked_seconds")
_FLAGS = ("joinable", "holds_document")
_SIGNALS = ("cancel_requested_by", "rung_at")
_LONGEST_ERROR = 10_000  # a Small Text holds 65,535 bytes

_OWN = [f"r.`{_MOMENTS.get(name, name)}` as `{name}`" for name in Run.__dataclass_fields__ if name not in _SIGNALS]
RUN_SELECT = f"""
    select {", ".join((*_OWN, *(f"s.`{name}`" for name in _SIGNALS)))}
    from `tab{RUN}` r left join `tab{SIGNAL}` s on s.name = r.name
"""
ITEM_SELECT = f"select {', '.join(f'`{name}`' for name in Item.__dataclass_fields__)} from `tab{ITEM}`"


def utc(moment: datetime | None) -> datetime | None:
    """Return a moment as the engine's columns hold it."""
    return None if moment is None else moment.astimezone(timezone.utc).replace(tzinfo=None)


def for_people(moment: datetime | None) -> datetime | None:
    """Return a moment as the site's own Datetime fields hold it."""
    return None if moment is None else moment.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)


def clipped(error: str | None) -> str | None:
    """Return an error no longer than its column takes."""
    return error if error is None or len(error) <= _LONGEST_ERROR else f"{error[: _LONGEST_ERROR - 1]}…"


def run_columns(changes: Mapping[str, Any]) -> Row:
    """Return fields of a run as columns."""
    columns: Row = {}
    for name, value in changes.items():
        if name in _MOMENTS:
            columns[_MOMENTS[name]] = utc(value)
            if name in _FOR_PEOPLE:
                columns[name] = for_people(value)
        elif name in _MAPPINGS:
            columns[name] = None if value is None else json.dumps(dict(value), sort_keys=True)
        elif name == "status":
            columns[name] = value.value
        elif name in _FLAGS:
            columns[name] = int(value)
        elif name == "error":
            columns[name] = clipped(value)
        else:
            columns[name] = value
    return columns


def run_of(row: Mapping[str, Any]) -> Run:
    """Return a row of ``RUN_SELECT`` as a value."""
    values = dict(row)
    for name in (*_MOMENTS, "rung_at"):
        values[name] = _aware(values[name])
    for name in _MAPPINGS:
        values[name] = json.loads(values[name]) if values[name] else None
    values |= {name: float(row[name]) for name in _SECONDS}
    values |= {name: bool(row[name]) for name in _FLAGS}
    return Run(**{**values, "status": RunStatus(row["status"])})


def item_columns(item: Item) -> Row:
    """Return what changes of an item as columns."""
    return {
        "status": item.status.value,
        "attempt": item.attempt,
        "retry_at": utc(item.retry_at),
        "result_doctype": item.result_doctype,
        "result_name": item.result_name,
        "error": clipped(item.error),
    }


def item_of(row: Mapping[str, Any]) -> Item:
    """Return a row of ``ITEM_SELECT`` as a value."""
    return Item(**{**row, "status": ItemStatus(row["status"]), "retry_at": _aware(row["retry_at"])})


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=timezone.utc)
