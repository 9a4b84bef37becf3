"""The doors of a simulated process: its session, its queue, its browser's events, its books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from imogi_finance.bank_reconciliation.documents import Allocation, BankTransaction, PaymentLine
from imogi_finance.errors import Conflict, DocumentError, OutcomeUnknown, QueueUnavailable, StorageFull
from imogi_finance.sandbox.books import SandboxBooks
from imogi_finance.sandbox.storage.memory import Key, MemoryDatabase, MemoryRows
from imogi_finance.sandbox.storage.rows import Row
from tests.simulation.plan import Trouble
from tests.simulation.scheduler import Process

if TYPE_CHECKING:
    from tests.simulation.world import World


STAND_BY = "stand by"  # rung for in the place of a run


class JobTimeout(Exception):
    """An ordinary exception that the queue's alarm raises anywhere in a job, as RQ's does."""


class RecordingDatabase(MemoryDatabase):
    """Memory that tells what each commit changed."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[str, Key, Row | None, Row | None]] = []

    def put(self, table: str, key: Key, row: Row | None) -> None:
        self.changes.append((table, key, self.tables[table].get(key), row))
        super().put(table, key, row)


class SimulatedRows(MemoryRows):
    """A session that pauses at the begin and at both sides of each commit."""

    def __init__(self, world: World, process: Process) -> None:
        super().__init__(world.database, self._at_commit)
        self._world = world
        self._process = process
        self._committing = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._world.pause("begin")
        self._committing = False
        self._world.checker.began(self._process)
        with super().transaction():
            yield

    def _at_commit(self) -> None:
        if not self._committing:
            self._committing = True
            self._world.before_commit(self._process)
        else:
            self._world.after_commit(self._process)


class SimulatedQueue:
    """A bell whose rings may be lost, doubled and late. See ``imogi_finance.batch.doors.Queue``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.rings: list[tuple[float, str]] = []

    def ring(self, run: str, *, urgently: bool = False) -> None:
        world, plan = self._world, self._world.plan
        world.pause("ring")
        now, rng = world.scheduler.now, world.plan.rng
        if world.faulty and plan.no_queue[0] <= now < plan.no_queue[1]:
            world.count("fault: queue unavailable")
            raise QueueUnavailable("the queue is down")
        if world.faulty and rng.random() < plan.ring_lost:
            world.count("fault: ring lost")
            return
        late = 0.0
        if world.faulty and rng.random() < plan.ring_late:
            world.count("fault: ring late")
            late = rng.choice((0.1, 2.0, 20.0))
        self.rings.append((now + late, run))
        if world.faulty and rng.random() < plan.ring_doubled:
            world.count("fault: ring doubled")
            self.rings.append((now + rng.choice((0.0, 0.2, 15.0)), run))
        world.pause("ring")

    def invite(self, *, last: bool = False) -> None:
        world, now = self._world, self._world.scheduler.now
        if world.faulty and world.plan.no_queue[0] <= now < world.plan.no_queue[1]:
            raise QueueUnavailable("the queue is down")
        if world.plan.stand_by and all(run != STAND_BY for _, run in self.rings):
            self.rings.append((now, STAND_BY))

    def is_waiting(self) -> bool:
        """Whether a worker is rung for something else than to stand by."""
        return any(at <= self._world.scheduler.now and run != STAND_BY for at, run in self.rings)


class SimulatedPlace:
    """The place of the one who stands by. See ``imogi_finance.batch.doors.StandbyPlace``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def take(self, holder: str) -> bool:
        now, (whose, until) = self._world.scheduler.now, self._world.place
        if whose != holder and now < until:
            return False
        self._world.place = holder, now + 5.0
        return True

    def leave(self, holder: str) -> None:
        if self._world.place[0] == holder:
            self._world.place = "", 0.0

    def is_wanted_elsewhere(self) -> bool:
        return self._world.queue.is_waiting()


class SimulatedRealtime:
    """Hands every event to the checker. See ``imogi_finance.batch.doors.Realtime``."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self._process = process

    def publish(self, event: str, payload: Mapping[str, Any], *, run: str, user: str) -> None:
        if self._process.alive:
            self._world.checker.heard(self._process, event, payload, run=run, user=user)


class TroubledBooks:
    """Books on which some documents are in trouble, as the seed says."""

    def __init__(self, books: SandboxBooks, world: World) -> None:
        self._books = books
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._books, name)

    def pay(self, transaction: BankTransaction, lines: Sequence[PaymentLine], *, run: str, held: object = None) -> str:
        self._world.being_paid = lines[0].invoice
        with self._trouble("pay", *(line.invoice.name for line in lines)):
            return self._books.pay(transaction, lines, run=run, held=held)

    def check_voucher(self, transaction: BankTransaction, allocation: Allocation) -> None:
        with self._trouble("pay", allocation.voucher):
            self._books.check_voucher(transaction, allocation)

    def allocate(self, transaction: BankTransaction, allocations: Iterable[Allocation]) -> None:
        with self._trouble("allocate", transaction.name):
            self._books.allocate(transaction, allocations)

    def cancel_payment(self, name: str) -> None:
        references = self._world.database.tables["payment_reference"].values()
        invoices = [row["invoice"] for row in references if row["payment"] == name]
        with self._trouble("cancel", *invoices):
            self._books.cancel_payment(name)

    @contextmanager
    def _trouble(self, action: str, *documents: str) -> Iterator[None]:
        found = [
            (key, self._world.troubles[key])
            for key in ((action, name) for name in documents)
            if key in self._world.troubles
        ]
        for key, trouble in found:
            if not trouble.after:
                self._strike(key, trouble)
        yield
        for key, trouble in found:
            if trouble.after:
                self._strike(key, trouble)

    def _strike(self, key: tuple[str, str], trouble: Trouble) -> None:
        world = self._world
        if trouble.times <= world.struck[key] or world.healing:
            return
        world.struck[key] += 1
        world.count(f"trouble: {key[0]} {trouble.how}")
        world.note(f"trouble {key} {trouble.how}")
        match trouble.how:
            case "refuse":
                raise DocumentError(f"Purchase Invoice {key[1]}", "It is not to be touched.", "Ask why.")
            case "unexpected":
                raise KeyError(key[1])
            case "conflict":
                raise Conflict(f"{key[1]} is locked.")
            case "unknown":
                raise OutcomeUnknown("The connection broke.")
            case "full":
                raise StorageFull("The disk is full.")
            case "timeout":
                world.interrupt()
            case "kill":
                world.crash("trouble")
