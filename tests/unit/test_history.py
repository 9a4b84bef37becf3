"""The history: what is told of what the database has counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from imogi_finance.batch.history import Day, Ended, Failure, History, Scope, Waiting, common_errors, reason_of
from imogi_finance.errors import Refused
from tests.support.office import ANA, Office

MONDAY = date(2026, 3, 16)


class Counts:
    """What some database has counted; keeps what it was asked."""

    def __init__(self, *, days: Sequence[Day] = (), ended: Ended | None = None, waiting: Waiting | None = None) -> None:
        self._days, self._ended = days, ended or Ended(0, 0.0, 0)
        self._waiting = waiting or Waiting(0, 0, None)
        self.scope: Scope | None = None
        self.names: list[str] = []

    def day_of(self, moment: datetime) -> date:
        return moment.date()

    def days(self, scope: Scope) -> Sequence[Day]:
        self.scope = scope
        return self._days

    def ended(self, scope: Scope) -> Ended:
        return self._ended

    def waiting(self, scope: Scope) -> Waiting:
        return self._waiting

    def failures(self, scope: Scope, *, limit: int) -> Sequence[Failure]:
        return []

    def latest(self, scope: Scope, *, limit: int) -> Sequence[str]:
        return self.names[:limit]


def history(office: Office, counts: Counts) -> History:
    return History(office.rows, office.app.store, office.app.control, office.clock, counts)


def test_where_nothing_has_run_nothing_is_claimed() -> None:
    told = history(Office(), Counts()).of(ANA)
    assert (told["success_rate"], told["average_run_seconds"], told["average_item_seconds"]) == (None, None, None)
    assert told["queue"] == {"pending": 0, "processing": 0, "oldest_waiting_seconds": None}
    assert (told["days"], told["errors"], told["runs"]) == ([], [], [])


def test_rate_and_averages_are_of_what_was_counted() -> None:
    office = Office()
    counts = Counts(
        days=[Day(MONDAY - timedelta(days=1), 2, 90, 10), Day(MONDAY, 1, 7, 3)],
        ended=Ended(runs=4, seconds=50.0, items=100),
        waiting=Waiting(2, 1, office.clock.now() - timedelta(seconds=90)),
    )
    told = history(office, counts).of(ANA, kind="Batch Invoicing", company="Acme", days=7)
    assert told["success_rate"] == pytest.approx(97 / 110)
    assert (told["average_run_seconds"], told["average_item_seconds"]) == (12.5, 0.5)
    assert told["queue"] == {"pending": 2, "processing": 1, "oldest_waiting_seconds": 90.0}
    assert told["days"][1] == {"day": "2026-03-16", "runs": 1, "succeeded": 7, "failed": 3}
    assert counts.scope == Scope(ANA, "Batch Invoicing", "Acme", date(2026, 3, 10))
    assert told["since"] == "2026-03-10"


def test_the_latest_runs_are_shown_as_everywhere() -> None:
    office, counts = Office(), Counts()
    run = office.ask(office.statement(-100), [office.invoice()]).run.name
    counts.names = [run]
    (shown,) = history(office, counts).of(ANA)["runs"]
    assert (shown["job_id"], shown["amount"], shown["status"]) == (run, 10000, "Pending")


@pytest.mark.parametrize("days", [0, 367, -1, True, "7", 1.5, None])
def test_a_history_of_no_number_of_days_is_refused(days: object) -> None:
    with pytest.raises(Refused, match="Ask for 1 to 366"):
        history(Office(), Counts()).of(ANA, days=days)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Sales Order …: It is on hold. Take it off hold.", "It is on hold. Take it off hold."),
        (
            "Sales Order …: Draft ACC-SINV-2026-00012 bills it. Submit or delete it.",
            "Draft … bills it. Submit or delete it.",
        ),
        ("Sales Order …: Run RUN-00018 is working on it.", "Run … is working on it."),
        ("Credit limit crossed for customer (1,200.50/1000)", "Credit limit crossed for customer (…)"),
        ("Drafts SI-00001, SI-00002, SI-00003 bill it.", "Drafts … bill it."),
        ("Unexpected error: KeyError: 'item'", "Unexpected error: KeyError: 'item'"),
        ("Given up after 8 attempts. Last: locked", "Given up after … attempts. Last: locked"),
    ],
)
def test_a_reason_is_an_error_without_what_is_particular_to_its_document(text: str, reason: str) -> None:
    assert reason_of(text) == reason


def test_errors_that_differ_in_names_only_are_one_and_the_most_frequent_come_first() -> None:
    failures = [
        Failure("Draft SI-00001 bills it.", 1, "Sales Order A: Draft SI-00001 bills it.", "RUN-1"),
        Failure("It is closed.", 2, "Sales Order B: It is closed.", "RUN-2"),
        Failure("Draft SI-00002 bills it.", 2, "Sales Order C: Draft SI-00002 bills it.", "RUN-3"),
    ]
    assert common_errors(failures) == [
        {
            "reason": "Draft … bills it.",
            "count": 3,
            "example": "Sales Order A: Draft SI-00001 bills it.",
            "job_id": "RUN-1",
        },
        {"reason": "It is closed.", "count": 2, "example": "Sales Order B: It is closed.", "job_id": "RUN-2"},
    ]


def test_no_more_than_ten_reasons_are_common() -> None:
    letters = "abcdefghijkl"
    failures = [Failure(f"Reason {letter}.", number, "", "RUN-1") for number, letter in enumerate(letters, 1)]
    assert [error["count"] for error in common_errors(failures)] == list(range(12, 2, -1))
