"""The contract of BatchStore: runs and items, live keys, and the epoch that guards them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from imogi_finance.batch.doors import BatchStore
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.run import Item, ItemStatus, Lease, NewItem, NewRun, Run, RunStatus
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.errors import IllegalTransition, LeaseLost, LiveKeyTaken, UnknownRun
from tests.support.doors import NOON

NEW = NewRun("Some Kind", "ana", "Acme", "Bank Transaction", "BT-1", 20, "digest", options={"a": 1})
ITEMS = [NewItem("Purchase Invoice", f"PINV-{n}", "10.00") for n in range(1, 4)]


def claimed(store: BatchStore, run: Run, now: datetime = NOON) -> Lease:
    lease = store.claim(run, holder="w1", now=now, lease_seconds=10.0)
    assert lease is not None
    return lease


def items(store: BatchStore, run: Run) -> list[Item]:
    return list(store.items(run.name, None, offset=0, limit=100))


@contextmanager
def lost() -> Iterator[None]:
    with pytest.raises(LeaseLost):
        yield


def test_a_new_run_is_pending_with_its_items_in_order(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    assert (run.status, run.total, run.epoch, run.created_at) == (RunStatus.PENDING, 3, 0, NOON)
    assert run.options == {"a": 1}
    assert store.run(run.name) == run
    assert [(item.position, item.reference_name, item.status) for item in items(store, run)] == [
        (1, "PINV-1", ItemStatus.PENDING),
        (2, "PINV-2", ItemStatus.PENDING),
        (3, "PINV-3", ItemStatus.PENDING),
    ]


def test_there_is_no_run_of_another_name(store: BatchStore) -> None:
    with pytest.raises(UnknownRun):
        store.run("RUN-9")


def test_a_document_is_in_one_live_run_only(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    assert store.holders(["Bank Transaction:BT-1", "Purchase Invoice:PINV-2", "Purchase Invoice:PINV-9"]) == {
        "Bank Transaction:BT-1": run.name,
        "Purchase Invoice:PINV-2": run.name,
    }
    for other in ((NEW, []), (replace(NEW, reference_name="BT-2"), ITEMS[1:2])):
        with pytest.raises(LiveKeyTaken) as taken:
            store.insert_run(other[0], other[1], NOON)
        assert taken.value.run == run.name


def test_released_keys_can_be_taken_again_but_not_those_of_a_failed_undo(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    first = items(store, run)[0]
    store.save_items(lease, [replace(first, status=ItemStatus.UNDO_FAILED)])
    store.release_keys(lease)
    assert store.holders([NEW.live_key, *(item.live_key for item in ITEMS)]) == {"Purchase Invoice:PINV-1": run.name}
    store.insert_run(NEW, ITEMS[1:], NOON)


def test_runs_are_found_by_key_and_by_digest(store: BatchStore) -> None:
    first = store.insert_run(replace(NEW, idempotency_key="k"), [], NOON)
    second = store.insert_run(replace(NEW, reference_name="BT-2"), [], NOON)
    assert (store.run_by_idempotency_key("ana", "k") or first).name == first.name
    assert store.run_by_idempotency_key("ben", "k") is None
    newest = store.latest_run_by_digest("digest")
    assert newest is not None
    assert newest.name == second.name
    assert store.latest_run_by_digest("other") is None
    assert getattr(store.latest_run_by_digest("digest", but=second.name), "name", None) == first.name


def test_the_newest_retry_of_a_run_is_found_but_for_one(store: BatchStore) -> None:
    first, second = (
        store.insert_run(replace(NEW, reference_name=f"BT-{number}", retry_of="RUN-X"), [], NOON) for number in (3, 4)
    )
    assert getattr(store.retry_of("RUN-X"), "name", None) == second.name
    assert getattr(store.retry_of("RUN-X", but=second.name), "name", None) == first.name
    assert store.retry_of("RUN-Y") is None


def test_a_run_without_a_key_can_be_given_one_once(store: BatchStore) -> None:
    run = store.insert_run(NEW, [], NOON)
    given = store.give_key(run, "k")
    assert given is not None
    assert given.idempotency_key == "k"
    assert store.run_by_idempotency_key("ana", "k") == given
    assert store.give_key(run, "other") is None
    assert store.run_by_idempotency_key("ana", "other") is None


def test_a_claim_raises_the_epoch_and_only_one_of_two_wins(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    assert lease.epoch == 1
    assert store.claim(run, holder="w2", now=NOON, lease_seconds=10.0) is None
    held = store.held(lease)
    assert (held.status, held.lease_holder, held.stalls) == (RunStatus.PROCESSING, "w1", 1)
    assert held.is_leased(NOON + timedelta(seconds=9))
    assert not held.is_leased(NOON + timedelta(seconds=10))


def test_a_run_whose_lease_was_renewed_since_it_was_read_is_not_stolen(store: BatchStore) -> None:
    lease = claimed(store, store.insert_run(NEW, ITEMS, NOON))
    as_read = store.run(lease.run)
    store.save(lease, lease_expires_at=NOON + timedelta(seconds=20))
    assert store.claim(as_read, holder="w2", now=NOON + timedelta(seconds=11), lease_seconds=10.0) is None
    assert store.held(lease).lease_holder == "w1"


def test_a_stale_epoch_writes_nothing(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    stale = claimed(store, run)
    claimed(store, store.run(run.name))
    with lost():
        store.held(stale)
    with lost():
        store.save(stale, processed=3)
    assert store.run(run.name).processed == 0


def test_an_ended_run_is_held_by_nobody(store: BatchStore) -> None:
    lease = claimed(store, store.insert_run(NEW, ITEMS, NOON))
    store.save(lease, status=RunStatus.COMPLETED)
    with lost():
        store.held(lease)


def test_fields_come_back_as_they_were_saved(store: BatchStore) -> None:
    lease = claimed(store, store.insert_run(NEW, ITEMS, NOON))
    later = NOON + timedelta(seconds=1, microseconds=7)
    saved = store.save(lease, processed=2, wake_at=later, result={"payments": 2}, error="ümlaut")
    assert (saved.processed, saved.wake_at, saved.result, saved.error) == (2, later, {"payments": 2}, "ümlaut")
    assert store.run(lease.run) == saved


@pytest.mark.parametrize("status", [RunStatus.PENDING, RunStatus.FAILED, RunStatus.NEEDS_ATTENTION])
def test_a_status_moves_along_the_edges_only(store: BatchStore, status: RunStatus) -> None:
    lease = claimed(store, store.insert_run(NEW, ITEMS, NOON))
    with pytest.raises(IllegalTransition):
        store.save(lease, status=status)


def test_due_items_come_by_position_when_their_turn_has_come(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    first, second, third = items(store, run)
    soon = NOON + timedelta(seconds=5)
    waiting = replace(first, attempt=1, retry_at=soon, error="locked")
    done = replace(second, status=ItemStatus.SUCCEEDED, result_doctype="Payment Entry", result_name="PAY-1")
    store.save_items(lease, [waiting, done])
    assert store.due_items(run.name, NOON, limit=5) == [third]
    assert store.due_items(run.name, soon, limit=5) == [waiting, third]
    assert store.due_items(run.name, soon, limit=1) == [waiting]
    assert (store.next_retry(run.name) or soon) < soon
    store.save_items(lease, [replace(third, status=ItemStatus.FAILED)])
    assert store.next_retry(run.name) == soon
    store.save_items(lease, [replace(waiting, status=ItemStatus.FAILED)])
    assert store.next_retry(run.name) is None


def test_counters_are_added_to_what_they_are_by_then(store: BatchStore) -> None:
    lease = claimed(store, store.insert_run(NEW, ITEMS, NOON))
    store.save(lease, processed=1, succeeded=1)
    saved = store.save(lease, added={"processed": 2, "succeeded": 1, "failed": 1}, lease_holder="w2")
    assert (saved.processed, saved.succeeded, saved.failed, saved.lease_holder) == (3, 2, 1, "w2")
    assert store.run(lease.run) == saved


def test_a_run_is_joinable_as_it_was_claimed_and_taken_over_by_a_higher_epoch(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    assert not run.joinable
    lease = store.claim(run, holder="w1", now=NOON, lease_seconds=10.0, joinable=True)
    assert lease is not None
    assert store.held(lease).joinable
    taken = store.save(lease, epoch=lease.epoch + 1, joinable=False)
    assert (taken.epoch, taken.joinable) == (2, False)
    with lost():
        store.save(lease, added={"processed": 1})
    assert store.held(replace(lease, epoch=2)) == taken
    later = NOON + timedelta(seconds=11)
    assert store.claim(taken, holder="w2", now=later, lease_seconds=10.0) is not None
    assert not store.run(run.name).joinable


def test_items_are_taken_again_only_as_they_were_read(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    first, second, third = store.due_items(run.name, NOON, limit=5)
    store.save_items(lease, [replace(second, status=ItemStatus.SUCCEEDED), replace(third, attempt=1, error="locked")])
    assert store.still([first, second, third]) == [first]
    assert store.still([]) == []


def test_items_of_one_result_are_undone_together_newest_first(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    done = [
        replace(item, status=ItemStatus.SUCCEEDED, result_doctype="Payment Entry", result_name=name)
        for item, name in zip(items(store, run), ("PAY-2", "PAY-1", "PAY-2"), strict=True)
    ]
    store.save_items(lease, done)
    assert [item.position for item in store.items_to_undo(run.name, NOON, limit=1)] == [1, 3]
    assert [item.position for item in store.items_to_undo(run.name, NOON, limit=9)] == [1, 3, 2]
    assert [(name, list(amounts)) for _, name, amounts in store.results(run.name)] == [
        ("PAY-1", ["10.00"]),
        ("PAY-2", ["10.00", "10.00"]),
    ]
    assert [item.position for item in store.items_of_result(run.name, "Payment Entry", "PAY-2")] == [1, 3]
    assert store.next_undo(run.name) is not None


def test_items_are_closed_counted_and_paged(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    store.save_items(lease, [replace(items(store, run)[1], status=ItemStatus.SUCCEEDED)])
    assert store.close_items(lease, since=ItemStatus.PENDING, to=ItemStatus.SKIPPED, error="why") == 2
    assert store.count_items(run.name, [ItemStatus.SKIPPED]) == 2
    assert store.count_items(run.name, None) == 3
    page = store.items(run.name, [ItemStatus.SKIPPED], offset=1, limit=5)
    assert [(item.position, item.error) for item in page] == [(3, "why")]
    assert [item.position for item in store.items(run.name, None, offset=1, limit=5)] == [2, 3]
    assert [item.position for item in store.items(run.name, None, offset=0, limit=2)] == [1, 2]
    assert store.items(run.name, None, offset=3, limit=5) == []


def test_a_cancel_is_seen_at_once_and_only_by_a_live_run(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    assert not store.cancel_requested(run.name)
    store.request_cancel(run.name, "ben")
    assert store.cancel_requested(run.name)
    assert store.run(run.name).cancel_requested_by == "ben"
    store.save(lease, status=RunStatus.UNDOING)
    store.save(lease, status=RunStatus.CANCELLED)
    before = store.run(run.name)
    store.request_cancel(run.name, "eve")
    store.note_ring(run, NOON)  # as it was when it was read, long ago
    assert store.run(run.name) == before


def test_live_runs_are_those_that_have_not_ended(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    assert store.live_runs() == [run]
    lease = claimed(store, run)
    assert store.live_runs() == [store.run(run.name)]
    store.save(lease, status=RunStatus.COMPLETED_WITH_ERRORS, lease_holder=None, lease_expires_at=None)
    assert store.live_runs() == []


def test_abandoned_runs_are_those_that_nobody_has_or_was_rung_for(store: BatchStore) -> None:
    leases = Leases(EngineSettings(ring_patience_seconds=15.0))

    def abandoned(seconds: float) -> list[str]:
        now = NOON + timedelta(seconds=seconds)
        return [run.name for run in store.live_runs() if leases.is_abandoned(run, now)]

    run = store.insert_run(NEW, ITEMS, NOON)
    assert abandoned(0) == [run.name]
    store.note_ring(run, NOON)
    assert abandoned(14) == []
    assert abandoned(15) == [run.name]
    lease = claimed(store, run)
    assert store.run(run.name).rung_at is None
    store.note_ring(run, NOON)  # late: it was claimed since it was read
    assert store.run(run.name).rung_at is None
    assert abandoned(0) == []
    assert abandoned(10) == [run.name]
    store.save(lease, lease_holder=None, lease_expires_at=None, wake_at=NOON + timedelta(seconds=60))
    assert abandoned(59) == []
    assert abandoned(60) == [run.name]


def test_a_run_is_reopened_only_when_it_has_ended_and_unchanged(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    with lost():
        store.reopen(store.run(run.name), processed=0)
    failed = [replace(item, status=ItemStatus.FAILED, attempt=5, error="no") for item in items(store, run)]
    store.save_items(lease, failed[:2])
    store.save(lease, status=RunStatus.COMPLETED_WITH_ERRORS, lease_holder=None)
    store.release_keys(lease)
    ended = store.run(run.name)
    assert store.reopen_items(run.name, since=ItemStatus.FAILED, to=ItemStatus.PENDING) == 2
    again = store.reopen(ended, status=RunStatus.PENDING)
    assert again.status is RunStatus.PENDING
    assert [(i.status, i.attempt, i.error) for i in items(store, run)[:2]] == [(ItemStatus.PENDING, 0, None)] * 2
    assert set(store.holders([NEW.live_key, ITEMS[0].live_key])) == {NEW.live_key, ITEMS[0].live_key}
    with lost():
        store.reopen(ended, status=RunStatus.PENDING)


def test_a_run_is_not_reopened_while_another_has_its_documents(store: BatchStore) -> None:
    run = store.insert_run(NEW, ITEMS, NOON)
    lease = claimed(store, run)
    store.close_items(lease, since=ItemStatus.PENDING, to=ItemStatus.FAILED, error="no")
    store.save(lease, status=RunStatus.COMPLETED_WITH_ERRORS, lease_holder=None)
    store.release_keys(lease)
    other = store.insert_run(replace(NEW, reference_name="BT-2"), ITEMS[2:], NOON)
    with pytest.raises(LiveKeyTaken) as taken:
        store.reopen_items(run.name, since=ItemStatus.FAILED, to=ItemStatus.PENDING)
    assert taken.value.run == other.name
    store.insert_run(NEW, [], NOON)
    with pytest.raises(LiveKeyTaken):
        store.reopen(store.run(run.name), status=RunStatus.PENDING)
