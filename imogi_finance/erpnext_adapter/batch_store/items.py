"""The rows of items. What decides about a lease stands in the run's row, which every chunk writes too."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from itertools import groupby, islice
from typing import Any

import frappe

from imogi_finance.batch.run import FARTHEST_SECONDS, Item, ItemStatus, Lease, NewItem
from imogi_finance.erpnext_adapter.batch_store.columns import (
    ITEM,
    ITEM_SELECT,
    RUN,
    clipped,
    item_columns,
    item_of,
    utc,
)
from imogi_finance.erpnext_adapter.connections import SILENT_SECONDS, SILENT_SECONDS_AT_THE_END
from imogi_finance.errors import LiveKeyTaken

_ROWS_AT_ONCE = 1000
_PAGE = 500
_COME = "(retry_at is null or retry_at <= %(now)s or retry_at > %(farthest)s)"
_FREE = "for update skip locked"
_AT_ONCE = datetime.fromtimestamp(0, timezone.utc)


class ItemRows(ABC):
    """The half of ``imogi_finance.batch.doors.BatchStore`` that is about items."""

    @abstractmethod
    def holders(self, live_keys: Sequence[str]) -> Mapping[str, str]:
        """Return which of the keys are in a live run, and in which: the other half has it."""

    def due_items(self, run: str, now: datetime, *, limit: int) -> Sequence[Item]:
        """Take pending items whose turn has come, by position, and hold them; those that others hold are left out.

        The server ends a connection that holds items and says nothing for long: so no stopped worker keeps them. Where
        none is left the final step may follow, in which ERPNext is silent the longer the more payments there are.
        """
        _be_silent_for_at_most(SILENT_SECONDS)
        where = f"run = %(run)s and status = %(status)s and {_COME} order by position limit %(limit)s {_FREE}"
        found = _items(where, _turn(run, ItemStatus.PENDING, now, limit=limit), index="force index (imogi_turn)")
        if not found:
            _be_silent_for_at_most(SILENT_SECONDS_AT_THE_END)
        return found

    def still(self, items: Sequence[Item]) -> Sequence[Item]:
        """Take those of the items again that are as they were read and that nobody else holds."""
        names = [_name(item.run, item.position) for item in items]
        found = _items(f"name in %(names)s order by position {_FREE}", {"names": names}) if names else []
        return [item for item in found if item in items]

    def next_retry(self, run: str) -> datetime | None:
        """Return when the next pending item is due."""
        return _next(run, ItemStatus.PENDING)

    def items_to_undo(self, run: str, now: datetime, *, limit: int) -> Sequence[Item]:
        """Return succeeded items whose turn has come, newest result first; all of one result together."""
        _be_silent_for_at_most(SILENT_SECONDS)  # who undoes holds payments, which whoever comes next must have
        where = f"run = %(run)s and status = %(status)s and {_COME}"
        values = _turn(run, ItemStatus.SUCCEEDED, now, limit=limit)
        found = _items(f"{where} order by result_name desc, name desc limit %(limit)s", values)
        if len(found) == limit:
            last = found[-1].result_name
            rest = _items(f"{where} and result_name = %(last)s", {**values, "last": last})
            found = [item for item in found if item.result_name != last] + rest
        by_position = sorted(found, key=lambda item: item.position)
        return sorted(by_position, key=lambda item: item.result_name or "", reverse=True)

    def next_undo(self, run: str) -> datetime | None:
        """Return when the next succeeded item is due to be undone."""
        return _next(run, ItemStatus.SUCCEEDED)

    def save_items(self, lease: Lease, items: Iterable[Item]) -> None:
        """Write status, attempt, retry time, result and error of the items: those of one result in one statement."""
        modified = {"modified": frappe.utils.now(), "modified_by": frappe.session.user}
        for columns, alike in groupby(items, key=item_columns):
            names = [_name(item.run, item.position) for item in alike]
            _update({**columns, **modified}, "name in %(names)s", {"names": names})

    def close_items(self, lease: Lease, *, since: ItemStatus, to: ItemStatus, error: str | None) -> int:
        """Turn every item of one status to another; return how many there were."""
        values = {"run": lease.run, "since": since.value}
        return _update(
            {"status": to.value, "error": error, "retry_at": None}, "run = %(run)s and status = %(since)s", values
        )

    def release_keys(self, lease: Lease) -> None:
        """Let other runs take this run's documents, but for items whose undo failed."""
        frappe.db.sql(f"update `tab{RUN}` set live_key = null where name = %s", lease.run)
        kept = {"run": lease.run, "kept": ItemStatus.UNDO_FAILED.value}
        _update({"live_key": None}, "run = %(run)s and status <> %(kept)s", kept)

    def reopen_items(self, run: str, *, since: ItemStatus, to: ItemStatus, unexplained: bool = False) -> int:
        """Make items ready for another try: attempts 0, no error, live keys taken again."""
        of_them = {"run": run, "since": since.value}
        which = f"run = %(run)s and status = %(since)s{' and error is null' if unexplained else ''}"
        key = "concat(reference_doctype, ':', reference_name)"
        keys = frappe.db.sql(f"select {key} from `tab{ITEM}` where {which}", of_them, pluck=True)
        for taken, holder in self.holders(keys).items():
            if holder != run:
                raise LiveKeyTaken(taken, holder)
        fresh = {"status": to.value, "attempt": 0, "retry_at": None, "error": None}
        try:
            return _update(fresh, which, of_them, also=f"live_key = {key}")
        except Exception as error:
            if not frappe.db.is_duplicate_entry(error):
                raise
            raise LiveKeyTaken(keys[0], "another run") from error

    def items(self, run: str, statuses: Sequence[ItemStatus] | None, *, offset: int, limit: int) -> Sequence[Item]:
        """Return a page of a run's items by position.

        Of all items the page is found by its names, which are in the order of the positions 1, 2, 3 …: it costs what a
        page costs, however large the run is.
        """
        if statuses is None:
            names = {"run": run, "first": _name(run, offset + 1), "last": _name(run, offset + limit)}
            return _items("run = %(run)s and name between %(first)s and %(last)s order by name", names)
        where, values = _of(run, statuses)
        page = {**values, "limit": limit, "offset": offset}
        return _items(f"{where} order by position limit %(limit)s offset %(offset)s", page)

    def count_items(self, run: str, statuses: Sequence[ItemStatus] | None) -> int:
        """Return how many items of these statuses the run has."""
        where, values = _of(run, statuses)
        return int(frappe.db.sql(f"select count(*) from `tab{ITEM}` where {where}", values)[0][0])

    def items_of_result(self, run: str, doctype: str, name: str) -> Sequence[Item]:
        """Return the items that a result document stands for."""
        return _items(
            """run = %(run)s and status = %(status)s and result_name = %(name)s and result_doctype = %(doctype)s
            order by position""",
            {"run": run, "status": ItemStatus.SUCCEEDED.value, "name": name, "doctype": doctype},
        )

    def results(self, run: str) -> Iterator[tuple[str, str, Sequence[str]]]:
        """Yield each result document once with the amounts of its succeeded items, reading page by page."""
        for (doctype, name), group in groupby(
            _by_result(run), key=lambda item: (item.result_doctype, item.result_name)
        ):
            yield doctype or "", name or "", [item.amount for item in group]


def insert_items(run: str, owner: str, items: Sequence[NewItem]) -> None:
    """Insert a new run's items, a thousand rows a statement.

    Raises:
        frappe.UniqueValidationError: an item's document is in a live run.
    """
    now = frappe.utils.now()
    columns = (
        *("name", "owner", "modified_by", "creation", "modified", "run", "position", "reference_doctype"),
        *("reference_name", "amount", "status", "attempt", "live_key", "error"),
    )
    listed = f"insert into `tab{ITEM}` ({', '.join(f'`{column}`' for column in columns)}) values "
    rows = (
        (
            *(_name(run, position), owner, owner, now, now, run, position, item.reference_doctype),
            *(item.reference_name, item.amount, item.status.value, 0, item.live_key, clipped(item.error)),
        )
        for position, item in enumerate(items, 1)
    )
    while page := list(islice(rows, _ROWS_AT_ONCE)):
        try:
            frappe.db.sql(listed + ", ".join(["%s"] * len(page)), page)
        except Exception as error:
            if not frappe.db.is_duplicate_entry(error):
                raise
            raise frappe.UniqueValidationError(ITEM, run, error) from error


def _be_silent_for_at_most(seconds: int) -> None:
    """Have the server end this connection where it says nothing for longer inside this transaction."""
    frappe.db.sql(f"set idle_transaction_timeout = {int(seconds)}")


def _name(run: str, position: int) -> str:
    return f"{run}-{position:06d}"


def _items(where: str, values: Mapping[str, Any], *, index: str = "") -> list[Item]:
    return [item_of(row) for row in frappe.db.sql(f"{ITEM_SELECT} {index} where {where}", values, as_dict=True)]


def _turn(run: str, status: ItemStatus, now: datetime, *, limit: int) -> dict[str, Any]:
    farthest = utc(now + timedelta(seconds=FARTHEST_SECONDS))
    return {"run": run, "status": status.value, "now": utc(now), "farthest": farthest, "limit": limit}


def _next(run: str, status: ItemStatus) -> datetime | None:
    where = "run = %(run)s and status = %(status)s order by retry_at limit 1"  # null, which is at once, comes first
    found = _items(where, {"run": run, "status": status.value})
    return (found[0].retry_at or _AT_ONCE) if found else None


def _of(run: str, statuses: Sequence[ItemStatus] | None) -> tuple[str, dict[str, Any]]:
    if statuses is None:
        return "run = %(run)s", {"run": run}
    return "run = %(run)s and status in %(statuses)s", {"run": run, "statuses": [status.value for status in statuses]}


def _update(columns: Mapping[str, Any], where: str, values: Mapping[str, Any], *, also: str = "") -> int:
    """Write columns of the items that match; return how many were changed."""
    settings = ", ".join([*(f"`{column}` = %(new_{column})s" for column in columns), *([also] if also else [])])
    new = {f"new_{column}": value for column, value in columns.items()}
    frappe.db.sql(f"update `tab{ITEM}` set {settings} where {where}", {**new, **values})
    return int(frappe.db._cursor.rowcount)


def _by_result(run: str) -> Iterator[Item]:
    """Yield succeeded items by result and position, a page in memory at a time.

    Names of items are in the order of their positions; the index of results ends in them, so that no page is sorted.
    """
    values: dict[str, Any] = {"run": run, "status": ItemStatus.SUCCEEDED.value, "page": _PAGE, "result": "", "name": ""}
    where = """run = %(run)s and status = %(status)s and result_name >= %(result)s
        and (result_name > %(result)s or name > %(name)s) order by result_name, name limit %(page)s"""
    while page := _items(where, values):
        yield from page
        values |= {"result": page[-1].result_name, "name": _name(run, page[-1].position)}
