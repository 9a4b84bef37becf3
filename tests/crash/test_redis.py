"""Redis and the supervisor die in the middle: the queue is only a doorbell, so nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imogi_finance.sandbox import redis_server
from tests.crash.audit import audit
from tests.crash.conftest import running
from tests.crash.plant import Plant, signal_process, wait_until

INVOICES = 100


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    yield from running(tmp_path_factory.mktemp("home"), workers=2, environment={"IMOGI_PACE_MS": "10"})


@pytest.mark.parametrize("keeps_its_file", [True, False])
def test_redis_killed_in_the_middle_is_restarted_and_the_run_completes(plant: Plant, keeps_its_file: bool) -> None:
    run = plant.ask(INVOICES)
    wait_until(lambda: plant.row(run)["processed"] >= 20, "the run to be in the middle")

    old = kill_redis(plant)
    if not keeps_its_file:
        shutil.rmtree(append_only_files(plant))

    wait_until(lambda: redis_server.is_up(plant.home) and redis_pid(plant) != old, "Redis to be restarted")
    assert plant.wait_for_end(run) == "Completed"
    assert audit(plant.home.database) == []
    assert plant.wait_for_end(plant.ask(5)) == "Completed"  # and the queue works as before
    assert audit(plant.home.database) == []


def test_redis_killed_with_runs_still_waiting_in_it_loses_none(plant: Plant) -> None:
    with stopped([supervisor(plant), *plant.rq_workers()]):
        runs = [plant.ask(10) for _ in range(5)]
        kill_redis(plant)
        shutil.rmtree(append_only_files(plant))
        assert {plant.row(run)["epoch"] for run in runs} == {0}  # nobody has taken them up

    for run in runs:
        assert plant.wait_for_end(run) == "Completed"
    assert audit(plant.home.database) == []


def test_a_queue_that_is_down_when_the_request_comes_does_not_keep_it_from_being_answered(plant: Plant) -> None:
    with stopped([supervisor(plant)]):  # so that Redis stays down for a while
        kill_redis(plant)

        run = plant.ask(10)

        assert plant.row(run)["status"] == "Pending"
        assert not redis_server.is_up(plant.home)
    assert plant.wait_for_end(run) == "Completed"
    assert audit(plant.home.database) == []


def test_redis_killed_during_the_undo_does_not_keep_it_from_ending(plant: Plant) -> None:
    order = plant.order("stop", "undo.after_commit", 1)
    run = plant.ask_and_spoil(*plant.invoices(50))
    plant.wait_for_order(order)

    kill_redis(plant)
    for pid in plant.descendants():
        signal_process(pid, signal.SIGCONT)

    assert plant.wait_for_end(run) == "Failed"
    assert audit(plant.home.database) == []


def test_a_supervisor_killed_in_the_middle_is_replaced_by_another(plant: Plant) -> None:
    run = plant.ask(INVOICES)
    wait_until(lambda: plant.row(run)["processed"] >= 20, "the run to be in the middle")

    plant.kill_supervisor()
    plant.start()

    assert plant.wait_for_end(run) == "Completed"
    assert audit(plant.home.database) == []


def test_everything_killed_at_once_goes_on_when_it_is_started_again(plant: Plant) -> None:
    runs = [plant.ask(INVOICES), plant.ask(30)]
    wait_until(lambda: plant.row(runs[0])["processed"] >= 20, "the first run to be in the middle")

    plant.kill_supervisor()
    for pid in plant.descendants():
        signal_process(pid, signal.SIGKILL)
    wait_until(lambda: plant.descendants() == [], "every process to be gone")
    assert plant.row(runs[0])["status"] == "Processing"
    plant.start()

    for run in runs:
        assert plant.wait_for_end(run) == "Completed"
    assert audit(plant.home.database) == []


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Let processes do nothing for the block."""
    for pid in pids:
        signal_process(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            signal_process(pid, signal.SIGCONT)


def supervisor(plant: Plant) -> int:
    assert plant.supervisor is not None
    return plant.supervisor.pid


def redis_pid(plant: Plant) -> int:
    return int((plant.home.redis_folder / "redis.pid").read_text())


def append_only_files(plant: Plant) -> Path:
    folder = plant.home.redis_folder / "appendonlydir"
    assert folder.is_dir()
    return folder


def kill_redis(plant: Plant) -> int:
    """Kill Redis as a crash would; return what its pid was."""
    pid = redis_pid(plant)
    os.kill(pid, signal.SIGKILL)
    return pid
