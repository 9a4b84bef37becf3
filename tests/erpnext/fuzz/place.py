"""What one sequence has to itself in a company: parties and bank accounts, so that it meets nobody else's documents."""

from __future__ import annotations

from copy import copy
from typing import Any

import frappe
from frappe.utils import nowdate

from tests.erpnext.fuzz.shelf import PURCHASE, SALES, Shelf
from tests.erpnext.office import ErpOffice


class Place:
    """One sequence's part of a company.

    Args:
        shelf: of the company.
        label: begins the names of all that is made here; nobody else's begin so.
        parties: by doctype of invoice and number; companies share them.

    Attributes:
        office: the company, its bank account being this sequence's own.
    """

    def __init__(self, shelf: Shelf, label: str, parties: dict[tuple[str, str], str]) -> None:
        self._shelf, self._label, self._made, self._parties = shelf, label, 0, parties
        self._accounts: dict[str, tuple[str, str]] = {}
        self.office: ErpOffice = copy(shelf.office)
        self.office.bank_gl, self.office.bank_account = self.bank("Bank")

    @property
    def company(self) -> str:
        return self.office.company

    def bank(self, title: str) -> tuple[str, str]:
        """Return the ledger account and the Bank Account of a title: "Bank", "Savings", "Dollars"."""
        if title not in self._accounts:
            ledger = self.office.gl_account(
                f"{title} {self._label}", "Bank", currency="USD" if title == "Dollars" else None
            )
            self._accounts[title] = (ledger, self.office.new_bank_account(f"{title} {self._label}", ledger))
        return self._accounts[title]

    def known_bank(self, ledger: str) -> str | None:
        """Return the Bank Account of a ledger account of this sequence; None where it has none."""
        return next((account for of, account in self._accounts.values() if of == ledger), None)

    def party(self, doctype: str, number: int, *, dollars: bool = False) -> str:
        """Return the supplier or customer of a number; one in dollars is another."""
        who = f"{'D' if dollars else ''}{number}"
        if (doctype, who) not in self._parties:
            kind = "Supplier" if doctype == PURCHASE else "Customer"
            self._parties[doctype, who] = self._shelf.party(doctype, f"{self._label} {kind} {who}")
        return self._parties[doctype, who]

    def invoice(self, doctype: str, sort: str, amount: int, number: int) -> str:
        """Have an unpaid invoice of a party; return its name."""
        self._made += 1
        letter = "P" if doctype == PURCHASE else "S"
        name = f"{self._label}{self.office.abbr}-{letter}{self._made:02}"
        party = self.party(doctype, number, dollars=sort == "dollars")
        return self._shelf.invoice(doctype, sort, amount, name=name, party=party)

    def order(self, amount: int, number: int) -> str:
        """Have an order of a customer of which nothing is billed; return its name."""
        self._made += 1
        name = f"{self._label}{self.office.abbr}-O{self._made:02}"
        return self._shelf.order(amount, name=name, party=self.party(SALES, number))

    def bank_draft(self) -> str:
        """Return a mode of payment that draws on the bank."""
        name = "Fuzz Draft on the Bank"
        if frappe.db.exists("Mode of Payment", name):
            mode: Any = frappe.get_doc("Mode of Payment", name)
        else:
            mode = frappe.get_doc({"doctype": "Mode of Payment", "mode_of_payment": name, "type": "Bank"}).insert()
        if self.company not in {row.company for row in mode.accounts}:
            mode.append("accounts", {"company": self.company, "default_account": self._shelf.office.bank_gl})
            mode.save()
        return name

    def payment_document(self, **fields: Any) -> Any:
        """Return a new Payment Entry that is not saved."""
        return frappe.get_doc(
            {
                "doctype": "Payment Entry",
                "company": self.company,
                "posting_date": nowdate(),
                "reference_no": frappe.generate_hash(length=10),
                "reference_date": nowdate(),
                **fields,
            }
        )
