"""Each contract test runs once in every world.

The worlds that need nothing are here. The tests of the ERPNext world stand in ``tests/erpnext/contract``: its modules
import the very same test functions, and its ``conftest.py`` has fixtures of the same names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imogi_finance.batch.doors import BatchStore
from imogi_finance.sandbox.batch_store import RowsBatchStore
from imogi_finance.sandbox.storage.rows import Rows
from tests.contract.worlds import WORLDS, OpenSession
from tests.support.office import Office


@pytest.fixture(params=sorted(WORLDS))
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenSession]:
    """How to open sessions on one new database; they are closed after the test."""
    open_session = WORLDS[request.param](tmp_path)
    opened: list[Rows] = []

    def remembered() -> Rows:
        opened.append(open_session())
        return opened[-1]

    yield remembered
    for rows in opened:
        getattr(rows, "close", lambda: None)()


@pytest.fixture
def rows(opening: OpenSession) -> Rows:
    """One session."""
    return opening()


@pytest.fixture
def store(rows: Rows) -> Iterator[BatchStore]:
    """A store inside a transaction."""
    with rows.transaction():
        yield RowsBatchStore(rows)


@pytest.fixture
def office(rows: Rows) -> Office:
    """A small company on that session."""
    return Office(rows)
