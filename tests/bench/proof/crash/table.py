"""All cases in one table: the long form plays all of them, the short form those that are quick."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tests.bench.proof.crash import (
    bell,
    database,
    kills,
    order_kills,
    order_people,
    order_races,
    people,
    requests,
    zombies,
)
from tests.bench.proof.crash.case import Case


def all_cases() -> Iterator[Case]:
    """Yield every case but the random ones."""
    for subject in (kills, zombies, bell, people, requests, database, order_kills, order_people, order_races):
        yield from subject.cases()


def storms(count: int, seed: int) -> Iterator[Case]:
    """Yield so many runs that are killed at random moments; each third one invoices orders."""
    over_orders = order_kills.storms(count, seed)
    for number, storm in enumerate(kills.storms(count, seed), 1):
        yield storm
        if number % 2 == 0:
            yield from islice(over_orders, 1)
