"""The rows of runs, and of the signals to them."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import frappe

from imogi_finance.batch.run import ItemStatus, Lease, NewItem, NewRun, Run, RunStatus
from imogi_finance.erpnext_adapter.batch_store.columns import (
    ITEM,
    RUN,
    RUN_SELECT,
    SIGNAL,
    run_columns,
    run_of,
    utc,
)
from imogi_finance.erpnext_adapter.batch_store.items import insert_items
from imogi_finance.errors import LeaseLost, LiveKeyTaken, UnknownRun

_LIVE = tuple(status.value for status in RunStatus if status.is_live)
_KEYS_AT_ONCE = 1000


class RunRows:
    """The half of ``imogi_finance.batch.doors.BatchStore`` that is about runs."""

    def insert_run(self, run: NewRun, items: Sequence[NewItem], now: datetime) -> Run:
        """Store a run as Pending with its items."""
        keys = [key for key in (run.live_key, *(item.live_key for item in items)) if key is not None]
        for key, holder in self.holders(keys).items():
            raise LiveKeyTaken(key, holder)
        decided = Counter(item.status for item in items if item.decided)
        made = frappe.get_doc(
            {
                "doctype": RUN,
                "owner": run.requested_by,
                "kind": run.kind,
                "requested_by": run.requested_by,
                "company": run.company,
                "reference_doctype": run.reference_doctype,
                "reference_name": run.reference_name,
                "chunk_size": run.chunk_size,
                "request_digest": run.request_digest,
                "retry_of": run.retry_of,
                "priority": run.priority,
                "live_key": run.live_key,
                "idempotency_key": run.idempotency_key,
                "idempotency_digest": _digest(run.requested_by, run.idempotency_key),
                "amount": run.options.get("amount"),
                "currency": run.options.get("currency"),
                "total": len(items),
                "processed": decided.total(),
                "failed": decided[ItemStatus.FAILED],
                **run_columns(
                    {
                        "status": RunStatus.PENDING,
                        "options": run.options,
                        "created_at": now,
                        "holds_document": run.holds_document,
                    }
                ),
            }
        )
        made.flags.made_by_engine = True
        try:
            made.insert(ignore_permissions=True, ignore_links=True)
            insert_items(made.name, run.requested_by, items)
        except frappe.UniqueValidationError as error:
            raise LiveKeyTaken(keys[0] if keys else RUN, "another run") from error
        _insert_signal(made.name, run.requested_by)
        return self.run(made.name)

    def run(self, name: str) -> Run:
        """Read a run as last committed."""
        found = _runs("r.name = %s", (name,))
        if not found:
            raise UnknownRun(name)
        return found[0]

    def run_by_idempotency_key(self, requested_by: str, key: str) -> Run | None:
        """Return the run a user asked for with this key, however it ended."""
        return _first("r.idempotency_digest = %s", (_digest(requested_by, key),))

    def give_key(self, run: Run, key: str) -> Run | None:
        """Have a run that has no idempotency key answer to one."""
        frappe.db.sql(
            f"""update `tab{RUN}` set idempotency_key = %s, idempotency_digest = %s
            where name = %s and idempotency_digest is null""",
            (key, _digest(run.requested_by, key), run.name),
        )
        return self.run(run.name) if frappe.db._cursor.rowcount else None

    def retry_of(self, run: str, *, but: str | None = None) -> Run | None:
        """Return the newest run that was made by retrying this one."""
        return _first("r.retry_of = %s and r.name <> %s", (run, but or ""))

    def latest_run_by_digest(self, digest: str, *, but: str | None = None) -> Run | None:
        """Return the newest run made from the very same request."""
        return _first("r.request_digest = %s and r.name <> %s", (digest, but or ""))

    def holders(self, live_keys: Sequence[str]) -> Mapping[str, str]:
        """Return which of the keys are in a live run, and in which."""
        held: dict[str, str] = {}
        for start in range(0, len(live_keys), _KEYS_AT_ONCE):
            keys = tuple(live_keys[start : start + _KEYS_AT_ONCE])
            held |= dict(frappe.db.sql(f"select live_key, name from `tab{RUN}` where live_key in %s", (keys,)))
            held |= dict(frappe.db.sql(f"select live_key, run from `tab{ITEM}` where live_key in %s", (keys,)))
        return held

    def claim(
        self, run: Run, *, holder: str, now: datetime, lease_seconds: float, joinable: bool = False
    ) -> Lease | None:
        """Raise the epoch and take the lease, if nothing has changed since the run was read; never wait for its row."""
        seen = f"select epoch, status, lease_holder, lease_expires_at from `tab{RUN}` where name = %s for update nowait"
        try:
            stored = frappe.db.sql(seen, run.name)
        except frappe.QueryTimeoutError:
            return None  # somebody has its row this moment, and writes to it
        as_read = (run.epoch, run.status.value, run.lease_holder, utc(run.lease_expires_at))
        if not stored or stored[0] != as_read:
            return None
        changes = {
            "status": RunStatus.PROCESSING if run.status is RunStatus.PENDING else run.status,
            "epoch": run.epoch + 1,
            "lease_holder": holder,
            "lease_expires_at": now + timedelta(seconds=lease_seconds),
            "lease_seconds": lease_seconds,
            "joinable": joinable,
            "stalls": run.stalls + 1,
            "wake_at": None,
            "started_at": run.started_at or now,
        }
        _update(run.name, run_columns(changes), run)
        _signal(run.name, rung_at=None)
        return Lease(run=run.name, epoch=run.epoch + 1, holder=holder)

    def held(self, lease: Lease) -> Run:
        """Read the run, if the lease still holds it."""
        run = self.run(lease.run)
        if run.epoch != lease.epoch or not run.status.is_live:
            raise LeaseLost(f"{run.document} is at epoch {run.epoch}, this worker at {lease.epoch}")
        return run

    def save(self, lease: Lease, *, added: Mapping[str, int] | None = None, **changes: Any) -> Run:
        """Write fields of the run, guarded by the lease's epoch; its row is held until the transaction ends."""
        return self._save(self.held(lease), changes, added or {})

    def reopen(self, run: Run, **changes: Any) -> Run:
        """Write fields of a run that no worker holds; its next end is announced anew."""
        if run.status.is_live:
            raise LeaseLost(f"{run.document} is live: only its worker writes to it")
        return self._save(run, {**changes, "stalls": 0, "announced": 0, "live_key": run.live_key})

    def _save(self, run: Run, changes: Mapping[str, Any], added: Mapping[str, int] | None = None) -> Run:
        if "status" in changes:
            run.check_edge(changes["status"])
        own = dict(changes)
        signals = {name: own.pop(name) for name in ("cancel_requested_by", "rung_at") if name in own}
        try:
            saved = _update(run.name, run_columns(own), run, added or {})
        except Exception as error:
            if not frappe.db.is_duplicate_entry(error):
                raise
            key = changes["live_key"]
            raise LiveKeyTaken(key, self.holders([key]).get(key, "another run")) from error
        if not saved:
            raise LeaseLost(f"{run.document} was claimed by another worker")
        if signals:
            _signal(run.name, **signals)
        return self.run(run.name)  # as no other can change it any more

    # signals: rows of their own, which no chunk ever holds

    def cancel_requested(self, name: str) -> bool:
        """Whether a cancel has been asked for by now."""
        asked = frappe.db.sql(f"select cancel_requested_by from `tab{SIGNAL}` where name = %s", name)
        return bool(asked and asked[0][0])

    def request_cancel(self, name: str, user: str) -> None:
        """Note that the user wants a live run to stop."""
        if self.run(name).status.is_live:
            _signal(name, cancel_requested_by=user)

    def note_ring(self, run: Run, now: datetime) -> None:
        """Note when the queue was rung for the run, unless it was claimed, or has ended, since it was read."""
        now_stored = self.run(run.name)
        if (now_stored.epoch, now_stored.status) == (run.epoch, run.status):
            _signal(run.name, rung_at=utc(now))

    def waiting_runs(self, requested_by: str) -> Sequence[str]:
        """Return a user's Pending runs. Who has stored one holds the series of names: nobody else stores any."""
        waiting = f"select name from `tab{RUN}` where requested_by = %s and status = %s order by creation, name"
        return list(frappe.db.sql(waiting, (requested_by, RunStatus.PENDING.value), pluck=True))

    def live_runs(self) -> Sequence[Run]:
        """Return the runs that a worker has, or will have, something to do for; the oldest first."""
        return _runs("r.status in %s order by r.creation, r.name", (_LIVE,))


def _runs(where: str, values: tuple[Any, ...]) -> list[Run]:
    return [run_of(row) for row in frappe.db.sql(f"{RUN_SELECT} where {where}", values, as_dict=True)]


def _first(where: str, values: tuple[Any, ...]) -> Run | None:
    """Return the newest run of those that match."""
    found = _runs(f"{where} order by r.creation desc, r.name desc limit 1", values)
    return found[0] if found else None


def _update(name: str, columns: Mapping[str, Any], as_read: Run, added: Mapping[str, int] | None = None) -> bool:
    """Write columns of a run, and add to counters, if epoch and status are as they were read; return whether they were.

    ``modified`` always changes, so that a row that was matched counts as one that was written.
    """
    columns = {**columns, "modified": frappe.utils.now(), "modified_by": frappe.session.user}
    added = added or {}
    settings = ", ".join(
        (*(f"`{column}` = %s" for column in columns), *(f"`{column}` = `{column}` + %s" for column in added))
    )
    values = (*columns.values(), *added.values(), name, as_read.epoch, as_read.status.value)
    frappe.db.sql(f"update `tab{RUN}` set {settings} where name = %s and epoch = %s and status = %s", values)
    return bool(frappe.db._cursor.rowcount)


def _insert_signal(run: str, owner: str) -> None:
    now = frappe.utils.now()
    frappe.db.sql(
        f"insert into `tab{SIGNAL}` (name, run, owner, modified_by, creation, modified) values %s",
        ((run, run, owner, owner, now, now),),
    )


def _signal(run: str, **columns: Any) -> None:
    settings = ", ".join(f"`{column}` = %s" for column in columns)
    frappe.db.sql(f"update `tab{SIGNAL}` set {settings} where name = %s", (*columns.values(), run))


def _digest(user: str, key: str | None) -> str | None:
    """Return a user's idempotency key in a form that only the very same letters give: columns ignore case."""
    return None if key is None else hashlib.sha256(f"{user}\0{key}".encode()).hexdigest()
