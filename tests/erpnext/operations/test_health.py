"""The look at how the app fares: what is found of runs, workers and checks, and who is told what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import frappe
import pytest
from frappe.utils.background_jobs import get_queue

from imogi_finance.batch.run import ItemStatus, RunStatus
from imogi_finance.erpnext_adapter import drift, sweeping
from imogi_finance.erpnext_adapter.health import machinery, notes
from imogi_finance.erpnext_adapter.health.looking import look
from imogi_finance.erpnext_adapter.queue import JOB
from imogi_finance.imogi_finance.page.batch_health import batch_health
from tests.erpnext.engine.scene import Scene

LONG_AGO = timedelta(hours=1)


def codes(found: dict[str, Any]) -> set[str]:
    """The findings, without what a site without workers and scheduler says of itself."""
    return {finding["code"] for finding in found["findings"]} - {"no_worker", "scheduler"}


def finding(found: dict[str, Any], code: str) -> dict[str, Any]:
    return next(each for each in found["findings"] if each["code"] == code)


def live(found: dict[str, Any], run: str) -> dict[str, Any]:
    return next(each for each in found["live"] if each["job_id"] == run)


def looked(user: str = "Administrator") -> dict[str, Any]:
    frappe.db.rollback()
    frappe.set_user(user)
    try:
        return look(user)
    finally:
        frappe.set_user("Administrator")


def set_run(name: str, **columns: Any) -> None:
    """Put a run into a state that takes a killed worker, or time, to come about; as the engine's columns hold it."""
    columns.setdefault("modified", frappe.utils.now())
    settings = ", ".join(f"`{column}` = %({column})s" for column in columns)
    frappe.db.sql(f"update `tabBatch Run` set {settings} where name = %(name)s", {**columns, "name": name})
    frappe.db.commit()


def utc(ahead: timedelta) -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None) + ahead


def site_time(ahead: timedelta) -> datetime:
    now: datetime = frappe.utils.now_datetime()
    return now + ahead


def test_a_run_that_is_worked_shows_its_lease_and_nothing_is_wrong_with_it(scene: Scene) -> None:
    run = scene.asked(3).name
    until = utc(timedelta(seconds=8))
    set_run(
        run,
        status="Processing",
        epoch=2,
        lease_holder="host:17@1.2",
        lease_expires_at=until,
        lease_seconds=10,
        processed=1,
    )
    found = looked()
    shown = live(found, run)
    assert (shown["state"], shown["epoch"], shown["holder"]) == ("working", 2, "host:17@1.2")
    assert 0 < shown["lease_left"] <= 8
    assert (shown["current"], shown["total"]) == (1, 3)
    assert not any(run in finding["runs"] for finding in found["findings"])


def test_a_run_whose_worker_died_is_stuck_after_the_time_in_which_another_must_have_come(scene: Scene) -> None:
    run = scene.asked(2).name
    dead = {"status": "Processing", "epoch": 3, "lease_holder": "host:17"}
    set_run(run, **dead, lease_expires_at=utc(-timedelta(seconds=5)), modified=site_time(-timedelta(seconds=15)))
    found = looked()
    assert live(found, run)["state"] == "dropped"
    assert "stuck" not in codes(found)

    set_run(run, **dead, lease_expires_at=utc(-LONG_AGO), modified=site_time(-LONG_AGO))
    found = looked()
    assert run in finding(found, "stuck")["runs"]
    assert finding(found, "stuck")["level"] == found["level"] == "bad"
    assert live(found, run)["idle"] == pytest.approx(3600, abs=120)


def test_a_run_that_sleeps_or_is_held_up_says_so(scene: Scene) -> None:
    run = scene.asked(3).name
    set_run(run, status="Processing", epoch=1, wake_at=utc(timedelta(seconds=40)), processed=1)
    frappe.db.sql("update `tabBatch Run Item` set attempt = 2 where run = %s and position = 2", run)
    frappe.db.commit()
    found = looked()
    shown = live(found, run)
    assert (shown["state"], shown["held_up"]) == ("asleep", 1)
    assert 0 < shown["wakes_in"] <= 40
    assert run in finding(found, "held_up")["runs"]
    assert finding(found, "held_up")["level"] == "warn"


def test_runs_that_need_a_person_are_named_until_somebody_has_asked_again(scene: Scene) -> None:
    run = scene.asked(2)
    set_run(run.name, status="Failed", announced=1, utc_ended_at=utc(timedelta()), ended_at=site_time(timedelta()))
    found = looked()
    needing = {each["job_id"]: each for each in found["needing"]}
    assert needing[run.name]["can_retry"] is True
    assert run.name in finding(found, "failed")["runs"]
    assert sum(day["runs"].get("Failed", 0) for day in found["days"]) >= 1

    set_run(run.name, status="Needs Attention", utc_ended_at=utc(-timedelta(days=30)))
    found = looked()
    assert finding(found, "attention")["level"] == "bad"
    assert found["needing"][0]["status"] == RunStatus.NEEDS_ATTENTION.value  # first, however old

    set_run(run.name, status="Failed", live_key=None, utc_ended_at=utc(-timedelta(days=30)))
    assert run.name not in {each["job_id"] for each in looked()["needing"]}  # nobody looks at it any more

    set_run(run.name, utc_ended_at=utc(timedelta()), creation=site_time(-timedelta(minutes=1)))
    frappe.db.sql(
        "update `tabBatch Run Item` set live_key = null, status = %s where run = %s",
        (ItemStatus.SKIPPED.value, run.name),
    )
    frappe.db.commit()
    again = scene.app().control.retry(run.name, user=scene.ana)
    found = looked()
    assert run.name not in {each["job_id"] for each in found["needing"]}
    assert again.name in {each["job_id"] for each in found["live"]}


def test_an_end_that_nobody_was_told_is_found(scene: Scene) -> None:
    run = scene.asked(1).name
    set_run(run, status="Completed", announced=0, utc_ended_at=utc(-LONG_AGO))
    assert run in finding(looked(), "untold")["runs"]
    sweeping.sweep()
    assert "untold" not in codes(looked())


def test_the_sweep_leaves_a_note_and_is_late_without_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.expect()
    frappe.db.commit()
    run = scene.asked(1).name
    set_run(run, creation=site_time(-LONG_AGO), utc_created_at=utc(-LONG_AGO))
    sweeping.sweep()
    sweep = looked()["operations"]["sweep"]
    assert sweep["age"] < 60
    assert sweep["number"] >= 1
    assert run in sweep["found"]["runs"]

    scene.tidy()
    sweeping.sweep()  # it finds nothing, and what it found before stays
    sweep = looked()["operations"]["sweep"]
    assert sweep["number"] == 0
    assert run in sweep["found"]["runs"]

    frappe.db.sql("update `tabBatch Health Note` set noted_at = %s where name = 'Sweep'", utc(-LONG_AGO))
    frappe.db.commit()
    with all_is_on(monkeypatch):
        assert finding(looked(), "sweep_late")["level"] == "bad"
        sweeping.sweep()
        assert "sweep_late" not in codes(looked())


def test_what_the_daily_check_mended_is_named_to_who_may_read_it_all(scene: Scene) -> None:
    payment = scene.office.pay("Purchase Invoice", scene.office.purchase_invoice(100))
    drift.check()
    frappe.db.set_value("Payment Entry", payment, "awaiting_bank_reconciliation", 0, update_modified=False)
    frappe.db.commit()
    drift.check()
    found = looked()
    check = found["operations"]["check"]
    assert f"Payment Entry {payment}" in {each["document"] for each in check["found"]["documents"]}
    assert finding(found, "drift")["error_log"] == check["found"]["error_log"]
    assert frappe.db.exists("Error Log", check["found"]["error_log"])

    drift.check()  # all is well by now; what was found stays known for a week
    check = looked()["operations"]["check"]
    assert check["number"] == 0
    assert check["found_number"] >= 1
    assert "drift" not in codes(looked(scene.ana))


def test_who_may_not_know_sees_neither_others_runs_nor_the_machinery(scene: Scene) -> None:
    mine, theirs = scene.asked(1, user=scene.ana).name, scene.asked(1, user=scene.ben).name
    found = looked(scene.ana)
    assert found["operations"] is None
    assert mine in {run["job_id"] for run in found["live"]}
    assert all("holder" not in run for run in found["live"])
    assert "bench" not in finding(found, "no_worker")["remedy"]
    assert "bench worker" in finding(looked(), "no_worker")["remedy"]

    frappe.set_user(scene.eve)
    with pytest.raises(frappe.PermissionError):
        batch_health.health()
    frappe.set_user("Administrator")

    # vic may look at runs, but no longer at bank transactions
    frappe.get_doc("User", scene.vic).remove_roles("Accounts User")
    try:
        seen = {run["job_id"] for run in looked(scene.vic)["live"]}
        assert seen & {mine, theirs} == set()
    finally:
        frappe.get_doc("User", scene.vic).add_roles("Accounts User")
        frappe.db.commit()


def test_rings_that_nobody_hears_are_counted(scene: Scene) -> None:
    run = scene.asked(1).name
    frappe.enqueue(JOB, queue="long", run=run)
    known = looked()["operations"]
    queue = known["queues"][0]
    assert (queue["name"], queue["workers"]) == ("long", 0)
    assert queue["waiting"] == get_queue("long").count >= 1
    assert run in {ring["run"] for ring in known["rings"]}
    assert finding(looked(), "no_worker")["level"] == "bad"


def test_without_redis_it_says_so_and_shows_the_rest(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    run = scene.asked(1).name
    monkeypatch.setitem(frappe.local.conf, "redis_queue", "redis://127.0.0.1:1")
    found = looked()
    assert finding(found, "redis")["level"] == "bad"
    assert found["operations"]["queues"] == []
    assert run in {each["job_id"] for each in found["live"]}


def test_however_many_runs_there_are_the_questions_stay_the_same(scene: Scene) -> None:
    def questions() -> int:
        looked()
        asked = []
        real = frappe.db.sql

        def counting(*args: Any, **kwargs: Any) -> Any:
            asked.append(args[0])
            return real(*args, **kwargs)

        frappe.db.sql = counting
        try:
            look("Administrator")
        finally:
            del frappe.db.sql
        return len(asked)

    scene.asked(1)
    few = questions()
    for _ in range(4):
        scene.asked(2)
    assert questions() == few


@contextmanager
def all_is_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A site whose scheduler is on and whose queues have workers, as far as the look can tell."""
    healthy = machinery.Machinery(None, [machinery.QueueState("long", 0, 0.0, 1, 0)], [])
    with monkeypatch.context() as patch:
        patch.setattr(machinery, "read", lambda now: healthy)
        yield
