"""SIGKILL at every fault point, at several positions, in the work and in the undo.

After each kill nobody does anything: the run must end by itself, and the audit must be clean.
"""

from __future__ import annotations

import os

import pytest

from imogi_finance.batch import faults
from tests.crash.audit import audit
from tests.crash.plant import Plant

INVOICES = 45
WORK_UNITS = (
    "work.before_unit",
    "books.after_payment",
    "books.after_ledger",
    "books.after_outstanding",
    "work.after_document",
)
WORK_CHUNKS = ("work.before_items", "work.before_run", "work.before_commit", "work.after_commit")
ENDS = ("finish.before_documents", "books.after_allocation", "books.after_confirmation", "finish.after_documents")
ENDS += ("finish.before_release", "finish.before_commit", "finish.after_commit")
CLAIMS = ("claim.before_commit", "claim.after_commit")
UNDO_UNITS = ("undo.before_unit", "books.after_cancel", "books.after_reversal", "undo.after_document")
UNDO_CHUNKS = ("undo.before_items", "undo.before_run", "undo.before_commit", "undo.after_commit")
LETTING_GO = ("let_go.before_commit", "let_go.after_commit")  # test_long_runs.py
REQUESTS = ("request.before_store", "request.before_commit", "ring.before", "ring.after")  # test_requests.py

WORK_KILLS = [(point, nth) for point in WORK_UNITS for nth in (1, 2, 19, 20, 21, 40, 45)]
WORK_KILLS += [(point, nth) for point in WORK_CHUNKS for nth in (1, 2, 3)]
WORK_KILLS += [(point, 1) for point in (*CLAIMS, *ENDS)]
UNDO_KILLS = [(point, nth) for point in UNDO_UNITS for nth in (1, 2, 20, 21, 40)]
UNDO_KILLS += [("turn.before_run", 1), *((point, nth) for point in UNDO_CHUNKS for nth in (1, 2))]
UNDO_KILLS += [
    ("undo.before_run", 3),
    ("undo.before_commit", 3),
    ("undo.after_commit", 3),
]
CREWS = ("take_over.before_run",)  # test_crews.py
LONG_FORM = int(os.environ.get("IMOGI_CRASH_ROUNDS", "1"))


def by_party(again: int) -> bool:
    """Every other round makes one payment a party: seven of them in a chunk of twenty invoices."""
    return bool(again % 2)


def invoices(again: int) -> int:
    """As many as it takes for 45 payments."""
    return 3 * INVOICES if by_party(again) else INVOICES


def test_every_fault_point_of_the_product_is_killed_somewhere() -> None:
    killed = {point for point, _ in (*WORK_KILLS, *UNDO_KILLS)} | set(LETTING_GO) | set(REQUESTS) | set(CREWS)
    assert killed == set(faults.POINTS)


@pytest.mark.parametrize("again", range(LONG_FORM))
@pytest.mark.parametrize("action", ["kill", "kill-both"])
@pytest.mark.parametrize(("point", "nth"), WORK_KILLS)
def test_a_worker_killed_at_work_is_taken_over_and_all_is_paid(
    plant: Plant, point: str, nth: int, action: str, again: int
) -> None:
    order = plant.order(action, point, nth)

    run = plant.ask(invoices(again), per_party=by_party(again))

    assert plant.wait_for_end(run) == "Completed"
    plant.wait_for_order(order)
    assert audit(plant.home.database) == []


@pytest.mark.parametrize("again", range(LONG_FORM))
@pytest.mark.parametrize(("point", "nth"), UNDO_KILLS)
def test_a_worker_killed_at_the_undo_is_taken_over_and_all_is_undone(
    plant: Plant, point: str, nth: int, again: int
) -> None:
    order = plant.order("kill", point, nth)
    transaction, selection = plant.invoices(invoices(again))
    run = plant.ask_and_spoil(transaction, selection, per_party=by_party(again))

    assert plant.wait_for_end(run) == "Failed"
    plant.wait_for_order(order)
    assert audit(plant.home.database) == []
