"""Runs on ERPNext under everything that may come between: rivals, waits, timeouts, cancels, changed rights."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import frappe
import pymysql
import pytest
from rq.timeouts import JobTimeoutException

from imogi_finance.batch import faults
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.erpnext_adapter import connections
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.errors import LeaseLost, Refused
from tests.erpnext.engine.scene import Elsewhere, Scene, another_connection, at
from tests.support.doors import SilentQueue


def test_a_run_is_worked_as_the_one_who_asked_and_nobody_is_acted_as_afterwards(scene: Scene) -> None:
    run = scene.asked(2)
    seen: list[str] = []
    with at("work.after_document", lambda: seen.append(frappe.session.user)):
        assert scene.app().engine.work(run.name, holder="w") is Outcome.ENDED
    assert seen == [scene.ana]
    assert frappe.session.user == "Administrator"
    scene.assert_reconciled(run.name)
    owners = frappe.get_all("Payment Entry", filters={"batch_run": run.name}, fields=["owner", "modified_by"])
    assert {(row.owner, row.modified_by) for row in owners} == {(scene.ana, scene.ana)}
    row = frappe.get_doc("Batch Run", run.name)
    assert (row.owner, row.requested_by, row.amount, row.currency) == (scene.ana, scene.ana, 200, "IDR")
    assert abs((row.ended_at - frappe.utils.now_datetime()).total_seconds()) < 60  # in the site's own time zone
    progress = [payload["current"] for event, payload, _, _ in scene.browser.events if event.endswith("_progress")]
    assert progress == sorted(progress)
    assert progress[-1] == 2


# requests that race


def test_of_two_requests_at_once_for_one_invoice_one_is_accepted(scene: Scene) -> None:
    """Neither sees the other's rows when it checks; the live keys decide."""
    contested = scene.office.purchase_invoice(100)
    rival: list[Elsewhere] = []

    def ask() -> str:
        transaction = scene.office.bank_transaction(-100)
        row = {"doctype": "Purchase Invoice", "name": contested}
        return (
            compose(queue=SilentQueue())
            .reconciliation.create_payment_entries_bulk(transaction, [row], user=scene.ana)
            .run.name
        )

    def ask_at_the_same_time() -> None:
        rival.append(Elsewhere(ask))
        time.sleep(1.0)

    with at("request.before_commit", ask_at_the_same_time):
        accepted = ask()
    with pytest.raises(Refused, match=f"Run {accepted} is working on it"):
        rival[0].result()
    assert frappe.db.count("Batch Run Item", {"reference_name": contested}) == 1


def test_a_request_sent_twice_at_once_gets_one_run(scene: Scene) -> None:
    name, transaction = scene.office.purchase_invoice(100), scene.office.bank_transaction(-100)
    second, key = list[Elsewhere](), frappe.generate_hash()

    def ask() -> tuple[str, bool]:
        accepted = compose(queue=SilentQueue()).reconciliation.create_payment_entries_bulk(
            transaction, [{"doctype": "Purchase Invoice", "name": name}], user=scene.ana, idempotency_key=key
        )
        return accepted.run.name, accepted.is_new

    def ask_again() -> None:
        second.append(Elsewhere(ask))
        time.sleep(1.0)

    with at("request.before_commit", ask_again):
        first = ask()
    assert first[1]
    assert second[0].result() == (first[0], False)
    assert ask() == (first[0], False)


# leases and epochs


def test_a_claimer_never_waits_and_does_not_steal_a_lease_that_was_renewed_meanwhile(scene: Scene) -> None:
    run = scene.asked(1)
    app = scene.app()
    with another_connection() as other:
        other.sql("update `tabBatch Run` set stalls = 7 where name = %s", run.name)  # holds the row
        started = time.monotonic()
        with app.transactions.transaction():
            assert app.store.claim(run, holder="w", now=app.clock.now(), lease_seconds=10.0) is None
        assert time.monotonic() - started < 1
        other.sql("update `tabBatch Run` set stalls = 0, lease_holder = 'other' where name = %s", run.name)
        other.commit()
    with app.transactions.transaction():
        assert app.store.claim(run, holder="w", now=app.clock.now(), lease_seconds=10.0) is None
    assert scene.run(run.name).epoch == 0


def test_a_stale_worker_writes_nothing(scene: Scene) -> None:
    run = scene.asked(2, chunk_size=2)
    app = scene.app()

    def somebody_else_claims() -> None:
        def claim() -> None:
            other = compose(queue=scene.queue, realtime=scene.browser)
            with other.transactions.transaction():
                late = other.clock.now() + timedelta(seconds=60)
                stored = replace(other.store.run(run.name))
                assert other.store.claim(stored, holder="other", now=late, lease_seconds=10.0) is not None

        Elsewhere(claim).result()

    with at("work.before_items", somebody_else_claims):
        assert app.engine.work(run.name, holder="zombie") is Outcome.LOST
    assert scene.payments(run.name) == []
    assert [item["status"] for item in scene.items(run.name)] == ["Pending", "Pending"]
    found = scene.run(run.name)
    assert (found.epoch, found.processed, found.lease_holder) == (2, 0, "other")


def test_the_final_step_holds_the_run_s_row_however_long_it_takes(scene: Scene) -> None:
    run = scene.asked(1)
    answers = []

    def try_to_steal() -> None:
        def steal() -> Outcome:
            late = compose(queue=scene.queue, realtime=scene.browser)
            with late.transactions.transaction():
                stored = late.store.run(run.name)
                got = late.store.claim(stored, holder="thief", now=late.clock.now(), lease_seconds=1.0)
            return Outcome.ENDED if got else Outcome.NOT_CLAIMED

        answers.append(Elsewhere(steal).result())

    with at("finish.after_documents", try_to_steal):
        scene.app().engine.work(run.name, holder="w")
    assert answers == [Outcome.NOT_CLAIMED]
    scene.assert_reconciled(run.name)


# waits and deadlocks


def test_a_row_that_somebody_holds_for_a_while_delays_the_run_and_nothing_else(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connections, "LOCK_WAIT_SECONDS", 1)
    run = scene.asked(2)
    first = scene.items(run.name)[0]["reference_name"]
    with another_connection() as other:
        other.sql("select name from `tabPurchase Invoice` where name = %s for update", first)
        release = threading.Timer(1.5, other._conn.rollback)
        release.start()
        scene.app().engine.work(run.name, holder="w")
        release.join()
    assert "Another transaction held a row" in caplog.text
    scene.assert_reconciled(run.name)


def test_a_deadlock_takes_the_chunk_back_and_the_chunk_is_tried_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.office.pay("Purchase Invoice", scene.office.purchase_invoice(1))  # so that the series of payments has a row
    run = scene.asked(2)
    second = scene.items(run.name)[1]["reference_name"]
    rival: list[Elsewhere] = []

    def cross() -> None:
        def take_both() -> None:
            frappe.db.sql("select * from `tabSeries` where name like 'ACC-PAY-%%' for update")  # the run will want it
            for number in range(300):  # the heavier one, so that the server gives the run's transaction up
                frappe.db.sql("insert into `tabNote` (name, title) values (%s, 'w')", f"{run.name} {number}")
            frappe.db.sql(
                "update `tabPurchase Invoice` set remarks = 'rival' where name = %s", second
            )  # the run has it
            frappe.db.rollback()

        rival.append(Elsewhere(take_both))
        time.sleep(1.0)

    with at("work.before_unit", cross) as passes:
        scene.app().engine.work(run.name, holder="w")
    rival[0].result()
    assert "Two transactions waited for each other" in caplog.text
    assert len(passes) > 2, "nothing was tried again"
    scene.assert_reconciled(run.name)
    assert frappe.db.count("Payment Entry", {"batch_run": run.name}) == 2  # what was lost has left no trace


def test_a_connection_killed_in_a_chunk_and_one_killed_in_a_commit_cost_a_try_each(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    run = scene.asked(2, chunk_size=1)

    def kill() -> None:
        thread = frappe.db._conn.thread_id()
        with another_connection() as other:
            other.sql(f"kill {thread}")
        time.sleep(0.05)

    plain, commits = pymysql.connections.Connection.commit, []

    def commit(connection: Any) -> None:
        commits.append(connection)
        if len(commits) == 3:  # the claim is the first, the chunk that was killed in its middle had none
            kill()
        plain(connection)

    with pytest.MonkeyPatch.context() as patch, at("work.after_document", kill) as passes:
        patch.setattr(pymysql.connections.Connection, "commit", commit)
        assert scene.app().engine.work(run.name, holder="w") is Outcome.ENDED
    assert len(passes) > 2
    assert "while committing" in caplog.text
    assert "The connection to the database was lost" in caplog.text
    scene.assert_reconciled(run.name)


def test_a_job_s_timeout_in_the_middle_of_a_payment_lets_go_and_rings_and_the_next_job_goes_on(scene: Scene) -> None:
    run = scene.asked(3, chunk_size=1)

    def time_is_up(point: str) -> None:
        if point == "books.after_ledger":
            raise JobTimeoutException("Task exceeded maximum timeout value")

    app = scene.app()
    with at("work.after_commit", lambda: faults.arm(time_is_up)), pytest.raises(JobTimeoutException):
        app.engine.work(run.name, holder="w")
    left = scene.run(run.name)
    assert (left.processed, left.lease_holder) == (1, None)
    assert scene.queue.rung == [run.name]
    scene.app().engine.work(run.name, holder="w2")
    scene.assert_reconciled(run.name)


# cancel


def test_a_cancel_never_waits_for_the_chunk_at_work(scene: Scene) -> None:
    from imogi_finance.batch import api

    run = scene.asked(3, chunk_size=3)
    waited: list[float] = []

    def cancel() -> None:
        started = time.monotonic()
        answer = Elsewhere(lambda: api.cancel(run.name), user=scene.ben).result()
        waited.append(time.monotonic() - started)
        assert answer["cancel_requested"]

    with at("work.before_run", cancel):  # every row of the chunk is written and held
        scene.app().engine.work(run.name, holder="w")
    assert waited[0] < 3
    ended = scene.run(run.name)
    assert (ended.status, ended.cancel_requested_by) == (RunStatus.CANCELLED, scene.ben)
    scene.assert_undone(run.name)


def test_a_run_cancelled_before_anybody_took_it_up_ends_at_once(scene: Scene) -> None:
    from imogi_finance.batch import api

    run = scene.asked(2)
    frappe.set_user(scene.ana)
    assert api.cancel(run.name)["status"] == "Cancelled"
    scene.assert_undone(run.name)
    assert [item["status"] for item in scene.items(run.name)] == ["Skipped", "Skipped"]


# rights that change


def test_a_user_disabled_in_the_middle_has_the_run_undone_in_their_name(scene: Scene) -> None:
    run = scene.asked(2, chunk_size=1, user=scene.ben)

    def disable() -> None:
        with another_connection() as other:
            other.sql("update `tabUser` set enabled = 0 where name = %s", scene.ben)
            other.commit()

    try:
        with at("work.after_commit", disable):
            scene.app().engine.work(run.name, holder="w")
        ended = scene.run(run.name)
        assert (ended.status, ended.error is not None and "disabled" in ended.error) == (RunStatus.FAILED, True)
        scene.assert_undone(run.name)
        cancelled = frappe.get_all(
            "Payment Entry", filters={"batch_run": run.name, "docstatus": 2}, pluck="modified_by"
        )
        assert cancelled == [scene.ben]
    finally:
        frappe.db.set_value("User", scene.ben, "enabled", 1)
        frappe.db.commit()


def test_a_role_taken_away_in_the_middle_stops_the_run_and_what_it_made_is_undone(scene: Scene) -> None:
    run = scene.asked(2, chunk_size=1, user=scene.ben)

    def take_roles() -> None:
        def change() -> None:
            frappe.get_doc("User", scene.ben).remove_roles("Accounts User", "Accounts Manager")
            frappe.db.commit()

        Elsewhere(change).result()

    try:
        with at("work.after_commit", take_roles):
            scene.app().engine.work(run.name, holder="w")
        assert scene.run(run.name).status is RunStatus.FAILED
        scene.assert_undone(run.name)
    finally:
        frappe.get_doc("User", scene.ben).add_roles("Accounts User", "Accounts Manager")
        frappe.db.commit()


def test_a_lease_that_is_gone_says_so(scene: Scene) -> None:
    run = scene.asked(1)
    app = scene.app()
    with app.transactions.transaction():
        lease = app.store.claim(run, holder="w", now=app.clock.now(), lease_seconds=10.0)
    assert lease is not None
    with pytest.raises(LeaseLost, match="at epoch 1, this worker at 0"), app.transactions.transaction():
        app.store.save(replace(lease, epoch=0), processed=1)
