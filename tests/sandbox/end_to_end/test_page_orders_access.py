"""Orders and their history without a mouse, for a screen reader, and on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.sandbox.end_to_end.access import faults_of, tab_to
from tests.sandbox.end_to_end.conftest import Tabs
from tests.sandbox.end_to_end.order_book import enter_orders, invoices_of
from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site

# Parts of the dialog that run into the one below: each as its first words.
_OVERLAPS = """
() => {
    const parts = [...document.querySelector(".modal-body").children];
    const inner = (part) => Math.max(...[part, ...part.querySelectorAll("*")].filter((one) =>
        one.checkVisibility() && !one.closest(".judged-list")).map((one) => one.getBoundingClientRect().bottom));
    return parts.filter((part, at) => parts[at + 1] && inner(part) > parts[at + 1].getBoundingClientRect().top + 1)
        .map((part) => part.textContent.trim().slice(0, 60));
}
"""


def test_orders_are_chosen_and_invoiced_by_keyboard_alone(order_screen: Screen, order_site: Site) -> None:
    screen, site = order_screen, order_site
    basket = enter_orders(site, 8)
    press = screen.page.keyboard.press
    screen.go()
    tab_to(screen, screen.page.get_by_role("link", name="Orders"))
    press("Enter")
    expect(screen.all("order-row").first).to_be_visible()
    tab_to(screen, screen.all("search"))
    screen.page.keyboard.type(basket.customer)
    expect(screen.all("order-row")).to_have_count(8)
    tab_to(screen, screen.page.locator("#orders"))
    press("Space")
    press("Shift+ArrowDown")
    expect(screen.all("summary-count")).to_have_text("2")
    press("Control+a")
    expect(screen.all("summary-count")).to_have_text("8")
    tab_to(screen, screen.all("invoice"))
    press("Enter")
    screen.wait_for_judgement()
    expect(screen.all("invoice-submit")).to_be_enabled()
    tab_to(screen, screen.all("invoice-submit"))
    press("Enter")

    assert "8 orders" in screen.outcome()
    press("Escape")
    expect(screen.all("progress-dialog")).to_have_count(0)
    screen.page.wait_for_function("() => document.activeElement !== document.body")
    assert len(invoices_of(site, basket)) == 8


def test_the_dialog_keeps_the_focus_inside_and_gives_it_back(order_screen: Screen, order_site: Site) -> None:
    screen = order_screen
    basket = enter_orders(order_site, 2)
    screen.choose_orders(basket.customer, 2)
    screen.all("invoice").focus()
    screen.page.keyboard.press("Enter")
    screen.wait_for_judgement()

    for _ in range(25):
        screen.page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        assert screen.page.evaluate(inside)
    screen.page.keyboard.press("Escape")

    expect(screen.all("invoice-dialog")).to_have_count(0)
    expect(screen.all("invoice")).to_be_focused()


@pytest.mark.parametrize("width", [1360, 900, 400])
def test_every_place_is_named_and_fits_the_window(new_tab: Tabs, order_site: Site, width: int) -> None:
    screen = new_tab(width=width, height=850, at=order_site)
    basket = enter_orders(order_site, 40)
    with order_site.books() as app:
        app.selling.bill_by_hand([basket.names[0]], on=app.paid_status.books.today(), submit=False)
        app.selling.hold_order(basket.names[1])

    def check(name: str) -> None:
        screen.shot(f"9{number()}-{width}-{name}")
        assert faults_of(screen) == [], name
        assert screen.width_beyond_the_window() <= 0, name

    counter = iter(range(10))

    def number() -> int:
        return next(counter)

    screen.choose_orders(basket.customer, 40)
    check("orders-selected")
    screen.open_invoicing()
    screen.page.get_by_text("Advanced").click()
    check("invoicing")
    assert screen.page.evaluate(_OVERLAPS) == []
    order_site.stop_at_chunk(1)
    job = screen.invoice()
    screen.wait_for_current(1)
    with order_site.held():
        check("invoicing-progress")
    screen.outcome()
    check("invoicing-outcome")
    screen.page.keyboard.press("Escape")
    expect(screen.all("last-run")).to_be_visible()
    check("orders-after")
    screen.go("runs")
    expect(screen.page.locator(f"[data-testid=run-row][data-job={job}]")).to_be_visible()
    check("invoicing-runs")
    screen.go(f"runs/{job}")
    expect(screen.all("item-row").first).to_be_visible()
    check("invoicing-run")
    screen.go("history")
    expect(screen.all("history-run").first).to_be_visible()
    screen.page.get_by_text("As a table").click()
    check("history")
