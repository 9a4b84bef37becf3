"""The composition root on ERPNext: the only place where its doors are wired to the services."""

from dataclasses import dataclass

import frappe
from rq.timeouts import JobTimeoutException

from imogi_finance.bank_reconciliation.kind import KIND, BulkReconciliationKind
from imogi_finance.bank_reconciliation.service import BulkReconciliation
from imogi_finance.batch.control import BatchControl
from imogi_finance.batch.doors import Clock, Queue, Realtime
from imogi_finance.batch.engine import BatchEngine
from imogi_finance.batch.fault_files import arm_from_environment
from imogi_finance.batch.history import History
from imogi_finance.batch.holder import is_gone, this_process
from imogi_finance.batch.intake import Intake
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.batch.standing_by import StandingBy
from imogi_finance.batch.sweeper import Sweeper
from imogi_finance.batch_invoicing.kind import BatchInvoicingKind
from imogi_finance.batch_invoicing.service import BatchInvoicing
from imogi_finance.erpnext_adapter import logs
from imogi_finance.erpnext_adapter.batch_history import FrappeBatchHistory
from imogi_finance.erpnext_adapter.batch_store import FrappeBatchStore
from imogi_finance.erpnext_adapter.books import ERPNextBooks
from imogi_finance.erpnext_adapter.clock import SystemClock
from imogi_finance.erpnext_adapter.invoicing import ERPNextInvoicingBooks
from imogi_finance.erpnext_adapter.paid_status_books import ERPNextPaidStatusBooks
from imogi_finance.erpnext_adapter.queue import FrappeQueue
from imogi_finance.erpnext_adapter.realtime import FrappeRealtime
from imogi_finance.erpnext_adapter.settings import most_waiting, reconciliation_settings
from imogi_finance.erpnext_adapter.standby_place import RedisStandbyPlace
from imogi_finance.erpnext_adapter.transactions import FrappeTransactions
from imogi_finance.erpnext_adapter.undisturbed import UndisturbedKind
from imogi_finance.erpnext_adapter.users import FrappeUsers
from imogi_finance.paid_status.service import PaidStatus
from imogi_finance.wiring import Doors, wire

# What ends a worker's job, or its user's patience, and is never an item's fault.
INTERRUPTS = (JobTimeoutException, KeyboardInterrupt, SystemExit)


@dataclass(frozen=True)
class App:
    """Everything a request, job or command works with, on Frappe's connection."""

    transactions: FrappeTransactions
    store: FrappeBatchStore
    queue: Queue
    realtime: Realtime
    clock: Clock
    users: FrappeUsers
    books: ERPNextBooks
    paid_status: PaidStatus
    engine: BatchEngine
    control: BatchControl
    intake: Intake
    reconciliation: BulkReconciliation
    invoicing_books: ERPNextInvoicingBooks
    invoicing: BatchInvoicing
    sweeper: Sweeper
    history: History
    standing_by: StandingBy


def compose(
    *,
    clock: Clock | None = None,
    queue: Queue | None = None,
    realtime: Realtime | None = None,
    settings: EngineSettings | None = None,
) -> App:
    """Wire the doors of one request, job or command. Cheap: it opens nothing, and reads the settings only.

    Args:
        clock, queue, realtime, settings: in the place of the real ones.
    """
    arm_from_environment(frappe.get_site_path())
    logs.attach()
    clock, queue = clock or SystemClock(), queue or FrappeQueue()
    of_site = reconciliation_settings()
    realtime, settings = realtime or FrappeRealtime(), settings or EngineSettings(workers=of_site.workers)
    transactions, store, users = FrappeTransactions(), FrappeBatchStore(), FrappeUsers()
    place = RedisStandbyPlace()
    books = ERPNextBooks(users, numbered_apart=settings.workers > 1)
    invoicing_books = ERPNextInvoicingBooks(transactions.savepoint, numbered_apart=settings.workers > 1)
    services = wire(
        Doors(
            transactions=transactions,
            store=store,
            queue=queue,
            realtime=realtime,
            clock=clock,
            users=users,
        ),
        [
            UndisturbedKind(BulkReconciliationKind(books, store), transactions),
            UndisturbedKind(BatchInvoicingKind(invoicing_books, store), transactions),
        ],
        leases=Leases(settings, is_gone),
        interrupts=INTERRUPTS,
        most_waiting=most_waiting(),
        is_to_stop=place.is_asked_to_stop,
    )
    reconciliation = BulkReconciliation(
        transactions=transactions,
        store=store,
        books=books,
        intake=services.intake,
        engine=services.engine,
        threshold=of_site.threshold,
        holder=this_process(),
    )
    services.control.resubmit[KIND] = reconciliation.resubmit
    invoicing = BatchInvoicing(
        transactions=transactions, store=store, books=invoicing_books, users=users, intake=services.intake
    )
    return App(
        transactions=transactions,
        store=store,
        queue=queue,
        realtime=realtime,
        clock=clock,
        users=users,
        books=books,
        paid_status=paid_status(),
        engine=services.engine,
        control=services.control,
        intake=services.intake,
        reconciliation=reconciliation,
        invoicing_books=invoicing_books,
        invoicing=invoicing,
        sweeper=services.sweeper,
        history=History(transactions, store, services.control, clock, FrappeBatchHistory()),
        standing_by=StandingBy(services.engine, place),
    )


def paid_status() -> PaidStatus:
    """Return the paid-status service alone: it runs in hooks of every payment and invoice."""
    return PaidStatus(ERPNextPaidStatusBooks())
