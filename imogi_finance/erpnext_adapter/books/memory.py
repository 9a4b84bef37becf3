"""What was read of the database in one transaction, and until when it may be taken for read.

A remembered answer is forgotten when a statement writes one of the tables that it was read from; a whole row, when that
row is written, or its table in a way that does not name one row. Of a row that this transaction has locked, only the
columns that were written are read anew. A document's rows of a child table are known by their names, and stay known
until one is added to that document, or the table is written in a way that does not name one row. A locking read is
answered only from rows that were locked before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import frappe

from imogi_finance.erpnext_adapter.books.statements import Statement

Row = dict[str, Any]
_DECIMALS = 9  # of the columns of amounts
ChildrenOf = tuple[str, str, str]
# reads columns of one row, by table and name; None where the row is gone
ReadColumns = Callable[[str, str, Collection[str]], Row | None]
_PLACE = frozenset({"name", "parent", "parenttype", "parentfield", "idx"})  # a row of a child table stands by these

# how Frappe reads a document, and the rows of one of its child tables
_DOCUMENT = re.compile(
    r"SELECT \* FROM `(tab[^`]+)` WHERE `name`=%\((\w+)\)s(?: ORDER BY `modified` DESC)? LIMIT 1( FOR UPDATE)?"
)
_CHILDREN = re.compile(
    r"SELECT \* FROM `(tab[^`]+)` WHERE `parent`=%\((\w+)\)s AND `parenttype`=%\((\w+)\)s"
    r" AND `parentfield`=%\((\w+)\)s ORDER BY `idx` ASC( FOR UPDATE)?"
)


class Memory:
    """What one transaction has read. Whoever rolls back to a savepoint must call ``forget``."""

    def __init__(self) -> None:
        self._answers: dict[Any, tuple[Any, frozenset[str]]] = {}
        self._readers: dict[str, set[Any]] = {}
        self._rows: dict[str, dict[Any, Row]] = {}
        self._children: dict[str, dict[ChildrenOf, list[str]]] = {}  # names of rows, by table and document
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
            self._children.setdefault(f"tab{child}", {})[key] = [of_it["name"] for of_it in rows]
            for of_it in rows:
                self.hold_row(f"tab{child}", of_it, locked=locked)
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

    def children(self, table: str, of: ChildrenOf, read: ReadColumns, *, locked: bool = False) -> list[Row] | None:
        """Return a document's rows of one child table, if they were read; they are not the caller's to change."""
        names = self._children.get(table, {}).get(of)
        if names is None or (locked and (table, of) not in self._locked):
            return None
        rows = [self.row(table, name, read, locked=locked) for name in names]
        found = [row for row in rows if row is not None]
        return found if len(found) == len(names) else None

    def rows_of(self, text: str, values: Any, read: ReadColumns) -> list[Row] | None:
        """Return what a read of a whole document, or of its rows of one child table, is known to give."""
        if not isinstance(values, dict):
            return None
        if one := _DOCUMENT.fullmatch(text):
            row = self.row(one.group(1), values[one.group(2)], read, locked=bool(one.group(3)))
            return None if row is None else [row]
        if many := _CHILDREN.fullmatch(text):
            of = (values[many.group(2)], values[many.group(3)], values[many.group(4)])
            return self.children(many.group(1), of, read, locked=bool(many.group(5)))
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
            if written.inserts:
                self._note_inserted(table, written.inserts, values)
            else:
                self._note_changed(table, written, values)

    def _note_inserted(self, table: str, columns: tuple[str, ...], values: Any) -> None:
        """One more row: no other is changed by it, and one document may have it among its rows."""
        inserted = dict(zip(columns, values, strict=False)) if isinstance(values, (list, tuple)) else {}
        parent = inserted.get("parent")
        lists = self._children.get(table, {})
        for of in [of for of in lists if not (parent and _are_told_apart(of[0], parent))]:
            del lists[of]

    def _note_changed(self, table: str, written: Statement, values: Any) -> None:
        rows, lists = self._rows.get(table, {}), self._children.get(table, {})
        name = written.row
        if written.one_row and isinstance(values, dict):
            name = values.get(written.one_row)
        if (table, name) not in self._named:
            rows.clear()
            kept = {of: names for of, names in lists.items() if not names} if written.deletes else {}
            self._children[table] = kept  # none can be taken from where there is none
        elif not written.columns or written.columns & _PLACE or (table, name) not in self._locked:
            rows.pop(name, None)
            if not written.columns or written.columns & _PLACE:
                lists.clear()
        else:
            self._stale.setdefault((table, str(name)), set()).update(written.columns)


def _are_told_apart(one: str, other: Any) -> bool:
    """Whether two names are surely of two documents, however the database compares texts."""
    both = (one, other)
    if not all(isinstance(name, str) and name.isascii() for name in both):
        return False
    return one.casefold().rstrip() != other.casefold().rstrip()


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
