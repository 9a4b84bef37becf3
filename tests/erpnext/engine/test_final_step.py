"""The final step of a large run takes longer than a lease: nobody may take the run from the worker that is at it."""

from __future__ import annotations

import time

import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.erpnext_adapter.announcing import announce
from imogi_finance.erpnext_adapter.batch_store import items
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.sweeping import sweep
from tests.erpnext.engine.scene import Elsewhere, Scene, at

LEASE_SECONDS = 0.5


def test_a_final_step_that_outlasts_its_lease_is_left_to_the_worker_that_is_at_it(scene: Scene) -> None:
    run = scene.asked(2)
    app, rivals = scene.app(lease_seconds=LEASE_SECONDS), []

    def rival_comes() -> tuple[bool, Outcome]:
        other = compose(queue=scene.queue)
        seen = other.store.run(run.name)
        sweep()
        return seen.is_leased(other.clock.now()), other.engine.work(run.name, holder="rival")

    def outlast_the_lease() -> None:
        time.sleep(LEASE_SECONDS * 1.5)
        rivals.append(Elsewhere(rival_comes).result())

    with at("finish.after_documents", outlast_the_lease):
        assert app.engine.work(run.name, holder="slow") is Outcome.ENDED

    assert rivals == [(False, Outcome.NOT_CLAIMED)]
    ended = scene.run(run.name)
    assert (ended.status, ended.epoch) == (RunStatus.COMPLETED, 1)
    scene.assert_reconciled(run.name)


def test_a_final_step_may_be_silent_for_longer_than_one_who_holds_items(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "SILENT_SECONDS", 1)
    run = scene.asked(2)

    with at("finish.after_documents", lambda: time.sleep(2)) as passes:
        assert scene.app().engine.work(run.name, holder="slow") is Outcome.ENDED

    assert passes == [1]  # begun again where the server has ended the connection
    scene.assert_reconciled(run.name)


def test_the_end_of_a_run_that_is_being_worked_is_not_waited_for(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    run = scene.asked(2)
    told: list[bool] = []

    def rung_in_vain() -> None:
        told.append(Elsewhere(lambda: announce(run.name)).result())

    with at("finish.after_documents", rung_in_vain):
        assert scene.app().engine.work(run.name, holder="slow") is Outcome.ENDED

    assert told == [False]
    assert "not told yet" not in caplog.text  # what is said after waiting in vain for the row
    assert announce(run.name)
