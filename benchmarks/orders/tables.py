"""The figures of batch invoicing for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from benchmarks.bench.tables import empty, phases, ways

Figures = dict[str, Any]
_NAMES = {
    "loop": "plain loop",
    "submitted": "one invoice an order",
    "customer": "one invoice a customer",
    "bulk": "ERPNext's bulk transaction (drafts)",
    "drafts": "drafts",
}
_GOALS = {"submitted": "1.60x", "customer": "above that", "drafts": "1.00x of bulk"}
_CAPTION = (
    "Statements, Redis commands and milliseconds are an order's. Ratios of runs are to the plain loop: "
    "make_sales_invoice, insert, submit, commit; of drafts, to ERPNext's bulk transaction, which validates none and "
    "commits at the end. By processor: this process's own time, without the database's. Floor: the rows that the way "
    "leaves, inserted in bulk in this run, nothing checked."
)


def tables(figures: Figures) -> Iterator[Table]:
    """Yield the tables of a report."""
    title = "batch invoicing on ERPNext, one worker: ways of invoicing, in turns in this run"
    yield ways(figures["sizes"], title=title, first="orders", names=_NAMES, goals=_GOALS, caption=_CAPTION)
    yield phases(figures["phases"], names=_NAMES, of="orders")
    yield _others(figures)


def _others(figures: Figures) -> Table:
    made = empty("batch invoicing on ERPNext, the rest: ratios of this run", ("what", "baseline", "measured", "goal"))
    flat = figures["flat"]
    counts = flat["statements"]
    measured = f"{flat['ratio']:.2f}x; {flat['processor_ratio']:.2f}x by processor; {counts['large']:.0f} statements"
    baseline = f"rate at {flat['small']:,}; {counts['small']:.0f} statements"
    made.add_row(f"rate at {flat['large']:,} orders, submitted", baseline, measured, "at least 0.90x")
    workers = figures["workers"]
    for way, goal in (("submitted", "at least 1.50x"), ("drafts", "")):
        of = workers[way]
        shown = f"{of['ratio']:.2f}x; {of['least_share']:.0%} by the slower; {of['waited']:.0%} waiting for rows"
        made.add_row(f"two workers, {_NAMES[way]}, {workers['size']} orders", "one worker", shown, goal)
    answer = figures["answer"]
    shown = f"{answer['statements']} statements, {answer['seconds']:.2f} s"
    made.add_row(f"answer for {answer['orders']:,} orders", "", shown, "no document loaded")
    rows = figures["rows"]
    different = f"{len(rows['differences'])} of {rows['compared']:,} rows' fields"
    made.add_row("invoices, ledger, orders that differ", "rows of the loop", different, "none")
    made.caption = "Not compared: Sales Invoice.batch_run; names, times, and that the loop's user has seen the invoice."
    return made
