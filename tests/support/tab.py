"""A tab of Chromium, the same in the sandbox's and the Desk's tests: what it shows, and what it complains of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
# Keeps every counter and every tone of the progress that was ever on the screen, since the page was loaded.
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


def chromium() -> Iterator[Browser]:
    """Start Chromium without a screen; it ends with the iteration."""
    program = shutil.which("chromium")
    assert program is not None, "Chromium is not installed. Get it with: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        yield browser
        browser.close()


@dataclass
class Tab:
    """One tab. What the page complains of is collected; ``forgiven`` is expected.

    Attributes:
        heeded: kinds of console messages that are complaints.
        not_ours: what the page complains of and is somebody else's to mend.
    """

    heeded: ClassVar[tuple[str, ...]] = ("error",)
    not_ours: ClassVar[tuple[str, ...]] = ()

    page: Page
    shots: Path
    complaints: list[str] = field(default_factory=list, kw_only=True)
    forgiven: list[str] = field(default_factory=list, kw_only=True)

    @staticmethod
    def page_of(context: BrowserContext) -> Page:
        """Open a page that waits patiently and keeps what it has shown."""
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(_WITNESS)
        return context.new_page()

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in self.heeded:
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def unforgiven(self) -> list[str]:
        """Return what the page complained of and no test expected."""
        expected = (*self.not_ours, *self.forgiven)
        return [said for said in self.complaints if not any(words in said for words in expected)]

    def all(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    def shot(self, name: str) -> None:
        """Leave a picture for whoever looks."""
        self.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.shots / f"{name}.png", animations="disabled")
