"""What the page is for who has no mouse or no screen."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.sandbox.end_to_end.screen import Screen

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


def faults_of(screen: Screen) -> list[str]:
    """Return what a checker of accessibility would say of what is shown, a sentence an element."""
    return list(screen.page.evaluate(_FAULTS))
