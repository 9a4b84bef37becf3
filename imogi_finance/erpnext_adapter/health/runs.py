"""The runs that a user may see, as the health page shows them: the live ones, those that need a person, the last days.

A fixed number of questions to the database, however many runs there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import frappe
from frappe.utils import add_days, nowdate

from imogi_finance.batch.run import FARTHEST_SECONDS, Run, RunStatus
from imogi_finance.erpnext_adapter.batch_store.columns import RUN_SELECT, run_of, utc
from imogi_finance.erpnext_adapter.health.notes import of_the_site
from imogi_finance.erpnext_adapter.visibility import ITEM, RUN, readable

DAYS = 14
_RECENT = timedelta(days=7)
_MOST = 50
_AHEAD = 500  # items past the counter that a run of any chunk size may have tried
_UNTOLD_AFTER = timedelta(minutes=3)  # two sweeps
_LIVE = tuple(status.value for status in RunStatus if status.is_live)
_DISAPPOINTING = (RunStatus.FAILED.value, RunStatus.COMPLETED_WITH_ERRORS.value)
# Where somebody has asked again for the same document, the later run tells how things stand.
_LATER = f"""select 1 from `tab{RUN}` later where later.reference_doctype = r.reference_doctype
    and later.reference_name = r.reference_name and later.creation > r.creation"""


@dataclass(frozen=True)
class LiveRun:
    """A run that has not ended, and who works it.

    Args:
        state: ``working`` under a lease; ``asleep`` until ``wakes_in``, after a failure that may pass; ``waiting`` for
            its first worker; ``dropped``: its lease is over and nobody has taken it up.
        lease_left: seconds until another worker may take it; 0 where nobody has it.
        idle: seconds since anything was committed for it, or since its worker's lease ran out or its sleep was over.
        held_up: items that failed for reasons that may pass, and will be tried again.
    """

    run: Run
    state: str
    lease_left: float
    idle: float
    wakes_in: float
    held_up: int


@dataclass(frozen=True)
class Runs:
    """What is known of the runs.

    Args:
        live: at most 50, the oldest first; ``live_total`` says how many there are.
        needing: those that need a person, at most 50, with what needs most first.
        untold: ended runs whose end nobody has been told for minutes.
        days: how many runs ended on each of the last ``DAYS`` days, by status, the oldest day first.
    """

    live: Sequence[LiveRun]
    live_total: int
    needing: Sequence[Run]
    needing_total: int
    untold: Sequence[str]
    days: Sequence[tuple[date, Mapping[str, int]]]


def read(user: str, now: datetime) -> Runs:
    """Read the runs that a user may see.

    Args:
        now: this moment, with a time zone.
    """
    visible = f"r.name in ({readable(RUN, user)})".replace("%", "%%")
    live, live_total = _select(f"{visible} and r.status in %(live)s", "r.creation, r.name", live=_LIVE)
    needing, needing_total = _select(
        f"""{visible} and (r.status = %(attention)s or r.status in %(disappointing)s and r.utc_ended_at > %(since)s
            and not exists ({_LATER}))""",
        "r.status = %(attention)s desc, r.utc_ended_at desc, r.name desc",
        attention=RunStatus.NEEDS_ATTENTION.value,
        disappointing=_DISAPPOINTING,
        since=utc(now - _RECENT),
    )
    more = _more([run.name for run in live])
    untold = frappe.db.sql(
        f"""select r.name from `tab{RUN}` r where r.announced = 0 and r.status not in %(live)s
            and r.utc_ended_at < %(before)s and {visible} order by r.creation limit {_MOST}""",
        {"live": _LIVE, "before": utc(now - _UNTOLD_AFTER)},
        pluck=True,
    )
    return Runs(
        live=[_live(run, more.get(run.name, {}), now) for run in live],
        live_total=live_total,
        needing=needing,
        needing_total=needing_total,
        untold=untold,
        days=_days(visible),
    )


def _select(where: str, order: str, **values: object) -> tuple[list[Run], int]:
    """Return the first runs that match, and how many do."""
    rows = frappe.db.sql(f"{RUN_SELECT} where {where} order by {order} limit {_MOST + 1}", values, as_dict=True)
    total = len(rows)
    if total > _MOST:
        [(total,)] = frappe.db.sql(f"select count(*) from `tab{RUN}` r where {where}", values)
    return [run_of(row) for row in rows[:_MOST]], total


def _more(names: Sequence[str]) -> dict[str, Any]:
    """Return of each live run when its row changed last, and how many items of it wait to be tried again."""
    if not names:
        return {}
    rows = frappe.db.sql(
        f"""select r.name, r.modified, count(i.name) as held_up from `tab{RUN}` r
        left join `tab{ITEM}` i on i.run = r.name and i.status = 'Pending' and i.attempt > 0
            and i.position <= r.processed + {_AHEAD}
        where r.name in %(names)s group by r.name, r.modified""",
        {"names": names},
        as_dict=True,
    )
    return {row.name: row for row in rows}


def _live(run: Run, more: Mapping[str, Any], now: datetime) -> LiveRun:
    wakes_in = (run.wake_at - now).total_seconds() if run.wake_at else 0.0
    last = [of_the_site(more["modified"])] if more else [run.created_at]
    last += [moment for moment in (run.lease_expires_at, run.wake_at) if moment and moment <= now]
    leased = run.is_leased(now)
    if leased:
        state = "working"
    elif 0 < wakes_in <= FARTHEST_SECONDS:
        state = "asleep"
    else:
        state = "waiting" if run.epoch == 0 else "dropped"
    return LiveRun(
        run=run,
        state=state,
        lease_left=(run.lease_expires_at - now).total_seconds() if leased and run.lease_expires_at else 0.0,
        idle=max(0.0, (now - max(last)).total_seconds()),
        wakes_in=wakes_in if state == "asleep" else 0.0,
        held_up=int(more.get("held_up") or 0),
    )


def _days(visible: str) -> list[tuple[date, dict[str, int]]]:
    first = frappe.utils.getdate(add_days(nowdate(), 1 - DAYS))
    counted: dict[date, dict[str, int]] = {first + timedelta(days=number): {} for number in range(DAYS)}
    rows = frappe.db.sql(
        f"""select date(r.ended_at), r.status, count(*) from `tab{RUN}` r
        where r.ended_at >= %(first)s and r.status not in %(live)s and {visible} group by 1, 2""",
        {"first": first, "live": _LIVE},
    )
    for day, status, number in rows:
        counted.setdefault(day, {})[status] = number
    return sorted(counted.items())
