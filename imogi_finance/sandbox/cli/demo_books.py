"""What the demo looks at in the books: before, while it runs, and after; and what must hold."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from imogi_finance.sandbox import views
from imogi_finance.sandbox.clock import SystemClock
from imogi_finance.sandbox.composition import compose
from imogi_finance.sandbox.sample import Sample, make_sample
from imogi_finance.sandbox.storage.sqlite import SqliteRows

_MEASURED = 100


@dataclass(frozen=True)
class Books:
    """The books at one moment; amounts in minor units.

    Args:
        invoices: count and sum of totals, by doctype, currency and status.
        cash: how many of the invoices paid in cash show Paid.
        waiting: payments that wait for the bank: how many, and their sum.
        unallocated: of the withdrawal.
    """

    currency: str
    exponent: int
    invoices: Mapping[tuple[str, str, str], tuple[int, int]]
    cash: tuple[int, int]
    waiting: tuple[int, int]
    transaction: str
    transaction_status: str
    unallocated: int
    debit: int
    credit: int
    balances: bool

    def as_json(self) -> dict[str, Any]:
        """Return it in plain values."""
        names = ("doctype", "currency", "status", "invoices", "grand_total")
        rows = [dict(zip(names, (*key, *value), strict=True)) for key, value in self.invoices.items()]
        return {**asdict(self), "invoices": rows}


def look(rows: SqliteRows, sample: Sample) -> Books:
    """Read the books as they are now."""
    with rows.reading():
        invoices = {
            (row["doctype"], row["currency"], row["status"]): (row["invoices"], row["grand_total"])
            for row in views.invoice_summary(rows)
            if row["status"] != "Draft"  # which owes nothing yet
        }
        waiting = rows.query("SELECT count(*) AS n, coalesce(sum(amount), 0) AS amount FROM payment WHERE awaiting = 1")
        withdrawal = views.transaction(rows, sample.withdrawal)["transaction"]
        ledger = views.ledger(rows)
        cash = _paid_among(rows, sample.cash)
    own = next(total for total in ledger["totals"] if total["currency"] == sample.currency)
    return Books(
        currency=sample.currency,
        exponent=own["exponent"],
        invoices=invoices,
        cash=(cash, len(sample.cash)),
        waiting=(waiting[0]["n"], waiting[0]["amount"]),
        transaction=sample.withdrawal,
        transaction_status=withdrawal["status"],
        unallocated=withdrawal["unallocated"],
        debit=own["debit"],
        credit=own["credit"],
        balances=ledger["balances"],
    )


def _paid_among(rows: SqliteRows, names: tuple[str, ...]) -> int:
    """Return how many of these purchase invoices, entered one after the other, show Paid."""
    found = rows.query(
        """SELECT count(*) AS n FROM invoice
        WHERE doctype = 'Purchase Invoice' AND name BETWEEN ? AND ? AND status = 'Paid'""",
        (min(names), max(names)),
    )
    return int(found[0]["n"])


@dataclass
class WhileItRan:
    """What was seen at each look during the run.

    Args:
        most_waiting: the most payments that waited for the bank at once.
        paid_too_early: the most of its invoices that showed Paid while payments still waited.
    """

    rows: SqliteRows
    sample: Sample
    most_waiting: int = 0
    paid_too_early: int = 0

    def look(self) -> None:
        """Look once more."""
        with self.rows.reading():
            waiting = self.rows.query("SELECT count(*) AS n FROM payment WHERE awaiting = 1")[0]["n"]
            paid = _paid_among(self.rows, self.sample.unpaid)
        self.most_waiting = max(self.most_waiting, waiting)
        if waiting:
            self.paid_too_early = max(self.paid_too_early, paid)


def check(
    rows: SqliteRows, sample: Sample, before: Books, after: Books, ran: WhileItRan, run: Mapping[str, Any]
) -> dict[str, bool]:
    """Return what must hold after the run, in words, and whether it does."""
    count = len(sample.unpaid)
    others = set(before.invoices) | set(after.invoices)
    untouched = [key for key in others if key[0] != "Purchase Invoice" or key[1] != sample.currency]
    untouched += [key for key in others if key[2] == "Return"]
    made = rows.query(
        """SELECT count(*) AS payments, count(DISTINCT r.invoice) AS invoices FROM payment p
        JOIN payment_reference r ON r.payment = p.name WHERE p.batch_run = ? AND p.docstatus = 1""",
        (run["job_id"],),
    )[0]
    on_it = views.transaction(rows, sample.withdrawal)["rows_total"]
    return {
        "The run is Completed": run["status"] == "Completed",
        f"All {count:,} invoices are Paid": _paid_among(rows, sample.unpaid) == count,
        "Each has exactly one payment": made["payments"] == made["invoices"] == count,
        f"All payments are on {sample.withdrawal}, which is Reconciled": on_it == count
        and (after.transaction_status, after.unallocated) == ("Reconciled", 0),
        "No invoice showed Paid before the bank statement covered it": ran.paid_too_early == 0,
        "No payment waits for the bank any more": after.waiting[0] == 0,
        f"The {len(sample.cash):,} invoices paid in cash were Paid from the start": before.cash == after.cash
        and before.cash[0] == before.cash[1],
        "No other document has changed": all(before.invoices.get(key) == after.invoices.get(key) for key in untouched),
        "The ledger balances, before and after": before.balances and after.balances,
    }


def payments_a_second() -> float:
    """Measure how fast this computer pays invoices when nothing slows it down, in books of its own."""
    with tempfile.TemporaryDirectory(prefix="imogi-finance-speed-") as folder:
        rows = SqliteRows(Path(folder) / "company.db", create=True)
        try:
            clock = SystemClock()
            app = compose(rows, clock=clock, queue=_Silent(), realtime=_Silent())
            with rows.transaction():
                sample = make_sample(app, invoices=_MEASURED, user="demo", today=clock.now().date())
            chosen = [{"doctype": "Purchase Invoice", "name": name} for name in sample.unpaid]
            run = app.reconciliation.create_payment_entries_bulk(sample.withdrawal, chosen, user="demo").run
            began = time.perf_counter()
            app.engine.work(run.name, holder="demo")
            return _MEASURED / (time.perf_counter() - began)
        finally:
            rows.close()


class _Silent:
    """A queue and a realtime channel with nobody at the other end."""

    def ring(self, run: str, *, urgently: bool = False) -> None:
        return

    def invite(self, *, last: bool = False) -> None:
        return

    def publish(self, event: str, payload: Mapping[str, Any], *, run: str, user: str) -> None:
        return
