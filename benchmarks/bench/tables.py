"""The figures of a bench for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

Figures = dict[str, Any]
_NAMES = {"loop": "plain loop", "invoice": "one payment an invoice", "party": "one payment a party"}
_GOALS = {"invoice": "2.2x", "party": "6.0x"}
_CAPTION = (
    "Statements, Redis commands and milliseconds are an invoice's. Plain loop: get_payment_entry, insert, submit; "
    "reconcile_vouchers. By processor: this process's own time, without the database's. Floor: the rows that the "
    "way leaves, inserted in bulk in this run, nothing checked."
)


def tables(figures: Figures) -> Iterator[Table]:
    """Yield the tables of a report."""
    title = "on ERPNext, one worker: ways of paying, in turns in this run"
    yield ways(figures["sizes"], title=title, first="invoices", names=_NAMES, goals=_GOALS, caption=_CAPTION)
    yield phases(figures["phases"], names=_NAMES, of="invoices")
    yield _others(figures)


def ways(
    sizes: Figures, *, title: str, first: str, names: Mapping[str, str], goals: Mapping[str, str], caption: str
) -> Table:
    """Return what each way took, at each size.

    Args:
        first: what the sizes count.
        names, goals: of the ways, where they have any.
    """
    columns = (first, "way", "rate", "ratio", "by processor", "goal", "statements", "Redis", "floor", "above it")
    made = empty(title, columns)
    for size, by_way in sizes.items():
        for way, of in by_way.items():
            made.add_row(
                f"{int(size):,}",
                names[way],
                f"{of['rate']:.1f}/s",
                f"{of['ratio']:.2f}x",
                f"{of['processor_ratio']:.2f}x",
                goals.get(way, ""),
                f"{of['statements']:.0f}",
                f"{of['redis']:.0f}",
                f"{of['floor_milliseconds']:.1f} ms",
                f"{of['above_floor']:.0f}x",
            )
        made.add_section()
    made.caption = caption
    return made


def phases(figures: Figures, *, names: Mapping[str, str], of: str) -> Table:
    """Return what each phase of each way took, for each of what the size counts (``of``)."""
    by_way = figures["ways"]
    made = empty(
        f"where the time goes: milliseconds (processor's) and statements for each of {figures['size']} {of}",
        ("phase, without those inside it", *(names[way] for way in by_way)),
    )
    for phase in next(iter(by_way.values())):
        made.add_row(phase, *(_spent(**spent[phase]) for spent in by_way.values()))
    made.add_section()
    made.add_row("all", *(_spent(**_sum(spent.values())) for spent in by_way.values()))
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
    made = empty("on ERPNext, the rest: ratios of this run", ("what", "baseline", "measured", "goal"))
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


def empty(title: str, columns: tuple[str, ...]) -> Table:
    """Return a table without rows; words stand left in it, figures right."""
    made = Table(title=title, title_justify="left", caption_justify="left")
    left = {"way", "what", "baseline", columns[0]} - {"invoices", "orders"}
    for column in columns:
        made.add_column(column, justify="left" if column in left else "right")
    return made
