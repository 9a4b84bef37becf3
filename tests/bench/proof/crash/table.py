"""All cases in one table: the long form plays all of them, the short form those that are quick."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.proof.crash import bell, database, kills, people, requests, zombies
from tests.bench.proof.crash.case import Case
from tests.bench.proof.crash.kills import storms

__all__ = ["all_cases", "storms"]


def all_cases() -> Iterator[Case]:
    """Yield every case but the random ones."""
    for subject in (kills, zombies, bell, people, requests, database):
        yield from subject.cases()
