"""What a chunk of payments has read, it need not read again.

ERPNext reads the same rows many times over for one payment: the invoice and its eight child tables eight or nine
times, accounts, dimensions, settings. Inside ``remembering`` a repeated read of the connection is answered from what
it gave before, until its table is written. So every read sees what it would see in a transaction that is REPEATABLE
READ, which is what Frappe's own transactions are; locking reads and everything else go to the database as ever.

Nothing of ERPNext or Frappe is replaced: two methods of the connection *instance* are shadowed for the block, and all
validations, hooks and statements that write run as they do without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import frappe

Row = dict[str, Any]

_READ = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)
_WRITE = re.compile(
    r"\s*(?:insert\s+(?:ignore\s+)?into|replace\s+into|update|delete\s+from)\s+(?:`([^`]+)`|(\w+))", re.IGNORECASE
)
_NEUTRAL = re.compile(r"\s*(?:savepoint|release\s+savepoint)\b", re.IGNORECASE)
# what a read may hold that makes its answer more than its rows: locks, variables, and functions of the moment
_NEVER_TWICE = re.compile(
    r"\bfor\s+update\b|\block\s+in\s+share\b|\binto\b|@|\bcurrent_timestamp\b"
    r"|\b(?:rand|uuid|sleep|now|sysdate|last_insert_id|row_count|found_rows|get_lock)\s*\(",
    re.IGNORECASE,
)
_TABLE = re.compile(r"`((?:tab|__)\w[\w ]*)`|\b(tab[A-Z]\w*|__[A-Z]\w*)\b")
_ONE_ROW = re.compile(r"\bwhere\s+`?name`?\s*=\s*%\((\w+)\)s\s*$", re.IGNORECASE)
_DOCUMENT = re.compile(r"SELECT \* FROM `(tab[^`]+)` WHERE `name`=%\((\w+)\)s LIMIT 1")
_CHILDREN = re.compile(
    r"SELECT \* FROM `(tab[^`]+)` WHERE `parent`=%\((\w+)\)s AND `parenttype`=%\((\w+)\)s"
    r" AND `parentfield`=%\((\w+)\)s ORDER BY `idx` ASC"
)
_PLAIN_OPTIONS = frozenset({"as_dict", "as_list", "pluck", "debug", "run", "update", "ignore_ddl", "explain"})


class _Statement(NamedTuple):
    """What is known of a statement by its text.

    Args:
        reads: the tables of a read that may be remembered; empty for any other statement.
        writes: the table it writes, if it is a plain INSERT, REPLACE, UPDATE or DELETE.
        touches: every table that such a write names.
        is_neutral: whether it changes nothing that could have been remembered.
        one_row: name of the parameter that names the one row it writes, where it is one by its name.
    """

    reads: frozenset[str] = frozenset()
    writes: str | None = None
    touches: frozenset[str] = frozenset()
    is_neutral: bool = False
    one_row: str | None = None


@lru_cache(maxsize=4096)
def _statement(text: str) -> _Statement:
    tables = frozenset(first or second for first, second in _TABLE.findall(text))
    if _READ.match(text):
        return _Statement(is_neutral=True) if _NEVER_TWICE.search(text) else _Statement(reads=tables, is_neutral=True)
    if written := _WRITE.match(text):
        table = written.group(1) or written.group(2)
        one_row = _ONE_ROW.search(text) if tables <= {table} else None
        return _Statement(writes=table, touches=tables | {table}, one_row=one_row.group(1) if one_row else None)
    return _Statement(is_neutral=_NEUTRAL.match(text) is not None)


class Memory:
    """Rows that were read together and are locked, or otherwise sure to stay, and what was read since.

    It is good for one transaction. Whoever rolls back to a savepoint must call ``forget``.
    """

    def __init__(self) -> None:
        self._answers: dict[Any, tuple[Any, frozenset[str]]] = {}
        self._readers: dict[str, set[Any]] = {}
        self._rows: dict[str, dict[str, Row]] = {}
        self._children: dict[str, dict[tuple[str, str, str], list[Row]]] = {}
        self.statements = 0

    def hold_document(self, doctype: str, row: Row, children: Mapping[tuple[str, str], list[Row]]) -> None:
        """Answer reads of a whole document from rows read before.

        Args:
            children: by child doctype and field; an empty list too says what there is.
        """
        name = str(row["name"])
        self._rows.setdefault(f"tab{doctype}", {})[name] = row
        for (child, field), rows in children.items():
            self._children.setdefault(f"tab{child}", {})[name, doctype, field] = rows

    def forget(self) -> None:
        """Read everything anew from now on."""
        for known in (self._answers, self._readers, self._rows, self._children):
            known.clear()

    def recall(self, key: Any) -> Any:
        """Return the answer to a read, as its caller's own; None where there is none."""
        found = self._answers.get(key)
        return None if found is None else _own(found[0])

    def tables(self, key: Any) -> frozenset[str]:
        """Return the tables that a remembered answer was read from."""
        return self._answers[key][1]

    def learn(self, key: Any, answer: Any, tables: frozenset[str]) -> None:
        """Remember an answer until one of its tables is written."""
        self._answers[key] = (_own(answer), tables)
        for table in tables:
            self._readers.setdefault(table, set()).add(key)

    def from_rows(self, text: str, values: Any) -> list[Row] | None:
        """Return a whole document's row, or its rows of one child table, where they are memory."""
        if not isinstance(values, dict):
            return None
        if one := _DOCUMENT.fullmatch(text):
            row = self._rows.get(one.group(1), {}).get(values[one.group(2)])
            return None if row is None else [row]
        if many := _CHILDREN.fullmatch(text):
            key = (values[many.group(2)], values[many.group(3)], values[many.group(4)])
            return self._children.get(many.group(1), {}).get(key)
        return None

    def note_write(self, statement: _Statement, values: Any) -> None:
        """Forget what a statement may have changed."""
        if statement.writes is None:
            self.forget()
        for table in statement.touches:
            for key in self._readers.pop(table, ()):
                self._answers.pop(key, None)
            self._children.pop(table, None)
            if statement.one_row and isinstance(values, dict):
                self._rows.get(table, {}).pop(values.get(statement.one_row), None)
            else:
                self._rows.pop(table, None)


@contextmanager
def remembering(memory: Memory, on_write: Callable[[str], None] | None = None) -> Iterator[None]:
    """Answer repeated reads of this connection from ``memory`` inside the block.

    Args:
        on_write: told the table after each statement that wrote one.
    """
    database = frappe.local.db
    own_before = {name: vars(database)[name] for name in ("sql", "get_values") if name in vars(database)}
    sql, get_values = database.sql, database.get_values
    recorders: list[set[str]] = []

    def remembered_sql(query: Any, values: Any = (), **options: Any) -> Any:
        text = str(query).strip()
        statement = _statement(text)
        for recorder in recorders:
            recorder |= statement.reads
        if statement.reads and options.keys() <= _PLAIN_OPTIONS and options.get("run", True):
            if (
                options.get("as_dict")
                and not options.get("update")
                and (rows := memory.from_rows(text, values)) is not None
            ):
                return [frappe._dict(row) for row in rows]
            key = _key("sql", text, values, options)
            if key is not None and (answer := memory.recall(key)) is not None:
                return answer
            memory.statements += 1
            answer = sql(query, values, **options)
            if key is not None:
                memory.learn(key, answer, statement.reads)
            return answer
        memory.statements += 1
        if not statement.is_neutral:
            for recorder in recorders:
                recorder.add(_UNSURE)
            memory.note_write(statement, values)
        answer = sql(query, values, **options)
        if statement.writes is not None and on_write is not None:
            on_write(statement.writes)
        return answer

    def remembered_values(doctype: Any, filters: Any = None, *words: Any, **options: Any) -> Any:
        locks = options.get("for_update") or options.get("skip_locked") or not options.get("run", True)
        recorder: set[str]
        key = None if locks or options.get("cache") else _key("values", doctype, (filters, words), options)
        if key is None:
            return get_values(doctype, filters, *words, **options)
        if (answer := memory.recall(key)) is not None:
            for recorder in recorders:
                recorder |= memory.tables(key)
            return answer
        recorder = set()
        recorders.append(recorder)
        try:
            answer = get_values(doctype, filters, *words, **options)
        finally:
            recorders.pop()
        if _UNSURE not in recorder and recorder:
            memory.learn(key, answer, frozenset(recorder))
        return answer

    database.sql, database.get_values = remembered_sql, remembered_values
    try:
        yield
    except BaseException:
        memory.forget()  # whoever catches this rolls back what was written meanwhile
        raise
    finally:
        for name in ("sql", "get_values"):
            if name in own_before:
                setattr(database, name, own_before[name])
            else:
                delattr(database, name)


_UNSURE = "?"


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


def _own(answer: Any) -> Any:
    """Return an answer that its reader may change without changing what is remembered."""
    if isinstance(answer, list):
        return [_own_row(row) for row in answer]
    return answer


def _own_row(row: Any) -> Any:
    if isinstance(row, dict):
        return frappe._dict(row)
    return list(row) if isinstance(row, list) else row
