"""The contract of BatchStore for per-item runs: items decided from the start, documents not held, runs resumed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imogi_finance.batch.doors import BatchStore
from imogi_finance.batch.run import ItemStatus, NewItem, NewRun, RunStatus
from imogi_finance.errors import IllegalTransition, LiveKeyTaken
from tests.contract.test_batch_store import claimed, items
from tests.support.doors import NOON

OF_COMPANY = NewRun(
    "Some Kind", "ana", "Acme", "Company", "Acme", 20, "digest", holds_document=False, priority=7, options={}
)
GOOD, BAD, LEFT_OUT = (
    NewItem("Sales Order", "SO-1", "10.00"),
    NewItem("Sales Order", "SO-2", "0", decided=ItemStatus.FAILED, error="Sales Order SO-2: It is a draft."),
    NewItem("Sales Order", "SO-3", "0", decided=ItemStatus.SKIPPED, error="Sales Order SO-3: It is on hold."),
)


def test_decided_items_count_from_the_start_and_hold_no_document(store: BatchStore) -> None:
    run = store.insert_run(OF_COMPANY, [GOOD, BAD, LEFT_OUT], NOON)
    assert (run.total, run.processed, run.succeeded, run.failed) == (3, 2, 0, 1)
    assert (run.holds_document, run.priority, run.live_key) == (False, 7, None)
    assert store.run(run.name) == run
    assert [(item.status, item.error) for item in items(store, run)] == [
        (ItemStatus.PENDING, None),
        (ItemStatus.FAILED, BAD.error),
        (ItemStatus.SKIPPED, LEFT_OUT.error),
    ]
    keys = [f"Sales Order:SO-{number}" for number in (1, 2, 3)]
    assert store.holders([*keys, "Company:Acme"]) == {"Sales Order:SO-1": run.name}
    assert [item.position for item in store.due_items(run.name, NOON, limit=5)] == [1]


def test_runs_of_one_company_go_on_beside_each_other(store: BatchStore) -> None:
    first = store.insert_run(OF_COMPANY, [GOOD], NOON)
    other = store.insert_run(OF_COMPANY, [replace(GOOD, reference_name="SO-9"), BAD], NOON)
    assert [run.name for run in store.live_runs()] == [first.name, other.name]
    with pytest.raises(LiveKeyTaken) as taken:
        store.insert_run(OF_COMPANY, [GOOD], NOON)
    assert taken.value.run == first.name


def test_a_cancelled_run_is_resumed_with_what_was_not_left_out_for_a_reason(store: BatchStore) -> None:
    run = store.insert_run(OF_COMPANY, [GOOD, BAD, LEFT_OUT], NOON)
    lease = claimed(store, run)
    assert store.close_items(lease, since=ItemStatus.PENDING, to=ItemStatus.SKIPPED, error=None) == 1
    store.save(lease, status=RunStatus.CANCELLED, lease_holder=None, lease_expires_at=None)
    store.release_keys(lease)
    ended = store.run(run.name)
    assert store.reopen_items(run.name, since=ItemStatus.FAILED, to=ItemStatus.PENDING) == 1
    assert store.reopen_items(run.name, since=ItemStatus.SKIPPED, to=ItemStatus.PENDING, unexplained=True) == 1
    again = store.reopen(ended, status=RunStatus.PENDING, processed=1, failed=0, worked_seconds=2.5)
    assert (again.status, again.processed, again.worked_seconds) == (RunStatus.PENDING, 1, 2.5)
    assert [(item.status, item.error) for item in items(store, run)] == [
        (ItemStatus.PENDING, None),
        (ItemStatus.PENDING, None),
        (ItemStatus.SKIPPED, LEFT_OUT.error),
    ]
    assert store.holders(["Sales Order:SO-1", "Sales Order:SO-2", "Sales Order:SO-3", "Company:Acme"]) == {
        "Sales Order:SO-1": run.name,
        "Sales Order:SO-2": run.name,
    }


def test_a_cancelled_run_is_not_begun_again_by_a_worker(store: BatchStore) -> None:
    run = store.insert_run(OF_COMPANY, [GOOD], NOON)
    lease = claimed(store, run)
    ended = store.save(lease, status=RunStatus.CANCELLED, lease_holder=None, lease_expires_at=None)
    with pytest.raises(IllegalTransition):
        store.reopen(ended, status=RunStatus.PROCESSING)


def test_the_runs_that_wait_are_those_of_the_user_that_nobody_has_begun(store: BatchStore) -> None:
    assert list(store.waiting_runs("ana")) == []
    made = [
        store.insert_run(OF_COMPANY, [replace(GOOD, reference_name=f"SO-{number}")], NOON) for number in (11, 12, 13)
    ]
    store.insert_run(replace(OF_COMPANY, requested_by="ben"), [], NOON)
    assert list(store.waiting_runs("ana")) == [run.name for run in made]
    claimed(store, made[1])
    assert list(store.waiting_runs("ana")) == [made[0].name, made[2].name]
