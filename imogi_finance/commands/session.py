"""Connect to a site for one command, as a user of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import frappe
import redis
from frappe.utils.background_jobs import generate_qname, get_workers

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.bank_reconciliation.service import BulkReconciliation
from imogi_finance.batch.control import BatchControl
from imogi_finance.batch_invoicing.options import Options as InvoicingOptions
from imogi_finance.batch_invoicing.service import BatchInvoicing
from imogi_finance.commands.books_shown import BenchBooksShown, Json
from imogi_finance.erpnext_adapter.books import listing
from imogi_finance.erpnext_adapter.composition import App, compose
from imogi_finance.erpnext_adapter.settings import invoicing_settings, reconciliation_settings
from imogi_finance.erpnext_adapter.users import is_enabled
from imogi_finance.errors import NotPermitted, Refused
from imogi_finance.terminal.output import Output

ADMINISTRATOR = "Administrator"
APP = "imogi_finance"


class BenchWorker:
    """The bench's own workers: none is started for a run, so none is left."""

    pid: int | None = None

    def leave(self) -> None:
        """Leave them as they are."""


@dataclass(frozen=True)
class BenchSession:
    """A connected site.

    Args:
        user: in whose name everything is done.
    """

    app: App
    user: str

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
    def books_shown(self) -> BenchBooksShown:
        return BenchBooksShown(self.app)

    # workers

    def alive(self) -> int | None:
        queue = generate_qname(reconciliation_settings().queue)
        try:
            return sum(queue in worker.queue_names() for worker in get_workers())
        except (redis.RedisError, OSError):
            return None

    def how_to_start_a_worker(self, out: Output) -> str:
        return f"bench worker --queue {reconciliation_settings().queue}"

    @contextmanager
    def a_worker(self, run: str, out: Output) -> Iterator[BenchWorker]:
        yield BenchWorker()

    # what may be reconciled

    @property
    def usual_options(self) -> Options:
        settings = reconciliation_settings()
        return Options(per_party=settings.per_party, chunk_size=settings.chunk_size)

    def doctype_of(self, invoice: str) -> str:
        return "Sales Invoice" if frappe.db.exists("Sales Invoice", invoice) else "Purchase Invoice"

    def fitting(self, transaction: str) -> tuple[Json, list[Json]]:
        found, shown = listing.transaction_json(transaction)
        return shown, listing.unpaid_invoices(found)

    def asked_before(self, key: str) -> list[tuple[str, str]] | None:
        with self.app.transactions.reading():
            run = self.app.store.run_by_idempotency_key(self.user, key)
            if run is None:
                return None
            items = self.app.store.items(run.name, None, offset=0, limit=run.total)
        return [(item.reference_doctype, item.reference_name) for item in items]

    # what may be invoiced

    @property
    def usual_invoicing(self) -> InvoicingOptions:
        settings = invoicing_settings()
        return InvoicingOptions(submit=settings.submit, chunk_size=settings.chunk_size)

    def company_of_orders(self, named: str | None) -> str:
        permitted: list[str] = frappe.get_list("Company", pluck="name", order_by="name")
        known = [named] if named in permitted else [] if named else permitted
        if len(known) == 1:
            return known[0]
        shown = ", ".join(permitted) or "none"
        if named:
            raise Refused.because(f"Company {named}", "unknown_company", "It does not exist.", f"Choose of: {shown}.")
        message = f"You may see {len(permitted)} companies."
        raise Refused.because("Company", "no_company", message, f"Name one with --company: {shown}.")

    def open_orders(self, company: str) -> Sequence[str]:
        with self.app.transactions.reading(), self.app.users.acting_as(self.user, undoing=False):
            return self.app.invoicing_books.open_orders(company)


@contextmanager
def open_session(site: str, user: str) -> Iterator[BenchSession]:
    """Connect to a site.

    Raises:
        Refused: the app is not installed there, or there is no such user.
        frappe.IncorrectSitePath: there is no such site.
    """
    frappe.init(site=site)
    try:
        frappe.connect()
        if APP not in frappe.get_installed_apps():
            remedy = f"Install it: bench --site {site} install-app {APP}"
            raise Refused.because(f"Site {site}", "app_missing", "IMOGI Finance is not installed on it.", remedy)
        if not is_enabled(user):
            remedy = "Name a user that is enabled, with --user."
            raise NotPermitted(f"User {user}", f"{user} is no enabled user of {site}.", remedy)
        frappe.set_user(user)
        yield BenchSession(compose(), user)
    finally:
        frappe.destroy()
