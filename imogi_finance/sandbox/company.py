"""The embedded company: its accounts, parties, invoices and bank statement lines."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from imogi_finance.bank_reconciliation.documents import PaymentLine
from imogi_finance.errors import Problem, Refused
from imogi_finance.money import from_minor, parse_amount, to_minor
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.service import PaidStatus
from imogi_finance.sandbox.books import SandboxBooks, pages
from imogi_finance.sandbox.books.posting import invoice_lines, post
from imogi_finance.sandbox.storage.rows import DuplicateRow, Row, Rows
from imogi_finance.sandbox.users import MANAGER

_REFRESHED = "statuses refreshed on"
PREFIXES = {"Purchase Invoice": "PINV", "Sales Invoice": "SINV"}


@dataclass(frozen=True)
class NewInvoice:
    """An invoice to be entered. ``total`` is above zero for a return too."""

    doctype: str
    party: str
    posting_date: date
    due_date: date
    reference: str
    currency: str
    total: Decimal
    is_return: bool = False


@dataclass(frozen=True)
class NewBankTransaction:
    """A statement line to be entered. ``amount`` is above zero for a deposit, below for a withdrawal.

    Args:
        occurrence: which of several equal lines of one statement this is (1 is the first), so that
            a line imported twice is known again but two equal transfers are not taken for one.
    """

    bank_account: str
    date: date
    amount: Decimal
    currency: str
    description: str
    reference_number: str = ""
    occurrence: int = 1


@dataclass
class Company:
    """Enters documents. Every method runs inside the caller's transaction."""

    rows: Rows
    books: SandboxBooks
    paid_status: PaidStatus

    def set_up(self, name: str, *, currency: str, user: str) -> None:
        """Make a company with a bank and a cash account, and a user who may do everything."""
        self.rows.insert("company", {"name": name, "currency": currency})
        self.add_account(name, f"Bank - {currency}", "Bank", currency)
        self.add_account(name, f"Cash - {currency}", "Cash", currency)
        self.add_user(user)

    def add_user(self, name: str, role: str = MANAGER) -> None:
        """Add a user."""
        self.rows.insert("user", {"name": name, "role": role, "enabled": 1})

    def add_account(self, company: str, name: str, account_type: str, currency: str) -> None:
        """Add an account."""
        self.rows.insert(
            "account", {"name": name, "company": company, "account_type": account_type, "currency": currency}
        )

    def add_invoice(self, company: str, invoice: NewInvoice) -> str:
        """Enter and submit an invoice; return its name.

        Raises:
            Refused: its amount, currency or reference is not possible.
        """
        sign = -1 if invoice.is_return else 1
        total = self._minor(f"{invoice.doctype} {invoice.reference}", invoice.total, invoice.currency)
        name = f"{PREFIXES[invoice.doctype]}-{self.rows.next_number(invoice.doctype):05d}"
        party_type, side = (
            ("Supplier", "Creditors") if invoice.doctype == "Purchase Invoice" else ("Customer", "Debtors")
        )
        row: Row = {
            "doctype": invoice.doctype,
            "name": name,
            "company": company,
            "party": invoice.party,
            "posting_date": invoice.posting_date.isoformat(),
            "due_date": invoice.due_date.isoformat(),
            "reference": invoice.reference or None,
            "currency": invoice.currency,
            "grand_total": sign * total,
            "outstanding": sign * total,
            "is_return": int(invoice.is_return),
            "docstatus": 1,
            "status": "Unpaid",
            "party_account": f"{side} - {invoice.currency}",
            "batch_run": None,
            "owner": self.books.acting,
        }
        self.ensure_party(party_type, invoice.party)
        self.ensure_account(
            company, row["party_account"], "Payable" if side == "Creditors" else "Receivable", invoice.currency
        )
        self.ensure_account(company, f"Expenses - {invoice.currency}", "Expense", invoice.currency)
        self.ensure_account(company, f"Income - {invoice.currency}", "Income", invoice.currency)
        try:
            self.rows.insert("invoice", row)
        except DuplicateRow as error:
            raise Refused.because(
                f"{invoice.doctype} {invoice.reference}",
                "entered_before",
                f"{invoice.party} has an invoice of this reference already.",
                "Leave it out, or correct the reference.",
            ) from error
        post(
            self.rows,
            invoice.doctype,
            name,
            date=row["posting_date"],
            currency=invoice.currency,
            lines=invoice_lines(row),
        )
        self.paid_status.refresh_invoices([InvoiceRef(invoice.doctype, name)])
        return name

    def add_bank_transaction(self, company: str, line: NewBankTransaction) -> str | None:
        """Enter and submit a statement line; return its name, or None where it was entered before.

        Raises:
            Refused: its amount or currency is not possible.
        """
        amount = self._minor(f"Statement line of {line.date}", abs(line.amount), line.currency)
        minor = amount if line.amount > 0 else -amount
        words = (line.bank_account, line.date, minor, line.currency, line.description, line.reference_number)
        fingerprint = hashlib.sha256(repr((*map(str, words), str(line.occurrence))).encode()).hexdigest()
        if self.rows.count("bank_transaction", {"fingerprint": fingerprint}):
            return None
        name = f"BT-{self.rows.next_number('bank_transaction'):05d}"
        self.rows.insert(
            "bank_transaction",
            {
                "name": name,
                "company": company,
                "date": line.date.isoformat(),
                "bank_account": line.bank_account,
                "currency": line.currency,
                "description": line.description,
                "reference_number": line.reference_number,
                "deposit": amount if line.amount > 0 else 0,
                "withdrawal": amount if line.amount < 0 else 0,
                "allocated": 0,
                "unallocated": amount,
                "status": "Unreconciled",
                "docstatus": 1,
                "fingerprint": fingerprint,
            },
        )
        return name

    def pay_invoice(self, ref: InvoiceRef, *, account_type: str, amount: object = None, on: date) -> str:
        """Pay one invoice from (or into) the company's bank or cash account; return the payment's name.

        Args:
            account_type: Bank or Cash.
            amount: above zero, in the invoice's currency; None is all that is outstanding.

        Raises:
            Refused: the invoice or the amount does not allow it.
        """
        invoice = self.books.invoices([ref]).get(ref)
        if invoice is None or invoice.docstatus != 1:
            raise Refused.because(
                str(ref), "unknown_invoice", "It does not exist or is cancelled.", "See `show invoices`."
            )
        try:
            wanted = invoice.payable if amount is None else parse_amount(amount)
        except ValueError as error:
            raise Refused.because(
                str(ref), "malformed", f"The amount is not a number: {error}.", "Give a number."
            ) from error
        if not 0 < wanted <= invoice.payable:
            left = from_minor(to_minor(invoice.payable, invoice.currency), invoice.currency)
            raise Refused.because(
                str(ref), "above_outstanding", f"{wanted} cannot be paid: {left} is outstanding.", "Give less."
            )
        self._minor(str(ref), wanted, invoice.currency)
        accounts = self.rows.select(
            "account", {"company": invoice.company, "account_type": account_type, "currency": invoice.currency}
        )
        if not accounts:
            message = f"{invoice.company} has no {account_type.lower()} account in {invoice.currency}."
            raise Refused.because(str(ref), "no_account", message, "Pay from another account.")
        return self.books.submit_payment(
            [PaymentLine(ref, wanted)],
            account=accounts[0]["name"],
            is_outgoing=(invoice.doctype == "Purchase Invoice") != invoice.is_return,
            date=on.isoformat(),
            reference_no="",
            run=None,
        )

    def keep_statuses_current(self) -> None:
        """Once a day, let invoices become overdue; in a transaction of its own."""
        row = self.rows.get("setting", _REFRESHED)
        if row is not None and row["value"] == self.today.isoformat():
            return
        with self.rows.transaction():
            self.refresh_all()
            self.note_statuses_current()

    def note_statuses_current(self) -> None:
        """Note that every invoice's status is of today."""
        if not self.rows.update("setting", (_REFRESHED,), {"value": self.today.isoformat()}):
            self.rows.insert("setting", {"name": _REFRESHED, "value": self.today.isoformat()})

    @property
    def today(self) -> date:
        """The date in the company's time zone."""
        return self.paid_status.books.today()

    def refresh_all(self) -> int:
        """Apply the rule to every open invoice, as the day has changed; return how many there were."""
        open_invoices = [
            InvoiceRef(row["doctype"], row["name"]) for row in self.rows.select("invoice", {"docstatus": 1})
        ]
        for page in pages(open_invoices):  # a statement takes only so many values
            self.paid_status.refresh_invoices(page)
        return len(open_invoices)

    def _minor(self, document: str, amount: Decimal, currency: str) -> int:
        try:
            minor = to_minor(amount, currency)
        except ValueError as error:
            raise Refused([Problem(document, "too_many_decimals", f"{error}.", "Round it.")]) from error
        if minor <= 0:
            raise Refused([Problem(document, "amount_not_positive", "Its amount is zero.", "Give an amount.")])
        return minor

    def ensure_party(self, party_type: str, name: str) -> None:
        """Add a party where there is none of this name."""
        if self.rows.get("party", party_type, name) is None:
            self.rows.insert("party", {"party_type": party_type, "name": name})

    def ensure_account(self, company: str, name: str, account_type: str, currency: str) -> None:
        """Add an account where there is none of this name."""
        if self.rows.get("account", name) is None:
            self.add_account(company, name, account_type, currency)
