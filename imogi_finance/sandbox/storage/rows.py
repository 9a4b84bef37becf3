"""Rows in tables, in transactions: what the sandbox's books and batch store are written on.

SQLite (``sqlite.py``) keeps them in a file for the sandbox; memory (``memory.py``) keeps them with
real transaction semantics for the simulation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Row = dict[str, Any]


@dataclass(frozen=True)
class In:
    """The column has one of the values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Outside:
    """The column is not null and not within (low, high]."""

    low: Any
    high: Any


@dataclass(frozen=True)
class Not:
    """The column is not null and not the value."""

    value: Any


Where = Mapping[str, Any]  # column to a value, None (is null), In, Outside or Not


class DuplicateRow(Exception):
    """A key or unique value is taken.

    Args:
        table: where.
        columns: the columns that must be unique together.
    """

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self.table = table
        self.columns = tuple(columns)
        super().__init__(f"{table}: {', '.join(columns)} must be unique")


class Rows(Protocol):
    """A session with the database: one for a process, never shared."""

    def transaction(self) -> AbstractContextManager[None]: ...

    def reading(self) -> AbstractContextManager[None]: ...

    def savepoint(self) -> AbstractContextManager[None]: ...

    def get(self, table: str, *key: Any) -> Row | None:
        """Return the row with this key."""

    def lock(self, table: str, *key: Any) -> Row | None:
        """Return the latest row with this key and let no other transaction change it before this one ends."""

    def insert(self, table: str, row: Row) -> None:
        """Insert a row with every column given.

        Raises:
            DuplicateRow: its key or a unique value is taken.
        """

    def insert_many(self, table: str, rows: Iterable[Row]) -> None:
        """Insert rows, each with every column given."""

    def update(self, table: str, key: tuple[Any, ...], changes: Row, where: Where | None = None) -> bool:
        """Change a row, if it also matches ``where``; return whether it did."""

    def update_many(self, table: str, changes: Iterable[tuple[tuple[Any, ...], Row]]) -> None:
        """Change rows by key; each change names the same columns."""

    def update_where(self, table: str, where: Where, changes: Row) -> int:
        """Change every row that matches; return how many."""

    def delete_where(self, table: str, where: Where) -> int:
        """Delete every row that matches; return how many."""

    def select(
        self,
        table: str,
        where: Where | None = None,
        order_by: Sequence[str] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Row]:
        """Return the rows that match; a column in ``order_by`` with a leading "-" sorts downwards."""

    def take(self, table: str, where: Where, order_by: Sequence[str], *, limit: int) -> list[Row]:
        """Return the first rows that match and that no other transaction holds, and hold them until this one ends."""

    def count(self, table: str, where: Where | None = None) -> int:
        """Return how many rows match."""

    def total(self, table: str, column: str, where: Where) -> int:
        """Return the sum of an integer column over the rows that match."""

    def next_number(self, series: str) -> int:
        """Return the next number of a series, from 1. No two callers get the same."""
