"""What a chunk of payments has read, it need not read again.

ERPNext reads the same rows many times over for one payment: the invoice and its eight child tables eight or nine
times, accounts, dimensions, settings. Inside ``remembering`` a repeated read of the connection is answered from what
it gave before, until its table is written. So every read sees what it would see in a transaction that is REPEATABLE
READ, which is what Frappe's own transactions are.

Nothing of ERPNext or Frappe is replaced: two methods of the connection *instance* are shadowed for the block, and all
validations, hooks and statements that write run as they do without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import frappe

from imogi_finance.erpnext_adapter.books.memory import Memory, statement

_SHADOWED = ("sql", "get_values")
_PLAIN_OPTIONS = frozenset({"as_dict", "as_list", "pluck", "debug", "run", "update", "ignore_ddl", "explain"})
_UNSURE = "?"


@contextmanager
def remembering(memory: Memory, on_write: Callable[[str], None] | None = None) -> Iterator[None]:
    """Answer repeated reads of this connection from ``memory`` inside the block.

    Args:
        on_write: told the table after each statement that wrote one.
    """
    database = frappe.local.db
    before = {name: vars(database)[name] for name in _SHADOWED if name in vars(database)}
    shadow = _Shadow(memory, database.sql, database.get_values, on_write)
    database.sql, database.get_values = shadow.sql, shadow.get_values
    try:
        yield
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
        on_write: Callable[[str], None] | None,
    ) -> None:
        self._memory = memory
        self._sql = sql
        self._get_values = get_values
        self._on_write = on_write
        self._recorders: list[set[str]] = []  # the tables that each call of get_values has read so far

    def sql(self, query: Any, values: Any = (), **options: Any) -> Any:
        """See ``frappe.database.database.Database.sql``."""
        text, memory = str(query).strip(), self._memory
        known = statement(text)
        if not options.get("run", True) or not options.keys() <= _PLAIN_OPTIONS:
            self._note(known, values)
            return self._sql(query, values, **options)
        whole = bool(options.get("as_dict")) and not options.get("update")
        if whole and (rows := memory.rows_of(text, values)) is not None:
            self._note(known, values)
            return [frappe._dict(row) for row in rows]
        # what get_values asks for, it remembers itself
        key = _key("sql", text, values, options) if known.reads and not self._recorders else None
        if key is not None and (answer := memory.recall(key)) is not None:
            self._note(known, values)
            return answer
        self._note(known, values)
        answer = self._sql(query, values, **options)
        if key is not None:
            memory.learn(key, answer, known.reads)
        if whole:
            memory.note_rows(text, values, answer)
        if known.writes is not None and self._on_write is not None:
            self._on_write(known.writes)
        return answer

    def _note(self, known: Any, values: Any) -> None:
        """Note what a statement reads or writes, in every answer that is being put together and in the memory."""
        for recorder in self._recorders:
            recorder |= known.reads or {_UNSURE}
        if not known.is_neutral:
            self._memory.note_write(known, values)

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
        asked = (doctype, filters, fieldname, ignore, as_dict, *more)
        unusual = ("for_update", "skip_locked", "cache", "update", "pluck", "distinct")
        if any(options.get(name) for name in unusual) or not options.get("run", True):
            return self._get_values(*asked, **options)
        if (answer := self._fields(doctype, filters, fieldname, as_dict)) is not None:
            return answer
        key = _key("values", asked, options)
        if key is None:
            return self._get_values(*asked, **options)
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

    def _fields(self, doctype: Any, filters: Any, fieldname: Any, as_dict: Any) -> Any:
        """Return fields of one document from its row, where that was read whole; else None."""
        name = filters["name"] if isinstance(filters, dict) and filters.keys() == {"name"} else filters
        row = self._memory.row(doctype, name) if isinstance(name, str) and isinstance(doctype, str) else None
        fields = [fieldname] if isinstance(fieldname, str) else fieldname
        if row is None or not isinstance(fields, (list, tuple)):
            return None
        if not all(isinstance(field, str) and field in row for field in fields):
            return None
        self._record({f"tab{doctype}"})
        if as_dict:
            return [frappe._dict((field, row[field]) for field in fields)]
        return (tuple(row[field] for field in fields),)

    def _record(self, tables: Any) -> None:
        for recorder in self._recorders:
            recorder |= tables


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
    return (type(value).__name__, value)
