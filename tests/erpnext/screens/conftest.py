"""A company of its own for the screens' tests, so that a report's figures can be reckoned by hand."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import date, timedelta

import frappe
import pytest
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.utils import getdate

from tests.erpnext.office import ErpOffice

DOLLAR_RATE = 15_000


class Books:
    """The company's waiting payments: paid and covered on the days the test says.

    Args:
        office: whose books.
        today: day 0; ``days`` below count back from it.
    """

    def __init__(self, office: ErpOffice) -> None:
        self.office = office
        self.today = getdate()
        self.second_gl = office.gl_account("Second Bank Ledger", "Bank")
        self.second_bank = office.new_bank_account("Second Account", self.second_gl)
        self.dollar_gl = office.gl_account("Dollar Ledger", "Bank", "USD")
        self.dollar_bank = office.new_bank_account("Dollar Account", self.dollar_gl)
        _dollar_rate()
        frappe.db.commit()

    def day(self, days: int) -> date:
        """Return the date so many days back."""
        return self.today - timedelta(days=days)

    def pay(self, doctype: str, amount: float, *, days: int, account: str | None = None, submit: bool = True) -> str:
        """Make an invoice and pay it from or to a bank ledger, both so many days back; return the payment's name."""
        make = self.office.purchase_invoice if doctype == "Purchase Invoice" else self.office.sales_invoice
        when = self.day(days)
        invoice = make(amount, posting_date=when)
        entry = get_payment_entry(doctype, invoice, bank_account=account or self.office.bank_gl)
        entry.posting_date = entry.reference_date = when
        entry.reference_no = frappe.generate_hash(length=8)
        entry.insert()
        if submit:
            entry.submit()
        frappe.db.commit()
        return str(entry.name)

    def cover(
        self, payment: str, amount: float, *, days: int, bank_account: str | None = None, currency: str = "IDR"
    ) -> str:
        """Enter a withdrawal so many days back that covers the payment by an amount, in the bank's currency."""
        line = self.office.bank_transaction(-amount, bank_account=bank_account, date=self.day(days), currency=currency)
        found = frappe.get_doc("Bank Transaction", line)
        found.add_payment_entries([{"payment_doctype": "Payment Entry", "payment_name": payment}])
        found.save()
        frappe.db.commit()
        return line


def _dollar_rate() -> None:
    """Have one rate for all days, so that no test asks the internet for it."""
    for source, target, rate in (("USD", "IDR", DOLLAR_RATE), ("IDR", "USD", 1 / DOLLAR_RATE)):
        pair = {"from_currency": source, "to_currency": target, "date": "2020-01-01"}
        if not frappe.db.exists("Currency Exchange", pair):
            frappe.get_doc({"doctype": "Currency Exchange", **pair, "exchange_rate": rate}).insert()
    frappe.db.set_single_value("Accounts Settings", "allow_stale", 1)


@pytest.fixture(scope="session")
def new_books(site: str) -> Callable[[], Books]:
    """Makes the books of a company that no other test, and no earlier session, uses."""

    def make() -> Books:
        letters = " ".join(random.choices(string.ascii_uppercase, k=4))  # they become its abbreviation
        return Books(ErpOffice(f"Screens {letters}"))

    return make
