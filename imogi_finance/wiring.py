"""The engine wired to the doors of a world. Each world's composition root opens the doors, calls this, and makes the
services of the kinds on what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imogi_finance.batch.control import BatchControl
from imogi_finance.batch.doors import BatchStore, Clock, Queue, Realtime, Transactions, Users
from imogi_finance.batch.engine import BatchEngine
from imogi_finance.batch.intake import Intake
from imogi_finance.batch.kind import BatchKind
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.progress import ProgressPublisher
from imogi_finance.batch.sweeper import Sweeper


@dataclass(frozen=True)
class Doors:
    """The doors of one process, on one connection."""

    transactions: Transactions
    store: BatchStore
    queue: Queue
    realtime: Realtime
    clock: Clock
    users: Users


@dataclass(frozen=True)
class Services:
    """What the services of every kind, workers and commands stand on."""

    engine: BatchEngine
    control: BatchControl
    intake: Intake
    sweeper: Sweeper


def wire(
    doors: Doors,
    kinds: Sequence[BatchKind],
    *,
    leases: Leases,
    interrupts: tuple[type[BaseException], ...],
    most_waiting: int = 0,
    is_to_stop: Callable[[], bool] | None = None,
) -> Services:
    """Wire the engine to the doors.

    Args:
        kinds: how the engine works each kind in this world. Where one can be asked for again, its service's
            ``resubmit`` is given to ``BatchControl.resubmit``.
        leases: judges who may take a run.
        interrupts, is_to_stop: see ``BatchEngine``.
        most_waiting: see ``Intake``.
    """
    transactions, store, queue, clock, users = doors.transactions, doors.store, doors.queue, doors.clock, doors.users
    by_name = {kind.name: kind for kind in kinds}
    progress = ProgressPublisher(realtime=doors.realtime, clock=clock)
    engine = BatchEngine(
        transactions=transactions,
        store=store,
        queue=queue,
        clock=clock,
        users=users,
        progress=progress,
        kinds=by_name,
        leases=leases,
        interrupts=interrupts,
    )
    if is_to_stop is not None:
        engine.is_to_stop = is_to_stop
    control = BatchControl(
        transactions=transactions,
        store=store,
        queue=queue,
        clock=clock,
        users=users,
        progress=progress,
        kinds=by_name,
    )
    intake = Intake(
        transactions=transactions,
        store=store,
        queue=queue,
        clock=clock,
        users=users,
        settings=leases.settings,
        most_waiting=most_waiting,
    )
    sweeper = Sweeper(transactions=transactions, store=store, queue=queue, clock=clock, leases=leases)
    return Services(engine=engine, control=control, intake=intake, sweeper=sweeper)
