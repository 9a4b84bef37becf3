"""Work-horses killed at random moments until three hundred invoices are done."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.crash.audit import audit
from tests.crash.conftest import running
from tests.crash.plant import Plant, parent_of, signal_process

INVOICES = 300
PATIENCE_SECONDS = 120.0
MOST_STALLS = 6  # a run whose workers died ten times without progress is given up: that is another test
SEED = int(os.environ.get("IMOGI_CRASH_SEED", "1"))
ROUNDS = int(os.environ.get("IMOGI_CRASH_ROUNDS", "1"))


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    environment = {"IMOGI_PACE_MS": "8", "IMOGI_WORKERS_A_RUN": "2"}
    yield from running(tmp_path_factory.mktemp("home"), workers=2, environment=environment)


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_three_hundred_invoices_are_paid_though_workers_are_killed_all_the_time(plant: Plant, seed: int) -> None:
    paid = plant.ask(INVOICES)
    paid_by_party = plant.ask(60, per_party=True)
    spoiled = plant.ask_and_spoil(*plant.invoices(60))

    killed = kill_at_random(plant, [paid, paid_by_party, spoiled], random.Random(seed))

    assert [plant.row(run)["status"] for run in (paid, paid_by_party, spoiled)] == ["Completed", "Completed", "Failed"]
    assert killed >= 5
    assert audit(plant.home.database) == []


def kill_at_random(plant: Plant, runs: list[str], dice: random.Random) -> int:
    """Kill a random work-horse every 50 to 300 ms until the runs have ended; return how many were killed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    killed = 0
    while live := [row for row in map(plant.row, runs) if row["ended_at"] is None]:
        assert time.monotonic() < deadline, live
        time.sleep(dice.uniform(0.05, 0.3))
        horses = work_horses(plant)
        if horses and max(row["stalls"] for row in live) < MOST_STALLS:
            signal_process(dice.choice(horses), signal.SIGKILL)
            killed += 1
        elif not horses:
            let_time_pass(plant)
    return killed


def let_time_pass(plant: Plant) -> None:
    """Make the last ring of every run an old one: the sweeper repeats one that died with its work-horse after 15 s."""
    with closing(sqlite3.connect(plant.home.database, timeout=30)) as connection, connection:
        connection.execute("UPDATE batch_run SET rung_at = NULL")


def work_horses(plant: Plant) -> list[int]:
    """Return the pids of the processes at work: the children of RQ's workers."""
    workers = set(plant.rq_workers())
    return sorted(pid for pid in plant.descendants() if parent_of(pid) in workers)
