"""What a user does with the page and reads from it, in Chromium."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import BrowserContext, expect

from tests.sandbox.end_to_end.site import Desk, Site
from tests.support.tab import Tab


@dataclass
class Screen(Tab):
    """One tab of the page."""

    site: Site

    heeded: ClassVar[tuple[str, ...]] = ("error", "warning")

    @classmethod
    def open(cls, context: BrowserContext, site: Site, shots: Path) -> Screen:
        return cls(cls.page_of(context), shots, site)

    def another_tab(self) -> Screen:
        """Open a second tab of the same browser context."""
        return Screen.open(self.page.context, self.site, self.shots)

    # places

    def go(self, place: str = "transactions") -> None:
        """Go to a place by its address, such as ``transactions/BT-00001``."""
        self.page.goto(f"{self.site.address}#/{place}")

    def go_to_desk(self, desk: Desk) -> None:
        """Open a transaction and wait for its invoices."""
        self.go(f"transactions/{desk.transaction}")
        expect(self.all("invoice-row").first).to_be_visible()

    # deeds

    def come_back(self) -> None:
        """Look at the tab again after looking at another one."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def submit_all(self, desk: Desk) -> str:
        """Select everything on a desk and submit it; return the run."""
        self.go_to_desk(desk)
        self.all("select-all").check()
        expect(self.all("summary-difference")).to_have_text("exactly matches")
        self.all("submit").click()
        return self.confirm()

    def choose_orders(self, customer: str, count: int) -> None:
        """Go to the orders and select all that a customer has."""
        self.go("orders")
        expect(self.all("order-row").first).to_be_visible()
        self.all("search").fill(customer)
        self.all("select-all-matching").click()
        expect(self.all("summary-count")).to_have_text(f"{count:,}")

    def open_invoicing(self) -> None:
        """Open the dialog for the chosen orders, and wait until the server has judged them."""
        self.all("invoice").click()
        self.wait_for_judgement()

    def wait_for_judgement(self) -> None:
        """Wait until what is said of the chosen orders is about the options that are shown."""
        expect(self.page.locator("[data-testid=judgement][aria-busy=false]")).to_be_visible()

    def invoice(self) -> str:
        """Start the run that the dialog is about; return it, once its progress appears."""
        self.all("invoice-submit").click()
        expect(self.all("progress-dialog")).to_be_visible()
        return self.job()

    def confirm(self) -> str:
        """Confirm the submission; return the run whose progress appears."""
        self.all("confirm-submit").click()
        expect(self.all("progress-dialog")).to_be_visible()
        return self.job()

    def job(self) -> str:
        """Return the run whose progress is shown."""
        return self.page.locator("[data-testid=progress-dialog] [data-job]").get_attribute("data-job") or ""

    # what is read

    def wait_for_current(self, least: int) -> int:
        """Wait until the progress dialog counts at least so many items done; return how many it counts."""
        shown = self.page.wait_for_function(
            """least => {
                const text = document.querySelector("[data-testid=progress-counter]")?.textContent ?? "";
                const found = /^([\\d,]+) of/.exec(text);
                return found && Number(found[1].replaceAll(",", "")) >= least ? text : null;
            }""",
            arg=least,
        )
        return _current(str(shown.json_value()))

    def counts_seen(self) -> list[int]:
        """Return every count of items done that was shown while working, in order, since the page was loaded."""
        seen: list[str] = self.page.evaluate("window.countersSeen")
        return [_current(text) for text in seen if re.match(r"[\d,]+ of [\d,]+$", text)]

    def tone(self) -> str:
        """Return what kind of moment the progress shows: working, undoing, success, …"""
        return self.page.locator("[data-job][data-tone]").get_attribute("data-tone") or ""

    def outcome(self) -> str:
        """Wait for the end of the run; return what is said of it."""
        expect(self.all("progress-outcome")).to_be_visible()
        return self.all("progress-outcome").inner_text()

    def width_beyond_the_window(self) -> int:
        """Return by how many pixels the page is wider than its window: more than 0 scrolls sideways."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def _current(text: str) -> int:
    found = re.match(r"([\d,]+) of", text)
    assert found, text
    return int(found[1].replace(",", ""))
