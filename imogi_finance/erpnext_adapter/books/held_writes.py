"""Fields of one row that are written one after the other, sent to the database together.

For each reference of a payment ERPNext writes eight fields, each by a statement of its own, and does so twice. Here
such writes of the same row wait for each other, and become one statement before anything could see that they have
waited: a read of the table, a write of another row, a savepoint, the end of the block. Every write is sent, and none
out of its turn; but for those to rows that are not inserted yet, which would find none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

import frappe

# values that mean the same whenever they are written; an expression of SQL does not
_PLAIN = (str, int, float, Decimal, datetime, date, time, timedelta, type(None))
_TABLE = re.compile(r"[A-Za-z][\w -]*", re.ASCII)
_COLUMN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_WORD = re.compile(r"\w+")


@dataclass
class _Held:
    doctype: str
    name: str
    columns: dict[str, Any] = field(default_factory=dict)


class HeldWrites:
    """What stands in the place of a connection's ``set_value``.

    Args:
        database: Frappe's ``Database``.
        set_value: its own ``set_value``, which sends.
        on_sent: told doctype, name and columns of each row that was written here.
    """

    def __init__(
        self,
        database: Any,
        set_value: Callable[..., Any],
        on_sent: Callable[[str, str, dict[str, Any]], None] = lambda doctype, name, columns: None,
    ) -> None:
        self._database = database
        self._set_value = set_value
        self._on_sent = on_sent
        self._not_inserted: set[tuple[str, str]] = set()
        self._held: _Held | None = None
        self._failed: Exception | None = None

    def set_value(
        self,
        dt: Any,
        dn: Any,
        field: Any,
        val: Any = None,
        modified: Any = None,
        modified_by: Any = None,
        update_modified: Any = True,
        debug: Any = False,
    ) -> None:
        """See ``frappe.database.database.Database.set_value``."""
        columns = dict(field) if isinstance(field, dict) else {field: val}
        if not _can_wait(dt, dn, columns) or debug:
            self.send()
            self._set_value(dt, dn, field, val, modified, modified_by, update_modified, debug)
            return
        if update_modified:
            columns["modified"] = modified or frappe.utils.now()
            columns["modified_by"] = modified_by or frappe.session.user
        if (dt, dn) in self._not_inserted:
            return
        if self._held is None or (self._held.doctype, self._held.name) != (dt, dn):
            self.send()
            self._held = _Held(dt, dn)
            frappe.clear_document_cache(dt, dn)  # whoever asks for the document now reads it, and has this sent before
        self._held.columns |= columns
        self._database.value_cache.pop(dt, None)

    def expect(self, doctype: str, names: Collection[str]) -> None:
        """Note new rows by names that nobody else has: until one of the table is inserted, no write finds them."""
        self._not_inserted |= {(doctype, name) for name in names}

    def note_write(self, table: str) -> None:
        """Note that something is written to a table: rows that were expected may be there now."""
        if self._not_inserted:
            self._not_inserted = {row for row in self._not_inserted if f"tab{row[0]}" != table}

    def is_hidden_from(self, text: str) -> bool:
        """Whether a read, by its text, asks for nothing that waits to be written: it names none of the columns."""
        if self._held is None or "*" in text:
            return False
        words = set(_WORD.findall(text.lower()))
        return "natural" not in words and words.isdisjoint(column.lower() for column in self._held.columns)

    @property
    def table(self) -> str | None:
        """The table whose row waits to be written."""
        return f"tab{self._held.doctype}" if self._held else None

    def send(self) -> None:
        """Send what waits."""
        held, self._held = self._held, None
        if held is None:
            return
        # as set_value does it, which would drop the document's copy once more: nobody has made one since
        try:
            if (written := _update(held)) is not None:
                self._database.sql(*written)
            else:
                query = frappe.qb.get_query(table=held.doctype, filters=held.name, update=True, validate_filters=True)
                for column, value in held.columns.items():
                    query = query.set(column, value)
                query.run()
        except Exception as error:
            self._failed = self._failed or error
            raise
        self._on_sent(held.doctype, held.name, held.columns)

    def end(self) -> None:
        """Send what waits, and have no failure pass: whoever met one may have taken it for one of its own statement.

        Raises:
            Exception: what the first failed write raised.
        """
        self.send()
        if self._failed is not None:
            raise self._failed


def _update(held: _Held) -> tuple[str, dict[str, Any]] | None:
    """Return the statement, and its values, that Frappe's query builder makes of a write, at a tenth of the cost.

    None where a name or a value is not of the plain kinds that it is known for.
    """
    if not _TABLE.fullmatch(held.doctype):
        return None
    sets, values = [], {}
    for number, (column, value) in enumerate(held.columns.items(), 1):
        if not _COLUMN.fullmatch(column):
            return None
        if type(value) is str:
            values[f"param{number}"] = value
            sets.append(f"`{column}`=%(param{number})s")
        elif value is None:
            sets.append(f"`{column}`=null")
        elif type(value) is int or (type(value) is float and isfinite(value)):
            sets.append(f"`{column}`={value}")  # in the text, where MariaDB takes it for an exact number
        else:
            return None
    values["name"] = held.name
    return f"UPDATE `tab{held.doctype}` SET {','.join(sets)} WHERE `name`=%(name)s", values


def _can_wait(doctype: Any, name: Any, columns: dict[Any, Any]) -> bool:
    """Whether a write is one of plain values to fields of one row of a table."""
    if not (isinstance(doctype, str) and isinstance(name, str) and name and name != doctype):
        return False
    return all(isinstance(column, str) and isinstance(value, _PLAIN) for column, value in columns.items())
