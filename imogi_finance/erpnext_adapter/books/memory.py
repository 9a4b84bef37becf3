"""What was read of the database in one transaction, and until when it may be taken for read.

A remembered answer is forgotten when a statement writes one of the tables that it was read from; a whole row, when that
row is written, or its table in a way that does not name one row. A locking read is answered only from rows that this
transaction has locked before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import frappe

Row = dict[str, Any]
ChildrenOf = tuple[str, str, str]

_READ = re.compile(r"(?:select|with)\b", re.IGNORECASE)
_WRITE = re.compile(
    r"(?:insert\s+(?:ignore\s+)?into|replace\s+into|update|delete\s+from)\s+(?:`([^`]+)`|(\w+))", re.IGNORECASE
)
_NEUTRAL = re.compile(r"(?:savepoint|release\s+savepoint)\b", re.IGNORECASE)
# what a read may hold that makes its answer more than its rows: locks, variables, and functions of the moment
_NEVER_TWICE = re.compile(
    r"\bfor\s+update\b|\block\s+in\s+share\b|\binto\b|@|\bcurrent_timestamp\b"
    r"|\b(?:rand|uuid|sleep|now|sysdate|last_insert_id|row_count|found_rows|get_lock)\s*\(",
    re.IGNORECASE,
)
_TABLE = re.compile(r"`((?:tab|__)\w[\w ]*)`|\b(tab[A-Z]\w*|__[A-Z]\w*)\b")
_ONE_ROW = re.compile(r"\bwhere\s+`?name`?\s*=\s*%\((\w+)\)s\s*$", re.IGNORECASE)
# how Frappe reads a document, and the rows of one of its child tables
_DOCUMENT = re.compile(
    r"SELECT \* FROM `(tab[^`]+)` WHERE `name`=%\((\w+)\)s(?: ORDER BY `modified` DESC)? LIMIT 1( FOR UPDATE)?"
)
_CHILDREN = re.compile(
    r"SELECT \* FROM `(tab[^`]+)` WHERE `parent`=%\((\w+)\)s AND `parenttype`=%\((\w+)\)s"
    r" AND `parentfield`=%\((\w+)\)s ORDER BY `idx` ASC( FOR UPDATE)?"
)


class Statement(NamedTuple):
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
def statement(text: str) -> Statement:
    """Return what a statement, stripped of white space around it, reads or writes."""
    tables = frozenset(first or second for first, second in _TABLE.findall(text))
    if _READ.match(text):
        return Statement(is_neutral=True) if _NEVER_TWICE.search(text) else Statement(reads=tables, is_neutral=True)
    if written := _WRITE.match(text):
        table = written.group(1) or written.group(2)
        one_row = _ONE_ROW.search(text) if tables <= {table} else None
        return Statement(writes=table, touches=tables | {table}, one_row=one_row.group(1) if one_row else None)
    return Statement(is_neutral=_NEUTRAL.match(text) is not None)


class Memory:
    """What one transaction has read. Whoever rolls back to a savepoint must call ``forget``."""

    def __init__(self) -> None:
        self._answers: dict[Any, tuple[Any, frozenset[str]]] = {}
        self._readers: dict[str, set[Any]] = {}
        self._rows: dict[str, dict[Any, Row]] = {}
        self._children: dict[str, dict[ChildrenOf, list[Row]]] = {}
        self._locked: set[tuple[str, object]] = set()
        self._named: set[tuple[str, str]] = set()  # rows that were held once, by the very name that they have

    def forget(self) -> None:
        """Read everything anew from now on."""
        for known in (self._answers, self._readers, self._rows, self._children, self._locked, self._named):
            known.clear()

    # whole rows

    def hold_document(
        self, doctype: str, row: Row, children: Mapping[tuple[str, str], list[Row]], *, locked: bool
    ) -> None:
        """Take a document for read.

        Args:
            children: its rows by child doctype and field; an empty list too says what there is.
            locked: whether all of these rows are locked by this transaction.
        """
        name = str(row["name"])
        self._hold(f"tab{doctype}", row, locked=locked)
        for (child, field), rows in children.items():
            key = (name, doctype, field)
            self._children.setdefault(f"tab{child}", {})[key] = rows
            if locked:
                self._locked.add((f"tab{child}", key))

    def _hold(self, table: str, row: Row, *, locked: bool) -> None:
        self._rows.setdefault(table, {})[row["name"]] = row
        self._named.add((table, row["name"]))
        if locked:
            self._locked.add((table, row["name"]))

    def row(self, doctype: str, name: object) -> Row | None:
        """Return a whole row that was read; it is not the caller's to change."""
        return self._rows.get(f"tab{doctype}", {}).get(name)

    def rows_of(self, text: str, values: Any) -> list[Row] | None:
        """Return what a read of a whole document, or of its rows of one child table, is known to give."""
        if not isinstance(values, dict):
            return None
        if one := _DOCUMENT.fullmatch(text):
            table, name, locks = one.group(1), values[one.group(2)], one.group(3)
            row = self._rows.get(table, {}).get(name)
            return None if row is None or (locks and (table, name) not in self._locked) else [row]
        if many := _CHILDREN.fullmatch(text):
            table, locks = many.group(1), many.group(5)
            key = (values[many.group(2)], values[many.group(3)], values[many.group(4)])
            return None if locks and (table, key) not in self._locked else self._children.get(table, {}).get(key)
        return None

    def note_rows(self, text: str, values: Any, rows: Iterable[Row]) -> None:
        """Take a document for read that was just read whole."""
        one = _DOCUMENT.fullmatch(text) if isinstance(values, dict) else None
        for row in rows if one else ():
            if one and row["name"] == values[one.group(2)]:
                self._hold(one.group(1), dict(row), locked=bool(one.group(3)))

    # answers

    def recall(self, key: Any) -> Any:
        """Return the answer to a read, as its caller's own; None where there is none."""
        found = self._answers.get(key)
        return None if found is None else own(found[0])

    def tables(self, key: Any) -> frozenset[str]:
        """Return the tables that a remembered answer was read from."""
        return self._answers[key][1]

    def learn(self, key: Any, answer: Any, tables: frozenset[str]) -> None:
        """Remember an answer until one of its tables is written."""
        self._answers[key] = (own(answer), tables)
        for table in tables:
            self._readers.setdefault(table, set()).add(key)

    # writes

    def note_write(self, written: Statement, values: Any) -> None:
        """Forget what a statement may change; all, where that is not known."""
        if written.writes is None:
            self.forget()
        for table in written.touches:
            for key in self._readers.pop(table, ()):
                self._answers.pop(key, None)
            self._children.pop(table, None)
            rows = self._rows.get(table, {})
            name = values.get(written.one_row) if written.one_row and isinstance(values, dict) else None
            if (table, name) in self._named:
                rows.pop(name, None)
            else:
                rows.clear()


def own(answer: Any) -> Any:
    """Return an answer that its reader may change without changing what is remembered."""
    return [_own_row(row) for row in answer] if isinstance(answer, list) else answer


def _own_row(row: Any) -> Any:
    if isinstance(row, dict):
        return frappe._dict(row)
    return list(row) if isinstance(row, list) else row
