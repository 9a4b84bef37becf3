"""Ways to break what concerns many runs, and items that stand for themselves: the simulation must see each of them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from imogi_finance.batch import ending, precedence, working
from imogi_finance.batch.control import BatchControl
from imogi_finance.batch.intake import Intake
from imogi_finance.batch.precedence import Manners, Precedence
from imogi_finance.batch.run import ItemStatus, NewItem, Policy, Run, RunStatus, live_key
from imogi_finance.sandbox.batch_store import RowsBatchStore
from tests.simulation.mutations import mutation, put


@mutation
def who_is_rung_looks_for_nothing_more_urgent(stack: ExitStack) -> None:
    put(stack, Precedence, "before", lambda self, name: [])


@mutation
def the_least_urgent_goes_first(stack: ExitStack) -> None:
    put(stack, precedence, "by_urgency", lambda runs: sorted(runs, key=lambda run: run.priority))


@mutation
def who_works_a_run_stays_until_its_end(stack: ExitStack) -> None:
    put(stack, Manners, "are_to_leave", lambda self, run: False)


@mutation
def runs_that_wait_are_counted_before_another_is_stored_only(stack: ExitStack) -> None:
    check = Intake._check_waiting

    def once(self: Intake, user: str, *, but: str | None = None) -> None:
        if but is None:
            check(self, user)

    put(stack, Intake, "_check_waiting", once)


@mutation
def runs_are_stored_beside_each_other(stack: ExitStack) -> None:
    insert = RowsBatchStore.insert_run

    def unheld(self: RowsBatchStore, *what: Any) -> Run:
        with ExitStack() as inner:
            put(inner, type(self._rows), "lock", lambda rows, table, *key: rows.get(table, *key))
            return insert(self, *what)

    put(stack, RowsBatchStore, "insert_run", unheld)


@mutation
def items_that_are_decided_are_worked_all_the_same(stack: ExitStack) -> None:
    put(stack, NewItem, "status", property(lambda item: ItemStatus.PENDING))


@mutation
def items_that_are_decided_hold_their_documents(stack: ExitStack) -> None:
    put(stack, NewItem, "live_key", property(lambda item: live_key(item.reference_doctype, item.reference_name)))


@mutation
def what_was_left_out_for_a_reason_is_resumed_too(stack: ExitStack) -> None:
    reopen = RowsBatchStore.reopen_items

    def all_of_them(self: RowsBatchStore, run: str, *, since: Any, to: Any, unexplained: bool = False) -> int:
        return reopen(self, run, since=since, to=to)

    put(stack, RowsBatchStore, "reopen_items", all_of_them)


@mutation
def what_was_done_is_done_again_when_a_run_is_resumed(stack: ExitStack) -> None:
    reopen = RowsBatchStore.reopen_items

    def done_too(self: RowsBatchStore, run: str, *, since: Any, to: Any, unexplained: bool = False) -> int:
        if since is ItemStatus.SKIPPED:
            reopen(self, run, since=ItemStatus.SUCCEEDED, to=to)
        return reopen(self, run, since=since, to=to, unexplained=unexplained)

    put(stack, RowsBatchStore, "reopen_items", done_too)


@mutation
def a_cancelled_run_counts_what_it_has_not_come_to_as_done(stack: ExitStack) -> None:
    turn_back = ending.turn_back

    def all_done(step: Any, run: Run, *, error: str | None) -> Run:
        if step.kind.policy is Policy.PER_ITEM and error is None and not run.joinable:
            run = step.store.save(step.lease, processed=run.total)
        return turn_back(step, run, error=error)

    for module in (ending, working):
        put(stack, module, "turn_back", all_done)


@mutation
def an_all_or_nothing_run_that_was_cancelled_is_resumed(stack: ExitStack) -> None:
    retry = BatchControl.retry

    def resumed(self: BatchControl, name: str, *, user: str) -> Run:
        with self.transactions.transaction():
            run = self.store.run(name)
            if run.status is RunStatus.CANCELLED:
                self.users.check_may_act(user, run)
                return self._reopen(run)
        return retry(self, name, user=user)

    put(stack, BatchControl, "retry", resumed)
