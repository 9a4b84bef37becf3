"""The list of Sales Orders and the dialog behind *Create Invoices in Batch*, as a user works with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Locator, expect

from tests.bench.desk.screen import Screen

ACTION = "Create Invoices in Batch"


@dataclass
class OrderList:
    """The list in one tab, filtered by company."""

    screen: Screen
    company: str

    def open(self, **filters: str) -> OrderList:
        """Go to the list, and wait for its rows."""
        self.screen.page.goto(f"{self.screen.url}/app/sales-order?{urlencode({'company': self.company, **filters})}")
        expect(self.rows.first).to_be_visible()
        return self

    @property
    def rows(self) -> Locator:
        return self.screen.page.locator(".list-row-checkbox:visible")

    @property
    def notice(self) -> Locator:
        """What stands above the list of one's own runs."""
        return self.screen.all("order-run")

    def check(self, names: Sequence[str]) -> None:
        """Check the boxes of these orders, which must be on the page."""
        for name in names:
            self.screen.page.locator(f'.list-row-checkbox[data-name="{name}"]').check()

    def ask_for_checked(self, action: str = ACTION) -> None:
        """Choose the action for the rows that are checked."""
        self.screen.page.locator(".actions-btn-group:visible button").first.click()
        self.screen.page.locator(".dropdown-menu.show").get_by_text(action, exact=True).click()
        self.judged()

    def ask_for_matching(self, action: str = ACTION) -> None:
        """Choose the action from the menu, with nothing checked: for all that the filters let through."""
        self.screen.page.locator(".menu-btn-group:visible button").first.click()
        self.screen.page.locator(".dropdown-menu.show").get_by_text(action, exact=True).click()
        self.judged()

    def judged(self) -> None:
        """Wait until the server has judged what is chosen now."""
        self.screen.page.wait_for_function(
            """() => document.querySelector(
                "[data-testid=invoicing-refused], [data-testid=invoicing-judgement][aria-busy=false]")"""
        )

    def choose(self, option: str) -> None:
        """Check a box or a radio button of the dialog, and wait for what the server says then."""
        self.screen.all(f"invoicing-{option}").check()
        self.judged()

    def begin(self) -> str:
        """Press the button of the dialog; return the run's name when its progress is there."""
        with self.screen.page.expect_response(re.compile("create_invoices_bulk")) as answered:
            self.screen.all("invoicing-submit").click()
        expect(self.screen.all("progress-dialog")).to_be_visible()
        return str(answered.value.json()["message"]["job_id"])
