"""Requests and workers of a served home: double clicks, races, and a queue that nobody works."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import expect

from imogi_finance.sandbox.workers.supervisor import start_worker_process
from tests.sandbox.end_to_end.conftest import Tabs
from tests.sandbox.end_to_end.site import PATIENCE_SECONDS, Answer, Site, request_for


def test_two_runs_are_worked_by_two_workers_at_once(site: Site) -> None:
    desks = [site.desk(100), site.desk(100)]
    with site.held():  # so that the first is not done before the second is asked for
        jobs = [site.reconcile(desk)["job_id"] for desk in desks]

    def holders() -> set[str]:
        with site.books() as app:
            rows = [app.rows.get("batch_run", job) for job in jobs]
        return {row["lease_holder"] for row in rows if row and row["lease_holder"]}

    site.wait_until(lambda: len(holders()) == 2, "two workers to hold a run each")
    for job in jobs:
        assert site.wait_for_end(job)["status"] == "Completed"
    assert site.audit() == []


def test_of_two_requests_at_once_for_one_invoice_one_is_accepted_and_the_other_names_its_run(site: Site) -> None:
    for _ in range(5):
        first, second = site.desk(3), site.desk(3)
        with site.books() as app:  # both transactions may pay the same invoices
            account = app.rows.get("bank_transaction", first.transaction)
            assert account is not None
            of = {"company": account["company"], "bank_account": account["bank_account"]}
            app.rows.update("bank_transaction", (second.transaction,), of)

        answers = at_once(
            partial(site.ask, "/api/reconcile", request_for(first)),
            partial(site.ask, "/api/reconcile", request_for(second, invoices=first.rows[:1])),
        )

        assert sorted(answer.status for answer in answers) == [202, 422]
        accepted, refused = sorted(answers, key=lambda answer: answer.status)
        problem = refused.body["error"]["problems"][0]
        assert problem["document"] == f"Purchase Invoice {first.invoices[0]}"
        assert problem["rule"] == "in_live_run"
        assert accepted.body["job_id"] in problem["message"]
        assert site.wait_for_end(accepted.body["job_id"])["status"] == "Completed"
    assert site.audit() == []


def test_a_double_click_is_one_run(site: Site) -> None:
    desk, key = site.desk(5), str(uuid.uuid4())

    answers = at_once(*[lambda: site.ask("/api/reconcile", request_for(desk, idempotency_key=key))] * 4)

    assert {answer.status for answer in answers} == {202}
    (job,) = {answer.body["job_id"] for answer in answers}
    assert site.wait_for_end(job)["succeeded"] == 5
    assert site.audit() == []


def test_cancels_and_retries_at_once_leave_one_run_that_ends(site: Site) -> None:
    desk = site.desk(60)
    job = site.reconcile(desk)["job_id"]

    cancels = at_once(*[lambda: site.ask(f"/api/runs/{job}/cancel", {})] * 3)
    site.wait_for_end(job)
    retries = at_once(*[lambda: site.ask(f"/api/runs/{job}/retry", {})] * 3)

    assert 200 in {answer.status for answer in cancels}
    late = [answer.body["error"]["problems"][0] for answer in cancels if answer.status != 200]
    assert {problem["rule"] for problem in late} <= {"not_cancellable"}  # it had ended by then
    assert {answer.status for answer in retries} == {200}
    (again,) = {answer.body["job_id"] for answer in retries}
    assert site.wait_for_end(again)["status"] == "Completed"
    assert site.audit() == []


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served home that nobody works for."""
    site = Site.build(tmp_path_factory.mktemp("idle"), invoices=20)
    site.start(workers=0)
    try:
        yield site
    finally:
        site.stop()


def test_without_a_worker_a_request_is_answered_and_waits_for_one(new_tab: Tabs, idle: Site) -> None:
    screen = new_tab(at=idle)
    job = screen.submit_all(idle.sample)
    expect(screen.page.get_by_text("No worker is running.")).to_be_visible()
    screen.shot("91-no-worker")
    assert idle.get(f"/api/runs/{job}")["phase"] == "waiting"

    with working(idle):
        assert "20 documents" in screen.outcome()

    assert idle.audit() == []


def test_with_the_queue_down_a_request_is_answered_and_done_once_it_is_back(idle: Site) -> None:
    desk = idle.desk(10)
    kill_redis(idle)

    job = idle.reconcile(desk)["job_id"]

    assert idle.get("/api/company")["queue"] == {"up": False, "workers": 0}
    assert idle.get(f"/api/runs/{job}")["status"] == "Pending"
    with working(idle):
        assert idle.wait_for_end(job)["status"] == "Completed"
    assert idle.get("/api/company")["queue"]["up"] is True
    assert idle.audit() == []


def test_a_run_that_nobody_took_up_is_cancelled_at_once(idle: Site) -> None:
    desk = idle.desk(4)
    job = idle.reconcile(desk)["job_id"]

    answer = idle.ask(f"/api/runs/{job}/cancel", {})

    assert (answer.body["status"], answer.body["phase"]) == ("Cancelled", "ended")
    assert set(idle.statuses(desk).values()) == {"Unpaid"}
    assert idle.audit() == []


# at once, and the processes


def at_once(*asks: Callable[[], Answer]) -> list[Answer]:
    """Ask everything at the same moment."""
    gate = threading.Barrier(len(asks))

    def ask(one: Callable[[], Answer]) -> Answer:
        gate.wait()
        return one()

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(ask, asks))


@contextmanager
def working(site: Site) -> Iterator[None]:
    """Have workers beside a served home, for a block."""
    process = start_worker_process(site.home, count=2)
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def kill_redis(site: Site) -> None:
    """Kill a home's Redis, as a crash would."""
    os.kill(int((site.home.redis_folder / "redis.pid").read_text()), signal.SIGKILL)
    site.wait_until(lambda: site.get("/api/company")["queue"]["up"] is False, "Redis to be gone")
