"""Fixtures of the sandbox's tests: a command line on a home of its own, and sample companies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imogi_finance.sandbox.clock import SystemClock
from imogi_finance.sandbox.composition import App, compose
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.sample import Sample, make_sample
from imogi_finance.sandbox.storage.sqlite import SqliteRows

from .terminal import TODAY, Terminal

SampleMaker = Callable[..., tuple[App, Sample]]


class _Nobody:
    """A queue and a realtime channel with nobody at the other end."""

    def ring(self, run: str, *, urgently: bool = False) -> None: ...

    def invite(self, *, last: bool = False) -> None: ...

    def publish(self, event: str, payload: object, *, run: str, user: str) -> None: ...


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """The command line, on a home that does not exist yet."""
    return Terminal(Home.at(tmp_path / "home"))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[SampleMaker]:
    """Makes sample companies in databases of their own."""
    opened: list[SqliteRows] = []

    def make(**options: object) -> tuple[App, Sample]:
        rows = SqliteRows(tmp_path / f"sample-{len(opened)}.db", create=True)
        opened.append(rows)
        app = compose(rows, clock=SystemClock(), queue=_Nobody(), realtime=_Nobody())
        with rows.transaction():
            sample = make_sample(app, **{"invoices": 40, "user": "budi", "today": TODAY, **options})  # type: ignore[arg-type]
        return app, sample

    yield make
    for rows in opened:
        rows.close()
