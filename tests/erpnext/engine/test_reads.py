"""What is asked of a run again and again reads as many rows as it answers with, however large the run is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import frappe
import pytest

from imogi_finance.batch import api
from imogi_finance.batch.run import ItemStatus, NewItem, NewRun, Run
from imogi_finance.erpnext_adapter.composition import App, compose
from tests.erpnext.engine.scene import Scene

ITEMS, CHUNK, PAGE = 3000, 20, 50
BESIDES = 60  # rows of the run itself, its signal, settings, permissions and what a page needs beyond itself


@pytest.fixture(scope="module")
def run(office: Any) -> Iterator[Run]:
    """A run of which half the items are done, each with a document of its own."""
    app = compose()
    new = NewRun(
        kind="Bulk Reconciliation",
        requested_by="Administrator",
        company=office.company,
        reference_doctype="Bank Transaction",
        reference_name=office.bank_transaction(-1),
        chunk_size=CHUNK,
        request_digest="reads",
        options={"amount": "1", "currency": "IDR", "per_party": False, "stop_on_first_error": True},
    )
    items = [NewItem("Purchase Invoice", f"READ-{number:06}", "1.00") for number in range(ITEMS)]
    with app.transactions.transaction():
        made = app.store.insert_run(new, items, app.clock.now())
        frappe.db.sql(
            """update `tabBatch Run Item` set status = 'Succeeded', result_doctype = 'Payment Entry',
            result_name = concat('PAY-', name) where run = %s and position <= %s""",
            (made.name, ITEMS // 2),
        )
        frappe.db.sql(
            """update `tabBatch Run` set status = 'Processing', epoch = 1, processed = %s, succeeded = %s,
            lease_holder = 'nobody', lease_seconds = 3600, lease_expires_at = utc_timestamp() + interval 1 hour
            where name = %s""",
            (ITEMS // 2, ITEMS // 2, made.name),
        )
    yield made
    frappe.db.rollback()
    frappe.db.delete("Batch Run Item", {"run": made.name})
    frappe.db.delete("Batch Run Signal", {"name": made.name})
    frappe.db.delete("Batch Run", {"name": made.name})
    frappe.db.commit()


def rows_read(question: Callable[[], Any]) -> int:
    """Return how many rows the server reads for a question, temporary tables included."""
    question()  # whatever is read once in the life of a process

    def so_far() -> int:
        return sum(int(value) for _, value in frappe.db.sql("show session status like 'Handler_read%%'"))

    before, nothing = so_far(), so_far()
    question()
    return so_far() - nothing - (nothing - before)


def within(app: App, question: Callable[[], Any]) -> Callable[[], Any]:
    """Have a question asked in a transaction, as a step asks it."""

    def ask() -> None:
        with app.transactions.transaction():
            question()

    return ask


def test_a_step_reads_its_chunk_and_not_the_run(scene: Scene, run: Run) -> None:
    app = scene.app()
    store, now = app.store, app.clock.now()
    questions = {
        "due_items": lambda: store.due_items(run.name, now, limit=CHUNK),
        "items_to_undo": lambda: store.items_to_undo(run.name, now, limit=CHUNK),
        "items_of_result": lambda: store.items_of_result(run.name, "Payment Entry", f"PAY-{run.name}-000700"),
        "cancel_requested": lambda: store.cancel_requested(run.name),
        "live_runs": lambda: list(store.live_runs()),
    }
    assert len(store.due_items(run.name, now, limit=CHUNK)) == CHUNK
    assert len(store.items_of_result(run.name, "Payment Entry", f"PAY-{run.name}-000700")) == 1
    read = {name: rows_read(within(app, question)) for name, question in questions.items()}
    assert {name: rows for name, rows in read.items() if rows > 2 * CHUNK + BESIDES} == {}


@pytest.mark.parametrize("offset", [0, ITEMS - PAGE])
def test_a_look_at_a_run_reads_what_it_shows(scene: Scene, run: Run, offset: int) -> None:
    questions = {
        "status": lambda: api.status(run.name),
        "items": lambda: api.items(run.name, offset=offset, limit=PAGE),
        "failed items": lambda: api.items(run.name, status="Failed", limit=PAGE),
        "runs": lambda: api.runs(run.reference_doctype, run.reference_name),
    }
    shown = api.items(run.name, offset=offset, limit=PAGE)
    assert (shown["items"][0]["position"], len(shown["items"]), shown["total"]) == (
        offset + 1,
        PAGE,
        ITEMS,
    )
    read = {name: rows_read(question) for name, question in questions.items()}
    assert {name: rows for name, rows in read.items() if rows > 2 * PAGE + BESIDES} == {}


def test_items_of_one_status_are_counted_in_an_index(scene: Scene, run: Run) -> None:
    app = scene.app()
    assert app.store.count_items(run.name, [ItemStatus.SUCCEEDED]) == ITEMS // 2
    assert rows_read(within(app, lambda: app.store.count_items(run.name, [ItemStatus.FAILED]))) < BESIDES
