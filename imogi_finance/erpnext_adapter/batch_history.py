"""The history of runs on ERPNext: counted by the database, in one statement each, of what the user may see."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any

import frappe

from imogi_finance.batch.history import PLACE, Day, Ended, Failure, Scope, Waiting
from imogi_finance.batch.run import ItemStatus, RunStatus
from imogi_finance.erpnext_adapter.batch_store.columns import ITEM, RUN, for_people
from imogi_finance.erpnext_adapter.visibility import readable

_SECONDS = "r.worked_seconds + timestampdiff(microsecond, r.utc_started_at, r.utc_ended_at) / 1000000"


class FrappeBatchHistory:
    """See ``imogi_finance.batch.history.BatchHistory``."""

    def day_of(self, moment: datetime) -> date:
        """Return the day that it is in the site's time zone."""
        local = for_people(moment)
        assert local is not None
        return local.date()

    def days(self, scope: Scope) -> Sequence[Day]:
        """Return the days that runs were asked for on, the oldest first."""
        found = _rows(
            f"""select date(r.creation) as day, count(*) as runs, sum(r.succeeded - r.undone) as succeeded,
            sum(r.failed) as failed from `tab{RUN}` r where {_since(scope)} group by day order by day""",
            scope,
        )
        return [Day(row["day"], int(row["runs"]), int(row["succeeded"]), int(row["failed"])) for row in found]

    def ended(self, scope: Scope) -> Ended:
        """Sum up the runs that have ended."""
        found = _rows(
            f"""select count(*) as runs, sum({_SECONDS}) as seconds, sum(r.processed) as items from `tab{RUN}` r
            where {_since(scope)} and r.utc_ended_at is not null and r.utc_started_at is not null""",
            scope,
        )[0]
        return Ended(int(found["runs"]), max(0.0, float(found["seconds"] or 0)), int(found["items"] or 0))

    def waiting(self, scope: Scope) -> Waiting:
        """Count the live runs."""
        live = tuple(status.value for status in RunStatus if status.is_live)
        found = _rows(
            f"""select sum(r.status = %(pending)s) as pending, sum(r.status <> %(pending)s) as processing,
            min(if(r.status = %(pending)s, coalesce(r.wake_at, r.utc_created_at), null)) as oldest
            from `tab{RUN}` r where {_of_kind(scope)} and r.status in %(live)s""",
            scope,
            pending=RunStatus.PENDING.value,
            live=live,
        )[0]
        oldest = found["oldest"].replace(tzinfo=timezone.utc) if found["oldest"] else None
        return Waiting(int(found["pending"] or 0), int(found["processing"] or 0), oldest)

    def failures(self, scope: Scope, *, limit: int) -> Sequence[Failure]:
        """Return the most frequent errors of items."""
        found = _rows(
            f"""select replace(i.error, i.reference_name, %(place)s) as text, count(*) as count,
            min(i.error) as example, min(i.run) as run
            from `tab{RUN}` r join `tab{ITEM}` i on i.run = r.name and i.status in %(bad)s
            where {_since(scope)} and i.error is not null group by text order by count desc, text limit %(limit)s""",
            scope,
            place=PLACE,
            bad=(ItemStatus.FAILED.value, ItemStatus.UNDO_FAILED.value),
            limit=limit,
        )
        return [Failure(row["text"], int(row["count"]), row["example"], row["run"]) for row in found]

    def latest(self, scope: Scope, *, limit: int) -> Sequence[str]:
        """Return the names of the newest runs, the newest first."""
        sql = f"select r.name from `tab{RUN}` r where {_since(scope)} order by r.creation desc, r.name desc"
        return [row["name"] for row in _rows(f"{sql} limit %(limit)s", scope, limit=limit)]


def _of_kind(scope: Scope) -> str:
    """Return SQL for what the user may see of a kind and company."""
    seen = f"r.name in ({readable(RUN, scope.user).replace('%', '%%')})"
    asked = [f"r.{field} = %({field})s" for field in ("kind", "company") if getattr(scope, field) is not None]
    return " and ".join([seen, *asked])


def _since(scope: Scope) -> str:
    return f"{_of_kind(scope)} and r.creation >= %(since)s"


def _rows(sql: str, scope: Scope, **values: Any) -> Sequence[Mapping[str, Any]]:
    of_scope = {"kind": scope.kind, "company": scope.company, "since": scope.since}
    return frappe.db.sql(sql, {**of_scope, **values}, as_dict=True)
