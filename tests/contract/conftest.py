"""Each contract test runs once in every world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
def office(rows: Rows) -> Office:
    """A small company on that session."""
    return Office(rows)
