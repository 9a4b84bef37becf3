"""What a user does with the page and reads from it, in Chromium."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.sandbox.end_to_end.site import PATIENCE_SECONDS, Desk, Site

PATIENCE_MS = PATIENCE_SECONDS * 1000
expect.set_options(timeout=PATIENCE_MS)

# Keeps every counter and every tone that was ever on the screen, since the page was loaded.
_WITNESS = """
window.countersSeen = [];
window.tonesSeen = [];
new MutationObserver(() => {
    const tone = document.querySelector("[data-job][data-tone]")?.dataset.tone;
    if (tone && tone !== window.tonesSeen.at(-1)) window.tonesSeen.push(tone);
    const text = document.querySelector("[data-testid=progress-counter]")?.textContent;
    if (text && text !== window.countersSeen.at(-1)) window.countersSeen.push(text);
}).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["data-tone"],
});
"""


@dataclass
class Screen:
    """One tab. What the page complains of in the console is collected; ``forgiven`` is expected."""

    page: Page
    site: Site
    shots: Path
    complaints: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, context: BrowserContext, site: Site, shots: Path) -> Screen:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(_WITNESS)
        screen = cls(context.new_page(), site, shots)
        screen.page.on("console", screen._hear)
        screen.page.on("pageerror", lambda error: screen.complaints.append(f"uncaught: {error}"))
        return screen

    def another_tab(self) -> Screen:
        """Open a second tab of the same browser context."""
        return Screen.open(self.page.context, self.site, self.shots)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def unforgiven(self) -> list[str]:
        """Return what the page complained of and no test expected."""
        return [said for said in self.complaints if not any(words in said for words in self.forgiven)]

    # places

    def go(self, place: str = "transactions") -> None:
        """Go to a place by its address, such as ``transactions/BT-00001``."""
        self.page.goto(f"{self.site.address}#/{place}")

    def go_to_desk(self, desk: Desk) -> None:
        """Open a transaction and wait for its invoices."""
        self.go(f"transactions/{desk.transaction}")
        expect(self.all("invoice-row").first).to_be_visible()

    def all(self, test_id: str) -> Locator:
        return self.page.locator(f"[data-testid={test_id}]")

    def shot(self, name: str) -> None:
        """Keep a picture."""
        self.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.shots / f"{name}.png", animations="disabled")

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
