"""Ways to break the engine on purpose: the simulation must see each of them.

Each mutation is a context in which one safety is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from imogi_finance.bank_reconciliation.kind import BulkReconciliationKind
from imogi_finance.batch import ending, engine, undoing, working
from imogi_finance.batch.engine import BatchEngine
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.progress import ProgressPublisher
from imogi_finance.batch.run import Run
from imogi_finance.batch.step import Step
from imogi_finance.batch.sweeper import Sweeper
from imogi_finance.errors import LeaseLost, OutcomeUnknown, Transient
from imogi_finance.sandbox.batch_store import RowsBatchStore
from imogi_finance.sandbox.books import SandboxBooks
from imogi_finance.sandbox.books.paid_status_books import SandboxPaidStatusBooks
from imogi_finance.sandbox.storage.memory import MemoryRows
from imogi_finance.sandbox.storage.schema import TABLES
from imogi_finance.sandbox.users import RowsUsers

MUTATIONS: dict[str, Callable[[ExitStack], None]] = {}


def mutation(mutate: Callable[[ExitStack], None]) -> Callable[[ExitStack], None]:
    """Register a mutation under its function's name."""
    MUTATIONS[mutate.__name__] = mutate
    return mutate


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """Break the engine in one way while the block runs."""
    with ExitStack() as stack:
        MUTATIONS[name](stack)
        yield


def put(stack: ExitStack, owner: Any, name: str, instead: Any) -> None:
    """Put something else in the place of an attribute."""
    stack.enter_context(patch.object(owner, name, instead))


@mutation
def the_epoch_is_not_looked_at_when_a_step_begins_or_saves(stack: ExitStack) -> None:
    put(stack, RowsBatchStore, "held", lambda self, lease: self.run(lease.run))


@mutation
def a_claim_does_not_raise_the_epoch(stack: ExitStack) -> None:
    claim = RowsBatchStore.claim

    def same_epoch(self: RowsBatchStore, run: Run, **how: Any) -> Any:
        lease = claim(self, replace(run, epoch=run.epoch - 1), **how) if run.epoch else claim(self, run, **how)
        if lease is None and run.epoch:
            self._rows.update("batch_run", (run.name,), {"epoch": run.epoch - 1})
            lease = claim(self, replace(run, epoch=run.epoch - 1), **how)
        return lease

    put(stack, RowsBatchStore, "claim", same_epoch)


@mutation
def a_run_is_claimed_whoever_has_it(stack: ExitStack) -> None:
    put(stack, Run, "is_leased", lambda self, now: False)


@mutation
def a_living_worker_passes_for_dead(stack: ExitStack) -> None:
    put(stack, Leases, "is_orphan", lambda self, run, now: run.lease_holder is not None)


@mutation
def a_savepoint_takes_nothing_back(stack: ExitStack) -> None:
    @contextmanager
    def none(self: MemoryRows) -> Iterator[None]:
        yield

    put(stack, MemoryRows, "savepoint", none)


@mutation
def keys_are_not_released(stack: ExitStack) -> None:
    put(stack, RowsBatchStore, "release_keys", lambda self, lease: None)


@mutation
def keys_of_items_that_could_not_be_undone_are_released(stack: ExitStack) -> None:
    def all_of_them(self: RowsBatchStore, lease: Any) -> None:
        self._rows.update("batch_run", (lease.run,), {"live_key": None})
        self._rows.update_where("batch_item", {"run": lease.run}, {"live_key": None})

    put(stack, RowsBatchStore, "release_keys", all_of_them)


@mutation
def live_keys_are_not_looked_at(stack: ExitStack) -> None:
    put(stack, RowsBatchStore, "holders", lambda self, keys: {})
    for table in ("batch_run", "batch_item"):
        unique = tuple(columns for columns in TABLES[table].unique if columns != ("live_key",))
        stack.enter_context(patch.dict(TABLES, {table: replace(TABLES[table], unique=unique)}))  # type: ignore[arg-type]


@mutation
def items_commit_apart_from_their_documents(stack: ExitStack) -> None:
    take, save_items = BatchEngine._take, RowsBatchStore.save_items
    kept: list[tuple[Any, list[Any]]] = []
    put(stack, RowsBatchStore, "save_items", lambda self, lease, items: kept.append((lease, list(items))))

    def in_two(self: BatchEngine, step: Step) -> Run:
        kept.clear()
        run = take(self, step)
        with self.transactions.transaction():
            for lease, items in kept:
                save_items(self.store, lease, items)  # type: ignore[arg-type]
        return run

    put(stack, BatchEngine, "_take", in_two)


@mutation
def a_cancel_is_not_seen(stack: ExitStack) -> None:
    put(stack, RowsBatchStore, "cancel_requested", lambda self, name: False)


@mutation
def an_unknown_outcome_is_taken_for_a_commit(stack: ExitStack) -> None:
    transaction = MemoryRows.transaction

    @contextmanager
    def trusting(self: MemoryRows) -> Iterator[None]:
        try:
            with transaction(self):
                yield
        except OutcomeUnknown:
            return

    put(stack, MemoryRows, "transaction", trusting)


@mutation
def regular_vouchers_are_undone_too(stack: ExitStack) -> None:
    put(stack, BulkReconciliationKind, "undo", lambda self, run, result: self.books.cancel_payment(result.name))


@mutation
def the_undo_does_nothing(stack: ExitStack) -> None:
    put(stack, BulkReconciliationKind, "undo", lambda self, run, result: None)


@mutation
def an_invoice_is_not_locked_when_it_is_paid(stack: ExitStack) -> None:
    pay = SandboxBooks._payable_invoice

    def unlocked(self: SandboxBooks, line: Any) -> Any:
        with patch.object(self._rows, "lock", self._rows.get):
            return pay(self, line)

    put(stack, SandboxBooks, "_payable_invoice", unlocked)


@mutation
def what_is_outstanding_is_not_looked_at_again(stack: ExitStack) -> None:
    def as_it_is(self: SandboxBooks, line: Any) -> Any:
        return self._rows.lock("invoice", line.invoice.doctype, line.invoice.name)

    put(stack, SandboxBooks, "_payable_invoice", as_it_is)


@mutation
def a_cancelled_payment_stays_on_its_bank_transaction(stack: ExitStack) -> None:
    put(stack, SandboxBooks, "_leave_transactions", lambda self, payment: None)


@mutation
def a_confirmed_payment_keeps_its_flag(stack: ExitStack) -> None:
    write = SandboxPaidStatusBooks.set_awaiting
    put(stack, SandboxPaidStatusBooks, "set_awaiting", lambda self, of, flag: write(self, of, True))


@mutation
def a_timeout_is_an_error_of_the_item(stack: ExitStack) -> None:
    put(stack, Step, "passing", (Transient, LeaseLost))


@mutation
def attempts_are_not_counted(stack: ExitStack) -> None:
    put(stack, Step, "count_attempt", lambda self, error: None)


@mutation
def items_that_another_worker_holds_are_taken_too(stack: ExitStack) -> None:
    def select(self: MemoryRows, table: str, where: Any, order_by: Any, *, limit: int) -> Any:
        return self.select(table, where, order_by, limit=limit)

    put(stack, MemoryRows, "take", select)


@mutation
def counters_are_written_as_they_were_when_the_step_began(stack: ExitStack) -> None:
    take, save = BatchEngine._take, RowsBatchStore.save
    begun: dict[RowsBatchStore, Run] = {}

    def remembering(self: BatchEngine, step: Step) -> Run:
        begun[self.store] = self.store.run(step.lease.run)  # type: ignore[index]
        return take(self, step)

    def stale(self: RowsBatchStore, lease: Any, *, added: Any = None, **changes: Any) -> Run:
        counters = {name: getattr(begun[self], name) + count for name, count in (added or {}).items()}
        return save(self, lease, **counters, **changes)

    put(stack, BatchEngine, "_take", remembering)
    put(stack, RowsBatchStore, "save", stale)


@mutation
def a_shared_run_is_turned_back_and_finished_without_taking_it_over(stack: ExitStack) -> None:
    def alone_by_word(step: Step, run: Run) -> Run:
        return step.store.save(step.lease, joinable=False, **step.prolonged(run))

    for module in (ending, working):
        put(stack, module, "take_over", alone_by_word)


@mutation
def an_attempt_is_counted_against_items_that_another_has_done_since(stack: ExitStack) -> None:
    put(stack, RowsBatchStore, "still", lambda self, items: items)


@mutation
def an_undo_is_shared(stack: ExitStack) -> None:
    put(stack, BatchEngine, "_helpers", lambda self, run: 2)


@mutation
def workers_that_died_are_not_counted(stack: ExitStack) -> None:
    claim = RowsBatchStore.claim
    put(stack, RowsBatchStore, "claim", lambda self, run, **how: claim(self, replace(run, stalls=-1), **how))


@mutation
def the_sweeper_sleeps(stack: ExitStack) -> None:
    put(stack, Sweeper, "sweep", lambda self: [])


@mutation
def the_worker_acts_as_administrator(stack: ExitStack) -> None:
    acting_as = RowsUsers.acting_as
    put(stack, RowsUsers, "acting_as", lambda self, user, *, undoing: acting_as(self, "ben", undoing=undoing))


@mutation
def anybody_may_act(stack: ExitStack) -> None:
    put(stack, RowsUsers, "check_may_act", lambda self, user, run: None)


@mutation
def anybody_may_see(stack: ExitStack) -> None:
    put(stack, RowsUsers, "check_may_see", lambda self, user, run: None)


@mutation
def idempotency_keys_are_forgotten(stack: ExitStack) -> None:
    put(stack, RowsBatchStore, "run_by_idempotency_key", lambda self, user, key: None)


@mutation
def a_run_that_failed_is_not_undone(stack: ExitStack) -> None:
    def end(step: Step, run: Run) -> Run:
        return undoing._end(step, run)

    put(stack, engine, "undo_chunk", end)


@mutation
def documents_of_a_failed_chunk_are_kept(stack: ExitStack) -> None:
    attempt = working._attempt_chunk

    def keep(step: Step, run: Run, items: Any) -> Any:
        with patch.object(working, "_failures", lambda items: 0):
            decided = attempt(step, run, items)
        return [item for item in decided if item.status is working.ItemStatus.FAILED] or decided

    put(stack, working, "_attempt_chunk", keep)


@mutation
def progress_counts_backwards(stack: ExitStack) -> None:
    publish = ProgressPublisher.publish

    def backwards(self: ProgressPublisher, run: Run, kind: Any) -> None:
        publish(self, replace(run, processed=run.total - run.processed), kind)

    put(stack, ProgressPublisher, "publish", backwards)
