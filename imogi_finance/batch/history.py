"""How runs have fared: how many succeed, how long they take, what waits, and what goes wrong most.

The same in every world; the counting is the database's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from imogi_finance.batch.control import BatchControl
from imogi_finance.batch.doors import BatchStore, Clock, Transactions
from imogi_finance.batch.presenting import run_json
from imogi_finance.errors import Refused

MOST_DAYS = 366
_LATEST = 20
_MOST_REASONS = 10
_ERRORS_READ = 500  # different texts, the most frequent first: what lies behind them is none of the common ones

PLACE = "…"  # stands in an error for what differs from one document to the next
_NAMED = re.compile(r"\b[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d[\dA-Z-]*\b")  # ACC-SINV-2026-00001
_NUMBER = re.compile(r"\d(?:[\d.,:/-]*\d)?")
_OWN_DOCUMENT = re.compile(rf"^[A-Z][A-Za-z ]* {PLACE}: ")


@dataclass(frozen=True)
class Scope:
    """Which runs are meant: those asked for since a day, as far as the user may see them.

    Args:
        kind, company: None is all of them.
    """

    user: str
    kind: str | None
    company: str | None
    since: date


@dataclass(frozen=True)
class Day:
    """The runs that were asked for on one day, and how their items have fared."""

    day: date
    runs: int
    succeeded: int
    failed: int


@dataclass(frozen=True)
class Ended:
    """The runs that have ended: how many, how long they were worked together, and how many items they did."""

    runs: int
    seconds: float
    items: int


@dataclass(frozen=True)
class Waiting:
    """What is live, whenever it was asked for: how many runs nobody has begun, since when, and how many are worked."""

    pending: int
    processing: int
    oldest: datetime | None


@dataclass(frozen=True)
class Failure:
    """Failed items that say the same, once ``PLACE`` stands for their own document.

    Args:
        text: what they say.
        example: what one of them says.
        run: that one's run.
    """

    text: str
    count: int
    example: str
    run: str


class BatchHistory(Protocol):
    """Counts runs and items, set-based. Every method runs inside the caller's reading."""

    def day_of(self, moment: datetime) -> date:
        """Return the day that it is where the company is."""

    def days(self, scope: Scope) -> Sequence[Day]:
        """Return the days that runs were asked for on, the oldest first."""

    def ended(self, scope: Scope) -> Ended:
        """Sum up the runs that have ended."""

    def waiting(self, scope: Scope) -> Waiting:
        """Count the live runs; ``scope.since`` does not matter."""

    def failures(self, scope: Scope, *, limit: int) -> Sequence[Failure]:
        """Return the most frequent errors of items."""

    def latest(self, scope: Scope, *, limit: int) -> Sequence[str]:
        """Return the names of the newest runs, the newest first."""


@dataclass
class History:
    """Tells how runs have fared."""

    transactions: Transactions
    store: BatchStore
    control: BatchControl
    clock: Clock
    counts: BatchHistory

    def of(self, user: str, *, kind: str | None = None, company: str | None = None, days: int = 30) -> dict[str, Any]:
        """Return the history of the runs that a user may see.

        Args:
            kind, company: None is all of them.
            days: how far back, today included, 1 to 366.

        Returns:
            ``days`` with runs, ``success_rate`` (0 to 1) of their items, averages in seconds, ``queue``, the common
            ``errors`` and the latest ``runs`` as ``run_json``. What nothing can be said of is None.

        Raises:
            Refused: there is no history of so many days.
        """
        if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
            raise Refused.because(
                "Request", "malformed", f"There is no history of {days!r:.30} days.", f"Ask for 1 to {MOST_DAYS}."
            )
        with self.transactions.reading():
            now = self.clock.now()
            scope = Scope(user, kind, company, self.counts.day_of(now) - timedelta(days=days - 1))
            by_day = self.counts.days(scope)
            ended, waiting = self.counts.ended(scope), self.counts.waiting(scope)
            failures = self.counts.failures(scope, limit=_ERRORS_READ)
            latest = [self.store.run(name) for name in self.counts.latest(scope, limit=_LATEST)]
        succeeded, failed = sum(day.succeeded for day in by_day), sum(day.failed for day in by_day)
        return {
            "since": scope.since.isoformat(),
            "days": [{**vars(day), "day": day.day.isoformat()} for day in by_day],
            "success_rate": succeeded / (succeeded + failed) if succeeded + failed else None,
            "average_run_seconds": ended.seconds / ended.runs if ended.runs else None,
            "average_item_seconds": ended.seconds / ended.items if ended.items else None,
            "queue": {
                "pending": waiting.pending,
                "processing": waiting.processing,
                "oldest_waiting_seconds": (
                    max(0.0, (now - waiting.oldest).total_seconds()) if waiting.oldest else None
                ),
            },
            "errors": common_errors(failures),
            "runs": [run_json(self.control.summary(run)) for run in latest],
        }


def common_errors(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    """Return the ten most frequent reasons: errors that differ in names and numbers only are one."""
    merged: dict[str, dict[str, Any]] = {}
    for failure in failures:
        reason = reason_of(failure.text)
        known = merged.setdefault(
            reason, {"reason": reason, "count": 0, "example": failure.example, "job_id": failure.run}
        )
        known["count"] += failure.count
    by_count = sorted(merged.values(), key=lambda error: (-error["count"], error["reason"]))
    return by_count[:_MOST_REASONS]


def reason_of(text: str) -> str:
    """Return an error without what is particular to its document: the names of documents, and numbers.

    Args:
        text: with ``PLACE`` for the document that failed.
    """
    plain = _OWN_DOCUMENT.sub("", _NUMBER.sub(PLACE, _NAMED.sub(PLACE, text)))
    return re.sub(rf"{PLACE}(?:[\s,]+{PLACE})+", PLACE, plain)
