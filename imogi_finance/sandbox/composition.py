"""The sandbox's composition root: the only place where its doors are wired to the services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from imogi_finance.bank_reconciliation.doors import Books
from imogi_finance.bank_reconciliation.kind import KIND, BulkReconciliationKind
from imogi_finance.bank_reconciliation.service import BulkReconciliation
from imogi_finance.batch.control import BatchControl
from imogi_finance.batch.doors import Clock, Queue, Realtime
from imogi_finance.batch.engine import BatchEngine
from imogi_finance.batch.history import History
from imogi_finance.batch.holder import this_process
from imogi_finance.batch.intake import MOST_WAITING, Intake
from imogi_finance.batch.leases import Leases, nobody_is_known_to_be_gone
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.batch.sweeper import Sweeper
from imogi_finance.batch_invoicing.kind import BatchInvoicingKind
from imogi_finance.batch_invoicing.service import BatchInvoicing
from imogi_finance.paid_status.service import PaidStatus
from imogi_finance.sandbox.batch_history import SqliteBatchHistory
from imogi_finance.sandbox.batch_store import RowsBatchStore
from imogi_finance.sandbox.books import SandboxBooks
from imogi_finance.sandbox.books.invoicing import SandboxInvoicingBooks
from imogi_finance.sandbox.books.orders import Orders
from imogi_finance.sandbox.books.paid_status_books import SandboxPaidStatusBooks
from imogi_finance.sandbox.books.sales_invoices import SalesInvoices
from imogi_finance.sandbox.company import Company
from imogi_finance.sandbox.selling import Selling
from imogi_finance.sandbox.storage.rows import Rows
from imogi_finance.sandbox.users import RowsUsers
from imogi_finance.wiring import Doors, wire


@dataclass(frozen=True)
class App:
    """Everything a process of the sandbox works with, on one connection."""

    rows: Rows
    clock: Clock
    users: RowsUsers
    store: RowsBatchStore
    books: SandboxBooks
    company: Company
    selling: Selling
    invoicing_books: SandboxInvoicingBooks
    paid_status: PaidStatus
    engine: BatchEngine
    control: BatchControl
    intake: Intake
    reconciliation: BulkReconciliation
    invoicing: BatchInvoicing
    sweeper: Sweeper
    history: History
    queue: Queue


def compose(
    rows: Rows,
    *,
    clock: Clock,
    queue: Queue,
    realtime: Realtime,
    settings: EngineSettings | None = None,
    holder: str | None = None,
    is_gone: Callable[[str], bool] = nobody_is_known_to_be_gone,
    interrupts: tuple[type[BaseException], ...] = (),
    threshold: int = 50,
    most_waiting: int = MOST_WAITING,
    payment_seconds: float = 0.0,
    around_books: Callable[[SandboxBooks], Books] | None = None,
) -> App:
    """Wire the doors of one process.

    Args:
        holder: in the place of this process's name, for runs worked in a request.
        is_gone: see ``Leases``.
        interrupts: see ``BatchEngine``.
        threshold: see ``BulkReconciliation``.
        most_waiting: see ``Intake``.
        payment_seconds: slows each payment and invoice down to what an ERP takes, so that there is something to watch.
        around_books: wraps the books that runs work on, to make them fail.
    """
    users = RowsUsers(rows)
    store = RowsBatchStore(rows)
    paid_status = PaidStatus(SandboxPaidStatusBooks(rows, clock))
    pause = partial(clock.sleep, payment_seconds) if payment_seconds else None
    books = SandboxBooks(rows, users, paid_status, pause=pause)
    worked_books: Books = around_books(books) if around_books else books
    orders = Orders(rows)
    sales_invoices = SalesInvoices(rows, users, paid_status, orders)
    invoicing_books = SandboxInvoicingBooks(
        rows, users, orders, sales_invoices, today=paid_status.books.today, pause=pause
    )
    services = wire(
        Doors(
            transactions=rows,
            store=store,
            queue=queue,
            realtime=realtime,
            clock=clock,
            users=users,
        ),
        [BulkReconciliationKind(worked_books, store), BatchInvoicingKind(invoicing_books, store)],
        leases=Leases(settings or EngineSettings(), is_gone),
        interrupts=interrupts,
        most_waiting=most_waiting,
    )
    reconciliation = BulkReconciliation(
        transactions=rows,
        store=store,
        books=worked_books,
        intake=services.intake,
        engine=services.engine,
        holder=holder or this_process(),
        threshold=threshold,
    )
    services.control.resubmit[KIND] = reconciliation.resubmit
    invoicing = BatchInvoicing(
        transactions=rows, store=store, books=invoicing_books, users=users, intake=services.intake
    )
    company = Company(rows, books, paid_status)
    return App(
        rows=rows,
        clock=clock,
        users=users,
        store=store,
        books=books,
        company=company,
        selling=Selling(rows, company, orders, sales_invoices),
        invoicing_books=invoicing_books,
        paid_status=paid_status,
        engine=services.engine,
        control=services.control,
        intake=services.intake,
        reconciliation=reconciliation,
        invoicing=invoicing,
        sweeper=services.sweeper,
        history=History(rows, store, services.control, clock, SqliteBatchHistory(rows)),
        queue=queue,
    )
