"""The worlds that the contract suites run on. An ERPNext world is added here, as one more maker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from imogi_finance.sandbox.storage.memory import MemoryDatabase
from imogi_finance.sandbox.storage.rows import Rows
from imogi_finance.sandbox.storage.sqlite import SqliteRows

OpenSession = Callable[[], Rows]


def memory(folder: Path) -> OpenSession:
    """Return how to open sessions on a new database in memory."""
    return MemoryDatabase().session


def sqlite(folder: Path) -> OpenSession:
    """Return how to open sessions on a new database file."""
    path = folder / "company.db"
    SqliteRows(path, create=True).close()
    return lambda: SqliteRows(path, busy_seconds=0.05)


WORLDS: dict[str, Callable[[Path], OpenSession]] = {"memory": memory, "sqlite": sqlite}
