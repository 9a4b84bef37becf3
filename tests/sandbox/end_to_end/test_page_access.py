"""The page without a mouse, for a screen reader, and on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.sandbox.end_to_end.access import faults_of, tab_to
from tests.sandbox.end_to_end.conftest import Tabs
from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site


def focused(screen: Screen) -> str:
    """Return the tag of what has the focus."""
    return str(screen.page.evaluate("document.activeElement.tagName"))


def test_everything_from_the_list_to_the_end_is_done_by_keyboard_alone(screen: Screen, site: Site) -> None:
    desk = site.desk(30)
    press = screen.page.keyboard.press
    screen.go()
    link = screen.page.locator(f"[data-name={desk.transaction}] a")
    expect(link).to_be_visible()

    tab_to(screen, link)
    press("Enter")
    expect(screen.all("invoice-row").first).to_be_visible()
    grid = screen.page.locator("#invoices")
    tab_to(screen, grid)
    press("ArrowDown")
    press("Space")
    expect(screen.all("summary-count")).to_have_text("1")
    press("Shift+ArrowDown")
    press("Shift+ArrowDown")
    expect(screen.all("summary-count")).to_have_text("3")
    screen.shot("70-keyboard-range")
    press("Control+a")
    expect(screen.all("summary-difference")).to_have_text("exactly matches")
    press("Enter")  # edits the amount of the row
    screen.page.keyboard.type("1")
    press("Enter")
    expect(screen.all("summary-difference")).to_contain_text("short of the statement line")
    press("Space")
    press("Space")  # ticked anew it is paid whole
    expect(screen.all("summary-difference")).to_have_text("exactly matches")

    tab_to(screen, screen.all("submit"))
    press("Enter")
    expect(screen.all("confirm-dialog")).to_be_visible()
    tab_to(screen, screen.all("confirm-submit"))
    press("Enter")
    expect(screen.all("progress-dialog")).to_be_visible()
    assert "30 documents" in screen.outcome()
    press("Escape")
    expect(screen.all("progress-dialog")).to_have_count(0)
    screen.page.wait_for_function("() => document.activeElement !== document.body")
    assert site.audit() == []


def test_a_dialog_keeps_the_focus_inside_and_gives_it_back(screen: Screen, site: Site) -> None:
    screen.go_to_desk(site.desk(3))
    screen.all("select-all").check()
    expect(screen.all("submit")).to_be_enabled()  # what is disabled takes no focus, and no key reaches it
    screen.all("submit").focus()
    screen.page.keyboard.press("Enter")
    expect(screen.all("confirm-dialog")).to_be_visible()

    for _ in range(15):
        screen.page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        assert screen.page.evaluate(inside)
    screen.page.keyboard.press("Escape")

    expect(screen.all("confirm-dialog")).to_have_count(0)
    expect(screen.all("submit")).to_be_focused()


def test_the_progress_is_told_to_a_screen_reader(screen: Screen, site: Site) -> None:
    desk = site.desk(120)
    site.stop_at_chunk(2)
    screen.submit_all(desk)
    screen.wait_for_current(20)

    with site.held():
        bar = screen.page.get_by_role("progressbar", name="Reconcile 120 documents")
        expect(bar).to_have_attribute("aria-valuemin", "0")
        expect(bar).to_have_attribute("aria-valuemax", "100")
        assert 16 <= int(bar.get_attribute("aria-valuenow") or -1) <= 100
        assert "of 120" in (bar.get_attribute("aria-valuetext") or "")
        expect(screen.page.get_by_role("dialog", name="Reconcile 120 documents")).to_have_count(1)
    said = screen.page.locator("[data-job] [aria-live=polite]")
    screen.outcome()
    expect(said).to_contain_text("are reconciled")


@pytest.mark.parametrize("width", [1360, 400])
def test_every_place_of_the_page_is_named_and_fits_the_window(new_tab: Tabs, site: Site, width: int) -> None:
    screen = new_tab(width=width, height=850)
    desk = site.desk(120)

    def check(name: str) -> None:
        screen.shot(f"8{number()}-{width}-{name}")
        assert faults_of(screen) == [], name
        assert screen.width_beyond_the_window() <= 0, name

    counter = iter(range(10))

    def number() -> int:
        return next(counter)

    screen.go()
    expect(screen.page.locator(f"[data-name={desk.transaction}]")).to_be_visible()
    check("transactions")
    screen.go_to_desk(desk)
    screen.all("select-all").check()
    check("selected")
    screen.all("submit").click()
    check("confirm")
    site.stop_at_chunk(2)
    job = screen.confirm()
    screen.wait_for_current(1)
    with site.held():
        check("progress")
        screen.all("progress-cancel").click()
        check("cancel-question")
        screen.page.get_by_role("button", name="Keep going").click()
    screen.outcome()
    check("outcome")
    screen.go("runs")
    expect(screen.page.locator(f"[data-job={job}]")).to_be_visible()
    check("runs")
    screen.go(f"runs/{job}")
    expect(screen.all("item-row").first).to_be_visible()
    check("run")
