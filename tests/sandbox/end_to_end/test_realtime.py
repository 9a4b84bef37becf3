"""What a Socket.IO client hears of a run, and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import socketio

from tests.sandbox.end_to_end.listener import Listener
from tests.sandbox.end_to_end.site import Site

PROGRESS = "bulk_reconciliation_progress"
COMPLETE = "bulk_reconciliation_complete"
MOST_A_SECOND = 5
Listen = Callable[[], Listener]

PROGRESS_FIELDS = {
    "job_id": str,
    "current": int,
    "total": int,
    "percentage": float,
    "message": str,
    "phase": str,
    "status": str,
    "processed": int,
    "succeeded": int,
    "failed": int,
    "undone": int,
    "cancel_requested": bool,
    "at": str,
}
COMPLETE_FIELDS = {
    "job_id": str,
    "success": bool,
    "message": str,
    "succeeded": int,
    "failed": int,
    "bank_transaction": str,
    "status": str,
}


def test_progress_rises_to_the_total_and_the_end_is_told(listen: Listen, site: Site) -> None:
    desk = site.desk(100)
    listener, stranger = listen(), listen()
    with site.held():
        job = site.reconcile(desk)["job_id"]

        assert listener.subscribe(job)["job_id"] == job

    site.wait_until(lambda: bool(listener.told(COMPLETE)), "the end to be told")
    told = listener.told(PROGRESS)
    currents = [event["current"] for event in told]
    assert currents == sorted(currents)
    assert len(set(currents)) >= 3
    assert currents[-1] == 100
    assert [event["percentage"] for event in told] == [float(current) for current in currents]  # of a hundred
    for event in told:
        check_fields(event, PROGRESS_FIELDS)
        assert (event["job_id"], event["total"]) == (job, 100)
    (complete,) = listener.told(COMPLETE)
    check_fields(complete, COMPLETE_FIELDS)
    assert complete["success"] is True
    assert (complete["job_id"], complete["bank_transaction"]) == (job, desk.transaction)
    assert (complete["succeeded"], complete["failed"]) == (100, 0)
    assert "100 documents" in complete["message"]
    assert stranger.heard == []  # it has not subscribed
    assert site.audit() == []


def test_small_steps_are_told_at_most_five_times_a_second(listen: Listen, site: Site) -> None:
    listener = listen()
    desk = site.desk(100)
    with site.held():
        job = site.reconcile(desk, chunk_size=1)["job_id"]
        listener.subscribe(job)

    site.wait_until(lambda: bool(listener.told(COMPLETE)), "the end to be told")

    times = [datetime.fromisoformat(event["at"]) for event in listener.told(PROGRESS) if event["phase"] != "ended"]
    assert len(times) > MOST_A_SECOND
    for first, sixth in zip(times, times[MOST_A_SECOND:], strict=False):
        assert (sixth - first).total_seconds() > 0.99


def test_an_undo_is_told_as_a_phase_of_its_own_and_ends_without_success(listen: Listen, site: Site) -> None:
    listener = listen()
    desk = site.desk(200)
    with site.held():
        job = site.reconcile(desk)["job_id"]
        listener.subscribe(job)
    site.wait_until(lambda: len(listener.told(PROGRESS)) > 1, "the work to be told")

    assert site.ask(f"/api/runs/{job}/cancel", {}).status == 200

    site.wait_until(lambda: bool(listener.told(COMPLETE)), "the end to be told")
    (complete,) = listener.told(COMPLETE)
    assert complete["success"] is False
    assert complete["status"] == "Cancelled"
    phases = [event["phase"] for event in listener.told(PROGRESS)]
    assert phases == sorted(phases, key=["waiting", "working", "undoing", "ended"].index)
    undoing = [event["current"] for event in listener.told(PROGRESS) if event["phase"] == "undoing"]
    assert undoing == sorted(undoing)
    site.wait_for_end(job)


def test_who_unsubscribes_hears_no_more(listen: Listen, site: Site) -> None:
    listener, other = listen(), listen()
    desk = site.desk(60)
    with site.held():
        job = site.reconcile(desk)["job_id"]
        listener.subscribe(job)
        other.subscribe(job)
        assert listener.call("unsubscribe", {"job_id": job}) is None
        listener.heard.clear()

    site.wait_until(lambda: bool(other.told(COMPLETE)), "the end to be told")

    assert listener.heard == []


def test_a_subscription_is_to_one_run_only(listen: Listen, site: Site) -> None:
    listener, other = listen(), listen()
    desks = [site.desk(30), site.desk(30)]
    with site.held():
        first, second = (site.reconcile(desk)["job_id"] for desk in desks)
        listener.subscribe(first)
        other.subscribe(second)

    site.wait_until(lambda: bool(other.told(COMPLETE)), "the other run's end to be told")
    site.wait_for_end(first)

    assert {event["job_id"] for _, event in listener.heard} <= {first}


@pytest.mark.parametrize(
    "request_", [{"job_id": "RUN-99999"}, {"job_id": 7}, {"job_id": "\ud800"}, {}, None, [], "RUN"]
)
def test_a_subscription_to_nothing_is_answered_with_an_error(listen: Listen, request_: object) -> None:
    answer = listen().call("subscribe", request_)

    assert answer["error"]["message"]


def test_a_client_of_another_origin_is_refused(site: Site) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        Listener.connect(site.address, headers={"Origin": "http://evil.example"}, transports=["websocket"])


def check_fields(event: dict[str, Any], fields: dict[str, type]) -> None:
    assert {name: type(event.get(name)) for name in fields} == fields
