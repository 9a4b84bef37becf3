"""Rows in a SQLite file: write-ahead log, one writer at a time, every commit on the disk."""

from __future__ import annotations

import fcntl
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from imogi_finance.errors import Conflict, ImogiError, StorageFull, Transient
from imogi_finance.sandbox.storage.rows import DuplicateRow, In, Not, Outside, Row, Where
from imogi_finance.sandbox.storage.schema import TABLES

_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
BUSY_SECONDS = 10.0
_LOOK_SECONDS = 0.0005
logger = logging.getLogger(__name__)


class StorageDamaged(ImogiError):
    """The file is not a database of the sandbox, or is damaged."""


class SqliteRows:
    """A connection to the sandbox's database file.

    Args:
        path: the file; made with its tables where it is missing and ``create`` is set.
        busy_seconds: how long to wait for another writer before the transaction is a Conflict.
    """

    def __init__(self, path: Path, *, create: bool = False, busy_seconds: float = BUSY_SECONDS) -> None:
        if not create and not path.exists():
            raise FileNotFoundError(path)
        self._connection = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self._connection.row_factory = _as_dict
        self._busy_seconds = busy_seconds
        self._turn = _turn_of(path)
        self._depth = 0
        try:
            self._execute("PRAGMA journal_mode = WAL")
            self._execute("PRAGMA synchronous = FULL")
            if create:
                self._create()
            else:
                self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()
        self._turn.close()

    def _create(self) -> None:
        with self.transaction():
            self._create_tables()
            self._execute("CREATE TABLE IF NOT EXISTS series (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID")

    def _create_tables(self) -> None:
        for name, table in TABLES.items():
            columns = [f"{column} {kind}" for column, kind in table.columns.items()]
            columns.append(f"PRIMARY KEY ({', '.join(table.key)})")
            columns += [f"UNIQUE ({', '.join(unique)})" for unique in table.unique]
            self._execute(f'CREATE TABLE IF NOT EXISTS "{name}" ({", ".join(columns)}) WITHOUT ROWID')
            for number, index in enumerate(table.indexes):
                self._execute(f'CREATE INDEX IF NOT EXISTS {name}_{number} ON "{name}" ({", ".join(index)})')

    def _bring_up_to_date(self) -> None:
        """Give a file of an earlier version what it lacks: there have only ever come more tables and columns."""
        columns = self._columns()
        if "company" not in columns or not any(self._missing(columns)):  # without a company it is no file of ours
            return
        with self.transaction():  # another process may be doing the same
            for name, column, kind in list(self._missing(self._columns())):
                if column:
                    self._execute(f'ALTER TABLE "{name}" ADD COLUMN {column} {kind}')
            self._create_tables()

    def _columns(self) -> dict[str, set[str]]:
        """Return the columns of each table that there is."""
        found: dict[str, set[str]] = {}
        for name in TABLES:
            if rows := self._execute(f'PRAGMA table_info("{name}")').fetchall():
                found[name] = {row["name"] for row in rows}
        return found

    def _missing(self, there: Mapping[str, set[str]]) -> Iterator[tuple[str, str, str]]:
        """Yield table, column and its type of each column that is missing; a table that is, without a column."""
        for name, table in TABLES.items():
            if name not in there:
                yield name, "", ""
                continue
            for column, kind in table.columns.items():
                if column not in there[name]:
                    yield name, column, kind

    def trace(self, callback: Callable[[str], None] | None) -> None:
        """Call back with every statement from now on, to count them; None stops it."""
        self._connection.set_trace_callback(callback)

    # transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See ``Transactions.transaction``. Takes the write lock at once, so it never deadlocks.

        SQLite lets waiting writers poll, so one that writes all the time would starve the others.
        The turn, a file lock held only while waiting, makes it let them in.
        """
        if self._depth:
            raise RuntimeError("a transaction is open already")
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        try:
            self._begin()
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)
        with self._ended_by("COMMIT"):
            yield

    def _begin(self) -> None:
        """Begin to write as soon as the writer before has ended: SQLite itself would sleep too long between looks."""
        deadline = time.monotonic() + self._busy_seconds
        self._connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    self._execute("BEGIN IMMEDIATE")
                    return
                except Conflict:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(_LOOK_SECONDS)
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {int(self._busy_seconds * 1000)}")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See ``Transactions.reading``. The write-ahead log keeps the state; no writer waits."""
        if self._depth:
            raise RuntimeError("a transaction is open already")
        self._execute("BEGIN DEFERRED")
        with self._ended_by("ROLLBACK"):
            yield

    @contextmanager
    def _ended_by(self, statement: str) -> Iterator[None]:
        self._depth = 1
        try:
            yield
            self._execute(statement)
        finally:
            self._depth = 0
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """See ``Transactions.savepoint``."""
        name = f"s{self._depth}"
        self._execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._roll_back_to(name)
            raise
        else:
            self._execute(f"RELEASE {name}")
        finally:
            self._depth -= 1

    def _roll_back_to(self, name: str) -> None:
        """Roll back to a savepoint; where that fails, lose the whole transaction, never the exception."""
        if not self._connection.in_transaction:
            return  # a lost transaction has taken the savepoint with it
        try:
            self._connection.execute(f"ROLLBACK TO {name}")
            self._connection.execute(f"RELEASE {name}")
        except sqlite3.Error as error:
            logger.error("the savepoint could not be rolled back to, so the transaction is lost: %s", error)
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    # rows

    def get(self, table: str, *key: Any) -> Row | None:
        return self._execute(_get_sql(table), key).fetchone()  # type: ignore[no-any-return]

    def lock(self, table: str, *key: Any) -> Row | None:
        return self.get(table, *key)  # the transaction is the only writer

    def insert(self, table: str, row: Row) -> None:
        self._execute(_insert_sql(table), row)

    def insert_many(self, table: str, rows: Iterable[Row]) -> None:
        self._check_not_lost()
        with _translated():
            self._connection.executemany(_insert_sql(table), rows)

    def update(self, table: str, key: tuple[Any, ...], changes: Row, where: Where | None = None) -> bool:
        condition, values = _condition({**dict(zip(TABLES[table].key, key, strict=True)), **(where or {})})
        sql = _update_sql(table, tuple(changes)) + condition
        return self._execute(sql, (*changes.values(), *values)).rowcount > 0

    def update_many(self, table: str, changes: Iterable[tuple[tuple[Any, ...], Row]]) -> None:
        listed = list(changes)
        if not listed:
            return
        condition = " WHERE " + " AND ".join(f"{column} = ?" for column in TABLES[table].key)
        sql = _update_sql(table, tuple(listed[0][1])) + condition
        self._check_not_lost()
        with _translated():
            self._connection.executemany(sql, [(*change.values(), *key) for key, change in listed])

    def update_where(self, table: str, where: Where, changes: Row) -> int:
        condition, values = _condition(where)
        return self._execute(_update_sql(table, tuple(changes)) + condition, (*changes.values(), *values)).rowcount

    def delete_where(self, table: str, where: Where) -> int:
        condition, values = _condition(where)
        return self._execute(f'DELETE FROM "{table}"{condition}', values).rowcount

    def select(
        self,
        table: str,
        where: Where | None = None,
        order_by: Sequence[str] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Row]:
        condition, values = _condition(where or {})
        sql = f'SELECT * FROM "{table}"{condition}{_order(tuple(order_by))} LIMIT ? OFFSET ?'
        return self._execute(sql, (*values, -1 if limit is None else limit, offset)).fetchall()

    def take(self, table: str, where: Where, order_by: Sequence[str], *, limit: int) -> list[Row]:
        return self.select(table, where, order_by, limit=limit)  # the transaction is the only writer

    def count(self, table: str, where: Where | None = None) -> int:
        condition, values = _condition(where or {})
        row = self._execute(f'SELECT count(*) AS n FROM "{table}"{condition}', values).fetchone()
        return int(row["n"])

    def total(self, table: str, column: str, where: Where) -> int:
        condition, values = _condition(where)
        row = self._execute(f'SELECT coalesce(sum({column}), 0) AS n FROM "{table}"{condition}', values).fetchone()
        return int(row["n"])

    def next_number(self, series: str) -> int:
        sql = "INSERT INTO series VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        return int(self._execute(sql, (series,)).fetchall()[0]["value"])

    def query(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Read with SQL, for the screens and reports of the sandbox."""
        return self._execute(sql, values).fetchall()

    def _execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        self._check_not_lost()
        with _translated():
            return self._connection.execute(sql, values)

    def _check_not_lost(self) -> None:
        """Raise where the open transaction is gone: a statement would commit by itself."""
        if self._depth and not self._connection.in_transaction:
            raise Conflict("The transaction was lost.")


def _turn_of(path: Path) -> IO[Any]:
    """Open the file whose lock is the writers' turn; a database in memory has but one writer."""
    return TemporaryFile() if path.name == ":memory:" else path.with_name(f"{path.name}-turn").open("w")


class _translated:
    """Turns SQLite's errors into the app's. A class, since a generator costs more than the statement."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, sqlite3.Error):
            raise _translate(error) from error


def _translate(error: sqlite3.Error) -> Exception:
    text = str(error)
    if isinstance(error, sqlite3.IntegrityError):
        unique = _UNIQUE.search(text)
        if unique:
            columns = [column.strip().split(".") for column in unique[1].split(",")]
            return DuplicateRow(columns[0][0], [column[-1] for column in columns])
        return error
    if "locked" in text or "busy" in text:
        return Conflict(f"The database is busy: {text}.")
    if "full" in text:
        return StorageFull("The disk is full; free some room and the run goes on by itself.")
    if "disk I/O" in text or "unable to open" in text:
        return Transient(f"The database file cannot be reached: {text}.")
    if "malformed" in text or "not a database" in text:
        return StorageDamaged(f"The database file is damaged: {text}. Restore it from a backup.")
    return error


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return dict(zip([column[0] for column in cursor.description], values, strict=True))


@cache
def _get_sql(table: str) -> str:
    return f'SELECT * FROM "{table}" WHERE ' + " AND ".join(f"{column} = ?" for column in TABLES[table].key)


@cache
def _insert_sql(table: str) -> str:
    columns = TABLES[table].columns
    return f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({", ".join(":" + column for column in columns)})'


@lru_cache(maxsize=512)
def _update_sql(table: str, columns: tuple[str, ...]) -> str:
    return f'UPDATE "{table}" SET ' + ", ".join(f"{column} = ?" for column in columns)


@lru_cache(maxsize=512)
def _order(columns: tuple[str, ...]) -> str:
    if not columns:
        return ""
    return " ORDER BY " + ", ".join(f"{c[1:]} DESC" if c.startswith("-") else c for c in columns)


def _condition(where: Where) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    values: list[Any] = []
    for column, wanted in where.items():
        if wanted is None:
            parts.append(f"{column} IS NULL")
        elif isinstance(wanted, In):
            parts.append(f"{column} IN ({', '.join('?' * len(wanted.values))})")
            values += wanted.values
        elif isinstance(wanted, Outside):
            parts.append(f"({column} <= ? OR {column} > ?)")
            values += (wanted.low, wanted.high)
        elif isinstance(wanted, Not):
            parts.append(f"{column} <> ?")
            values.append(wanted.value)
        else:
            parts.append(f"{column} = ?")
            values.append(wanted)
    return (" WHERE " + " AND ".join(parts) if parts else ""), tuple(values)
