"""The process that takes a request is killed: before its commit nothing is stored, after it the run is done."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.audit import audit
from tests.crash.plant import LEASE_SECONDS, USER, Plant, signal_process

INVOICES = 45
BEFORE_COMMIT = ("request.before_store", "request.before_commit")
AFTER_COMMIT = ("ring.before", "ring.after")

# A process of its own, as a web server's would be: armed, it asks for one thing.
ASKING = """
import json, sys
from imogi_finance.batch.fault_files import arm_from_environment
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app
home, user, deed, *words = json.loads(sys.argv[1])
arm_from_environment(home)
with open_app(Home.at(home)) as app:
    if deed == "reconcile":
        transaction, selection, key, in_request = words
        accepted = app.reconciliation.create_payment_entries_bulk(
            transaction, selection, user=user, idempotency_key=key, in_request=in_request
        )
        print(accepted.run.name)
    else:
        print(getattr(app.control, deed)(words[0], user=user).name)
"""


@pytest.fixture(autouse=True)
def nothing_stopped_or_armed(plant: Plant) -> Iterator[None]:
    """So that a test that fails does not make the next one fail."""
    yield
    let_all_go_on(plant)
    for order in plant.faults.iterdir():
        order.unlink()


def let_all_go_on(plant: Plant) -> None:
    for pid in plant.descendants():
        signal_process(pid, signal.SIGCONT)


def ask_in_a_process(plant: Plant, deed: str, *words: object) -> subprocess.CompletedProcess[str]:
    asked = json.dumps([str(plant.home.path), USER, deed, *words])
    return subprocess.run(
        [sys.executable, "-c", ASKING, asked],
        env={**os.environ, "IMOGI_FAULTS": str(plant.faults), "IMOGI_LEASE_SECONDS": str(LEASE_SECONDS)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def runs_of(plant: Plant, transaction: str) -> list[str]:
    with closing(sqlite3.connect(plant.home.database, timeout=30)) as connection:
        found = connection.execute("SELECT name FROM batch_run WHERE reference_name = ? ORDER BY name", (transaction,))
        return [row[0] for row in found]


@pytest.mark.parametrize("point", BEFORE_COMMIT)
def test_a_request_killed_before_its_commit_has_stored_nothing_and_can_be_made_again(plant: Plant, point: str) -> None:
    transaction, selection = plant.invoices(INVOICES)
    plant.order("kill", point, 1)

    killed = ask_in_a_process(plant, "reconcile", transaction, selection, f"key of {point}", False)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert runs_of(plant, transaction) == []
    assert audit(plant.home.database) == []
    again = ask_in_a_process(plant, "reconcile", transaction, selection, f"key of {point}", False)
    assert plant.wait_for_end(again.stdout.strip()) == "Completed"
    assert audit(plant.home.database) == []


@pytest.mark.parametrize("point", AFTER_COMMIT)
def test_a_request_killed_after_its_commit_is_done_and_asking_again_gives_the_same_run(
    plant: Plant, point: str
) -> None:
    transaction, selection = plant.invoices(INVOICES)
    plant.order("kill", point, 1)

    killed = ask_in_a_process(plant, "reconcile", transaction, selection, f"key of {point}", False)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (run,) = runs_of(plant, transaction)
    again = ask_in_a_process(plant, "reconcile", transaction, selection, f"key of {point}", False)
    assert again.stdout.strip() == run
    assert plant.wait_for_end(run) == "Completed"
    assert runs_of(plant, transaction) == [run]
    assert audit(plant.home.database) == []


@pytest.mark.parametrize("point", AFTER_COMMIT)
def test_a_cancel_killed_after_its_commit_is_heeded(plant: Plant, point: str) -> None:
    order = plant.order("stop", "work.after_commit", 1)
    run = plant.ask(INVOICES)
    plant.wait_for_order(order)
    plant.order("kill", point, 1)

    killed = ask_in_a_process(plant, "cancel", run)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    let_all_go_on(plant)
    assert plant.wait_for_end(run) == "Cancelled"
    assert audit(plant.home.database) == []


@pytest.mark.parametrize("point", BEFORE_COMMIT + AFTER_COMMIT)
def test_a_retry_that_is_killed_is_made_whole_or_not_at_all(plant: Plant, point: str) -> None:
    transaction, selection = plant.invoices(INVOICES)
    order = plant.order("stop", "work.after_commit", 1)
    first = ask_in_a_process(plant, "reconcile", transaction, selection, None, False).stdout.strip()
    plant.wait_for_order(order)
    plant.cancel(first)
    let_all_go_on(plant)
    assert plant.wait_for_end(first) == "Cancelled"
    plant.order("kill", point, 1)

    killed = ask_in_a_process(plant, "retry", first)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(runs_of(plant, transaction)) == (1 if point in BEFORE_COMMIT else 2)
    again = ask_in_a_process(plant, "retry", first).stdout.strip()
    assert plant.wait_for_end(again) == "Completed"
    assert runs_of(plant, transaction) == [first, again]
    assert audit(plant.home.database) == []


@pytest.mark.parametrize("point", ["claim.after_commit", "books.after_ledger", "finish.before_commit"])
def test_a_run_worked_in_its_request_is_taken_over_when_that_is_killed(plant: Plant, point: str) -> None:
    transaction, selection = plant.invoices(INVOICES)
    order: Path = plant.order("kill", point, 1)

    killed = ask_in_a_process(plant, "reconcile", transaction, selection, None, True)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not order.exists()
    (run,) = runs_of(plant, transaction)
    assert plant.wait_for_end(run) == "Completed"
    assert audit(plant.home.database) == []
