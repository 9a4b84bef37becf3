"""Which run goes first on ERPNext: by its rows, whatever was rung for."""

from __future__ import annotations

import frappe
import pytest

from imogi_finance.batch.answering import Answered, answer_ring
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from tests.erpnext.engine.scene import Scene, at

LOW = 2


@pytest.fixture(autouse=True)
def _nothing_waits(scene: Scene) -> None:
    """End what a session that was killed has left live: it would go first."""
    scene.tidy()


def _less_urgent(run: str) -> str:
    frappe.db.sql("update `tabBatch Run` set priority = %s where name = %s", (LOW, run))
    frappe.db.commit()
    return run


def test_a_worker_leaves_its_run_for_a_more_urgent_one_and_both_are_done(scene: Scene) -> None:
    low = _less_urgent(scene.asked(4, chunk_size=1).name)
    urgent: list[str] = []

    def ask_once() -> None:
        if not urgent:
            urgent.append(scene.asked(1, user=scene.ben).name)

    app = scene.app(manners_seconds=0.0)
    with at("work.after_commit", ask_once):
        assert app.engine.work(low, holder="w1") is Outcome.CONTINUES
    left = scene.run(low)
    assert (left.status, left.lease_holder, left.priority) == (RunStatus.PROCESSING, None, LOW)
    assert 1 <= left.processed < 4
    assert answer_ring(app.engine, low, holder="w1") == Answered(urgent[0], Outcome.ENDED)
    assert scene.queue.rung[-1] == low, "it is rung for again"
    assert answer_ring(app.engine, low, holder="w1") == Answered(low, Outcome.ENDED)
    for run in (urgent[0], low):
        scene.assert_reconciled(run)


def test_who_comes_to_help_goes_to_a_run_that_nobody_works(scene: Scene) -> None:
    shared, other = scene.asked(2, chunk_size=1), scene.asked(1, user=scene.ben)
    app = scene.app(workers=2)
    precedence = app.engine.precedence
    assert list(precedence.before(shared.name)) == []
    with app.transactions.transaction():
        lease = app.store.claim(
            app.store.run(shared.name), holder="w1", now=app.clock.now(), lease_seconds=60.0, joinable=True
        )
    assert lease is not None
    assert list(precedence.before(shared.name)) == [other.name]
    assert list(precedence.before(other.name)) == []
