"""The figures of a bench for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

Figures = dict[str, Any]
_NAMES = {"loop": "plain loop", "invoice": "one payment an invoice", "party": "one payment a party"}
_GOALS = {"invoice": 2.2, "party": 6.0}


def tables(figures: Figures) -> Iterator[Table]:
    """Yield the tables of a report."""
    yield _ways(figures["sizes"])
    yield _phases(figures["phases"])
    yield _others(figures)


def _ways(sizes: Figures) -> Table:
    made = _table(
        "on ERPNext, one worker: ways of paying, in turns in this run",
        ("invoices", "way", "rate", "ratio", "by processor", "goal", "statements", "Redis", "floor", "above it"),
    )
    for size, ways in sizes.items():
        for way, of in ways.items():
            made.add_row(
                f"{int(size):,}",
                _NAMES[way],
                f"{of['rate']:.1f}/s",
                f"{of['ratio']:.2f}x",
                f"{of['processor_ratio']:.2f}x",
                f"{_GOALS[way]:.1f}x" if way in _GOALS else "",
                f"{of['statements']:.0f}",
                f"{of['redis']:.0f}",
                f"{of['floor_milliseconds']:.1f} ms",
                f"{of['above_floor']:.0f}x",
            )
        made.add_section()
    made.caption = (
        "Statements, Redis commands and milliseconds are an invoice's. Plain loop: get_payment_entry, insert, submit; "
        "reconcile_vouchers. By processor: this process's own time, without the database's. Floor: the rows that the "
        "way leaves, inserted in bulk in this run, nothing checked."
    )
    return made


def _phases(figures: Figures) -> Table:
    ways = figures["ways"]
    made = _table(
        f"where the time goes: milliseconds (processor's) and statements an invoice, {figures['size']} invoices",
        ("phase, without those inside it", *(_NAMES[way] for way in ways)),
    )
    for phase in next(iter(ways.values())):
        cells = [of[phase] for of in ways.values()]
        made.add_row(phase, *(_spent(**of) for of in cells))
    made.add_section()
    made.add_row("all", *(_spent(**_sum(of.values())) for of in ways.values()))
    return made


def _spent(*, milliseconds: float, processor_milliseconds: float, statements: float) -> str:
    return f"{milliseconds:.1f} ({processor_milliseconds:.1f}) ms, {statements:.1f}"


def _sum(phases: Any) -> dict[str, float]:
    total: dict[str, float] = {}
    for of in phases:
        for name, value in of.items():
            total[name] = total.get(name, 0.0) + value
    return total


def _others(figures: Figures) -> Table:
    made = _table("on ERPNext, the rest: ratios of this run", ("what", "baseline", "measured", "goal"))
    flat = figures["flat"]
    counts = flat["statements"]
    measured = f"{flat['ratio']:.2f}x; {flat['processor_ratio']:.2f}x by processor; {counts['large']:.0f} statements"
    baseline = f"rate at {flat['small']:,}; {counts['small']:.0f} statements"
    made.add_row(f"rate at {flat['large']:,} invoices", baseline, measured, "at least 0.90x")
    workers = figures["workers"]
    for way, goal in (("invoice", "at least 1.50x"), ("party", "")):
        of = workers[way]
        shown = f"{of['ratio']:.2f}x; {of['least_share']:.0%} by the slower; {of['waited']:.0%} waiting for rows"
        made.add_row(f"two workers, {_NAMES[way]}, {workers['size']} invoices", "one worker", shown, goal)
    answer = figures["answer"]
    shown = f"{answer['statements']} statements, {answer['seconds']:.2f} s"
    made.add_row(f"answer for {answer['invoices']:,} invoices", "", shown, "no document loaded")
    rows = figures["rows"]
    different = f"{len(rows['differences'])} of {rows['compared']:,} rows' fields"
    made.add_row("ledger, payments, invoices that differ", "rows of the loop", different, "none")
    made.caption = "Not compared: " + "; ".join(rows["exceptions"]) + "; names, times of creation."
    return made


def _table(title: str, columns: tuple[str, ...]) -> Table:
    made = Table(title=title, title_justify="left", caption_justify="left")
    left = {"way", "what", "baseline", columns[0]} - {"invoices"}
    for column in columns:
        made.add_column(column, justify="left" if column in left else "right")
    return made
