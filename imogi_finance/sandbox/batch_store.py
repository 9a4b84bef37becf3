"""The batch store on rows: runs and items, guarded by the epoch."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from itertools import groupby
from typing import Any

from imogi_finance.batch.run import (
    FARTHEST_SECONDS,
    Item,
    ItemStatus,
    Lease,
    NewItem,
    NewRun,
    Run,
    RunStatus,
    live_key,
)
from imogi_finance.errors import LeaseLost, LiveKeyTaken, UnknownRun
from imogi_finance.sandbox.storage.rows import DuplicateRow, In, Outside, Row, Rows

_TIMES = ("lease_expires_at", "wake_at", "rung_at", "created_at", "started_at", "ended_at")
_DOCUMENTS = ("options", "result")
_FLAGS = {"joinable", "holds_document"}
_STORING = "runs are stored one after the other"  # held by who stores one, so that it can count those that wait
_PAGE = 500
_LIVE = In(tuple(status.value for status in RunStatus if status.is_live))


class RowsBatchStore:
    """See ``imogi_finance.batch.doors.BatchStore`` for every method."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    # runs

    def insert_run(self, run: NewRun, items: Sequence[NewItem], now: datetime) -> Run:
        keys = [key for key in (run.live_key, *(item.live_key for item in items)) if key is not None]
        for key, holder in self.holders(keys).items():
            raise LiveKeyTaken(key, holder)
        decided = Counter(item.status for item in items if item.decided)
        self._rows.lock("setting", _STORING)
        name = f"RUN-{self._rows.next_number('run'):05d}"
        nothing = dict.fromkeys(("succeeded", "to_undo", "undone", "undo_failed", "epoch", "joinable", "stalls"), 0)
        unset = dict.fromkeys(
            (
                "lease_holder",
                "lease_expires_at",
                "wake_at",
                "cancel_requested_by",
                "result",
                "error",
                "started_at",
                "ended_at",
            )
        )
        row: Row = {
            **nothing,
            **unset,
            "name": name,
            "kind": run.kind,
            "status": RunStatus.PENDING.value,
            "requested_by": run.requested_by,
            "company": run.company,
            "reference_doctype": run.reference_doctype,
            "reference_name": run.reference_name,
            "holds_document": int(run.holds_document),
            "priority": run.priority,
            "live_key": run.live_key,
            "request_digest": run.request_digest,
            "idempotency_key": run.idempotency_key,
            "retry_of": run.retry_of,
            "chunk_size": run.chunk_size,
            "options": json.dumps(dict(run.options), sort_keys=True),
            "total": len(items),
            "processed": decided.total(),
            "failed": decided[ItemStatus.FAILED],
            "lease_seconds": 0.0,
            "worked_seconds": 0.0,
            "created_at": _time(now),
            "rung_at": None,
        }
        try:
            self._rows.insert("batch_run", row)
            self._rows.insert_many(
                "batch_item", (_new_item(name, number, item) for number, item in enumerate(items, 1))
            )
        except DuplicateRow as error:
            raise LiveKeyTaken(keys[0] if keys else name, "another run") from error
        return _run(row)

    def run(self, name: str) -> Run:
        row = self._rows.get("batch_run", name)
        if row is None:
            raise UnknownRun(name)
        return _run(row)

    def run_by_idempotency_key(self, requested_by: str, key: str) -> Run | None:
        found = self._rows.select("batch_run", {"requested_by": requested_by, "idempotency_key": key})
        return _run(found[0]) if found else None

    def give_key(self, run: Run, key: str) -> Run | None:
        given = self._rows.update("batch_run", (run.name,), {"idempotency_key": key}, {"idempotency_key": None})
        return self.run(run.name) if given else None

    def retry_of(self, run: str, *, but: str | None = None) -> Run | None:
        return self._newest({"retry_of": run}, but)

    def latest_run_by_digest(self, digest: str, *, but: str | None = None) -> Run | None:
        return self._newest({"request_digest": digest}, but)

    def _newest(self, where: Mapping[str, Any], but: str | None) -> Run | None:
        found = self._rows.select("batch_run", where, ("-name",), limit=2)
        return next((_run(row) for row in found if row["name"] != but), None)

    def holders(self, live_keys: Sequence[str]) -> Mapping[str, str]:
        held: dict[str, str] = {}
        for start in range(0, len(live_keys), _PAGE):
            keys = In(tuple(live_keys[start : start + _PAGE]))
            held |= {row["live_key"]: row["name"] for row in self._rows.select("batch_run", {"live_key": keys})}
            held |= {row["live_key"]: row["run"] for row in self._rows.select("batch_item", {"live_key": keys})}
        return held

    def claim(
        self, run: Run, *, holder: str, now: datetime, lease_seconds: float, joinable: bool = False
    ) -> Lease | None:
        epoch = run.epoch + 1
        changes: Row = {
            "status": (RunStatus.PROCESSING if run.status is RunStatus.PENDING else run.status).value,
            "epoch": epoch,
            "lease_holder": holder,
            "lease_expires_at": _time(now + timedelta(seconds=lease_seconds)),
            "lease_seconds": lease_seconds,
            "joinable": int(joinable),
            "stalls": run.stalls + 1,
            "wake_at": None,
            "rung_at": None,
            "started_at": _time(run.started_at or now),
        }
        unchanged = {
            "epoch": run.epoch,
            "status": run.status.value,
            "lease_holder": run.lease_holder,
            "lease_expires_at": _time(run.lease_expires_at) if run.lease_expires_at else None,
        }
        if not self._rows.update("batch_run", (run.name,), changes, unchanged):
            return None
        return Lease(run=run.name, epoch=epoch, holder=holder)

    def held(self, lease: Lease) -> Run:
        run = self.run(lease.run)
        if run.epoch != lease.epoch or not run.status.is_live:
            raise LeaseLost(f"{run.document} is at epoch {run.epoch}, this worker at {lease.epoch}")
        return run

    def save(self, lease: Lease, *, added: Mapping[str, int] | None = None, **changes: Any) -> Run:
        run = self.held(lease)  # of this moment: until the transaction ends, nobody else changes it
        counters = {name: getattr(run, name) + count for name, count in (added or {}).items()}
        return self._save(run, {**counters, **changes})

    def reopen(self, run: Run, **changes: Any) -> Run:
        if run.status.is_live:
            raise LeaseLost(f"{run.document} is live: only its worker writes to it")
        return self._save(run, {**changes, "stalls": 0, "live_key": run.live_key})

    def _save(self, run: Run, changes: Mapping[str, Any]) -> Run:
        if "status" in changes:
            run.check_edge(changes["status"])
        guard = {"epoch": run.epoch, "status": run.status.value}
        try:
            saved = self._rows.update("batch_run", (run.name,), _run_columns(changes), guard)
        except DuplicateRow as error:
            raise LiveKeyTaken(changes["live_key"], self.holders([changes["live_key"]])[changes["live_key"]]) from error
        if not saved:
            raise LeaseLost(f"{run.document} was claimed by another worker")
        return self.run(run.name)

    def cancel_requested(self, name: str) -> bool:
        row = self._rows.get("batch_run", name)  # asked before each unit of work: no more than must be
        return row is not None and row["cancel_requested_by"] is not None

    def request_cancel(self, name: str, user: str) -> None:
        self._rows.update("batch_run", (name,), {"cancel_requested_by": user}, {"status": _LIVE})

    def note_ring(self, run: Run, now: datetime) -> None:
        unchanged = {"status": run.status.value, "epoch": run.epoch}
        self._rows.update("batch_run", (run.name,), {"rung_at": _time(now)}, unchanged)

    def waiting_runs(self, requested_by: str) -> Sequence[str]:
        waiting = {"requested_by": requested_by, "status": RunStatus.PENDING.value}
        return [row["name"] for row in self._rows.select("batch_run", waiting, ("name",))]

    def live_runs(self) -> Sequence[Run]:
        return [_run(row) for row in self._rows.select("batch_run", {"status": _LIVE}, ("name",))]

    # items

    def due_items(self, run: str, now: datetime, *, limit: int) -> Sequence[Item]:
        where = {"run": run, "status": ItemStatus.PENDING.value, "retry_at": _come(now)}
        return [_item(row) for row in self._rows.take("batch_item", where, ("position",), limit=limit)]

    def still(self, items: Sequence[Item]) -> Sequence[Item]:
        found: list[Item] = []
        for item in items:
            where = {"run": item.run, "position": item.position, "status": item.status.value}
            found += [_item(row) for row in self._rows.take("batch_item", where, (), limit=1)]
        return [item for item in found if item in items]

    def next_retry(self, run: str) -> datetime | None:
        return self._next(run, ItemStatus.PENDING)

    def items_to_undo(self, run: str, now: datetime, *, limit: int) -> Sequence[Item]:
        where = {"run": run, "status": ItemStatus.SUCCEEDED.value, "retry_at": _come(now)}
        rows = self._rows.select("batch_item", where, ("-result_name", "position"), limit=limit)
        if len(rows) == limit:
            last = rows[-1]["result_name"]
            rest = self._rows.select("batch_item", {**where, "result_name": last}, ("position",))
            rows = [row for row in rows if row["result_name"] != last] + rest
        return [_item(row) for row in rows]

    def next_undo(self, run: str) -> datetime | None:
        return self._next(run, ItemStatus.SUCCEEDED)

    def _next(self, run: str, status: ItemStatus) -> datetime | None:
        rows = self._rows.select("batch_item", {"run": run, "status": status.value}, ("retry_at",), limit=1)
        if not rows:
            return None
        return _moment(rows[0]["retry_at"]) or datetime.fromtimestamp(0, timezone.utc)

    def save_items(self, lease: Lease, items: Iterable[Item]) -> None:
        self._rows.update_many("batch_item", (((item.run, item.position), _item_columns(item)) for item in items))

    def close_items(self, lease: Lease, *, since: ItemStatus, to: ItemStatus, error: str | None) -> int:
        changes = {"status": to.value, "error": error, "retry_at": ""}
        return self._rows.update_where("batch_item", {"run": lease.run, "status": since.value}, changes)

    def release_keys(self, lease: Lease) -> None:
        self._rows.update("batch_run", (lease.run,), {"live_key": None})
        for status in ItemStatus:
            if status is not ItemStatus.UNDO_FAILED:
                where = {"run": lease.run, "status": status.value}
                self._rows.update_where("batch_item", where, {"live_key": None})

    def reopen_items(self, run: str, *, since: ItemStatus, to: ItemStatus, unexplained: bool = False) -> int:
        where = {"run": run, "status": since.value, **({"error": None} if unexplained else {})}
        reopened = self._rows.select("batch_item", where, ("position",))
        keys = {row["position"]: live_key(row["reference_doctype"], row["reference_name"]) for row in reopened}
        for key, holder in self.holders(list(keys.values())).items():
            if holder != run:
                raise LiveKeyTaken(key, holder)
        for position, key in keys.items():
            fresh = {"status": to.value, "attempt": 0, "retry_at": "", "error": None, "live_key": key}
            self._rows.update("batch_item", (run, position), fresh)
        return len(keys)

    def items(self, run: str, statuses: Sequence[ItemStatus] | None, *, offset: int, limit: int) -> Sequence[Item]:
        rows = self._rows.select("batch_item", _of(run, statuses), ("position",), limit=limit, offset=offset)
        return [_item(row) for row in rows]

    def count_items(self, run: str, statuses: Sequence[ItemStatus] | None) -> int:
        return self._rows.count("batch_item", _of(run, statuses))

    def items_of_result(self, run: str, doctype: str, name: str) -> Sequence[Item]:
        where = {"run": run, "status": ItemStatus.SUCCEEDED.value, "result_name": name, "result_doctype": doctype}
        return [_item(row) for row in self._rows.select("batch_item", where, ("position",))]

    def results(self, run: str) -> Iterator[tuple[str, str, Sequence[str]]]:
        rows = self._pages_by_result(run)
        for (doctype, name), group in groupby(rows, key=lambda row: (row["result_doctype"], row["result_name"])):
            yield doctype, name, [row["amount"] for row in group]

    def _pages_by_result(self, run: str) -> Iterator[Row]:
        where = {"run": run, "status": ItemStatus.SUCCEEDED.value}
        offset = 0
        while page := self._rows.select("batch_item", where, ("result_name", "position"), limit=_PAGE, offset=offset):
            yield from page
            offset += len(page)

    def runs(self, *, offset: int, limit: int) -> Sequence[Run]:
        """Return a page of all runs, newest first."""
        return [_run(row) for row in self._rows.select("batch_run", {}, ("-name",), offset=offset, limit=limit)]

    def count_runs(self) -> int:
        """Return how many runs there are."""
        return self._rows.count("batch_run")


def _time(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _come(now: datetime) -> Outside:
    """Match times that have come, and those so far ahead that a clock must have jumped."""
    return Outside(_time(now), _time(now + timedelta(seconds=FARTHEST_SECONDS)))


def _of(run: str, statuses: Sequence[ItemStatus] | None) -> dict[str, Any]:
    where: dict[str, Any] = {"run": run}
    if statuses is not None:
        where["status"] = In(tuple(status.value for status in statuses))
    return where


def _new_item(run: str, position: int, item: NewItem) -> Row:
    return {
        "run": run,
        "position": position,
        "reference_doctype": item.reference_doctype,
        "reference_name": item.reference_name,
        "live_key": item.live_key,
        "amount": item.amount,
        "status": item.status.value,
        "attempt": 0,
        "retry_at": "",
        "result_doctype": None,
        "result_name": None,
        "error": item.error,
    }


def _item_columns(item: Item) -> Row:
    return {
        "status": item.status.value,
        "attempt": item.attempt,
        "retry_at": _time(item.retry_at) if item.retry_at else "",
        "result_doctype": item.result_doctype,
        "result_name": item.result_name,
        "error": item.error,
    }


def _item(row: Row) -> Item:
    values = {name: row[name] for name in Item.__dataclass_fields__}
    return Item(**{**values, "status": ItemStatus(row["status"]), "retry_at": _moment(row["retry_at"])})


def _run_columns(changes: Mapping[str, Any]) -> Row:
    columns = dict(changes)
    for name in _TIMES:
        if columns.get(name) is not None:
            columns[name] = _time(columns[name])
    for name in _DOCUMENTS:
        if columns.get(name) is not None:
            columns[name] = json.dumps(dict(columns[name]), sort_keys=True)
    if "status" in columns:
        columns["status"] = columns["status"].value
    for name in _FLAGS & columns.keys():
        columns[name] = int(columns[name])
    return columns


def _run(row: Row) -> Run:
    values = {name: row[name] for name in Run.__dataclass_fields__}
    values |= {name: _moment(row[name]) for name in _TIMES}
    values |= {name: json.loads(row[name]) if row[name] else None for name in _DOCUMENTS}
    values |= {name: bool(row[name]) for name in _FLAGS}
    return Run(**{**values, "status": RunStatus(row["status"])})
