"""A work-horse that is stopped, not dead: another worker takes its run, and it must write nothing when it goes on."""

from __future__ import annotations

import hashlib
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.audit import audit
from tests.crash.conftest import running
from tests.crash.plant import LEASE_SECONDS, Plant, parent_of, signal_process, wait_until

INVOICES = 45
# Between two transactions: nobody waits for the one that is stopped, and its lease runs out.
BETWEEN = [("claim.after_commit", 1), ("work.after_commit", 1), ("work.after_commit", 2)]
# Inside a transaction: it keeps SQLite's only writer, so everybody waits until it goes on.
INSIDE = [("work.before_commit", 1), ("claim.before_commit", 1), ("finish.before_commit", 1)]


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    yield from running(tmp_path_factory.mktemp("home"), workers=2)


@pytest.fixture(autouse=True)
def nothing_stopped_or_armed(plant: Plant) -> Iterator[None]:
    """So that a test that fails does not make the next one fail."""
    yield
    for pid in plant.descendants():
        signal_process(pid, signal.SIGCONT)
    for order in plant.faults.iterdir():
        order.unlink()


@pytest.mark.parametrize(("point", "nth"), BETWEEN)
def test_a_stopped_worker_is_replaced_and_writes_nothing_when_it_goes_on(plant: Plant, point: str, nth: int) -> None:
    order = plant.order("stop", point, nth)
    run = plant.ask(INVOICES)
    zombie = stopped_at(plant, order)

    assert plant.wait_for_end(run) == "Completed"
    assert plant.row(run)["epoch"] == 2
    before = contents(plant.home.database)
    signal_process(zombie, signal.SIGCONT)
    wait_until(lambda: not Path(f"/proc/{zombie}").exists(), "the zombie to end")

    assert contents(plant.home.database) == before
    assert f"run={run} epoch=1 another worker has it now" in (plant.home.path / "supervisor.log").read_text()
    assert audit(plant.home.database) == []


def test_a_stopped_worker_that_goes_on_in_the_middle_writes_nothing_more(plant: Plant) -> None:
    order = plant.order("stop", "work.after_commit", 1)
    run = plant.ask(6, chunk_size=1)
    zombie = stopped_at(plant, order)
    second = plant.order("stop", "work.after_commit", 1)
    rival = stopped_at(plant, second)  # the other worker has taken over, and is stopped in turn
    assert plant.row(run)["epoch"] == 2

    signal_process(zombie, signal.SIGCONT)
    wait_until(lambda: not Path(f"/proc/{zombie}").exists(), "the zombie to end")

    signal_process(rival, signal.SIGCONT)
    assert plant.wait_for_end(run) == "Completed"
    assert audit(plant.home.database) == []


def test_a_worker_stopped_at_the_undo_is_replaced_too(plant: Plant) -> None:
    order = plant.order("stop", "undo.after_commit", 1)
    run = plant.ask_and_spoil(*plant.invoices(INVOICES))
    zombie = stopped_at(plant, order)

    assert plant.wait_for_end(run) == "Failed"
    before = contents(plant.home.database)
    signal_process(zombie, signal.SIGCONT)
    wait_until(lambda: not Path(f"/proc/{zombie}").exists(), "the zombie to end")

    assert contents(plant.home.database) == before
    assert audit(plant.home.database) == []


@pytest.mark.parametrize(("point", "nth"), INSIDE)
def test_a_worker_stopped_inside_a_transaction_holds_everybody_up_until_it_goes_on(
    plant: Plant, point: str, nth: int
) -> None:
    order = plant.order("stop", point, nth)
    run = plant.ask(INVOICES)
    zombie = stopped_at(plant, order)
    before = contents(plant.home.database)
    time.sleep(LEASE_SECONDS + 0.5)  # its lease runs out meanwhile

    with closing(sqlite3.connect(plant.home.database, timeout=0.1)) as other, pytest.raises(sqlite3.OperationalError):
        other.execute("BEGIN IMMEDIATE")
    assert contents(plant.home.database) == before
    signal_process(zombie, signal.SIGCONT)

    assert plant.wait_for_end(run) == "Completed"
    assert audit(plant.home.database) == []


def test_a_cancel_is_heeded_though_the_worker_that_had_the_run_is_stopped(plant: Plant) -> None:
    order = plant.order("stop", "work.after_commit", 1)
    run = plant.ask(INVOICES)
    zombie = stopped_at(plant, order)

    plant.cancel(run)

    assert plant.wait_for_end(run) == "Cancelled"
    signal_process(zombie, signal.SIGCONT)
    wait_until(lambda: not Path(f"/proc/{zombie}").exists(), "the zombie to end")
    assert audit(plant.home.database) == []


def stopped_at(plant: Plant, order: Path) -> int:
    """Wait until a work-horse has taken an order and stopped; return its pid."""
    plant.wait_for_order(order)
    (taken,) = order.parent.glob(order.with_suffix(".taken-*").name)
    pid = int(taken.name.rpartition("-")[2])
    taken.unlink()
    wait_until(lambda: state_of(pid) == "T", f"{pid} to stop")
    assert parent_of(pid) in plant.rq_workers()
    return pid


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def contents(database: Path) -> str:
    """Return a digest of every row of every table."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
