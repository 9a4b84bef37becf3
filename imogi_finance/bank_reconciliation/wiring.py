"""The services of a world, wired to its doors. Each world's composition root opens the doors and calls this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imogi_finance.bank_reconciliation.doors import Books
from imogi_finance.bank_reconciliation.kind import KIND
from imogi_finance.bank_reconciliation.service import BulkReconciliation
from imogi_finance.batch.control import BatchControl
from imogi_finance.batch.doors import BatchStore, Clock, Queue, Realtime, Transactions, Users
from imogi_finance.batch.engine import BatchEngine
from imogi_finance.batch.kind import BatchKind
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.progress import ProgressPublisher
from imogi_finance.batch.sweeper import Sweeper


@dataclass(frozen=True)
class Doors:
    """The doors of one process, on one connection."""

    transactions: Transactions
    store: BatchStore
    books: Books
    queue: Queue
    realtime: Realtime
    clock: Clock
    users: Users


@dataclass(frozen=True)
class Services:
    """What requests, workers and commands call."""

    engine: BatchEngine
    control: BatchControl
    reconciliation: BulkReconciliation
    sweeper: Sweeper


def wire(
    doors: Doors,
    kind: BatchKind,
    *,
    leases: Leases,
    interrupts: tuple[type[BaseException], ...],
    threshold: int,
    holder: str = "request",
    is_to_stop: Callable[[], bool] | None = None,
) -> Services:
    """Wire the services to the doors.

    Args:
        kind: how the engine works a bulk reconciliation in this world.
        leases: judges who may take a run.
        interrupts, is_to_stop: see ``BatchEngine``.
        threshold, holder: see ``BulkReconciliation``.
    """
    transactions, store, queue, clock, users = doors.transactions, doors.store, doors.queue, doors.clock, doors.users
    kinds = {KIND: kind}
    progress = ProgressPublisher(realtime=doors.realtime, clock=clock)
    engine = BatchEngine(
        transactions=transactions,
        store=store,
        queue=queue,
        clock=clock,
        users=users,
        progress=progress,
        kinds=kinds,
        leases=leases,
        interrupts=interrupts,
    )
    if is_to_stop is not None:
        engine.is_to_stop = is_to_stop
    reconciliation = BulkReconciliation(
        transactions=transactions,
        store=store,
        books=doors.books,
        queue=queue,
        clock=clock,
        users=users,
        engine=engine,
        threshold=threshold,
        holder=holder,
    )
    control = BatchControl(
        transactions=transactions,
        store=store,
        queue=queue,
        clock=clock,
        users=users,
        progress=progress,
        kinds=kinds,
        resubmit={KIND: reconciliation.resubmit},
    )
    sweeper = Sweeper(transactions=transactions, store=store, queue=queue, clock=clock, leases=leases)
    return Services(engine=engine, control=control, reconciliation=reconciliation, sweeper=sweeper)
