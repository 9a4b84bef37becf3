"""One Chromium for the Desk's tests, and a fresh browser context for each user of each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.bench.desk.screen import Screen
from tests.bench.processes import Process, wait_for
from tests.bench.workbench import Workbench
from tests.support.tab import chromium

SHOTS = Path(__file__).parents[3] / "artefacts" / "screenshots" / "desk"

LogIn = Callable[..., Screen]
Scene = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def desk_bench(bench: Workbench) -> Workbench:
    """The bench, with the users of these tests."""
    bench.inside("from tests.bench.desk import bookkeeping; bookkeeping.people()")
    assert bench.url
    return bench


@pytest.fixture(scope="session")
def make_scene(desk_bench: Workbench) -> Scene:
    """Makes a company with unpaid invoices and one bank transaction for them."""

    def make(title: str, **how: Any) -> dict[str, Any]:
        code = "from tests.bench.desk import bookkeeping; answer = bookkeeping.scene(title, **how)"
        found: dict[str, Any] = desk_bench.inside(code, title=title, how=how)
        return found

    return make


@pytest.fixture(scope="session")
def left_on_the_books(desk_bench: Workbench) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Tells what the books say of a scene now."""

    def look(scene: dict[str, Any]) -> dict[str, Any]:
        code = "from tests.bench.desk import bookkeeping; answer = bookkeeping.state(*of)"
        of = [scene["transaction"], scene["doctype"], scene["invoices"]]
        found: dict[str, Any] = desk_bench.inside(code, of=of)
        return found

    return look


def stopping_at_chunk(bench: Workbench, number: int) -> dict[str, str]:
    """Return the environment of a worker that stops itself when it has committed so many chunks, and has told one less.

    ``standing_still`` lets it go on. So a run has not ended while the Desk is looked at, however long a page may take.
    """
    order = _order(bench)
    order.parent.mkdir(exist_ok=True)
    order.write_text(f"stop {number}")
    return {"IMOGI_FAULTS": str(order.parent)}


@contextmanager
def standing_still(bench: Workbench, worker: Process) -> Iterator[None]:
    """Wait until the worker has stopped itself, as it was told; after the block it goes on."""
    wait_for(lambda: not _order(bench).exists(), "the worker to stop itself")  # it takes the order, and stops
    try:
        yield
    finally:
        worker.go_on()


def _order(bench: Workbench) -> Path:
    return bench.sites / bench.site / "faults" / "work.after_commit"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    yield from chromium()


@pytest.fixture
def log_in(browser: Browser, desk_bench: Workbench) -> Iterator[LogIn]:
    """Opens a tab for a user in a browser of its own; at the end of the test no tab may have complained."""
    opened: list[Screen] = []
    contexts: list[BrowserContext] = []

    def open_tab(user: str, *, width: int = 1400, height: int = 860) -> Screen:
        sid = desk_bench.login(f"{user}@office.example").sid
        context = browser.new_context(viewport={"width": width, "height": height})
        context.add_cookies([{"name": "sid", "value": sid, "url": desk_bench.url}])
        contexts.append(context)
        opened.append(Screen.open(context, desk_bench.url, SHOTS))
        return opened[-1]

    yield open_tab
    complaints = [said for screen in opened for said in screen.unforgiven()]
    for context in contexts:
        context.close()
    assert complaints == []
