"""Rows in memory, with the transaction semantics that bite: for the simulation.

Sessions see what is committed and what they wrote themselves. At commit, a transaction that wrote or
locked a row which another has changed since is lost as a Conflict. That is harsher than SQLite,
which lets one writer in at a time, and close to what MariaDB does to two workers. Rows that were taken
are held until their transaction ends; another that writes to one is lost at once, as if it had
waited too long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from imogi_finance.errors import Conflict, Transient
from imogi_finance.sandbox.storage.rows import DuplicateRow, In, Not, Outside, Row, Where
from imogi_finance.sandbox.storage.schema import TABLES

Key = tuple[Any, ...]
_Place = tuple[str, Key]  # a table and a key in it


class MemoryDatabase:
    """What is committed, shared by all sessions."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Row]] = {name: {} for name in TABLES}
        self.versions: dict[_Place, int] = defaultdict(int)
        self.uniques: dict[tuple[str, tuple[str, ...]], dict[Key, Key]] = {
            (name, columns): {} for name, table in TABLES.items() for columns in table.unique
        }
        self.series: dict[str, int] = defaultdict(int)
        self.taken: dict[_Place, MemoryRows] = {}

    def session(self, on_commit: Callable[[], None] | None = None) -> MemoryRows:
        """Open a session, as a process would.

        Args:
            on_commit: called just before and just after each commit; it may raise OutcomeUnknown,
                as a connection that breaks at that moment would.
        """
        return MemoryRows(self, on_commit)

    def unique_key(self, table: str, columns: tuple[str, ...], row: Row) -> Key | None:
        """Return the row's values of unique columns, or None where one is null, as in SQL."""
        values = tuple(row[column] for column in columns)
        return None if None in values else values

    def put(self, table: str, key: Key, row: Row | None) -> None:
        """Write a committed row and keep the unique values in step."""
        old = self.tables[table].pop(key, None)
        for columns in TABLES[table].unique:
            held = self.uniques[table, columns]
            if old is not None and (value := self.unique_key(table, columns, old)) is not None:
                held.pop(value, None)
            if row is not None and (value := self.unique_key(table, columns, row)) is not None:
                held[value] = key
        if row is not None:
            self.tables[table][key] = row
        self.versions[table, key] += 1


class MemoryRows:
    """One session. ``kill`` ends it as a killed process ends: nothing it does counts any more."""

    def __init__(self, database: MemoryDatabase, on_commit: Callable[[], None] | None) -> None:
        self._database = database
        self._on_commit = on_commit
        self._writes: dict[_Place, Row | None] = {}
        self._seen: dict[_Place, int] = {}
        self._locked: set[_Place] = set()
        self._open = False
        self._dead = False
        self._lost = False

    def kill(self) -> None:
        """Lose the open transaction and refuse everything from now on."""
        self._dead = True
        self._writes = {}
        self._release()

    def lose(self) -> None:
        """Lose the open transaction, as where the server ends a connection that has been silent for long."""
        self._lost = self._open
        self._writes = {}
        self._release()

    def _release(self) -> None:
        taken = self._database.taken
        for place in [place for place, holder in taken.items() if holder is self]:
            del taken[place]

    # transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._check_alive()
        if self._open:
            raise RuntimeError("a transaction is open already")
        self._open = True
        self._writes, self._seen, self._locked = {}, {}, set()
        try:
            yield
            self._check_alive()
            if self._on_commit:
                self._on_commit()
            self._check_alive()
            self._commit()
            if self._on_commit:
                self._on_commit()
        finally:
            self._open = self._lost = False
            self._writes, self._seen, self._locked = {}, {}, set()
            self._release()

    @contextmanager
    def reading(self) -> Iterator[None]:
        self._check_alive()
        yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        kept = dict(self._writes)
        try:
            yield
        except BaseException:
            self._writes = kept
            raise

    def _commit(self) -> None:
        database = self._database
        for place, version in self._seen.items():
            if database.versions[place] != version:
                raise Conflict(f"{place[0]} {place[1]} was changed by another transaction.")
        self._check_uniques()
        for (table, key), row in self._writes.items():
            database.put(table, key, row)
        for place in self._locked - self._writes.keys():
            database.versions[place] += 1  # two that locked a row at once cannot both go on

    def _check_uniques(self) -> None:
        for (table, key), row in self._writes.items():
            for columns in TABLES[table].unique if row is not None else ():
                value = self._database.unique_key(table, columns, row)  # type: ignore[arg-type]
                owner = self._database.uniques[table, columns].get(value) if value is not None else None
                if owner is not None and owner != key and not self._gives_up(table, owner, columns, value):
                    raise Conflict(f"{table} {columns} was taken by another transaction.")

    def _gives_up(self, table: str, owner: Key, columns: tuple[str, ...], value: Any) -> bool:
        """Whether this transaction itself takes the value away from its owner."""
        if (table, owner) not in self._writes:
            return False
        row = self._writes[table, owner]
        return row is None or self._database.unique_key(table, columns, row) != value

    def _check_alive(self) -> None:
        if self._dead:
            raise Transient("The connection is gone.")
        if self._lost:
            raise Conflict("The server has ended the connection, and the transaction with it.")

    # rows

    def get(self, table: str, *key: Any) -> Row | None:
        self._check_alive()
        row = self._current(table, key)
        return None if row is None else dict(row)

    def lock(self, table: str, *key: Any) -> Row | None:
        self._see(table, key)
        self._locked.add((table, key))
        return self.get(table, *key)

    def insert(self, table: str, row: Row) -> None:
        definition = TABLES[table]
        if set(row) != set(definition.columns):
            raise ValueError(f"{table}: columns {set(row) ^ set(definition.columns)} are missing or unknown")
        key = tuple(row[column] for column in definition.key)
        if self._current(table, key) is not None:
            raise DuplicateRow(table, definition.key)
        for columns in definition.unique:
            value = self._database.unique_key(table, columns, row)
            if value is not None and self._owner(table, columns, value) is not None:
                raise DuplicateRow(table, columns)
        self._write(table, key, dict(row))

    def insert_many(self, table: str, rows: Iterable[Row]) -> None:
        for row in rows:
            self.insert(table, row)

    def update(self, table: str, key: Key, changes: Row, where: Where | None = None) -> bool:
        self._check_alive()
        row = self._current(table, key)
        if row is None or not _matches(row, where or {}):
            return False
        changed = {**row, **changes}
        for columns in TABLES[table].unique:
            value = self._database.unique_key(table, columns, changed)
            if (
                value is not None
                and set(columns) & set(changes)
                and self._owner(table, columns, value) not in (None, key)
            ):
                raise DuplicateRow(table, columns)
        self._write(table, key, changed)
        return True

    def update_many(self, table: str, changes: Iterable[tuple[Key, Row]]) -> None:
        for key, change in changes:
            self.update(table, key, change)

    def update_where(self, table: str, where: Where, changes: Row) -> int:
        keys = [key for key, row in self._rows(table) if _matches(row, where)]
        for key in keys:
            self.update(table, key, changes)
        return len(keys)

    def delete_where(self, table: str, where: Where) -> int:
        keys = [key for key, row in self._rows(table) if _matches(row, where)]
        for key in keys:
            self._write(table, key, None)
        return len(keys)

    def select(
        self,
        table: str,
        where: Where | None = None,
        order_by: Sequence[str] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Row]:
        self._check_alive()
        found = [row for _, row in self._rows(table) if _matches(row, where or {})]
        for column in reversed(order_by or TABLES[table].key):
            name = column.lstrip("-")
            found.sort(key=lambda row: (row[name] is not None, row[name]), reverse=column.startswith("-"))
        return [dict(row) for row in found[offset : None if limit is None else offset + limit]]

    def take(self, table: str, where: Where, order_by: Sequence[str], *, limit: int) -> list[Row]:
        if not self._open:
            raise RuntimeError("rows are held by a transaction")
        key = TABLES[table].key
        free: list[Row] = []
        for row in self.select(table, where, order_by):
            place = (table, tuple(row[column] for column in key))
            if len(free) < limit and self._database.taken.setdefault(place, self) is self:
                self._see(*place)
                free.append(row)
        return free

    def count(self, table: str, where: Where | None = None) -> int:
        self._check_alive()
        return sum(_matches(row, where or {}) for _, row in self._rows(table))

    def total(self, table: str, column: str, where: Where) -> int:
        return sum(row[column] for row in self.select(table, where))

    def next_number(self, series: str) -> int:
        self._database.series[series] += 1  # outside the transaction: a lost one leaves a gap
        return self._database.series[series]

    def _see(self, table: str, key: Key) -> None:
        self._seen.setdefault((table, key), self._database.versions[table, key])

    def _write(self, table: str, key: Key, row: Row | None) -> None:
        self._check_alive()
        if not self._open:
            raise RuntimeError("a write needs a transaction")
        if self._database.taken.get((table, key), self) is not self:
            raise Conflict(f"Another transaction holds {table} {key}.")
        self._see(table, key)
        self._writes[table, key] = row

    def _current(self, table: str, key: Key) -> Row | None:
        if (table, key) in self._writes:
            return self._writes[table, key]
        return self._database.tables[table].get(key)

    def _rows(self, table: str) -> Iterable[tuple[Key, Row]]:
        committed = self._database.tables[table]
        own = {key: row for (name, key), row in self._writes.items() if name == table}
        if not own:
            return list(committed.items())
        merged = {**committed, **own}
        return [(key, row) for key, row in merged.items() if row is not None]

    def _owner(self, table: str, columns: tuple[str, ...], value: Key) -> Key | None:
        owner = self._database.uniques[table, columns].get(value)
        if owner is not None and not self._gives_up(table, owner, columns, value):
            return owner
        for (name, key), row in self._writes.items():
            if name == table and row is not None and self._database.unique_key(table, columns, row) == value:
                return key
        return None


def _matches(row: Row, where: Where) -> bool:
    for column, wanted in where.items():
        value = row[column]
        if isinstance(wanted, In):
            if value not in wanted.values:
                return False
        elif isinstance(wanted, Outside):
            if value is None or wanted.low < value <= wanted.high:
                return False
        elif isinstance(wanted, Not):
            if value is None or value == wanted.value:
                return False
        elif value != wanted:
            return False
    return True
