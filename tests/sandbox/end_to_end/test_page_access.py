"""The page without a mouse, for a screen reader, and on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.sandbox.end_to_end.conftest import Tabs
from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site

MOST_TABS = 60

# What a checker of accessibility looks at first; each is a sentence about an element.
_FAULTS = """
() => {
    const faults = [];
    const shown = (element) => element.checkVisibility({ visibilityProperty: true });
    const text = (id) => document.getElementById(id)?.textContent.trim();
    const named = (element) =>
        element.ariaLabel?.trim() || (element.getAttribute("aria-labelledby") ?? "").split(" ").some(text)
        || [...(element.labels ?? [])].some((label) => label.textContent.trim())
        || (element.matches("button, a, summary") && element.textContent.trim()) || element.title;
    const say = (element, what) => faults.push(`${element.outerHTML.slice(0, 120)} ${what}`);
    const controls = "button, a[href], input, select, textarea, summary, [role=grid], dialog";
    for (const element of document.querySelectorAll(controls)) {
        if (shown(element) && !named(element)) say(element, "has no name");
    }
    const roles = "[role=progressbar], [role=tabpanel], [role=region]";
    for (const element of document.querySelectorAll(roles)) {
        if (shown(element) && !named(element)) say(element, "has no name");
    }
    for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant"]) {
        for (const element of document.querySelectorAll(`[${attribute}]`)) {
            const missing = element.getAttribute(attribute).split(" ").filter((id) => !document.getElementById(id));
            if (shown(element) && missing.length) say(element, `${attribute} points to nothing: ${missing}`);
        }
    }
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const twice = new Set(ids.filter((one, at) => ids.indexOf(one) !== at));
    for (const id of twice) faults.push(`the id ${id} is given twice`);
    for (const image of document.querySelectorAll("img:not([alt])")) say(image, "has no alternative text");
    if (!document.documentElement.lang) faults.push("the language is not given");
    if (!document.title) faults.push("the page has no title");
    if (document.querySelectorAll("main h1").length !== 1) faults.push("main has not one h1");
    const order = document.querySelector("[tabindex]:not([tabindex='0'], [tabindex='-1'])");
    if (order) say(order, "changes the order of the tabs");
    return faults;
}
"""


def tab_to(screen: Screen, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(MOST_TABS):
        screen.page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached with {MOST_TABS} tabs")


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
        assert screen.page.evaluate(_FAULTS) == [], name
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
