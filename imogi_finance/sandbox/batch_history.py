"""The history of runs in the sandbox: counted by SQLite, in one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from imogi_finance.batch.history import PLACE, Day, Ended, Failure, Scope, Waiting
from imogi_finance.sandbox.storage.rows import Row, Rows
from imogi_finance.sandbox.storage.sqlite import SqliteRows

_DAY = "date(r.created_at, 'localtime')"
_SECONDS = "r.worked_seconds + (julianday(r.ended_at) - julianday(r.started_at)) * 86400"


class SqliteBatchHistory:
    """See ``imogi_finance.batch.history.BatchHistory``. Whoever may use the sandbox sees every run."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone().date()

    def days(self, scope: Scope) -> Sequence[Day]:
        found = self._query(
            f"""SELECT {_DAY} AS day, count(*) AS runs, sum(r.succeeded - r.undone) AS succeeded,
            sum(r.failed) AS failed FROM batch_run r WHERE {_SINCE} GROUP BY day ORDER BY day""",
            scope,
        )
        return [Day(date.fromisoformat(row["day"]), row["runs"], row["succeeded"], row["failed"]) for row in found]

    def ended(self, scope: Scope) -> Ended:
        found = self._query(
            f"""SELECT count(*) AS runs, coalesce(sum({_SECONDS}), 0) AS seconds, coalesce(sum(r.processed), 0) AS items
            FROM batch_run r WHERE {_SINCE} AND r.ended_at IS NOT NULL AND r.started_at IS NOT NULL""",
            scope,
        )[0]
        return Ended(found["runs"], max(0.0, found["seconds"]), found["items"])

    def waiting(self, scope: Scope) -> Waiting:
        found = self._query(
            f"""SELECT coalesce(sum(r.status = 'Pending'), 0) AS pending,
            coalesce(sum(r.status <> 'Pending'), 0) AS processing,
            min(CASE WHEN r.status = 'Pending' THEN coalesce(r.wake_at, r.created_at) END) AS oldest
            FROM batch_run r WHERE {_OF_KIND} AND r.status IN ('Pending', 'Processing', 'Undoing')""",
            scope,
        )[0]
        oldest = datetime.fromisoformat(found["oldest"]) if found["oldest"] else None
        return Waiting(found["pending"], found["processing"], oldest)

    def failures(self, scope: Scope, *, limit: int) -> Sequence[Failure]:
        found = self._query(
            f"""SELECT replace(i.error, i.reference_name, '{PLACE}') AS text, count(*) AS count,
            min(i.error) AS example, min(i.run) AS run
            FROM batch_run r JOIN batch_item i ON i.run = r.name AND i.status IN ('Failed', 'Undo Failed')
            WHERE {_SINCE} AND i.error IS NOT NULL GROUP BY text ORDER BY count DESC, text LIMIT {int(limit)}""",
            scope,
        )
        return [Failure(row["text"], row["count"], row["example"], row["run"]) for row in found]

    def latest(self, scope: Scope, *, limit: int) -> Sequence[str]:
        sql = f"SELECT r.name FROM batch_run r WHERE {_SINCE} ORDER BY r.name DESC LIMIT {int(limit)}"
        return [row["name"] for row in self._query(sql, scope)]

    def _query(self, sql: str, scope: Scope) -> list[Row]:
        assert isinstance(self._rows, SqliteRows)
        values: dict[str, Any] = {"kind": scope.kind, "company": scope.company, "since": scope.since.isoformat()}
        return self._rows.query(sql, values)


_OF_KIND = "(:kind IS NULL OR r.kind = :kind) AND (:company IS NULL OR r.company = :company)"
_SINCE = f"{_OF_KIND} AND {_DAY} >= :since"
