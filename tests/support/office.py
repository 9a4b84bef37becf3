"""A small company to test on: one app on one session, with a clock, a bell and a browser that tell what they got."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

from imogi_finance.bank_reconciliation.documents import Allocation, PaymentLine
from imogi_finance.bank_reconciliation.doors import Books
from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.intake import MOST_WAITING, Accepted
from imogi_finance.batch.run import Run
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.books import SandboxBooks
from imogi_finance.sandbox.company import NewBankTransaction, NewInvoice
from imogi_finance.sandbox.composition import App, compose
from imogi_finance.sandbox.storage.memory import MemoryDatabase
from imogi_finance.sandbox.storage.rows import Rows
from imogi_finance.sandbox.storage.schema import TABLES
from imogi_finance.sandbox.users import WATCHER
from tests.support.doors import FixedClock, Silence, SilentQueue
from tests.support.oracle import broken_books

COMPANY, ANA, BEN, VIC = "Acme", "ana", "ben", "vic"
BANK, CASH = "Bank - IDR", "Cash - IDR"
POSTED, DUE, OVERDUE = date(2026, 3, 10), date(2026, 12, 31), date(2026, 3, 1)


class JobTimeout(Exception):
    """What the queue's alarm raises."""


class Office:
    """Everything a test needs at hand.

    Args:
        rows: the session to work on; a new database in memory where it is missing.
    """

    a_run = "RUN-1"  # that a payment can be made for

    def __init__(
        self,
        rows: Rows | None = None,
        *,
        settings: EngineSettings | None = None,
        around_books: Callable[[SandboxBooks], Books] | None = None,
        threshold: int = 50,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self.rows = rows or MemoryDatabase().session()
        self.clock, self.queue, self.browser = FixedClock(), SilentQueue(), Silence()
        self._how = {
            "settings": settings,
            "around_books": around_books,
            "threshold": threshold,
            "most_waiting": most_waiting,
        }
        self.app = self.another_process(self.rows)
        with self.rows.transaction():
            self.app.company.set_up(COMPANY, currency="IDR", user=ANA)
            self.app.company.add_user(BEN)
            self.app.company.add_user(VIC, WATCHER)
            self.app.company.add_account(COMPANY, "Other Bank - IDR", "Bank", "IDR")

    def another_process(self, rows: Rows) -> App:
        """Compose the app once more, on a session of its own."""
        return compose(
            rows,
            clock=self.clock,
            queue=self.queue,
            realtime=self.browser,
            interrupts=(JobTimeout,),
            **self._how,  # type: ignore[arg-type]
        )

    # documents

    def invoice(
        self,
        total: object = "100.00",
        *,
        doctype: str = "Purchase Invoice",
        party: str = "Party",
        due: date = DUE,
        is_return: bool = False,
        currency: str = "IDR",
        company: str = COMPANY,
    ) -> InvoiceRef:
        number = self.rows.count("invoice")
        new = NewInvoice(doctype, party, POSTED, due, f"R{number}", currency, Decimal(str(total)), is_return)
        with self.rows.transaction():
            return InvoiceRef(doctype, self.app.company.add_invoice(company, new))

    def invoices(self, count: int, total: object = "100.00", **how: Any) -> list[InvoiceRef]:
        return [self.invoice(total, **how) for _ in range(count)]

    def statement(self, amount: object, *, account: str = BANK, currency: str = "IDR", company: str = COMPANY) -> str:
        """Enter a statement line: a deposit above zero, a withdrawal below."""
        number = self.rows.count("bank_transaction")
        line = NewBankTransaction(account, POSTED, Decimal(str(amount)), currency, f"line {number}")
        with self.rows.transaction():
            name = self.app.company.add_bank_transaction(company, line)
        assert name is not None
        return name

    def pay(self, *invoices: InvoiceRef, account: str = BANK, amount: object = None, outgoing: bool = True) -> str:
        """Enter a payment as a person would; one for all the invoices."""

        def enter() -> str:
            known = self.app.books.invoices(invoices)
            lines = [PaymentLine(ref, Decimal(str(amount)) if amount else known[ref].payable) for ref in invoices]
            return self.app.books.submit_payment(
                lines, account=account, is_outgoing=outgoing, date="2026-03-10", reference_no="", run=None
            )

        return self.write(enter)

    def allocate(self, statement: str, payment: str, amount: object = None) -> None:
        def change() -> None:
            transaction = self.app.books.bank_transaction(statement)
            assert transaction is not None
            open_amount = self.app.books.vouchers([payment])[payment].open_amount
            self.app.books.allocate(transaction, [Allocation(payment, Decimal(str(amount or open_amount)))])

        self.write(change)

    def write(self, change: Callable[[], Any], user: str = ANA) -> Any:
        """Do something in a transaction, in the name of a user."""
        with self.rows.transaction(), self.app.users.acting_as(user, undoing=False):
            return change()

    def cancel_invoice(self, ref: InvoiceRef) -> None:
        """Cancel an invoice, as its own form would."""
        self.put("invoice", ref, docstatus=2)

    def close_books(self) -> None:
        """Close the period in which everything here is dated."""
        with self.rows.transaction():
            self.rows.insert("setting", {"name": "closed_until", "value": "2026-03-31"})

    def put(self, table: str, key: Sequence[Any], **changes: Any) -> None:
        """Change a row behind the app's back."""
        with self.rows.transaction():
            assert self.rows.update(table, tuple(key), changes)

    # runs

    def ask(
        self,
        statement: object,
        invoices: object,
        vouchers: object = None,
        *,
        user: str = ANA,
        key: str | None = None,
        in_request: bool = False,
        **options: Any,
    ) -> Accepted:
        rows = [self.row(ref) if isinstance(ref, InvoiceRef) else ref for ref in invoices]  # type: ignore[attr-defined]
        return self.app.reconciliation.create_payment_entries_bulk(
            statement,
            rows,
            vouchers,
            user=user,
            options=Options(**options),
            idempotency_key=key,
            in_request=in_request,
        )

    @staticmethod
    def row(ref: InvoiceRef, amount: object = None) -> dict[str, Any]:
        row: dict[str, Any] = {"doctype": ref.doctype, "name": ref.name}
        return row if amount is None else {**row, "amount": amount}

    @staticmethod
    def voucher(name: str, amount: object = None) -> dict[str, Any]:
        row: dict[str, Any] = {"doctype": "Payment Entry", "name": name}
        return row if amount is None else {**row, "amount": amount}

    def work(self, name: str, holder: str = "w1") -> Outcome:
        return self.app.engine.work(name, holder=holder)

    def run(self, name: str) -> Run:
        return self.app.store.run(name)

    def item_statuses(self, name: str) -> list[str]:
        return [row["status"] for row in self.rows.select("batch_item", {"run": name}, ("position",))]

    # looking

    def status_of(self, ref: InvoiceRef) -> str:
        row = self.rows.get("invoice", *ref)
        assert row is not None
        return str(row["status"])

    def outstanding(self, ref: InvoiceRef) -> int:
        """Return what is outstanding, in minor units."""
        row = self.rows.get("invoice", *ref)
        assert row is not None
        return int(row["outstanding"])

    def payment(self, name: str) -> dict[str, Any]:
        row = self.rows.get("payment", name)
        assert row is not None
        return row

    def live_payments(self) -> list[str]:
        return [row["name"] for row in self.rows.select("payment", {"docstatus": 1})]

    def events(self, ending: str) -> list[Mapping[str, Any]]:
        return [payload for event, payload, _, _ in self.browser.events if event.endswith(ending)]

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Return the whole database, to be compared."""
        return deepcopy({table: self.rows.select(table) for table in TABLES})

    def check_books(self) -> None:
        """Assert that the books are sound, by the oracle."""
        tables = {
            name: {tuple(row[column] for column in table.key): row for row in self.rows.select(name)}
            for name, table in TABLES.items()
        }
        assert list(broken_books(tables, today="2026-03-16")) == []
