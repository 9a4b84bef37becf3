"""What was read of the database in one transaction, and until when it may be taken for read.

A remembered answer is forgotten when a statement writes one of the tables that it was read from; a whole row, when that
row is written, or its table in a way that does not name one row. Of a row that this transaction has locked, only the
columns that were written are read anew. A locking read is answered only from rows that were locked before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import frappe

Row = dict[str, Any]
_DECIMALS = 9  # of the columns of amounts
ChildrenOf = tuple[str, str, str]
# reads columns of one row, by table and name; None where the row is gone
ReadColumns = Callable[[str, str, Collection[str]], Row | None]

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
# how Frappe writes fields of one row
_SET = re.compile(
    r"UPDATE `[^`]+` SET ((?:`\w+`=(?:%\(\w+\)s|-?[\d.]+(?:e[-+]?\d+)?|null),?)+) WHERE `name`=%\(\w+\)s", re.IGNORECASE
)
_COLUMN = re.compile(r"`(\w+)`=")
# a read that locks rows by their names: once it has found all of them, no one else can change what it would find again
_LOCKING = re.compile(
    r"select\s[\w,\s]+\sfrom\s+`(tab[^`]+)`\s+where\s+name\s+in\s+%\(names\)s(?:\s+order\s+by\s+name)?"
    r"\s+(?:for\s+update|lock\s+in\s+share\s+mode)",
    re.IGNORECASE,
)
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
        columns: the columns that it writes of that row, where these are known.
        locks: the table of a read that locks rows by their names.
    """

    reads: frozenset[str] = frozenset()
    writes: str | None = None
    touches: frozenset[str] = frozenset()
    is_neutral: bool = False
    one_row: str | None = None
    columns: frozenset[str] = frozenset()
    locks: str | None = None


@lru_cache(maxsize=4096)
def statement(text: str) -> Statement:
    """Return what a statement, stripped of white space around it, reads or writes."""
    tables = frozenset(first or second for first, second in _TABLE.findall(text))
    if _READ.match(text):
        if not _NEVER_TWICE.search(text):
            return Statement(reads=tables, is_neutral=True)
        locking = _LOCKING.fullmatch(text)
        return Statement(is_neutral=True, locks=locking.group(1) if locking else None)
    if written := _WRITE.match(text):
        table = written.group(1) or written.group(2)
        one_row = _ONE_ROW.search(text) if tables <= {table} else None
        fields = _SET.fullmatch(text) if one_row else None
        return Statement(
            writes=table,
            touches=tables | {table},
            one_row=one_row.group(1) if one_row else None,
            columns=frozenset(_COLUMN.findall(fields.group(1))) if fields else frozenset(),
        )
    return Statement(is_neutral=_NEUTRAL.match(text) is not None)


class Memory:
    """What one transaction has read. Whoever rolls back to a savepoint must call ``forget``."""

    def __init__(self) -> None:
        self._answers: dict[Any, tuple[Any, frozenset[str]]] = {}
        self._readers: dict[str, set[Any]] = {}
        self._rows: dict[str, dict[Any, Row]] = {}
        self._children: dict[str, dict[ChildrenOf, list[Row]]] = {}
        self._locked: set[tuple[str, object]] = set()
        self._stale: dict[tuple[str, object], set[str]] = {}  # columns of held rows that were written since
        self._named: set[tuple[str, str]] = set()  # rows that were held once, by the very name that they have

    def forget(self) -> None:
        """Read everything anew from now on."""
        for known in (
            *(self._answers, self._readers, self._rows, self._children, self._locked, self._stale, self._named),
        ):
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
        self.hold_row(f"tab{doctype}", row, locked=locked)
        for (child, field), rows in children.items():
            key = (name, doctype, field)
            self._children.setdefault(f"tab{child}", {})[key] = rows
            if locked:
                self._locked.add((f"tab{child}", key))

    def hold_row(self, table: str, row: Row, *, locked: bool) -> None:
        """Take one row of a table for read whole."""
        self._rows.setdefault(table, {})[row["name"]] = row
        self._named.add((table, row["name"]))
        self._stale.pop((table, row["name"]), None)
        if locked:
            self._locked.add((table, row["name"]))

    def row(self, table: str, name: object, read: ReadColumns, *, locked: bool = False) -> Row | None:
        """Return a whole row that was read; it is not the caller's to change.

        Args:
            read: reads what of it was written since.
            locked: whether it must be one that this transaction has locked.
        """
        row = self._rows.get(table, {}).get(name)
        if row is None or (locked and (table, name) not in self._locked):
            return None
        if stale := self._stale.pop((table, name), None):
            fresh = read(table, row["name"], sorted(stale))
            if fresh is None:
                del self._rows[table][name]
                return None
            row.update(fresh)
        return row

    def children(self, table: str, of: ChildrenOf, *, locked: bool = False) -> list[Row] | None:
        """Return a document's rows of one child table, if they were read; they are not the caller's to change."""
        return None if locked and (table, of) not in self._locked else self._children.get(table, {}).get(of)

    def rows_of(self, text: str, values: Any, read: ReadColumns) -> list[Row] | None:
        """Return what a read of a whole document, or of its rows of one child table, is known to give."""
        if not isinstance(values, dict):
            return None
        if one := _DOCUMENT.fullmatch(text):
            row = self.row(one.group(1), values[one.group(2)], read, locked=bool(one.group(3)))
            return None if row is None else [row]
        if many := _CHILDREN.fullmatch(text):
            of = (values[many.group(2)], values[many.group(3)], values[many.group(4)])
            return self.children(many.group(1), of, locked=bool(many.group(5)))
        return None

    def note_rows(self, text: str, values: Any, rows: Iterable[Row]) -> None:
        """Take a document for read that was just read whole."""
        one = _DOCUMENT.fullmatch(text) if isinstance(values, dict) else None
        for row in rows if one else ():
            if one and row["name"] == values[one.group(2)]:
                self.hold_row(one.group(1), dict(row), locked=bool(one.group(3)))

    # answers

    def recall(self, key: Any) -> Any:
        """Return the answer to a read, as its caller's own; None where there is none."""
        found = self._answers.get(key)
        return None if found is None else own(found[0])

    def tables(self, key: Any) -> frozenset[str]:
        """Return the tables that a remembered answer was read from; none where there is none."""
        found = self._answers.get(key)
        return found[1] if found else frozenset()

    def learn(self, key: Any, answer: Any, tables: frozenset[str]) -> None:
        """Remember an answer until one of its tables is written."""
        self._answers[key] = (own(answer), tables)
        for table in tables:
            self._readers.setdefault(table, set()).add(key)

    # writes

    def note_written(self, doctype: str, name: str, columns: Row) -> None:
        """Take what was written to a held row for read, where the database gives it back as it is.

        Args:
            columns: plain values by column; the statement that wrote them has been noted, and has succeeded.
        """
        key = (f"tab{doctype}", name)
        row, stale = self._rows.get(key[0], {}).get(name), self._stale.get(key)
        if row is None or not stale:
            return
        for column in stale & columns.keys():
            if (given := _given_back(row.get(column), columns[column])) is not None:
                row[column] = given
                stale.discard(column)
        if not stale:
            del self._stale[key]

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
            if (table, name) not in self._named:
                rows.clear()
            elif written.columns and (table, name) in self._locked and "name" not in written.columns:
                self._stale.setdefault((table, name), set()).update(written.columns)
            else:
                rows.pop(name, None)


def _given_back(before: Any, written: Any) -> Any:
    """Return what a column, of the kind that its value was before, gives of a written value; None where in doubt."""
    if type(before) is str and type(written) is str:
        return written
    if type(before) is float and type(written) is float and round(written, _DECIMALS) == written:
        return written
    if type(before) is datetime and type(written) is str:
        return frappe.utils.get_datetime(written)
    return None


def own(answer: Any) -> Any:
    """Return an answer that its reader may change without changing what is remembered."""
    return [_own_row(row) for row in answer] if isinstance(answer, list) else answer


def _own_row(row: Any) -> Any:
    if isinstance(row, dict):
        return frappe._dict(row)
    return list(row) if isinstance(row, list) else row
