"""One server for all end-to-end tests, one Chromium, and a fresh browser context for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.sandbox.end_to_end.listener import Listener
from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site
from tests.support.tab import chromium

SCREENSHOTS = Path(__file__).parents[3] / "artefacts" / "screenshots"
Tabs = Callable[..., Screen]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site.build(tmp_path_factory.mktemp("site"))
    site.start()
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="session")
def order_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose runs invoice orders; the sample's twenty have some that cannot be invoiced."""
    site = Site.build(tmp_path_factory.mktemp("orders"), invoices=10, orders=20)
    site.start()
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    yield from chromium()


@pytest.fixture
def new_tab(browser: Browser, site: Site) -> Iterator[Tabs]:
    """Opens a tab of a new browser context; at the end of the test no tab may have complained."""
    opened: list[Screen] = []
    contexts: list[BrowserContext] = []

    def open_tab(*, width: int = 1360, height: int = 850, at: Site = site) -> Screen:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        opened.append(Screen.open(context, at, SCREENSHOTS))
        return opened[-1]

    yield open_tab
    for context in contexts:
        context.close()
    assert [said for screen in opened for said in screen.unforgiven()] == []


@pytest.fixture
def screen(new_tab: Tabs) -> Screen:
    """A tab of a desktop's size."""
    return new_tab()


@pytest.fixture
def order_screen(new_tab: Tabs, order_site: Site) -> Screen:
    """A tab of a desktop's size, on the site of orders."""
    return new_tab(at=order_site)


@pytest.fixture
def listen(site: Site) -> Iterator[Callable[[], Listener]]:
    """Connects a Socket.IO client."""
    connected: list[Listener] = []

    def connect() -> Listener:
        connected.append(Listener.connect(site.address))
        return connected[-1]

    yield connect
    for listener in connected:
        listener.close()
