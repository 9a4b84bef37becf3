"""How invoicing runs have fared, in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.sandbox.end_to_end.conftest import Tabs
from tests.sandbox.end_to_end.order_book import enter_orders
from tests.sandbox.end_to_end.site import Site


@pytest.fixture(scope="module")
def young_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site where nothing has been invoiced yet."""
    site = Site.build(Path(tmp_path_factory.mktemp("history")), invoices=5, orders=20)
    site.start()
    try:
        yield site
    finally:
        site.stop()


def test_it_tells_of_no_run_of_one_that_is_live_and_of_one_that_ended(new_tab: Tabs, young_site: Site) -> None:
    screen, site = new_tab(at=young_site), young_site
    screen.go("history")
    expect(screen.all("history-empty")).to_contain_text("Select sales orders")
    screen.shot("70-no-history")
    basket = enter_orders(site, 60)

    with site.held():
        job = site.ask("/api/orders/invoice", {"sales_orders": [*basket.names, "SO-NONE"]}).body["job_id"]
        screen.page.reload()
        expect(screen.all("history-queue")).to_contain_text("1 waiting")
        expect(screen.all("history-queue")).to_contain_text("the first has waited")
        expect(screen.all("history-run")).to_contain_text("Pending")

    # Nobody asks: while a run is live it looks again by itself.
    expect(screen.all("history-run")).to_contain_text("Completed with Errors")
    expect(screen.all("history-rate")).to_contain_text("98.3")
    expect(screen.all("history-rate")).to_contain_text("60 done, 1 failed")
    expect(screen.all("history-queue")).to_contain_text("0 waiting")
    expect(screen.all("history-run-time")).to_have_text(re.compile(r"\d (ms|s)"))
    expect(screen.all("history-error")).to_contain_text("It does not exist.")
    expect(screen.all("history-error")).to_contain_text("SO-NONE")
    filled = screen.page.locator("[data-day]:has(i.good)")
    expect(filled).to_have_count(1)
    filled.hover()
    expect(filled.get_by_text("60 done, 1 failed")).to_be_visible()
    screen.shot("71-history")
    screen.page.get_by_text("As a table").click()
    expect(screen.all("history-days").get_by_role("row")).to_have_count(2)
    screen.all("history-run").get_by_role("link", name=job).click()
    expect(screen.all("item-row").first).to_be_visible()


def test_the_period_is_chosen_and_what_is_known_stays_while_the_server_is_away(new_tab: Tabs, young_site: Site) -> None:
    screen = new_tab(at=young_site)
    screen.forgiven += ["/api/", "/socket.io/"]
    away: list[bool] = []

    def gate(route: Route) -> None:
        if away:
            route.abort()
        else:
            route.continue_()

    screen.page.route("**/api/history**", gate)
    screen.go("history")
    expect(screen.page.locator("[data-day]")).to_have_count(30)

    screen.all("history-days-7").click()

    expect(screen.page.locator("[data-day]")).to_have_count(7)
    expect(screen.all("history-days-7")).to_have_attribute("aria-pressed", "true")
    away.append(True)
    screen.all("history-days-90").click()
    expect(screen.all("history-stale")).to_contain_text("The server cannot be reached.")
    expect(screen.all("history-figures")).to_be_visible()
    away.clear()
    screen.page.get_by_role("button", name="Try again").click()
    expect(screen.all("history-stale")).to_have_count(0)
    expect(screen.page.locator("[data-day]")).to_have_count(90)


def test_without_an_answer_it_says_why_and_asks_again(new_tab: Tabs, young_site: Site) -> None:
    screen = new_tab(at=young_site)
    screen.forgiven += ["/api/"]
    refused: list[bool] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(True)
            route.abort()

    screen.page.route("**/api/history**", refuse_once)
    screen.go("history")

    expect(screen.all("history-failure")).to_contain_text("The server cannot be reached.")
    expect(screen.all("history-figures").or_(screen.all("history-empty"))).to_be_visible()
