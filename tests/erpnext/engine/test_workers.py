"""Real workers that die at the worst moments, the minute's sweep that finds what they left, and Redis gone."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import frappe
import pytest
from frappe.utils.background_jobs import get_queue

from imogi_finance.bank_reconciliation import api as reconciliation
from imogi_finance.batch import api
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.erpnext_adapter.announcing import announce
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.jobs import work_run
from imogi_finance.erpnext_adapter.queue import JOB, JOB_TIMEOUT_SECONDS
from imogi_finance.erpnext_adapter.sweeping import sweep
from tests.erpnext.engine.scene import Elsewhere, Scene
from tests.erpnext.engine.workers import order_fault, until, worker


def notifications(run: str) -> list[str]:
    frappe.db.rollback()
    return list(frappe.get_all("Notification Log", filters={"document_name": run}, pluck="for_user"))


def forget_the_lease(run: str) -> None:
    """Have ten seconds pass for the run: what the lease of a killed worker takes to run out."""
    frappe.db.sql(
        "update `tabBatch Run` set lease_expires_at = utc_timestamp(6) - interval 1 second where name = %s", run
    )
    frappe.db.sql("update `tabBatch Run Signal` set rung_at = null where name = %s", run)
    frappe.db.commit()


def jobs() -> list[dict[str, object]]:
    return [job.kwargs for job in get_queue("long").jobs]


@pytest.mark.parametrize(
    ("point", "nth"),
    [
        ("books.after_ledger", 5),  # in the middle of a payment of the second chunk
        ("finish.after_documents", 1),
    ],
)
def test_a_work_horse_killed_anywhere_is_followed_by_the_next_of_its_worker(scene: Scene, point: str, nth: int) -> None:
    run = scene.asked(3, chunk_size=2)
    order = order_fault(point, "kill", nth)
    compose().queue.ring(run.name)
    with worker():
        until(lambda: not order.exists(), f"the fault at {point}")
        until(lambda: notifications(run.name), "the notification of the end")
    assert scene.run(run.name).epoch > 1
    scene.assert_reconciled(run.name)
    assert notifications(run.name) == [scene.ana]


def test_a_worker_killed_with_its_horse_leaves_a_run_that_the_next_sweep_has_finished(scene: Scene) -> None:
    run = scene.asked(3, chunk_size=2)
    order = order_fault("work.before_commit", "kill-both", 2)  # with a whole chunk unwritten
    compose().queue.ring(run.name)
    with worker():
        until(lambda: not order.exists(), "the fault")
    left = scene.run(run.name)
    assert left.status is RunStatus.PROCESSING
    assert left.lease_holder is not None
    assert left.processed > 0
    scene.redis.client().flushall()

    sweep()
    assert [job["kwargs"] for job in jobs()] == [{"run": run.name}]
    with worker():
        until(lambda: notifications(run.name), "the notification of the end")
    scene.assert_reconciled(run.name)
    assert notifications(run.name) == [scene.ana]


def test_a_run_that_is_watched_goes_on_without_any_sweep(scene: Scene) -> None:
    run = scene.asked(2)
    app = scene.app()
    with app.transactions.transaction():  # a worker that took it up, and died
        assert app.store.claim(run, holder="dead", now=app.clock.now(), lease_seconds=10.0)
    frappe.set_user(scene.ana)
    assert api.status(run.name)["phase"] == "working"
    assert jobs() == []
    forget_the_lease(run.name)
    for _ in range(2):
        api.status(run.name)
    assert [job["kwargs"] for job in jobs()] == [{"run": run.name}]


def test_a_worker_that_died_before_it_could_tell_the_end_leaves_that_to_the_sweep_which_tells_it_once(
    scene: Scene,
) -> None:
    run = scene.asked(2)
    order = order_fault("finish.after_commit", "kill-both", 1)
    compose().queue.ring(run.name)
    with worker():
        until(lambda: not order.exists(), "the fault")
        until(lambda: scene.run(run.name).status is RunStatus.COMPLETED, "the commit of the end")
    assert notifications(run.name) == []
    tellers = [Elsewhere(sweep), Elsewhere(lambda: announce(run.name))]
    for teller in tellers:
        teller.result()
    sweep()
    assert notifications(run.name) == [scene.ana]


def test_a_worker_that_was_stopped_and_comes_back_as_a_zombie_writes_nothing(scene: Scene) -> None:
    run = scene.asked(2)
    order = order_fault("work.before_items", "stop", 1)
    compose().queue.ring(run.name)
    with worker():
        until(lambda: not order.exists(), "the fault")
        zombie = int(next(order.parent.glob("*taken-*")).name.rpartition("-")[2])
        forget_the_lease(run.name)
        app = compose()
        with app.transactions.transaction():  # as the next worker would
            lease = app.store.claim(app.store.run(run.name), holder="next", now=app.clock.now(), lease_seconds=60.0)
        assert lease is not None
        os.kill(zombie, signal.SIGCONT)
        until(lambda: not Path(f"/proc/{zombie}").exists(), "the end of the zombie")
    assert scene.run(run.name).epoch == lease.epoch == 2
    assert frappe.db.count("Payment Entry", {"batch_run": run.name}) == 0
    forget_the_lease(run.name)
    assert compose(queue=scene.queue).engine.work(run.name, holder="w") is Outcome.ENDED
    scene.assert_reconciled(run.name)
    assert frappe.db.count("Payment Entry", {"batch_run": run.name}) == 2


def test_the_job_carries_the_run_s_name_and_nothing_else(scene: Scene) -> None:
    run = scene.asked(1)
    compose().queue.ring(run.name)
    (job,) = get_queue("long").jobs
    assert (job.kwargs["method"], job.kwargs["kwargs"], job.timeout) == (JOB, {"run": run.name}, JOB_TIMEOUT_SECONDS)


def test_with_redis_away_a_request_is_stored_and_the_sweep_rings_when_it_is_back(scene: Scene) -> None:
    names = [scene.office.purchase_invoice(10) for _ in range(2)]
    transaction = scene.office.bank_transaction(-20)
    frappe.db.set_single_value("IMOGI Finance Settings", "threshold", 1)
    frappe.db.commit()
    frappe.set_user(scene.ana)
    try:
        with scene.redis.away():
            started = time.monotonic()
            rows = [{"doctype": "Purchase Invoice", "name": name} for name in names]
            answer = reconciliation.create_payment_entries_bulk(transaction, rows)
            assert time.monotonic() - started < 4
            assert answer["status"] == "Pending"
            sweep()  # in vain, and without an error
        frappe.set_user("Administrator")
        sweep()
        assert [job["kwargs"] for job in jobs()] == [{"run": answer["job_id"]}]
        sweep()
        assert len(jobs()) == 1, "it rings again before its patience is over"
    finally:
        frappe.set_user("Administrator")
        frappe.db.set_single_value("IMOGI Finance Settings", "threshold", 50)
        frappe.db.commit()
    work_run(str(answer["job_id"]))
    frappe.set_user(scene.ana)
    assert api.status(str(answer["job_id"]))["status"] == "Completed"


def test_the_scheduler_sweeps_each_minute(scene: Scene) -> None:
    method = "imogi_finance.erpnext_adapter.sweeping.sweep"
    job = frappe.get_doc("Scheduled Job Type", {"method": method})
    assert (job.frequency, job.cron_format, job.stopped) == ("Cron", "* * * * *", 0)
    run = scene.asked(1)
    job.execute()  # as the worker of the scheduler's job does
    assert [waiting["kwargs"] for waiting in jobs() if waiting["method"] == JOB] == [{"run": run.name}]


def test_a_mail_goes_out_where_the_settings_say_so_and_its_lack_of_an_account_keeps_no_notification_back(
    scene: Scene,
) -> None:
    run = scene.asked(1)
    frappe.db.set_single_value("IMOGI Finance Settings", "mail_on_completion", 1)
    frappe.db.commit()
    try:
        scene.app().engine.work(run.name, holder="w")
        assert announce(run.name)
        assert not announce(run.name)
    finally:
        frappe.db.set_single_value("IMOGI Finance Settings", "mail_on_completion", 0)
        frappe.db.commit()
    assert notifications(run.name) == [scene.ana]
    mails = frappe.get_all("Email Queue", filters={"reference_name": run.name}, pluck="name")
    refusals = frappe.get_all("Error Log", filters={"method": ("like", f"%{run.name}%")}, pluck="name")
    assert len(mails) + len(refusals) == 1


def test_the_end_is_told_in_the_language_of_who_asked(scene: Scene) -> None:
    run = scene.asked(1, user=scene.ben)
    frappe.db.set_value("User", scene.ben, "language", "id")
    frappe.clear_cache(user=scene.ben)
    frappe.db.commit()
    try:
        frappe.set_user(scene.ben)
        api.cancel(run.name)
        told = frappe.db.get_value("Notification Log", {"document_name": run.name}, "subject")
    finally:
        frappe.set_user("Administrator")
        frappe.db.set_value("User", scene.ben, "language", "en")
        frappe.clear_cache(user=scene.ben)
        frappe.db.commit()
    assert told == f"<b>Rekonsiliasi Massal {run.name}: Dibatalkan</b>. Dibatalkan. Semua hasilnya sudah dibatalkan."


def test_two_workers_work_rival_runs_side_by_side(scene: Scene) -> None:
    """Both make payments of one series, post to the same accounts and reconcile the same bank account."""
    runs = [scene.asked(3, chunk_size=1).name for _ in range(2)]
    for name in runs:
        compose().queue.ring(name)
    with worker(), worker():
        until(lambda: not any(scene.run(name).status.is_live for name in runs), "the end of all runs")
    for name in runs:
        scene.assert_reconciled(name)
        assert frappe.db.count("Payment Entry", {"batch_run": name}) == 3
