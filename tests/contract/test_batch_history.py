"""The contract of BatchHistory: runs and items counted by the database, for one kind and one company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest

from imogi_finance.batch.doors import BatchStore, Transactions
from imogi_finance.batch.history import BatchHistory, Scope
from imogi_finance.batch.run import ItemStatus, NewItem, NewRun, Run, RunStatus

KIND = "Some Kind That Is Counted"


@dataclass(frozen=True)
class Counted:
    """What the contract is asked of: runs are stored through the store and counted by the history."""

    transactions: Transactions
    store: BatchStore
    counts: BatchHistory
    user: str
    company: str

    def scope(self, *, company: str | None = None, since: int = 0) -> Scope:
        today = self.counts.day_of(datetime.now(timezone.utc))
        return Scope(self.user, KIND, company, today - timedelta(days=since))

    def stored(self, items: Sequence[NewItem], company: str | None = None) -> Run:
        new = NewRun(
            KIND, self.user, company or self.company, "Company", self.company, 20, "digest", holds_document=False
        )
        with self.transactions.transaction():
            return self.store.insert_run(new, items, datetime.now(timezone.utc))

    def ended(self, run: Run, *, failing: Sequence[str], seconds: float) -> None:
        """End a run whose items succeed, but for the first ones, which fail with these errors."""
        with self.transactions.transaction():
            begun = datetime.now(timezone.utc)
            lease = self.store.claim(run, holder="w", now=begun, lease_seconds=10.0)
            assert lease is not None
            items = self.store.items(run.name, [ItemStatus.PENDING], offset=0, limit=100)
            decided = [replace(item, status=ItemStatus.SUCCEEDED) for item in items]
            for number, error in enumerate(failing):
                decided[number] = replace(items[number], status=ItemStatus.FAILED, error=error)
            self.store.save_items(lease, decided)
            self.store.save(
                lease,
                status=RunStatus.COMPLETED_WITH_ERRORS if failing else RunStatus.COMPLETED,
                added={"processed": len(items), "succeeded": len(items) - len(failing), "failed": len(failing)},
                ended_at=begun + timedelta(seconds=seconds),
                lease_holder=None,
                lease_expires_at=None,
            )
            self.store.release_keys(lease)


def orders(*names: str) -> list[NewItem]:
    return [NewItem("Sales Order", f"COUNTED-{name}", "1.00") for name in names]


def test_runs_and_their_items_are_counted_by_the_day_they_were_asked_for(counted: Counted) -> None:
    first, _ = counted.stored(orders("1", "2", "3")), counted.stored(orders("4"))
    counted.ended(first, failing=["no"], seconds=6.0)
    with counted.transactions.reading():
        (day,) = counted.counts.days(counted.scope())
        tomorrow = replace(counted.scope(), since=day.day + timedelta(days=1))
        assert (day.day, day.runs, day.succeeded, day.failed) == (counted.scope().since, 2, 2, 1)
        assert list(counted.counts.days(tomorrow)) == []


def test_how_long_runs_take_is_said_by_those_that_have_ended(counted: Counted) -> None:
    counted.ended(counted.stored(orders("1", "2")), failing=[], seconds=6.0)
    counted.ended(counted.stored(orders("3", "4")), failing=["no"], seconds=4.0)
    reopened = counted.stored(orders("5"))
    counted.ended(reopened, failing=["no"], seconds=1.0)
    with counted.transactions.transaction():
        again = counted.store.run(reopened.name)
        counted.store.reopen(again, status=RunStatus.PENDING, ended_at=None, started_at=None, worked_seconds=1.0)
    with counted.transactions.reading():
        ended = counted.counts.ended(counted.scope())
    assert (ended.runs, ended.items) == (2, 4)
    assert ended.seconds == pytest.approx(10.0, abs=0.01)
    counted.ended(counted.store.run(reopened.name), failing=[], seconds=2.0)
    with counted.transactions.reading():
        assert counted.counts.ended(counted.scope()).seconds == pytest.approx(13.0, abs=0.01)


def test_what_waits_is_told_from_what_is_worked_and_since_when(counted: Counted) -> None:
    with counted.transactions.reading():
        nothing = counted.counts.waiting(counted.scope())
    assert (nothing.pending, nothing.processing, nothing.oldest) == (0, 0, None)
    oldest, worked = counted.stored(orders("1")), counted.stored(orders("2"))
    counted.stored(orders("3"))
    with counted.transactions.transaction():
        counted.store.claim(worked, holder="w", now=datetime.now(timezone.utc), lease_seconds=10.0)
    with counted.transactions.reading():
        waiting = counted.counts.waiting(counted.scope())
    assert (waiting.pending, waiting.processing, waiting.oldest) == (2, 1, oldest.created_at)


def test_errors_that_say_the_same_of_their_documents_are_one(counted: Counted) -> None:
    errors = ["Sales Order COUNTED-1: It is on hold.", "Sales Order COUNTED-2: It is on hold.", "Something else."]
    run = counted.stored(orders("1", "2", "3", "4"))
    counted.ended(run, failing=errors, seconds=1.0)
    with counted.transactions.reading():
        failures = counted.counts.failures(counted.scope(), limit=10)
        assert [(failure.text, failure.count, failure.run) for failure in failures] == [
            ("Sales Order …: It is on hold.", 2, run.name),
            ("Something else.", 1, run.name),
        ]
        assert failures[0].example in errors
        assert len(counted.counts.failures(counted.scope(), limit=1)) == 1


def test_another_company_or_kind_does_not_count(counted: Counted) -> None:
    run = counted.stored(orders("1"))
    with counted.transactions.reading():
        assert list(counted.counts.latest(counted.scope(company=counted.company), limit=5)) == [run.name]
        elsewhere = counted.scope(company="Some Other Company")
        assert list(counted.counts.latest(elsewhere, limit=5)) == []
        assert counted.counts.waiting(elsewhere).pending == 0
        assert list(counted.counts.latest(replace(counted.scope(), kind="Another Kind"), limit=5)) == []


def test_the_newest_runs_come_first(counted: Counted) -> None:
    names = [counted.stored(orders(str(number))).name for number in range(3)]
    with counted.transactions.reading():
        assert list(counted.counts.latest(counted.scope(), limit=2)) == [names[2], names[1]]
