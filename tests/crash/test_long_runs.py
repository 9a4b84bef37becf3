"""Runs longer than a job may be: they go on in fresh jobs, let go in time or cut off by RQ's time-out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import rq

from imogi_finance.bank_reconciliation.request import Options, parse_request
from imogi_finance.sandbox import redis_server
from imogi_finance.sandbox.opening import open_app
from imogi_finance.sandbox.queue import JOB, QUEUE
from tests.crash.audit import audit
from tests.crash.conftest import running
from tests.crash.plant import USER, Plant

INVOICES = 50
LETTING_GO = ("let_go.before_commit", "let_go.after_commit", "ring.before", "ring.after")
BUDGET_SECONDS = 0.3
PACE_MS = 20  # 50 invoices take three budgets or more
TIMEOUT_SECONDS = 1  # RQ takes whole seconds
SLOW_PACE_MS = 1_600  # so that the time-out always falls inside the first payment


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    environment = {"IMOGI_BUDGET_SECONDS": str(BUDGET_SECONDS), "IMOGI_PACE_MS": str(PACE_MS)}
    yield from running(tmp_path_factory.mktemp("home"), workers=2, environment=environment)


@pytest.fixture(scope="module")
def slow_plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    environment = {"IMOGI_LEASE_SECONDS": "10", "IMOGI_PACE_MS": str(SLOW_PACE_MS)}
    yield from running(tmp_path_factory.mktemp("slow"), workers=1, environment=environment)


@pytest.mark.parametrize("per_party", [False, True])
def test_a_run_longer_than_a_jobs_budget_goes_on_in_fresh_jobs(plant: Plant, per_party: bool) -> None:
    run = plant.ask(INVOICES, per_party=per_party, chunk_size=5)

    assert plant.wait_for_end(run) == "Completed"
    ended = plant.row(run)
    assert ended["epoch"] > 1  # each job has claimed it anew
    assert ended["stalls"] == 0
    assert audit(plant.home.database) == []


@pytest.mark.parametrize("action", ["kill", "kill-both"])
@pytest.mark.parametrize("point", LETTING_GO)
def test_a_worker_killed_while_it_lets_go_is_taken_over(plant: Plant, point: str, action: str) -> None:
    order = plant.order(action, point, 1)
    run = plant.ask(INVOICES, chunk_size=5)

    assert plant.wait_for_end(run) == "Completed"
    plant.wait_for_order(order)
    assert plant.row(run)["epoch"] > 1
    assert audit(plant.home.database) == []


def test_several_workers_killed_while_they_let_go_are_taken_over_one_after_the_other(plant: Plant) -> None:
    orders = [plant.order("kill", point, 1) for point in LETTING_GO]
    run = plant.ask(INVOICES, chunk_size=5)

    assert plant.wait_for_end(run) == "Completed"
    for order in orders[:2]:
        plant.wait_for_order(order)
    assert plant.row(run)["epoch"] > 2
    assert audit(plant.home.database) == []


@pytest.mark.parametrize("point", LETTING_GO[:2])
def test_an_undo_longer_than_a_jobs_budget_is_taken_over_and_ends(plant: Plant, point: str) -> None:
    transaction, selection = plant.invoices(INVOICES)
    run = plant.ask_and_spoil(transaction, selection)
    order = plant.order("kill", point, 1)

    assert plant.wait_for_end(run) == "Failed"
    plant.wait_for_order(order)
    assert audit(plant.home.database) == []


def test_a_job_cut_off_inside_an_item_leaves_nothing_of_it_and_a_fresh_job_goes_on(slow_plant: Plant) -> None:
    run = ask_with_a_timeout(slow_plant, invoices=3)

    assert slow_plant.wait_for_end(run) == "Completed"
    log = (slow_plant.home.path / "supervisor.log").read_text()
    assert "JobTimeoutException" in log
    assert "in submit_payment" in log  # the item that was being paid when the time-out came
    assert slow_plant.row(run)["epoch"] == 2
    assert audit(slow_plant.home.database) == []


def ask_with_a_timeout(plant: Plant, *, invoices: int) -> str:
    """Ask for a run whose first job RQ cuts off; the sweeper is told that it has been rung."""
    transaction, selection = plant.invoices(invoices)
    with open_app(plant.home) as app, app.rows.transaction(), app.users.acting_as(USER, undoing=False):
        request = parse_request(transaction, selection, None, options=Options(), user=USER)
        run = app.reconciliation.accept_here(request)
        app.store.note_ring(run, app.clock.now())
    connection = redis_server.connect(plant.home)
    queue = rq.Queue(QUEUE, connection=connection)
    queue.enqueue(JOB, str(plant.home.path), run.name, job_timeout=TIMEOUT_SECONDS, result_ttl=0)
    connection.close()
    return run.name
