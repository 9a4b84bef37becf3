"""Named fault points: no-ops, unless a test arms them.

A point stands at every step between two writes. The simulation and the crash tests arm the whole
process with one callback, which may kill the process, raise, or let another worker run.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS = (
    "request.before_store",
    "request.before_commit",
    "ring.before",
    "ring.after",
    "claim.before_commit",
    "claim.after_commit",
    "work.before_unit",
    "books.after_payment",
    "books.after_ledger",
    "books.after_outstanding",
    "work.after_document",
    "work.before_items",
    "work.before_run",
    "work.before_commit",
    "work.after_commit",
    "take_over.before_run",
    "turn.before_run",
    "finish.before_documents",
    "books.after_allocation",
    "books.after_confirmation",
    "finish.after_documents",
    "finish.before_release",
    "finish.before_commit",
    "finish.after_commit",
    "undo.before_unit",
    "books.after_cancel",
    "books.after_reversal",
    "undo.after_document",
    "undo.before_items",
    "undo.before_run",
    "undo.before_commit",
    "undo.after_commit",
    "let_go.before_commit",
    "let_go.after_commit",
)

_armed: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Pass a fault point."""
    if _armed is not None:
        if point not in POINTS:
            raise LookupError(f"{point} is no fault point")
        _armed(point)


def arm(callback: Callable[[str], None] | None) -> None:
    """Call back at every fault point of this process from now on; None disarms."""
    global _armed
    _armed = callback
