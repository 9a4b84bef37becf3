"""What a user does in the Desk and reads from it, in Chromium."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

# Keeps every counter that was ever on the screen, since the page was loaded.
_WITNESS = """
window.countersSeen = [];
new MutationObserver(() => {
    const text = document.querySelector("[data-testid=progress-counter]")?.textContent;
    if (text && text !== window.countersSeen.at(-1)) window.countersSeen.push(text);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
# What ERPNext and Frappe themselves complain of.
_NOT_OURS = ("favicon", "sounds/")


@dataclass
class Screen:
    """One tab of a logged-in user. What the page complains of is collected; ``forgiven`` is expected."""

    page: Page
    url: str
    shots: Path
    complaints: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, context: BrowserContext, url: str, shots: Path) -> Screen:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(_WITNESS)
        screen = cls(context.new_page(), url, shots)
        screen.page.on("console", screen._hear)
        screen.page.on("pageerror", lambda error: screen.complaints.append(f"uncaught: {error}"))
        return screen

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def unforgiven(self) -> list[str]:
        """Return what the page complained of and no test expected."""
        return [said for said in self.complaints if not any(words in said for words in (*_NOT_OURS, *self.forgiven))]

    def shot(self, name: str) -> None:
        """Leave a picture for whoever looks."""
        self.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.shots / f"{name}.png")

    def all(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    # the two places

    def open_transaction(self, name: str) -> None:
        """Go to a bank transaction's form, and wait until the app has had its say there."""
        with self.page.expect_response(re.compile(r"imogi_finance\.batch\.api\.runs")):
            self.page.goto(f"{self.url}/app/bank-transaction/{name}")

    def open_tool(self, company: str, bank_account: str) -> None:
        """Go to the Bank Reconciliation Tool and ask for the bank account's open transactions."""
        self.page.goto(f"{self.url}/app/bank-reconciliation-tool")
        self.fill_tool(company, bank_account)

    def fill_tool(self, company: str, bank_account: str) -> None:
        """Ask the tool that is open for the bank account's open transactions."""
        self.page.wait_for_function("window.cur_frm?.doctype === 'Bank Reconciliation Tool' && cur_frm.cscript")
        self.page.evaluate(
            """async ([company, bank_account]) => {
                await cur_frm.set_value({ company, bank_account, bank_statement_closing_balance: 1 });
                await frappe.after_ajax();
            }""",
            [company, bank_account],
        )
        self.page.get_by_role("button", name="Get Unreconciled Entries").click()

    # the dialog

    def start_paying(self, label: str = "Pay Unpaid Invoices") -> None:
        """Press the action on the form."""
        self.page.get_by_role("button", name=label).click()

    def select_all(self) -> None:
        self.all("select-all-matching").click()

    def reconcile(self, *, per_party: bool = False) -> str:
        """Go on from the selection to the progress dialog; return the run's name."""
        self.all("submit").click()
        if per_party:
            self.page.locator(".imogi-pay__choice input[type=radio]").nth(1).check()
        with self.page.expect_response(re.compile("create_payment_entries_bulk")) as answered:
            self.all("confirm-submit").click()
        expect(self.all("progress-dialog")).to_be_visible()
        return str(answered.value.json()["message"]["job_id"])

    # the progress

    def wait_for_current(self, least: int) -> int:
        """Wait until the counter is at or past ``least``; return where it is."""
        self.page.wait_for_function(
            """least => Number(document.querySelector("[data-testid=progress-counter]")
                ?.textContent.match(/^(\\d+) (of|dari) /)?.[1] ?? -1) >= least""",
            arg=least,
        )
        counts = self.counts_seen()
        return counts[-1] if counts else least

    def counts_seen(self) -> list[int]:
        """Return the distinct counts of the work that the bar has shown since the page was loaded, in order."""
        seen = self.page.evaluate("window.countersSeen")
        counts = [int(found[1]) for text in seen if (found := re.match(r"(\d+) (?:of|dari) \d+(?: ·|$)", text))]
        return [count for index, count in enumerate(counts) if index == 0 or count != counts[index - 1]]

    def outcome(self) -> str:
        """Wait for the run's end; return what is said of it."""
        expect(self.all("progress-outcome")).to_be_visible(timeout=180_000)
        return str(self.all("progress-outcome").text_content())

    def close_progress(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.all("progress-dialog")).to_have_count(0)
