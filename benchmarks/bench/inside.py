"""Measure on the connected site and print the figures as JSON: ``python -m benchmarks.bench.inside [--quick]``.

The bench's Python runs it in the bench's ``sites``; FRAPPE_SITE names a site without real data.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.bench import rows, ways
from benchmarks.bench.twins import Twin, make_twin
from benchmarks.bench.ways import Cost
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
    options = parser.parse_args()
    connect(os.environ["FRAPPE_SITE"])
    sizes = {60: 1} if options.quick else {300: 3, 1000: 1}
    small, large = (20, 120) if options.quick else (100, 2000)
    ways.plain_loop(make_twin(20))  # imports and first caches are nobody's cost
    figures: Figures = {"sizes": {size: _compared(size, rounds) for size, rounds in sizes.items()}}
    figures["flat"] = _flat(small, large)
    figures["answer"] = _answer(100 if options.quick else 1000)
    figures["rows"] = _rows(24)
    print(json.dumps(figures))  # noqa: T201


def _compared(size: int, rounds: int) -> Figures:
    """Pay the same invoices in each way, in turns, so that the machine's moods strike all of them."""
    spent: dict[str, list[Cost]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way, pay in WAYS.items():
            _say(f"{size} invoices, round {number + 1} of {rounds}: {way}")
            twin = make_twin(size)
            spent[way].append(ways.cost(lambda pay=pay, twin=twin: pay(twin)))  # type: ignore[misc]
    loop = spent["loop"]
    return {
        way: {
            "rate": size / median(of.seconds for of in costs),
            "ratio": median(base.seconds / of.seconds for base, of in zip(loop, costs, strict=True)),
            "processor_ratio": median(base.processor / of.processor for base, of in zip(loop, costs, strict=True)),
            "statements": median(of.statements for of in costs) / size,
        }
        for way, costs in spent.items()
    }


def _flat(small: int, large: int) -> Figures:
    """Return the rates of a small and of a large run in ledgers of the same size."""
    _say(f"{small} and {large} invoices: rate by size")
    rates = {}
    for size in (small, large):
        twin = make_twin(large)
        twin.invoices = twin.invoices[:size]
        rates[size] = size / ways.cost(lambda twin=twin: ways.one_payment_an_invoice(twin)).seconds  # type: ignore[misc]
    return {"small": small, "large": large, "rates": rates, "ratio": rates[large] / rates[small]}


def _answer(size: int) -> Figures:
    """Return what it costs to answer a request for so many invoices: checks and the stored run, no payment."""
    _say(f"the answer for {size} invoices")
    twin = make_twin(size)
    spent = ways.cost(lambda: ways.ask(twin))
    return {"invoices": size, "seconds": spent.seconds, "statements": spent.statements}


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
