"""Others want the very rows of the orders that are being invoiced: they wait for each other, and one is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.bench.processes import wait_for
from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.order_trial import stored
from tests.bench.proof.stage import Stage

GROUP = "orders: wanted by two"
ORDERS, CHUNK = 12, 4
_SESSIONS = "__import__('tests.bench.proof.sessions', fromlist=['sessions'])"
_ORDER = "Sales Order"


def waits_for_an_order(stage: Stage, played: Played) -> None:
    """A second session holds an order for longer than a worker waits for it."""
    stage.set_crew(1)
    trial = stored(stage, ORDERS, chunk_size=CHUNK)
    held = max(trial.orders[CHUNK : 2 * CHUNK])
    stage.second(f"{_SESSIONS}.hold(order, doctype)", order=held, doctype=_ORDER)
    trial.ring()
    stage.second(f"{_SESSIONS}.wait_until_somebody_waits()")
    before = trial.watch.look()
    time.sleep(7.0)  # a worker waits five
    waited = trial.watch.look()
    stage.second(f"{_SESSIONS}.let_go()")
    assert before["processed"] == waited["processed"] < ORDERS, f"nobody waited for the order: {waited}"
    played.add(trial, "Completed")


def deadlocks_over_an_order(stage: Stage, played: Played) -> None:
    """A second session holds an order that the worker waits for, then wants one that the worker holds, and wins."""
    stage.set_crew(1)
    trial = stored(stage, ORDERS, chunk_size=CHUNK)
    second_chunk = sorted(trial.orders[CHUNK : 2 * CHUNK])  # rows are locked in this order
    stage.second(f"{_SESSIONS}.hold_and_weigh(order, doctype=doctype)", order=second_chunk[-1], doctype=_ORDER)
    trial.ring()
    stage.second(f"{_SESSIONS}.wait_until_somebody_waits()")
    outcome = stage.second(f"answer = {_SESSIONS}.want(order, doctype)", order=second_chunk[0], doctype=_ORDER)
    played.kills += 1
    assert outcome == "won", f"the second session {outcome}"
    played.add(trial, "Completed")


def billed_as_its_turn_comes(stage: Stage, played: Played) -> None:
    """Somebody's own invoice of an order is being submitted, and commits while the run waits for that order."""
    stage.set_crew(1)
    trial = stored(stage, ORDERS, own=1, chunk_size=CHUNK)
    bad, billed, until = trial.orders[-1], stage.faults / "somebody has billed", stage.faults / "somebody may commit"
    code = "from tests.erpnext import bad_orders; answer = bad_orders.bill_and_wait(order, billed, until)"
    somebody = stage.another()
    try:
        with ThreadPoolExecutor(1) as thread:
            made = thread.submit(somebody, code, order=bad, billed=str(billed), until=str(until))
            try:
                wait_for(lambda: billed.exists() or made.done(), "somebody to bill an order")
                trial.ring()
                trial.watch.until(lambda seen: seen["processed"] == ORDERS - CHUNK, "the run to come to that order")
                stage.second(f"{_SESSIONS}.wait_until_somebody_waits()")
            finally:
                until.touch()
            trial.elsewhere.append(made.result(60))
    finally:
        somebody.close()
    trial.apart.append(bad)
    played.add(trial, "Completed with Errors")
    if set(trial.errors()) != {bad}:
        played.wrong.append(f"{trial.run} says {trial.errors()}, not of {bad} that somebody has just billed")


def cases() -> Iterator[Case]:
    """Yield every way of wanting the same order."""
    yield Case("orders: an order's row is held", GROUP, waits_for_an_order, kills=0)
    yield Case("orders: a deadlock over an order", GROUP, deadlocks_over_an_order)
    yield Case("orders: billed as its turn comes", GROUP, billed_as_its_turn_comes, kills=0)
