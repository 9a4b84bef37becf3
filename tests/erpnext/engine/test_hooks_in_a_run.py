"""Hooks of other apps run inside the run's transaction: what they must not do there is refused, named and undone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import frappe
import pytest

from imogi_finance.batch.engine import Outcome
from imogi_finance.erpnext_adapter.announcing import announce
from imogi_finance.errors import ForeignCommit
from tests.erpnext.engine.scene import Scene

Hang = Callable[[str, str, Callable[..., Any]], Callable[[], None]]


def commits(doc: Any, method: str) -> None:
    frappe.db.commit()


def commits_by_sql(doc: Any, method: str) -> None:
    frappe.db.sql("commit")


def commits_on_the_driver(doc: Any, method: str) -> None:
    frappe.db._conn.commit()


def rolls_back(doc: Any, method: str) -> None:
    frappe.db.rollback()


def changes_tables(doc: Any, method: str) -> None:
    frappe.db.sql_ddl("create table imogi_rude (name varchar(140))")


def changes_tables_by_sql(doc: Any, method: str) -> None:
    frappe.db.sql("/* a remark */ alter table `tabNote` comment = 'rude'")


def commits_and_catches_all(doc: Any, method: str) -> None:
    with suppress(Exception):
        frappe.db.commit()


RUDE = [
    commits,
    commits_by_sql,
    commits_on_the_driver,
    rolls_back,
    changes_tables,
    changes_tables_by_sql,
    commits_and_catches_all,
]


@pytest.mark.parametrize("rude", RUDE)
def test_a_hook_that_would_end_the_transaction_fails_the_run_and_leaves_nothing(
    scene: Scene, hook: Hang, rude: Callable[..., Any]
) -> None:
    run = scene.asked(2, chunk_size=1)
    second = scene.items(run.name)[1]["reference_name"]

    def only_at_the_second(doc: Any, method: str) -> None:
        if doc.references[0].reference_name == second:  # so that the first chunk is committed, and has to be undone
            rude(doc, method)

    hook("Payment Entry", "on_submit", only_at_the_second)
    scene.app().engine.work(run.name, holder="w")

    ended = scene.run(run.name)
    assert ended.status.value == "Failed"
    assert f"test_hooks_in_a_run.{rude.__name__}, line" in (ended.error or "")
    assert "Take that statement out of the hook" in (ended.error or "")
    assert [item["status"] for item in scene.items(run.name)] == ["Undone", "Failed"]
    scene.assert_undone(run.name)
    assert not frappe.db.sql("show tables like 'imogi_rude'")


def test_a_hook_that_commits_while_a_payment_is_cancelled_leaves_the_run_in_need_of_attention(
    scene: Scene, hook: Hang
) -> None:
    run = scene.asked(2, chunk_size=1)

    def fails(doc: Any, method: str) -> None:
        if frappe.db.count("Payment Entry", {"batch_run": doc.batch_run}) == 2:
            frappe.throw("no second payment")

    hook("Payment Entry", "on_submit", fails)
    take_off = hook("Payment Entry", "on_cancel", commits)
    scene.app().engine.work(run.name, holder="w")

    ended, items = scene.run(run.name), scene.items(run.name)
    assert ended.status.value == "Needs Attention"
    assert [item["status"] for item in items] == ["Undo Failed", "Failed"]
    assert items[0]["error"].startswith(f"Payment Entry {items[0]['result_name']}: ")
    assert "commits, line" in items[0]["error"]
    assert scene.payments(run.name) == [items[0]["result_name"]]
    assert announce(run.name)

    take_off()  # what the error asked for; then the undo goes on where it stopped, and its end is told anew
    app = scene.app()
    app.control.retry(run.name, user=scene.ana)
    assert app.engine.work(run.name, holder="w") is Outcome.ENDED
    assert scene.run(run.name).status.value == "Failed"
    scene.assert_undone(run.name)
    assert announce(run.name)


def test_a_hook_may_use_savepoints_and_what_it_hands_to_the_commit_is_done_once(scene: Scene, hook: Hang) -> None:
    done: list[str] = []

    def polite(doc: Any, method: str) -> None:
        frappe.db.savepoint("polite")
        frappe.db.set_value("Payment Entry", doc.name, "remarks", "gone", update_modified=False)
        frappe.db.rollback(save_point="polite")
        frappe.db.after_commit.add(lambda: done.append(doc.name))

    hook("Payment Entry", "on_submit", polite)
    run = scene.asked(2)
    scene.app().engine.work(run.name, holder="w")
    scene.assert_reconciled(run.name)
    assert sorted(done) == sorted(scene.payments(run.name))
    assert "gone" not in frappe.get_all("Payment Entry", filters={"batch_run": run.name}, pluck="remarks")


def test_what_the_final_step_disturbs_undoes_the_run(scene: Scene, hook: Hang) -> None:
    hook("Bank Transaction", "on_update_after_submit", commits)
    run = scene.asked(2)
    scene.app().engine.work(run.name, holder="w")
    ended = scene.run(run.name)
    assert ended.status.value == "Failed"
    assert "commits, line" in (ended.error or "")
    scene.assert_undone(run.name)


def test_the_error_names_the_code_that_tried(scene: Scene) -> None:
    match = r"test_hooks_in_a_run\.commits, line \d+, tried to COMMIT"
    with pytest.raises(ForeignCommit, match=match), scene.app().transactions.transaction():
        commits(None, "")
