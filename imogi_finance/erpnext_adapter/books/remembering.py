"""What a chunk of payments has read, it need not read again.

ERPNext reads the same rows many times over for one payment: the invoice and its eight child tables eight or nine
times, accounts, dimensions, settings. Inside ``remembering`` a repeated read of the connection is answered from what
it gave before, until its table is written. So every read sees what it would see in a transaction that is REPEATABLE
READ, which is what Frappe's own transactions are.

Nothing of ERPNext or Frappe is replaced: three methods of the connection *instance* are shadowed for the block, and all
validations and hooks run as they do without it. Everything is written; of one row, in one statement where it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import frappe
from frappe.database.utils import EmptyQueryValues

from imogi_finance.erpnext_adapter.books.held_writes import HeldWrites
from imogi_finance.erpnext_adapter.books.memory import Memory, Row
from imogi_finance.erpnext_adapter.books.statements import Statement, statement

_SHADOWED = ("sql", "get_values", "set_value")
_PLAIN_OPTIONS = frozenset({"as_dict", "as_list", "pluck", "debug", "run", "update", "ignore_ddl", "explain"})
_UNUSUAL = ("for_update", "skip_locked", "cache", "update", "pluck", "distinct")
_DEBUG_AND_ORDER = 2
_CHILDREN_OF = ("parent", "parenttype", "parentfield")
_UNSURE = "?"


@contextmanager
def remembering(memory: Memory, on_write: Callable[[str], None] | None = None) -> Iterator[HeldWrites]:
    """Answer repeated reads of this connection from ``memory`` inside the block.

    Args:
        on_write: told the table after each statement that wrote one.
    """
    database = frappe.local.db
    before = {name: vars(database)[name] for name in _SHADOWED if name in vars(database)}
    writes = HeldWrites(database, database.set_value, memory.note_written)
    shadow = _Shadow(memory, database.sql, database.get_values, writes, on_write)
    database.sql, database.get_values, database.set_value = shadow.sql, shadow.get_values, writes.set_value
    try:
        yield writes
        writes.end()
    except BaseException:
        memory.forget()  # whoever catches this rolls back what was written meanwhile
        raise
    finally:
        for name in _SHADOWED:
            if name in before:
                setattr(database, name, before[name])
            else:
                delattr(database, name)


class _Shadow:
    """What stands in the place of the connection's ``sql`` and ``get_values``."""

    def __init__(
        self,
        memory: Memory,
        sql: Callable[..., Any],
        get_values: Callable[..., Any],
        writes: HeldWrites,
        on_write: Callable[[str], None] | None,
    ) -> None:
        self._memory = memory
        self._sql = sql
        self._get_values = get_values
        self._writes = writes
        self._on_write = on_write
        self._recorders: list[set[str]] = []  # the tables that each call of get_values has read so far

    def sql(self, query: Any, values: Any = EmptyQueryValues, **options: Any) -> Any:
        """See ``frappe.database.database.Database.sql``."""
        text, memory = str(query).strip(), self._memory
        known = statement(text)
        if self._writes.table and _sees(self._writes, known, text):
            self._writes.send()
        if not options.get("run", True) or not options.keys() <= _PLAIN_OPTIONS:
            self._note(known, values)
            return self._sql(query, values, **options)
        whole = bool(options.get("as_dict")) and not options.get("update")
        if whole and (rows := memory.rows_of(text, values, self._columns)) is not None:
            self._note(known, values)
            return [frappe._dict(row) for row in rows]
        # what get_values asks for, it remembers itself
        may_recall = (known.reads and not self._recorders) or known.locks
        key = _key("sql", text, values, options) if may_recall else None
        if key is not None and (answer := memory.recall(key)) is not None:
            self._note(known, values)
            return answer
        self._note(known, values)
        answer = self._sql(query, values, **options)
        if key is not None and (known.reads or _found_all(values, answer)):
            memory.learn(key, answer, known.reads or frozenset({known.locks or ""}))
        if whole:
            memory.note_rows(text, values, answer)
        if known.writes is not None and self._on_write is not None:
            self._on_write(known.writes)
        return answer

    def _columns(self, table: str, name: str, columns: Any) -> Row | None:
        """Read columns of one row."""
        listed = ", ".join(f"`{column}`" for column in columns)
        found = self._sql(f"select {listed} from `{table}` where name = %(name)s", {"name": name}, as_dict=True)
        return dict(found[0]) if found else None

    def _note(self, known: Statement, values: Any) -> None:
        """Note what a statement reads or writes, in every answer that is being put together and in the memory."""
        for recorder in self._recorders:
            recorder |= known.reads or {_UNSURE}
        if not known.is_neutral:
            self._memory.note_write(known, values)
            for table in known.touches:
                self._writes.note_write(table)

    def get_values(
        self,
        doctype: Any,
        filters: Any = None,
        fieldname: Any = "name",
        ignore: Any = None,
        as_dict: Any = False,
        *more: Any,
        **options: Any,
    ) -> Any:
        """See ``frappe.database.database.Database.get_values``."""
        if self._writes.table == f"tab{doctype}":
            self._writes.send()
        asked = (doctype, filters, fieldname, ignore, as_dict, *more)
        if len(more) > _DEBUG_AND_ORDER or not options.get("run", True):
            return self._get_values(*asked, **options)
        if (known := self._whole(doctype, filters, fieldname, as_dict, options)) is not None:
            return known
        if any(options.get(name) for name in _UNUSUAL):
            return self._get_values(*asked, **options)
        key = _key("values", asked, options)
        if key is None:
            return self._get_values(*asked, **options)
        if self._writes.table in self._memory.tables(key):
            self._writes.send()
        if (answer := self._memory.recall(key)) is not None:
            self._record(self._memory.tables(key))
            return answer
        recorder: set[str] = set()
        self._recorders.append(recorder)
        try:
            answer = self._get_values(*asked, **options)
        finally:
            self._recorders.pop()
        if recorder and _UNSURE not in recorder:
            self._memory.learn(key, answer, frozenset(recorder))
        return answer

    def _whole(self, doctype: Any, filters: Any, fieldname: Any, as_dict: Any, options: dict[str, Any]) -> Any:
        """Return what is asked of a document, or of its rows of one child table, that was read whole; else None."""
        locked = bool(options.get("for_update"))
        if any(options.get(name) for name in _UNUSUAL if name not in ("for_update", "cache")):
            return None
        if not isinstance(doctype, str):
            return None
        name = filters
        if isinstance(filters, dict):
            if as_dict and fieldname == "*" and options.get("order_by") == "idx asc" and (*filters,) == _CHILDREN_OF:
                rows = self._memory.children(f"tab{doctype}", (*filters.values(),), self._columns, locked=locked)
                return None if rows is None else self._found(doctype, [frappe._dict(row) for row in rows])
            name = filters.get("name") if filters.keys() == {"name"} else None
        row = self._memory.row(f"tab{doctype}", name, self._columns, locked=locked) if isinstance(name, str) else None
        return None if row is None else self._fields(doctype, row, fieldname, as_dict)

    def _fields(self, doctype: str, row: Row, fieldname: Any, as_dict: Any) -> Any:
        if fieldname == "*":
            return self._found(doctype, [frappe._dict(row)]) if as_dict else None
        fields = [fieldname] if isinstance(fieldname, str) else fieldname
        if not isinstance(fields, (list, tuple)):
            return None
        if not all(isinstance(field, str) and field in row for field in fields):
            return None
        if as_dict:
            return self._found(doctype, [frappe._dict((field, row[field]) for field in fields)])
        return self._found(doctype, (tuple(row[field] for field in fields),))

    def _found(self, doctype: str, answer: Any) -> Any:
        self._record({f"tab{doctype}"})
        return answer

    def _record(self, tables: Any) -> None:
        for recorder in self._recorders:
            recorder |= tables


def _sees(writes: HeldWrites, known: Statement, text: str) -> bool:
    """Whether a statement could see that a write waits, or have it come out of its turn."""
    if known.reads and writes.table not in known.reads:
        return False
    return not (known.is_read and writes.is_hidden_from(text))


def _found_all(values: Any, answer: Any) -> bool:
    """Whether a read by names has found, and so locked, every row that it names."""
    names = values.get("names") if isinstance(values, dict) else None
    return isinstance(names, (list, tuple)) and len(answer) == len(set(names)) > 0


def _key(*parts: Any) -> Any:
    """Return the parts as something hashable; None where one of them is not plain data."""
    try:
        key = tuple(map(_frozen, parts))
        hash(key)
    except TypeError:
        return None
    return key


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return ("dict", *((name, _frozen(of)) for name, of in value.items()))
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, *map(_frozen, value))
    if isinstance(value, (set, frozenset)):
        raise TypeError("a set has no order")
    if type(value) is date:  # is sent as a text
        return ("str", value.isoformat())
    return (type(value).__name__, value)
