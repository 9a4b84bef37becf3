"""A company with one bank transaction for the sum of its unpaid invoices, in a fresh file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from imogi_finance.sandbox.clock import SystemClock
from imogi_finance.sandbox.company import NewBankTransaction, NewInvoice
from imogi_finance.sandbox.composition import App, compose
from imogi_finance.sandbox.storage.sqlite import SqliteRows

USER = "benchmark"


class _SilentQueue:
    def invite(self, *, last: bool = False) -> None:
        """Nobody stands by."""

    def ring(self, run: str, *, urgently: bool = False) -> None:
        """Nobody listens: the benchmark works runs itself."""


class _SilentRealtime:
    def publish(self, event: str, payload: object, *, run: str, user: str) -> None:
        """Nobody looks."""


@dataclass
class Bench:
    """An opened company, its bank transactions and what each of them can pay."""

    app: App
    rows: SqliteRows
    transactions: list[tuple[str, list[dict[str, str]]]]


def open_company(path: Path, *, create: bool = False) -> App:
    """Open the file with doors that cost nothing."""
    rows = SqliteRows(path, create=create, busy_seconds=120.0)
    return compose(rows, clock=SystemClock(), queue=_SilentQueue(), realtime=_SilentRealtime())


@contextmanager
def company(invoices: int, *, transactions: int = 1) -> Iterator[Bench]:
    """Make a company with so many unpaid invoices for each of its bank transactions."""
    with TemporaryDirectory(prefix="imogi-benchmark-") as folder:
        app = open_company(Path(folder) / "company.db", create=True)
        rows = app.rows
        assert isinstance(rows, SqliteRows)
        made = []
        with rows.transaction():
            app.company.set_up("Benchmark", currency="IDR", user=USER)
            for number in range(transactions):
                with app.users.acting_as(USER, undoing=False):
                    made.append(_fill(app, number, invoices))
        try:
            yield Bench(app, rows, made)
        finally:
            rows.close()


def _fill(app: App, number: int, invoices: int) -> tuple[str, list[dict[str, str]]]:
    names = []
    for index in range(invoices):
        invoice = NewInvoice(
            "Purchase Invoice",
            f"Supplier {index % 12}",
            date(2026, 1, 2),
            date(2026, 2, 1),
            f"B-{number}-{index}",
            "IDR",
            Decimal(1000 + index),
        )
        names.append(app.company.add_invoice("Benchmark", invoice))
    total = sum((Decimal(1000 + index) for index in range(invoices)), Decimal(0))
    line = NewBankTransaction("Bank - IDR", date(2026, 1, 31), -total, "IDR", f"Transfer {number}")
    name = app.company.add_bank_transaction("Benchmark", line)
    assert name is not None
    return name, [{"doctype": "Purchase Invoice", "name": invoice} for invoice in names]
