"""Print the benchmark: ``python -m benchmarks [--quick] [--bench] [--only paying|invoicing] [--large N] [--json]``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks import measures, page
from benchmarks.bench import outside, tables
from benchmarks.orders import tables as of_orders

Figures = dict[str, Any]
_KEPT = Path(__file__).parents[1] / "artefacts" / "benchmark.json"


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    parser.add_argument("--bench", action="store_true", help="only what is measured on ERPNext")
    parser.add_argument("--only", choices=("paying", "invoicing"), help="on ERPNext, one of the two")
    parser.add_argument("--large", type=int, default=2000, help="on ERPNext, the size compared with 100 (10000: long)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    figures = {} if options.bench else _on_the_sandbox(quick=options.quick)
    more = ["--only", options.only] if options.only else []
    on_bench = outside.measure("--large", str(options.large), *more, quick=options.quick)
    whole = figures | {"bench": on_bench}
    _KEPT.parent.mkdir(exist_ok=True)
    _KEPT.write_text(json.dumps(whole, indent=1))
    if options.json:
        print(json.dumps(whole))  # noqa: T201
        return
    if figures:
        Console().print(_table(figures), page.table(figures["selection"]), sep="\n\n")
    if isinstance(on_bench, str):
        Console().print(f"*** SKIPPED: {on_bench} ***")
    else:
        if "paying" in on_bench:
            Console().print(*tables.tables(on_bench["paying"]), sep="\n\n")
        if "invoicing" in on_bench:
            Console().print(*of_orders.tables(on_bench["invoicing"]), sep="\n\n")


def _on_the_sandbox(*, quick: bool) -> Figures:
    """Measure each part, with a bar to look at."""
    parts = _quick_parts() if quick else _whole_parts()
    figures: Figures = {}
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(parts))
        for name, measure in parts.items():
            progress.update(task, description=name)
            figures |= measure()
            progress.advance(task)
    return figures


def _whole_parts() -> dict[str, Callable[[], Figures]]:
    return {
        "engine against a bare loop": partial(_overhead, 1000, 7),
        "statements an item": partial(_statements, 1000),
        "cost an item by size": partial(_flatness, {100: 20, 1000: 3, 10_000: 1}, 3),
        "peak memory by size": partial(_memory, 100, 10_000),
        "two workers": partial(_workers, 2000),
        "answer time": partial(_answer, 5000),
        "the list in the page": partial(_selection, 10_000),
    }


def _quick_parts() -> dict[str, Callable[[], Figures]]:
    return {
        "engine against a bare loop": partial(_overhead, 200, 3),
        "statements an item": partial(_statements, 200),
        "cost an item by size": partial(_flatness, {100: 3, 1000: 1}, 2),
        "peak memory by size": partial(_memory, 100, 1000),
        "two workers": partial(_workers, 300),
        "answer time": partial(_answer, 1000),
        "the list in the page": partial(_selection, 10_000),
    }


def _overhead(invoices: int, pairs: int) -> Figures:
    each = sorted(measures.paired(invoices, pairs, measures.engine, measures.bare_loop))
    party = partial(measures.engine, per_party=True)
    per_party = median(measures.paired(invoices, max(1, pairs // 2), party, measures.bare_loop))
    return {"overhead": median(each), "overhead_min": each[0], "overhead_max": each[-1], "per_party": per_party}


def _statements(invoices: int) -> Figures:
    return {
        "statements_engine": measures.statements(invoices, measures.engine) / invoices,
        "statements_loop": measures.statements(invoices, measures.bare_loop) / invoices,
    }


def _flatness(sizes: dict[int, int], rounds: int) -> Figures:
    costs = measures.item_costs(sizes, rounds)
    statements = {size: measures.statements(size, measures.engine) / size for size in sizes}
    return {"cost": costs, "cost_statements": statements}


def _memory(small: int, large: int) -> Figures:
    return {"memory": {size: measures.peak_memory(size) for size in (small, large)}}


def _workers(invoices: int) -> Figures:
    one, two = measures.one_and_two_workers(invoices)
    return {"two_workers": one / two}


def _answer(invoices: int) -> Figures:
    payment = measures.seconds(500, measures.bare_loop) / 500
    return {"answer_invoices": invoices, "answer_in_payments": measures.answer_seconds(invoices) / payment}


def _selection(rows: int) -> Figures:
    return {"selection": page.selection(rows)}


def _table(figures: Figures) -> Table:
    table = Table(title="imogi-finance benchmark: ratios of this run", title_justify="left")
    for column in ("what", "baseline", "measured", "goal"):
        table.add_column(column, justify="right" if column == "measured" else "left")
    spread = f"{figures['overhead']:.2f}x ({figures['overhead_min']:.2f} to {figures['overhead_max']:.2f})"
    table.add_row("engine", "bare loop of the same payments, chunks of 20", spread, "at most 1.30x")
    table.add_row("engine, one payment a party", "the same bare loop", f"{figures['per_party']:.2f}x", "")
    statements = f"{figures['statements_engine']:.1f}"
    table.add_row("SQL statements an item", f"bare loop: {figures['statements_loop']:.1f}", statements, "")
    first, *others = figures["cost"]
    for size in others:
        ratio = figures["cost"][size] / figures["cost"][first]
        counted = figures["cost_statements"][size] / figures["cost_statements"][first]
        measured = f"{ratio:.2f}x time, {counted:.2f}x statements"
        table.add_row(f"cost an item at {size:,}", f"at {first:,}", measured, "0.85x to 1.15x")
    small, large = figures["memory"]
    ratio = figures["memory"][large] / figures["memory"][small]
    table.add_row(f"peak memory at {large:,}", f"at {small:,}", f"{ratio:.2f}x", "at most 1.20x")
    table.add_row("two workers on two runs", "one worker", f"{figures['two_workers']:.2f}x as fast", "")
    answer = f"{figures['answer_in_payments']:.0f} payments"
    table.add_row(f"answer for {figures['answer_invoices']:,} invoices", "cost of one payment", answer, "")
    return table


if __name__ == "__main__":
    main()
