"""Open the sandbox for one command, as the user of the operating system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.bank_reconciliation.service import BulkReconciliation
from imogi_finance.batch.control import BatchControl
from imogi_finance.batch_invoicing.options import Options as InvoicingOptions
from imogi_finance.batch_invoicing.service import BatchInvoicing
from imogi_finance.errors import NotPermitted, QueueUnavailable, Refused
from imogi_finance.sandbox import order_views, views
from imogi_finance.sandbox.cli.workers import Borrowed, a_worker, alive
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.storage.rows import Row
from imogi_finance.sandbox.storage.sqlite import SqliteRows
from imogi_finance.sandbox.users import current_user
from imogi_finance.terminal.output import Output

Json = views.Json


@dataclass(frozen=True)
class SandboxSession:
    """An open sandbox.

    Args:
        company: its row (name, currency).
        user: in whose name everything is done.
    """

    app: App
    rows: SqliteRows
    company: Row
    user: str
    home: Home

    @contextmanager
    def writing(self) -> Iterator[App]:
        """Write in the user's name, in one transaction: all of the block or nothing."""
        with self.rows.transaction(), self.app.users.acting_as(self.user, undoing=False):
            yield self.app

    @property
    def control(self) -> BatchControl:
        return self.app.control

    @property
    def reconciliation(self) -> BulkReconciliation:
        return self.app.reconciliation

    @property
    def invoicing(self) -> BatchInvoicing:
        return self.app.invoicing

    @property
    def books_shown(self) -> SandboxBooksShown:
        return SandboxBooksShown(self)

    # workers

    def alive(self) -> int | None:
        return alive(self.home)

    def how_to_start_a_worker(self, out: Output) -> str:
        return out.command("worker")

    @contextmanager
    def a_worker(self, run: str, out: Output) -> Iterator[Borrowed]:
        """Have a worker for the block; one that is started here is told of the run."""
        with a_worker(self.home, out) as worker:
            if worker.process is not None:
                self._ring(run)
            yield worker

    def _ring(self, run: str) -> None:
        try:
            self.app.queue.ring(run)
        except QueueUnavailable:
            return  # the worker's own sweep finds the run

    # what may be reconciled

    @property
    def usual_options(self) -> Options:
        return Options()

    def doctype_of(self, invoice: str) -> str:
        found = self.rows.query("SELECT doctype FROM invoice WHERE name = ?", (invoice,))
        if found:
            return str(found[0]["doctype"])
        return "Sales Invoice" if invoice.upper().startswith("SINV") else "Purchase Invoice"

    def fitting(self, transaction: str) -> tuple[Json, list[Json]]:
        with self.rows.reading():
            found = views.transaction(self.rows, transaction)["transaction"]
            return found, views.fitting_invoices(self.rows, transaction)

    def asked_before(self, key: str) -> list[tuple[str, str]] | None:
        with self.rows.reading():
            run = self.app.store.run_by_idempotency_key(self.user, key)
            if run is None:
                return None
            items = self.app.store.items(run.name, None, offset=0, limit=run.total)
        return [(item.reference_doctype, item.reference_name) for item in items]

    # what may be invoiced

    @property
    def usual_invoicing(self) -> InvoicingOptions:
        return InvoicingOptions()

    def company_of_orders(self, named: str | None) -> str:
        return named or str(self.company["name"])

    def open_orders(self, company: str) -> Sequence[str]:
        books = self.app.invoicing_books
        with self.rows.reading(), self.app.users.acting_as(self.user, undoing=False):
            if books.company_currency(company) is None:
                raise Refused.because(f"Company {company}", "unknown_company", "It does not exist.", "Check the name.")
            return books.open_orders(company)


@dataclass(frozen=True)
class SandboxBooksShown:
    """What ``show`` shows of the sandbox's books."""

    session: SandboxSession

    def _reading(self) -> AbstractContextManager[object]:
        return self.session.rows.reading()

    def invoices(
        self, *, doctype: str | None, status: str | None, party: str | None, run: str | None, limit: int, offset: int
    ) -> Json:
        with self._reading():
            page = views.Page(limit, offset)
            return views.invoices(self.session.rows, doctype=doctype, status=status, party=party, run=run, page=page)

    def orders(self, *, status: str | None, customer: str | None, only_open: bool, limit: int, offset: int) -> Json:
        with self._reading():
            page = views.Page(limit, offset)
            return order_views.orders(
                self.session.rows, status=status, customer=customer, only_open=only_open, page=page
            )

    def payments(self, *, waiting: bool, party: str | None, run: str | None, limit: int, offset: int) -> Json:
        with self._reading():
            page = views.Page(limit, offset)
            return views.payments(self.session.rows, waiting=waiting or None, party=party, run=run, page=page)

    def transactions(self, *, status: str | None, direction: str | None, limit: int, offset: int) -> Json:
        with self._reading():
            rows, page = self.session.rows, views.Page(limit, offset)
            found = views.transactions(rows, status=status, direction=direction, page=page)
            total = views.count_transactions(rows, status=status, direction=direction)
        return {"transactions": found, "total": total}

    def runs(self, *, status: str | None, limit: int, offset: int) -> Json:
        return views.runs(self.session.app, user=self.session.user, status=status, page=views.Page(limit, offset))

    def ledger(self) -> Json:
        with self._reading():
            return views.ledger(self.session.rows)


@contextmanager
def open_session(home: Home) -> Iterator[SandboxSession]:
    """Open the sandbox.

    Raises:
        Refused: there is none at this home, or this user may not use it.
    """
    from imogi_finance.sandbox.opening import open_app  # late: it brings RQ and Socket.IO

    with open_app(home) as app:
        rows = app.rows
        assert isinstance(rows, SqliteRows)
        user = current_user()
        row = rows.get("user", user)
        if row is None or not row["enabled"]:
            remedy = "Use it as the one who made it, or name another home with --home."
            raise NotPermitted(f"User {user}", f"{user} is no user of the sandbox at {home.path}.", remedy)
        if not rows.count("company"):
            raise Refused.because(f"Folder {home.path}", "no_company", "There is no company in it.", "Make another.")
        app.company.keep_statuses_current()
        yield SandboxSession(app=app, rows=rows, company=views.company(rows), user=user, home=home)
