"""The state machine: all rules together, and what must hold after each step."""

from __future__ import annotations

import frappe
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, multiple

from imogi_finance.bank_reconciliation.request import Options
from tests.erpnext import audit
from tests.erpnext.fuzz.allocating import Allocating
from tests.erpnext.fuzz.governing import Governing
from tests.erpnext.fuzz.invariants import ledger_problems, run_problems, status_problems
from tests.erpnext.fuzz.invoicing import Invoicing
from tests.erpnext.fuzz.oracle import RememberingOracle
from tests.erpnext.fuzz.ordering import Ordering
from tests.erpnext.fuzz.paying import Paying
from tests.erpnext.fuzz.running import LIVE
from tests.erpnext.fuzz.sequence import INVOICES, LINES, ORDERS, PAYMENTS, RUNS
from tests.erpnext.fuzz.shelf import PURCHASE, SALES
from tests.erpnext.fuzz.stating import Stating
from tests.erpnext.paid_status import desk

# Steps that change documents of no run but their own.
_NO_MEDDLING = ("ask", "ask_for_any", "work_to_the_end", "work_some_chunks", "kill_worker", "work_two_at_once")
_NO_MEDDLING += ("new_invoice", "line", "transfer", "cancel_run", "retry_run", "sweep")
_NO_MEDDLING += ("new_order", "hold_order", "ask_for_orders", "ask_for_new_orders", "draft_order")


class Books(Invoicing, Paying, Stating, Allocating, Ordering, Governing):
    """Everything a user can do, on documents of this sequence's own."""

    def __init__(self) -> None:
        super().__init__()
        self.follows: dict[str, int] = {}
        self._oracles = {place.company: RememberingOracle(place.company, self.since) for place in self.places}

    @initialize(target=INVOICES)
    def unpaid_invoices(self):  # type: ignore[no-untyped-def]
        """Begin with something to pay in both companies."""
        first, second = self.places
        return multiple(
            self.has(PURCHASE, first.invoice(PURCHASE, "plain", 100, 1), 0),
            self.has(SALES, first.invoice(SALES, "overdue", 100, 1), 0),
            self.has(PURCHASE, second.invoice(PURCHASE, "plain", 100, 1), 1),
        )

    @initialize(target=PAYMENTS)
    def waiting_payments(self):  # type: ignore[no-untyped-def]
        """Begin with payments that wait for the bank."""
        found = []
        for doctype in (PURCHASE, SALES):
            name = self.places[0].invoice(doctype, "plain", 60, 1)
            self.has(doctype, name, 0)
            found.append(self.has("Payment Entry", self.places[0].office.pay(doctype, name), 0))
        return multiple(*found)

    @initialize(target=LINES)
    def statement_lines(self):  # type: ignore[no-untyped-def]
        """Begin with lines of the bank statement, one of which is reconciled with a payment."""
        place = self.places[0]
        invoice = self.has(PURCHASE, place.invoice(PURCHASE, "plain", 100, 2), 0)
        payment = self.has("Payment Entry", place.office.pay(PURCHASE, invoice.name), 0)
        lines = [self.has("Bank Transaction", place.office.bank_transaction(amount), 0) for amount in (-100, 60)]
        desk.reconcile(lines[0].name, payment.name)
        return multiple(*lines)

    @initialize(target=ORDERS)
    def open_orders(self):  # type: ignore[no-untyped-def]
        """Begin with orders of which nothing is billed."""
        parties = ((0, 1), (0, 1), (0, 2), (1, 1))
        return multiple(*(self.has("Sales Order", self.places[side].order(60, party), side) for side, party in parties))

    @initialize(target=RUNS, asked=st.booleans())
    def waiting_run(self, asked: bool):  # type: ignore[no-untyped-def]
        """Begin with a run that nobody works yet, or with none."""
        options = Options(chunk_size=1)
        return multiple(self.ask_fitting(0, SALES, 3, False, options)) if asked else multiple()

    @invariant()
    def books_are_true(self) -> None:
        """Look at all that this sequence has made."""
        frappe.db.rollback()
        if self.log and not self.log[-1].startswith(tuple(f"{name}(" for name in _NO_MEDDLING)):
            self.meddled()
        self.must(self.problems())

    def problems(self) -> list[str]:
        """Return everything that is not as it must be, of what this sequence has made."""
        since = self.since
        found: list[str] = []
        for place in self.places:
            rule_on = self.setting.is_on(place.company)
            oracle = self._oracles[place.company]
            found += oracle.problems(rule_on=rule_on, clearance_confirms=self.setting.clearance)
            found += ledger_problems(place.company, since)
            found += self._wrong_follows(place.company, rule_on)
        found += run_problems(since)
        for run, statuses in self.seen.items():
            self._note(run)
            found += status_problems(run, statuses, of_items=run in self.invoicing)
        return found + self._unsound_runs() + self.unsound_order_runs()

    def _wrong_follows(self, company: str, rule_on: bool) -> list[str]:
        """Compare which payments follow the bank statement with what the settings said as they were submitted."""
        found = []
        for name, follows, money in frappe.db.sql(
            """select p.name, p.follows_bank_statement, a.account_type from `tabPayment Entry` p
            left join `tabAccount` a on a.name = if(p.payment_type = 'Pay', p.paid_from, p.paid_to)
                and p.payment_type in ('Pay', 'Receive')
            where p.company = %s and p.creation >= %s and p.docstatus = 1""",
            (company, self.since),
        ):
            wanted = self.follows.setdefault(name, int(rule_on and money == "Bank"))
            if follows != wanted:
                found.append(f"Payment Entry {name} follows the bank statement: {follows}, must be {wanted}")
        return found

    def _unsound_runs(self) -> list[str]:
        """Audit the runs that nobody else has meddled with, those that have just ended wholly."""
        found = []
        for run, before in self.asked.items():
            if before is None:
                continue
            ended = self.seen[run][-1] not in LIVE
            found += audit.violations([run], ended=ended)
            if ended:
                found += audit.broken(run, before=before)
                self.asked[run] = None
        return found

    def finish(self) -> None:
        """End the runs, look at all, and let the daily check find nothing."""
        super().finish()
        self.must(self.problems())
        self.check_drift()
