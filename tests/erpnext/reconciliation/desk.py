"""Someone who reconciles in bulk on ERPNext, with doors that tell what they were given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import frappe
import pytest

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch.run import Run
from imogi_finance.erpnext_adapter.composition import App, compose
from imogi_finance.errors import Problem, Refused
from tests.erpnext import audit
from tests.erpnext.office import ErpOffice

PURCHASE, SALES = "Purchase Invoice", "Sales Invoice"
# everything that a refused request could have changed
_TABLES = (
    "Batch Run",
    "Batch Run Item",
    "Batch Run Signal",
    "Bank Transaction",
    "Bank Transaction Payments",
    "Payment Entry",
    "Payment Entry Reference",
    "GL Entry",
    "Payment Ledger Entry",
    "Purchase Invoice",
    "Sales Invoice",
    "Payment Schedule",
    "Comment",
    "Notification Log",
    "Series",
)


class SilentQueue:
    """Rings nobody: tests work their runs themselves."""

    def ring(self, run: str, *, urgently: bool = False) -> None:
        """Nobody listens."""

    def invite(self, *, last: bool = False) -> None:
        """Nobody stands by."""


class SilentRealtime:
    """Tells nobody."""

    def publish(self, event: str, payload: object, *, run: str, user: str) -> None:
        """Nobody looks."""


def row(doctype: str, name: str, amount: object = None) -> dict[str, Any]:
    """Return a row of a request."""
    return {"doctype": doctype, "name": name} | ({} if amount is None else {"amount": amount})


class Desk:
    """Everything a test of bulk reconciliation needs at hand."""

    def __init__(self, office: ErpOffice) -> None:
        self.office = office
        self.app = self.compose()
        self._before: dict[str, audit.Outstanding] = {}

    def compose(self, **doors: Any) -> App:
        return compose(queue=SilentQueue(), realtime=SilentRealtime(), **doors)

    # asking and working

    def ask(
        self,
        transaction: str,
        invoices: Sequence[dict[str, Any]],
        vouchers: Sequence[dict[str, Any]] = (),
        *,
        user: str = "Administrator",
        key: str | None = None,
        **options: Any,
    ) -> str:
        """Ask for a run and return its name."""
        accepted = self.app.reconciliation.create_payment_entries_bulk(
            transaction, list(invoices), list(vouchers), user=user, options=Options(**options), idempotency_key=key
        )
        name = accepted.run.name
        self._before.setdefault(name, audit.outstanding_of(name))
        return name

    def work(self, run: str) -> Run:
        """Work a run until it stops and return it."""
        self.app.engine.work(run, holder="test")
        return self.run(run)

    def reconcile(self, transaction: str, invoices: Sequence[dict[str, Any]], *more: Any, **options: Any) -> Run:
        """Ask for a run and work it."""
        return self.work(self.ask(transaction, invoices, *more, **options))

    def refused(self, ask: Callable[[], Any]) -> tuple[Problem, ...]:
        """Assert that a request is refused and changes nothing; return its problems."""
        before = self.dump()
        with pytest.raises(Refused) as error:
            ask()
        assert self.dump() == before
        for problem in error.value.problems:
            assert problem.document, problem
            assert problem.rule, problem
            assert problem.message, problem
            assert problem.remedy, problem
        return error.value.problems

    # looking

    def run(self, name: str) -> Run:
        return self.app.store.run(name)

    def items(self, run: str) -> list[Any]:
        return list(self.app.store.items(run, None, offset=0, limit=10_000))

    def payments(self, run: str, *, docstatus: int = 1) -> list[str]:
        return frappe.get_all(
            "Payment Entry", {"batch_run": run, "docstatus": docstatus}, pluck="name", order_by="name"
        )

    def forget(self, doctype: str, name: str) -> None:
        """Expect nothing of an invoice that somebody else has changed meanwhile."""
        for before in self._before.values():
            before.pop((doctype, name), None)

    def check_books(self, run: str) -> None:
        """Assert that the books of a run that has ended are sound, by the audit."""
        assert audit.broken(run, before=self._before[run]) == []

    @staticmethod
    def dump() -> dict[str, int | str]:
        """Return the state of the tables, to be compared."""
        frappe.db.rollback()
        checksums = frappe.db.sql("checksum table " + ", ".join(f"`tab{table}`" for table in _TABLES))
        return dict(checksums)


def with_invoices(office: ErpOffice, doctype: str, amounts: Sequence[float], **how: Any) -> list[dict[str, Any]]:
    """Make invoices and return the rows of a request for all of each."""
    make = office.purchase_invoice if doctype == PURCHASE else office.sales_invoice
    return [row(doctype, make(amount, **how)) for amount in amounts]
