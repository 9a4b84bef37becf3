"""Several workers on one run: they share its items, wait for nobody, and only one of them decides about the whole."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable

import frappe
import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.erpnext_adapter import naming
from imogi_finance.erpnext_adapter.batch_store import items
from imogi_finance.erpnext_adapter.composition import App, compose
from imogi_finance.erpnext_adapter.settings import reconciliation_settings
from tests.erpnext.engine.scene import Elsewhere, Scene, at
from tests.erpnext.engine.workers import order_fault, until, worker
from tests.support.doors import SilentQueue

CREW = 2
_PATIENCE = 180.0  # a test waits for what must happen, on however busy a machine


def crew(scene: Scene) -> App:
    """Compose the app of one of two workers, who are never too slow for their lease."""
    return scene.app(workers=CREW, lease_seconds=2 * _PATIENCE, chunk_seconds=_PATIENCE)


def another(scene: Scene, run: str) -> Elsewhere:
    """Have another worker work the run, on a connection of its own."""
    return Elsewhere(lambda: crew(scene).engine.work(run, holder="second"))


def soon(happened: Callable[[], bool], what: str) -> None:
    """Wait, inside a transaction of this thread, for what another one commits."""
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.05)


def column(run: str, name: str) -> int:
    """Return a number of the run as others have committed it; the transaction reads what is committed."""
    return int(frappe.db.sql(f"select {name} from `tabBatch Run` where name = %s", run)[0][0])


def transactions_lost(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "transaction failed" in record.getMessage()]


def test_a_second_worker_works_what_the_first_has_not_taken_and_waits_for_nothing_of_it(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither for its invoices, nor for the numbers of its payments."""
    run = scene.asked(6, chunk_size=2)
    second: list[Elsewhere] = []

    def meanwhile() -> None:
        second.append(another(scene, run.name))
        soon(lambda: column(run.name, "processed") == 4, "the work of the others")

    with caplog.at_level(logging.INFO, "imogi_finance"), at("work.before_items", meanwhile):
        first = crew(scene).engine.work(run.name, holder="first")
    assert sorted([first, second[0].result(_PATIENCE)], key=str) == [Outcome.ENDED, Outcome.LOST]
    assert transactions_lost(caplog) == []
    scene.assert_reconciled(run.name)
    assert frappe.db.count("Payment Entry", {"batch_run": run.name}) == 6
    chunks = [record.getMessage() for record in caplog.records if "chunk worked" in record.getMessage()]
    assert sorted(line.split("chunk=")[1].split()[0] for line in chunks) == ["1-2", "3-4", "5-6"]
    assert all(f"run={run.name} epoch=1 " in line for line in chunks)
    assert column(run.name, "epoch") == 2  # who finished it was alone


def test_who_rings_is_who_claims_and_only_for_as_many_as_the_settings_allow(scene: Scene) -> None:
    one, large = scene.asked(2, chunk_size=2), scene.asked(6, chunk_size=2)
    for run, workers, rung in ((one, 3, 0), (large, 3, 2)):
        app = scene.app(workers=workers)
        with at("work.before_unit", lambda: scene.queue.rung.append("begun")):
            app.engine.work(run.name, holder="w")
        assert scene.queue.rung[: rung + 1] == [*[run.name] * rung, "begun"]


def test_an_item_that_fails_takes_the_run_from_those_who_are_in_the_middle_of_a_chunk(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    run = scene.asked(4, chunk_size=2)
    scene.office.pay("Purchase Invoice", scene.items(run.name)[3]["reference_name"])
    second: list[Elsewhere] = []

    def meanwhile() -> None:
        second.append(another(scene, run.name))
        soon(lambda: column(run.name, "epoch") == 2, "the other's taking over")

    with caplog.at_level(logging.INFO, "imogi_finance"), at("work.before_items", meanwhile):
        assert crew(scene).engine.work(run.name, holder="first") is Outcome.LOST
    assert second[0].result(_PATIENCE) is Outcome.ENDED
    assert transactions_lost(caplog) == []
    assert scene.run(run.name).status is RunStatus.FAILED
    assert [item["status"] for item in scene.items(run.name)] == ["Skipped", "Skipped", "Skipped", "Failed"]
    assert scene.payments(run.name) == []


def test_a_cancel_stops_all_who_work_the_run(scene: Scene) -> None:
    run = scene.asked(6, chunk_size=1)
    second: list[Elsewhere] = []

    def meanwhile() -> None:
        second.append(another(scene, run.name))
        soon(lambda: column(run.name, "processed") > 1, "the other's work")
        Elsewhere(lambda: crew(scene).control.cancel(run.name, user=scene.ana)).result(_PATIENCE)
        soon(lambda: column(run.name, "epoch") == 2, "the other's taking over")

    with at("work.before_items", meanwhile):
        assert crew(scene).engine.work(run.name, holder="first") is Outcome.LOST
    assert second[0].result(_PATIENCE) is Outcome.ENDED
    assert scene.run(run.name).status is RunStatus.CANCELLED
    scene.assert_undone(run.name)


def test_the_server_ends_the_connection_of_one_who_holds_items_and_is_silent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "SILENT_SECONDS", 3)
    run = scene.asked(4, chunk_size=2)
    second: list[Elsewhere] = []

    def silent() -> None:
        second.append(another(scene, run.name))
        assert second[0].result(_PATIENCE) is Outcome.ENDED  # it has worked these items too

    with at("work.before_items", silent):
        assert crew(scene).engine.work(run.name, holder="first") is Outcome.LOST
    scene.assert_reconciled(run.name)
    assert frappe.db.count("Payment Entry", {"batch_run": run.name}) == 4
    assert frappe.db.sql("select @@session.idle_transaction_timeout = @@global.idle_transaction_timeout") == ((1,),)


def test_who_holds_items_or_undoes_them_may_not_be_silent_for_long(scene: Scene) -> None:
    run = scene.asked(1)
    app = crew(scene)
    now, silence = app.clock.now(), "select @@session.idle_transaction_timeout"
    with app.transactions.transaction():
        assert app.store.due_items(run.name, now, limit=1)
        assert frappe.db.sql(silence)[0][0] == items.SILENT_SECONDS
    with app.transactions.transaction():
        assert frappe.db.sql(silence)[0][0] == 0
        app.store.items_to_undo(run.name, now, limit=1)
        assert frappe.db.sql(silence)[0][0] == items.SILENT_SECONDS


def test_a_number_drawn_for_a_chunk_that_was_given_up_is_not_drawn_again(scene: Scene) -> None:
    run = scene.asked(2)
    drawn: list[str] = []

    def note() -> None:
        drawn.extend(frappe.db.sql("select name from `tabPayment Entry` where batch_run = %s", run.name, pluck=True))
        raise KeyboardInterrupt

    with at("work.before_items", note), pytest.raises(KeyboardInterrupt):
        crew(scene).engine.work(run.name, holder="w")
    assert getattr(frappe.local, "imogi_numbers", None) is None  # the second connection is closed
    assert crew(scene).engine.work(run.name, holder="w") is Outcome.ENDED
    scene.assert_reconciled(run.name)
    assert len(drawn) == 2
    assert not set(drawn) & set(scene.payments(run.name))
    assert not frappe.db.exists("Payment Entry", drawn[0])


def test_one_worker_draws_its_numbers_as_ever(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "numbered_apart", lambda document: pytest.fail("numbered apart"))
    run = scene.asked(2)
    assert scene.app(workers=1).engine.work(run.name, holder="w") is Outcome.ENDED


def test_the_numbering_of_another_app_is_asked_and_one_that_waits_too_long_is_tried_again(
    scene: Scene, hook: Callable[[str, str, Callable[..., object]], Callable[[], None]]
) -> None:
    seen: list[bool] = []

    def before_naming(document: object, event: str) -> None:
        seen.append(frappe.db is not None and bool(frappe.db.sql("select 1")))
        if len(seen) == 1:
            raise frappe.QueryTimeoutError("as where the series is locked")

    hook("Payment Entry", "before_naming", before_naming)
    run = scene.asked(1)
    assert crew(scene).engine.work(run.name, holder="w") is Outcome.ENDED
    assert seen == [True, True]
    scene.assert_reconciled(run.name)


# real processes


def test_two_real_workers_share_a_run_and_one_of_them_may_be_killed(scene: Scene) -> None:
    assert reconciliation_settings().workers == CREW
    run = scene.asked(10, chunk_size=1)
    order = order_fault("work.before_items", "kill", 3)
    holders: set[str] = set()

    def ended() -> bool:
        found = scene.run(run.name)
        holders.add(str(found.lease_holder))
        return not found.status.is_live

    compose().queue.ring(run.name)
    with worker(), worker():
        until(ended, "the end of the run")
    assert not order.exists()
    scene.assert_reconciled(run.name)
    assert frappe.db.count("Payment Entry", {"batch_run": run.name, "docstatus": 1}) == 10
    assert len(holders - {"None"}) >= 2, holders


def test_a_worker_stopped_past_its_lease_in_the_middle_of_a_chunk_holds_up_its_items_only(scene: Scene) -> None:
    run = scene.asked(8, chunk_size=2)
    order = order_fault("work.before_items", "stop", 2)
    compose().queue.ring(run.name)
    with worker(), worker():
        until(lambda: not order.exists(), "the fault")
        zombie = int(next(order.parent.glob("*taken-*")).name.rpartition("-")[2])
        until(lambda: scene.run(run.name).processed == 6, "the work of the other", 60)
        frappe.db.sql(
            "update `tabBatch Run` set lease_expires_at = utc_timestamp(6) - interval 1 second where name = %s",
            run.name,
        )
        frappe.db.commit()
        os.kill(zombie, signal.SIGCONT)
        until(lambda: not scene.run(run.name).status.is_live, "the end of the run")
    scene.assert_reconciled(run.name)
    assert frappe.db.count("Payment Entry", {"batch_run": run.name, "docstatus": 1}) == 8


def test_a_ring_for_a_run_at_work_is_no_second_run(scene: Scene) -> None:
    """Who is rung for a run that nobody may join leaves it alone."""
    run = scene.asked(1)
    outcomes = []

    def ring_again() -> None:
        second = Elsewhere(
            lambda: compose(queue=SilentQueue(), realtime=scene.browser).engine.work(run.name, holder="late")
        )
        outcomes.append(second.result())

    with at("work.before_items", ring_again):
        assert scene.app(workers=1).engine.work(run.name, holder="w") is Outcome.ENDED
    assert outcomes == [Outcome.NOT_CLAIMED]
