"""Five thousand invoices in the list."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site

INVOICES = 5_000


def test_five_thousand_invoices_are_selected_searched_and_scrolled(screen: Screen, site: Site) -> None:
    desk = site.desk(INVOICES)
    screen.go_to_desk(desk)
    expect(screen.all("tab-invoices")).to_contain_text("5,000")

    screen.all("select-all").check()

    expect(screen.all("summary-count")).to_have_text("5,000")
    expect(screen.all("summary-difference")).to_have_text("exactly matches")
    assert screen.all("invoice-row").count() < 100  # only what is in sight is drawn
    screen.shot("60-five-thousand")

    screen.page.locator("#invoices").focus()
    screen.page.keyboard.press("End")
    last = screen.page.locator("[data-testid=invoice-row][aria-rowindex='5001']")
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-selected", "true")
    screen.shot("61-five-thousand-at-the-end")
    screen.page.mouse.move(600, 500)
    screen.page.mouse.wheel(0, -90_000)
    expect(last).to_have_count(0)
    assert screen.all("invoice-row").count() < 100

    screen.all("search").fill(desk.invoices[4321])
    expect(screen.all("invoice-row")).to_have_count(1)
    expect(screen.page.get_by_text("4,999 of the selected hidden by filters")).to_be_visible()
    screen.page.keyboard.press("Tab")
    screen.all("select-all").uncheck()
    expect(screen.all("summary-count")).to_have_text("4,999")
    expect(screen.all("summary-difference")).to_contain_text("short of the statement line")
