"""Rules: runs are asked for, worked in pieces, killed, cancelled and retried, two and more at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import frappe
from hypothesis import strategies as st

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch import faults
from imogi_finance.erpnext_adapter.clock import SystemClock
from imogi_finance.erpnext_adapter.composition import App, compose
from tests.erpnext import audit
from tests.erpnext.fuzz.drawing import DOCTYPES, SIDES, SOME
from tests.erpnext.fuzz.sequence import LINES, RUNS, Idle, Paper, Sequence, some, step
from tests.erpnext.fuzz.shelf import PURCHASE, SALES
from tests.erpnext.reconciliation.desk import SilentQueue, SilentRealtime

OPTIONS = st.builds(
    Options, per_party=st.booleans(), chunk_size=st.sampled_from((20, 2, 1)), stop_on_first_error=st.booleans()
)
NONE_OR_SOME = st.one_of(st.just([]), SOME)
COMMITS = ("work.after_commit", "undo.after_commit", "finish.after_commit", "claim.after_commit")
_COMMITTED, _ANY_COMMIT = COMMITS[:3], "any commit"  # those that end a chunk
DEATHS = (
    "books.after_payment",
    "books.after_ledger",
    "work.before_commit",
    "work.after_commit",
    "finish.before_documents",
    "books.after_allocation",
    "finish.before_commit",
    "undo.before_unit",
    "books.after_cancel",
    "undo.before_commit",
)
LIVE = ("Pending", "Processing", "Undoing")


class Killed(BaseException):
    """The worker is gone: nobody may catch this."""


class _Clock(SystemClock):
    """A clock that is ahead, so that a dead worker's lease has run out; nobody waits."""

    def __init__(self, hours: float) -> None:
        self._ahead = timedelta(hours=hours)

    def now(self) -> datetime:
        return super().now() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class Running(Sequence):
    """What people and workers do to runs.

    Attributes:
        asked: of each run, what was outstanding when it was asked for; None once somebody else has meddled.
        seen: of each run, the statuses that were committed, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, audit.Outstanding | None] = {}
        self.seen: dict[str, list[str]] = {}

    def app(self) -> App:
        """Compose the app as a worker does that comes an hour later."""
        self.hours += 1
        return compose(queue=SilentQueue(), realtime=SilentRealtime(), clock=_Clock(self.hours))

    # asking

    @step(RUNS, side=SIDES, doctype=DOCTYPES, count=st.integers(1, 4), extra=st.booleans(), options=OPTIONS)
    def ask(self, side: int, doctype: str, count: int, extra: bool, options: Options) -> Paper:
        return self.ask_fitting(side, doctype, count, extra, options)

    def ask_fitting(self, side: int, doctype: str, count: int, extra: bool, options: Options) -> Paper:
        """Ask to pay new invoices of two parties with a line that fits; with a voucher of another payment."""
        place, sign = self.places[side], -1 if doctype == PURCHASE else 1
        invoices = [
            self.has(doctype, place.invoice(doctype, "plain", 60, 1 + number % 2), side) for number in range(count)
        ]
        vouchers = []
        if extra:
            paid = self.has(doctype, place.invoice(doctype, "plain", 100, 1), side)
            vouchers = [self.has("Payment Entry", place.office.pay(doctype, paid.name), side)]
        amount = sign * (60 * count + 100 * len(vouchers))
        line = self.has("Bank Transaction", place.office.bank_transaction(amount), side)
        self.from_here()
        return self._ask(line, invoices, vouchers, options)

    @step(
        RUNS, line=LINES, invoices=SOME, vouchers=st.one_of(st.just([]), SOME), fitting=st.booleans(), options=OPTIONS
    )
    def ask_for_any(
        self, line: Paper, invoices: list[int], vouchers: list[int], fitting: bool, options: Options
    ) -> Paper:
        """Ask to reconcile whatever there is; where it does not fit it is refused."""
        papers = self.of(PURCHASE, SALES, side=line.side if fitting else None)
        if fitting:
            wanted = SALES if line.value("deposit") else PURCHASE
            papers = [paper for paper in papers if paper.doctype == wanted and paper.docstatus == 1]
            papers = [paper for paper in papers if float(paper.value("outstanding_amount")) > 0]
        payments = self.of("Payment Entry")
        chosen = some(payments, vouchers) if vouchers and payments else []
        return self._ask(line, some(papers, invoices), chosen, options)

    def _ask(self, line: Paper, invoices: list[Paper], vouchers: list[Paper], options: Options) -> Paper:
        accepted = self.app().reconciliation.create_payment_entries_bulk(
            line.name, _rows(invoices), _rows(vouchers), user="Administrator", options=options
        )
        name = accepted.run.name
        if accepted.is_new:
            self.asked[name] = audit.outstanding_of(name)
            self.seen[name] = ["Pending"]
        return self.has("Batch Run", name, line.side)

    # working

    @step(run=RUNS)
    def work_to_the_end(self, run: Paper) -> None:
        self._must_live(run)
        self.app().engine.work(run.name, holder="whole")
        self._note(run.name)

    @step(run=RUNS, commits=st.integers(1, 2))
    def work_some_chunks(self, run: Paper, commits: int) -> None:
        """Work so many chunks; then the worker is gone, and its lease stands."""
        self._must_live(run)
        with self._dying(run, _ANY_COMMIT, commits):
            self.app().engine.work(run.name, holder="some chunks")

    @step(run=RUNS, point=st.sampled_from(DEATHS), nth=st.integers(1, 3))
    def kill_worker(self, run: Paper, point: str, nth: int) -> None:
        """Kill a worker at a fault point: what its transaction has written is gone."""
        self._must_live(run)
        with self._dying(run, point, nth):
            self.app().engine.work(run.name, holder="dies")

    @step(first=RUNS, second=RUNS, at=st.sampled_from(COMMITS))
    def work_two_at_once(self, first: Paper, second: Paper, at: str) -> None:
        """Let a second worker do another run between two transactions of the first."""
        if first == second:
            raise Idle
        self._must_live(first)
        self._must_live(second)
        done: list[str] = []

        def reached(point: str) -> None:
            if point == at and not done:
                done.append(point)
                self.app().engine.work(second.name, holder="second")
                self._note(second.name)

        with _armed(reached):
            self.app().engine.work(first.name, holder="first")
        self._note(first.name)

    @contextmanager
    def _dying(self, run: Paper, point: str, nth: int) -> Iterator[None]:
        passes: list[str] = []

        def reached(passed: str) -> None:
            if passed in _COMMITTED:
                self._note(run.name)
            if passed == point or (point == _ANY_COMMIT and passed in _COMMITTED):
                passes.append(passed)
                if len(passes) == nth:
                    raise Killed(passed)

        with _armed(reached):
            try:
                yield
            except Killed:
                frappe.db.rollback()
                frappe.set_user("Administrator")
        self._note(run.name)

    def _note(self, run: str) -> None:
        status = frappe.db.get_value("Batch Run", run, "status")
        if self.seen[run][-1] != status:
            self.seen[run].append(status)

    # from outside

    @step(run=RUNS)
    def cancel_run(self, run: Paper) -> None:
        self.app().control.cancel(run.name, user="Administrator")
        self._note(run.name)

    @step(RUNS, run=RUNS)
    def retry_run(self, run: Paper) -> Paper:
        again = self.app().control.retry(run.name, user="Administrator")
        if again.kind == "Batch Invoicing":  # the same run goes on
            self._note(again.name)
            return self.has("Batch Run", again.name, run.side)
        if again.name not in self.seen:
            self.asked[again.name], self.seen[again.name] = audit.outstanding_of(again.name), ["Pending"]
        else:
            self.asked[run.name] = None
        self._note(again.name)
        return self.has("Batch Run", again.name, run.side)

    def _must_live(self, run: Paper) -> None:
        if run.value("status") not in LIVE:
            raise Idle

    # what must hold

    def meddled(self) -> None:
        """Remember that others may have changed what live runs work on."""
        for run, before in self.asked.items():
            if before is not None and frappe.db.get_value("Batch Run", run, "status") in LIVE:
                self.asked[run] = None

    def finish(self) -> None:
        """Work all runs to their end, and look at everything."""
        for run in self.of("Batch Run"):
            for _ in range(3):
                if run.value("status") in LIVE:
                    self.app().engine.work(run.name, holder="last")
                    self._note(run.name)
            self.must([f"{run} does not end: {run.value('status')}"] if run.value("status") in LIVE else [])
            Sequence.tally.ended[str(run.value("status"))] += 1


def _rows(papers: list[Paper]) -> list[dict[str, Any]]:
    return [{"doctype": paper.doctype, "name": paper.name} for paper in papers]


@contextmanager
def _armed(reached: Any) -> Iterator[None]:
    faults.arm(reached)
    try:
        yield
    finally:
        faults.arm(None)
