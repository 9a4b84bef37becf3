"""How many runs of a user may wait, where several processes store them in the same moment; and who sees the history."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone

import frappe
import frappe.share

from imogi_finance.batch.intake import Prepared
from imogi_finance.batch.run import NewItem, NewRun, Run
from imogi_finance.batch_invoicing.kind import KIND
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.request import stored_options
from imogi_finance.errors import Refused
from tests.erpnext.engine.scene import Elsewhere, Scene

MOST, ASKERS = 2, 5


@dataclass(frozen=True)
class Request:
    """One of several requests that have nothing in common but who asks."""

    user: str
    number: int

    def digest(self) -> str:
        return f"waiting-{self.number}"

    def prepared(self, company: str) -> Prepared:
        new = NewRun(
            KIND,
            self.user,
            company,
            "Company",
            company,
            chunk_size=20,
            holds_document=False,
            options={**stored_options(Options()), "amount": "0", "currency": "IDR"},
        )
        return new, [NewItem("Sales Order", f"WAITING-{self.number}", "0")]


def _forget(scene: Scene) -> None:
    names = frappe.get_all("Batch Run", filters={"request_digest": ("like", "waiting-%")}, pluck="name")
    for doctype, field in (("Batch Run Item", "run"), ("Batch Run Signal", "name"), ("Batch Run", "name")):
        frappe.db.delete(doctype, {field: ("in", names)})
    frappe.db.commit()


def _asking(scene: Scene, number: int, all_there: threading.Barrier) -> Callable[[], str]:
    """Return how one process asks: it stores its run only once all have seen that one more may wait."""

    def ask() -> str:
        app = scene.app()
        request = Request(scene.ana, number)
        met: list[int] = []

        def prepare() -> Prepared:
            if not met:  # a transaction that is done again meets nobody
                met.append(all_there.wait(60))
            return request.prepared(scene.office.company)

        intake = replace(app.intake, most_waiting=MOST)
        try:
            return intake.accept(request, key=None, prepare=prepare, stands=lambda run: False)[0].name
        except Refused as refused:
            return refused.problems[0].rule

    return ask


def test_no_more_runs_wait_than_may_though_all_are_asked_for_at_once(scene: Scene) -> None:
    _forget(scene)
    all_there = threading.Barrier(ASKERS)
    try:
        asking = [Elsewhere(_asking(scene, number, all_there)) for number in range(ASKERS)]
        answers = [asked.result(120) for asked in asking]
        stored = {answer for answer in answers if answer != "too_many_waiting"}
        assert (len(stored), answers.count("too_many_waiting")) == (MOST, ASKERS - MOST)
        frappe.db.rollback()
        waiting = {"requested_by": scene.ana, "status": "Pending", "request_digest": ("like", "waiting-%")}
        assert set(frappe.get_all("Batch Run", filters=waiting, pluck="name")) == stored
    finally:
        _forget(scene)


def _run_of(scene: Scene, user: str, number: int) -> Run:
    app, request = scene.app(), Request(user, number)
    new, items = request.prepared(scene.office.company)
    with app.transactions.transaction(), app.users.acting_as(user, undoing=False):
        return app.store.insert_run(replace(new, request_digest=request.digest()), items, datetime.now(timezone.utc))


def test_the_history_counts_what_its_user_may_see(scene: Scene) -> None:
    _forget(scene)
    try:
        mine, theirs = _run_of(scene, scene.eve, 11), _run_of(scene, scene.ana, 12)
        history = scene.app().history
        of_eve, of_all = (history.of(user, kind=KIND, days=1) for user in (scene.eve, "Administrator"))
        assert {mine.name, theirs.name} <= {run["job_id"] for run in of_all["runs"]}
        seen = {run["job_id"] for run in of_eve["runs"]}
        assert mine.name in seen
        allowed = bool(frappe.get_list("Batch Run", filters={"name": theirs.name}, user=scene.eve))
        assert (theirs.name in seen) is allowed is False, "eve has none of the app's roles, and asked for hers only"
        assert of_eve["queue"]["pending"] == len(
            frappe.get_list("Batch Run", filters={"kind": KIND, "status": "Pending"}, user=scene.eve, limit=0)
        )
        assert sum(day["runs"] for day in of_eve["days"]) < sum(day["runs"] for day in of_all["days"])
    finally:
        _forget(scene)
