"""Measure on the connected site, print the figures as JSON: ``python -m benchmarks.bench.inside [--quick] [--only …]``.

The bench's Python runs it in the bench's ``sites``; FRAPPE_SITE names a site without real data.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks.bench import floor, parallel, phases, rows, ways
from benchmarks.bench.twins import Twin, make_twin
from benchmarks.bench.ways import Cost
from benchmarks.orders import measures as invoicing
from tests.erpnext.office import connect

Figures = dict[str, Any]
WAYS: dict[str, Callable[[Twin], None]] = {
    "loop": ways.plain_loop,
    "invoice": ways.one_payment_an_invoice,
    "party": ways.one_payment_a_party,
}


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, one round")
    parser.add_argument("--only", choices=("paying", "invoicing"), help="one of the two")
    parser.add_argument("--large", type=int, default=2000, help="items of the run that is compared with one of 100")
    options = parser.parse_args()
    connect(os.environ["FRAPPE_SITE"])
    figures: Figures = {}
    if options.only != "invoicing":
        figures["paying"] = _paying(quick=options.quick, large=options.large)
    if options.only != "paying":
        figures["invoicing"] = invoicing.measure(quick=options.quick, large=options.large, say=_say)
    print(json.dumps(figures))  # noqa: T201


def _paying(*, quick: bool, large: int) -> Figures:
    sizes = {60: 1} if quick else {300: 2, 1000: 1}
    small, large = (20, 120) if quick else (100, large)
    ways.plain_loop(make_twin(20))  # imports and first caches are nobody's cost
    figures: Figures = {"sizes": {size: _compared(size, rounds) for size, rounds in sizes.items()}}
    figures["phases"] = _phases(24 if quick else 120)
    figures["flat"] = _flat(small, large)
    figures["workers"] = _workers(40 if quick else 240)
    figures["answer"] = _answer(100 if quick else 1000)
    figures["rows"] = _rows(24)
    return figures


def _compared(size: int, rounds: int) -> Figures:
    """Pay the same invoices in each way, in turns, so that the machine's moods strike all of them."""
    spent: dict[str, list[Cost]] = {way: [] for way in WAYS}
    floors: dict[str, list[tuple[float, float, int]]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way, pay in WAYS.items():
            _say(f"{size} invoices, round {number + 1} of {rounds}: {way}")
            twin = make_twin(size)
            spent[way].append(ways.cost(lambda pay=pay, twin=twin: pay(twin)))  # type: ignore[misc]
            floors[way].append(floor.inserted(twin))
    loop = spent["loop"]
    return {
        way: {
            "rate": size / median(of.seconds for of in costs),
            "ratio": median(base.seconds / of.seconds for base, of in zip(loop, costs, strict=True)),
            "processor_ratio": median(base.processor / of.processor for base, of in zip(loop, costs, strict=True)),
            "milliseconds": 1000 * median(of.seconds for of in costs) / size,
            "processor_milliseconds": 1000 * median(of.processor for of in costs) / size,
            "statements": median(of.statements for of in costs) / size,
            "redis": median(of.redis for of in costs) / size,
            "floor_milliseconds": 1000 * median(seconds for seconds, _, _ in floors[way]) / size,
            "floor_rows": median(count for _, _, count in floors[way]) / size,
            "above_floor": median(of.seconds / low[0] for of, low in zip(costs, floors[way], strict=True)),
            "processor_above_floor": median(of.processor / low[1] for of, low in zip(costs, floors[way], strict=True)),
        }
        for way, costs in spent.items()
    }


def _phases(size: int) -> Figures:
    """Return what each phase of each way takes of its own, in milliseconds and statements an invoice."""
    found: Figures = {}
    for way, pay in WAYS.items():
        _say(f"{size} invoices, by phase: {way}")
        twin = make_twin(size)
        measured = phases.measured(lambda pay=pay, twin=twin: pay(twin))  # type: ignore[misc]
        found[way] = phases.an_item(measured, size)
    return {"size": size, "ways": found}


def _flat(small: int, large: int) -> Figures:
    """Return the rates of a small and of a large run in ledgers of the same size."""
    rates: dict[int, float] = {}
    statements: dict[int, float] = {}
    for size in (small, large):
        _say(f"rate by size: {size} invoices")
        twin = make_twin(large)
        twin.invoices = twin.invoices[:size]
        spent = ways.cost(lambda twin=twin: ways.one_payment_an_invoice(twin))  # type: ignore[misc]
        rates[size] = size / spent.processor
        statements[size] = spent.statements / size
        rates[-size] = size / spent.seconds
    return {
        "small": small,
        "large": large,
        "ratio": rates[-large] / rates[-small],
        "processor_ratio": rates[large] / rates[small],
        "statements": {"small": statements[small], "large": statements[large]},
    }


def _workers(size: int) -> Figures:
    """Return how much faster two workers are than one on the same run."""
    found: Figures = {"size": size}
    for name, per_party in (("invoice", False), ("party", True)):
        _say(f"{size} invoices, one worker and two: one payment for each {name}")
        found[name] = parallel.compared(size, 1, lambda count, of=per_party: ways.ask(make_twin(count), per_party=of))  # type: ignore[misc]
    return found


def _answer(size: int) -> Figures:
    """Return what it costs to answer a request for so many invoices: checks and the stored run, no payment."""
    _say(f"the answer for {size} invoices")
    twin = make_twin(size)
    spent = ways.cost(lambda: ways.ask(twin))
    return {"invoices": size, **asdict(spent)}


def _rows(size: int) -> Figures:
    """Return how many rows of the loop and of a run were compared, and every difference."""
    _say("the rows that both leave")
    one, other = make_twin(size), make_twin(size)
    ways.plain_loop(one)
    ways.one_payment_an_invoice(other)
    named = [
        f"{doctype}.{field}: {why}" for doctype, fields in rows.EXCEPTIONS.items() for field, why in fields.items()
    ]
    return {"compared": rows.compared(one), "differences": list(rows.differences(one, other)), "exceptions": named}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
