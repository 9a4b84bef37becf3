"""One run over thousands of invoices: its rate, its workers' memory, and what it costs to look at it meanwhile."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.bench.proof.report import Bar
from tests.bench.proof.soak.following import Course, follow
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground, Line
from tests.bench.proof.soak.web import API, LISTING, Caller
from tests.bench.proof.workers import Workers

# A worker keeps nothing of an item that is done. What Python's allocator and Frappe's caches add stays below this for
# each item of a run; an item kept as an object would take twice as much, a payment kept as a document fifty times.
MOST_BYTES_AN_ITEM = 512.0
_MEGABYTE = 1024 * 1024


def large(ground: Ground, caller: Caller, workers: Workers, line: Line, bar: Bar, *, per_party: bool) -> Found:
    """Pay all invoices of a line in one run, and follow it as the Desk does."""
    found = Found()
    listed = caller.post(LISTING, bank_transaction_name=line.transaction)
    offered = {row["name"] for row in (listed.body.get("message") or {}).get("invoices", ())}
    if not offered.issuperset(line.invoices):
        found.violations.append(f"of {len(line.invoices)} unpaid invoices {len(offered)} were offered: {listed.code}")
    answer = caller.post(API, bank_transaction_name=line.transaction, invoices=line.rows, per_party=per_party)
    if answer.code != 200 or answer.run is None:
        found.violations.append(f"a run over {len(line.invoices)} invoices was answered {answer.said()}")
        return found
    seen = [0]

    def look(status: dict[str, Any]) -> None:
        bar.advance(
            status["processed"] - seen[0], f"{status['phase']}: {status['processed']} of {status['items_total']}"
        )
        seen[0] = status["processed"]

    course = follow(caller, answer.run, workers, look)
    [row] = ground.rows(
        "select status, succeeded, error, epoch from `tabBatch Run` where name = %(run)s", run=answer.run
    )
    found.violations += course.wrong
    if (row["status"], row["succeeded"]) != ("Completed", len(line.invoices)):
        found.violations.append(f"the run over {len(line.invoices)} invoices ended as {row}")
    found.figures = {
        "invoices": len(line.invoices),
        "one_payment": "a party" if per_party else "an invoice",
        "listing_seconds": round(listed.seconds, 2),
        "answer_seconds": round(answer.seconds, 2),
        "claims": row["epoch"],
        **of_course(course),
    }
    growth = course.bytes_an_item()
    if growth is not None and growth > MOST_BYTES_AN_ITEM:
        found.violations.append(f"workers grew by {growth:.0f} bytes with each invoice, above {MOST_BYTES_AN_ITEM:.0f}")
    return found


def of_course(course: Course) -> dict[str, Any]:
    """Return what following a run has shown."""
    working, finishing = course.seconds_in("working"), course.seconds_in("finishing")
    processed = course.samples[-1].processed if course.samples else 0
    warm, end = course.growth()
    slope = course.bytes_an_item()
    return {
        "work_seconds": round(working, 1),
        "final_step_seconds": round(finishing, 1),
        "invoices_a_second": round(processed / (working + finishing), 1) if working + finishing else None,
        "rate_of_halves": _halves(course),
        "memory_warm_mb": round(warm / _MEGABYTE, 1),
        "memory_end_mb": round(end / _MEGABYTE, 1),
        "memory_peak_mb": round(course.peak() / _MEGABYTE, 1),
        "bytes_an_invoice": None if slope is None else round(slope, 1),
        "looks": len(course.polls),
        "look_median_seconds": round(median(course.polls), 3),
        "look_slowest_seconds": round(max(course.polls), 3),
    }


def _halves(course: Course) -> float | None:
    """Return how fast the second half of the items was worked, as a share of the first half's rate."""
    working = [sample for sample in course.samples if sample.phase == "working"]
    if not working or not working[-1].processed:
        return None
    half = working[-1].processed / 2
    middle = next(sample for sample in working if sample.processed >= half)
    first, second = middle.at - working[0].at, working[-1].at - middle.at
    if first <= 0 or second <= 0:
        return None
    return round(((working[-1].processed - middle.processed) / second) / (middle.processed / first), 2)
