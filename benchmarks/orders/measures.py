"""What is measured of batch invoicing on the connected site. Plain figures; nothing here passes or fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks.bench import floor, parallel, phases
from benchmarks.bench.ways import Cost, cost
from benchmarks.orders import ways
from benchmarks.orders.phases import PHASES
from benchmarks.orders.stock import Orders, make_orders
from imogi_finance.batch_invoicing.options import Options
from tests.erpnext.invoicing.rows import compare

Figures = dict[str, Any]
_INVOICES = "select name from `tabSales Invoice` where company = %(company)s"
_VOUCHERS = f"voucher_type = 'Sales Invoice' and voucher_no in ({_INVOICES})"
_OF_INVOICES = f"parenttype = 'Sales Invoice' and parent in ({_INVOICES})"
_ORDERS = "select name from `tabSales Order` where company = %(company)s"
_LEFT = {
    "Sales Invoice": f"name in ({_INVOICES})",
    **dict.fromkeys(("Sales Invoice Item", "Sales Taxes and Charges", "Payment Schedule", "Sales Team"), _OF_INVOICES),
    "GL Entry": _VOUCHERS,
    "Payment Ledger Entry": _VOUCHERS,
    "Batch Run Item": "run in (select name from `tabBatch Run` where company = %(company)s)",
}
_WRITTEN = {
    "Sales Order": (f"name in ({_ORDERS})", ("status", "per_billed", "billing_status", "modified", "modified_by")),
    "Sales Order Item": (f"parent in ({_ORDERS})", ("billed_amt",)),
}


def measure(*, quick: bool, large: int, say: Callable[[str], None]) -> Figures:
    """Measure everything.

    Args:
        quick: smaller sizes, one round.
        large: orders of the larger run whose rate is compared with that of a small one.
        say: told what is measured next.
    """
    for way in ways.WAYS.values():  # imports and first caches are nobody's cost
        way(make_orders(12))
    sizes = {36: 1} if quick else {300: 2, 1000: 1}
    small, large = (24, 96) if quick else (100, large)
    figures: Figures = {"sizes": {size: _compared(size, rounds, say) for size, rounds in sizes.items()}}
    figures["phases"] = _phases(24 if quick else 120, say)
    figures["flat"] = _flat(small, large, say)
    figures["workers"] = _workers(48 if quick else 240, say)
    figures["answer"] = _answer(120 if quick else 1000, say)
    figures["rows"] = _rows(24, say)
    return figures


def _compared(size: int, rounds: int, say: Callable[[str], None]) -> Figures:
    """Invoice equal orders in each way, in turns, so that the machine's moods strike all of them."""
    spent: dict[str, list[Cost]] = {name: [] for name in ways.WAYS}
    floors: dict[str, list[tuple[float, float, int]]] = {name: [] for name in ways.WAYS}
    for number in range(rounds):
        for name, way in ways.WAYS.items():
            say(f"{size} orders, round {number + 1} of {rounds}: {name}")
            orders = make_orders(size)
            spent[name].append(cost(lambda way=way, orders=orders: way(orders)))  # type: ignore[misc]
            floors[name].append(floor.of_rows({"company": orders.company}, _LEFT, _WRITTEN))
    return {name: _figures(size, costs, spent[ways.BASELINES[name]], floors[name]) for name, costs in spent.items()}


def _figures(size: int, costs: list[Cost], baseline: list[Cost], floors: list[tuple[float, float, int]]) -> Figures:
    return {
        "rate": size / median(of.seconds for of in costs),
        "ratio": median(base.seconds / of.seconds for base, of in zip(baseline, costs, strict=True)),
        "processor_ratio": median(base.processor / of.processor for base, of in zip(baseline, costs, strict=True)),
        "milliseconds": 1000 * median(of.seconds for of in costs) / size,
        "processor_milliseconds": 1000 * median(of.processor for of in costs) / size,
        "statements": median(of.statements for of in costs) / size,
        "redis": median(of.redis for of in costs) / size,
        "floor_milliseconds": 1000 * median(seconds for seconds, _, _ in floors) / size,
        "floor_rows": median(count for _, _, count in floors) / size,
        "above_floor": median(of.seconds / low[0] for of, low in zip(costs, floors, strict=True)),
    }


def _phases(size: int, say: Callable[[str], None]) -> Figures:
    """Return what each phase of each way takes of its own, in milliseconds and statements an order."""
    found: Figures = {}
    for name, way in ways.WAYS.items():
        say(f"{size} orders, by phase: {name}")
        orders = make_orders(size)
        measured = phases.measured(lambda way=way, orders=orders: way(orders), PHASES)  # type: ignore[misc]
        found[name] = phases.an_item(measured, size)
    return {"size": size, "ways": found}


def _flat(small: int, large: int, say: Callable[[str], None]) -> Figures:
    """Return how the rate of a large run compares with that of a small one, in companies with as many orders."""
    spent: dict[int, Cost] = {}
    for size in (small, large):
        say(f"rate by size: {size} orders")
        orders = make_orders(size, of=large)
        spent[size] = cost(lambda orders=orders: ways.submitted(orders))  # type: ignore[misc]
    low, high = spent[small], spent[large]
    return {
        "small": small,
        "large": large,
        "ratio": (low.seconds / small) / (high.seconds / large),
        "processor_ratio": (low.processor / small) / (high.processor / large),
        "statements": {"small": low.statements / small, "large": high.statements / large},
    }


def _workers(size: int, say: Callable[[str], None]) -> Figures:
    """Return how much faster two workers are than one on the same run."""
    found: Figures = {"size": size}
    for name, options in (("submitted", Options(submit=True)), ("drafts", Options())):
        say(f"{size} orders, one worker and two: {name}")
        found[name] = parallel.compared(size, 1, lambda count, of=options: ways.ask(make_orders(count), of))  # type: ignore[misc]
    return found


def _answer(size: int, say: Callable[[str], None]) -> Figures:
    """Return what it costs to answer a request for so many orders: judgement and the stored run, no invoice."""
    say(f"the answer for {size} orders")
    orders = make_orders(size)
    spent = cost(lambda: ways.ask(orders, Options(submit=True)))
    return {"orders": size, **asdict(spent)}


def _rows(size: int, say: Callable[[str], None]) -> Figures:
    """Return how many rows of the loop and of a run were compared, and every difference.

    Args:
        size: orders of each; a multiple of the customers, so that both have equal ones.
    """
    say("the rows that both leave")
    orders = make_orders(2 * size)
    by_hand, by_run = Orders(orders.office, orders.names[:size]), Orders(orders.office, orders.names[size:])
    ways.plain_loop(by_hand)
    ways.submitted(by_run)
    compared = compare(by_hand.names, by_run.names)
    return {"compared": compared.rows, "differences": compared.differences}
