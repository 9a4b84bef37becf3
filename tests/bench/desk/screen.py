"""What a user does in the Desk and reads from it, in Chromium."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import BrowserContext, expect

from tests.support.tab import Tab

RUN_MS = 900_000  # a run of some hundred documents, where many others want the machine too


@dataclass
class Screen(Tab):
    """One tab of a logged-in user."""

    url: str

    # of ERPNext and Frappe themselves: its reconciliation tool draws cards at times before it has fetched their code
    not_ours: ClassVar[tuple[str, ...]] = ("favicon", "sounds/", "bank_reconciliation.NumberCardManager")

    @classmethod
    def open(cls, context: BrowserContext, url: str, shots: Path) -> Screen:
        return cls(cls.page_of(context), shots, url)

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
        self.page.wait_for_function(  # the tool draws with what it fetches after its form
            """window.cur_frm?.doctype === 'Bank Reconciliation Tool' && cur_frm.cscript
                && window.erpnext?.accounts?.bank_reconciliation?.NumberCardManager !== undefined"""
        )
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
        shown = self.page.wait_for_function(
            """least => {
                const text = document.querySelector("[data-testid=progress-counter]")?.textContent;
                const current = Number(text?.match(/^(\\d+) (of|dari) /)?.[1] ?? -1);
                return current >= least ? `${current}` : null;
            }""",
            arg=least,
        )
        return int(shown.json_value())

    def wait_for_counts(self, number: int) -> None:
        """Wait until the bar has shown so many different counts."""
        self.page.wait_for_function(
            """number => new Set(window.countersSeen.map(text => /^\\d+ (?=of|dari)/.exec(text)?.[0])
                .filter(Boolean)).size >= number""",
            arg=number,
        )

    def counts_seen(self) -> list[int]:
        """Return the distinct counts of the work that the bar has shown since the page was loaded, in order."""
        seen = self.page.evaluate("window.countersSeen")
        counts = [int(found[1]) for text in seen if (found := re.match(r"(\d+) (?:of|dari) \d+(?: ·|$)", text))]
        return [count for index, count in enumerate(counts) if index == 0 or count != counts[index - 1]]

    def outcome(self) -> str:
        """Wait for the run's end; return what is said of it."""
        expect(self.all("progress-outcome")).to_be_visible(timeout=RUN_MS)
        return str(self.all("progress-outcome").text_content())

    def close_progress(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.all("progress-dialog")).to_have_count(0)
