"""Requests about the same orders in one instant: the same request many times, and pairs that share an order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.bench.proof.report import Bar
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground
from tests.bench.proof.soak.orders import INVOICING
from tests.bench.proof.soak.web import BATCH, Answer, Caller, at_once

_WITHIN = "from tests.bench.proof import within_orders; "
_IN_LIVE_RUN = "Run {} is working on it"


def identical(ground: Ground, caller: Caller, orders: int, requests: int) -> Found:
    """Send one request so many times at once: every answer names the one run, and each order is invoiced once."""
    names = stock(ground, orders)
    answers = at_once([lambda: caller.post(INVOICING, sales_orders=names, submit=True)] * requests)
    found = Found()
    refused = [answer for answer in answers if answer.code != 200 or answer.run is None]
    found.violations += [f"an identical request was answered {answer.said()}" for answer in refused[:3]]
    named = Counter(answer.run for answer in answers if answer.run)
    stored = [row["run"] for row in _rows_of(ground, names, "distinct run")]
    if len(named) != 1 or stored != list(named):
        found.violations.append(f"{requests} identical requests: answers name {dict(named)}, stored are {stored}")
    for run in stored:
        ended = ground.ended(run)
        if (ended["status"], ended["succeeded"]) != ("Completed", orders):
            found.violations.append(f"the run of {requests} identical requests ended as {ended}")
    found.violations += _not_once(ground, names)
    found.figures = {"requests": requests, "runs": len(stored), "answered": requests - len(refused)}
    return found


def rivals(ground: Ground, caller: Caller, rounds: int, bar: Bar) -> Found:
    """Send two requests that share an order in one instant, again and again, while nobody works them.

    Both get a run where they have other orders too: one has the shared order to do, the other names it as that run's.
    Where it is all that they ask for, one is refused. Nobody is told that anything is wrong with an order of their own.
    """
    found = Found(figures={"rounds": 0, "refused": 0})
    for number in range(rounds):
        shared, mine, theirs = stock(ground, 3)
        for one, other in (([mine, shared], [shared, theirs]), ([shared], [shared])):
            # with different options these are two requests, where the same twice would be one
            calls = [
                lambda orders=orders, submit=submit: caller.post(INVOICING, sales_orders=orders, submit=submit)
                for orders, submit in ((one, True), (other, False))
            ]
            answers = at_once(calls)
            found.violations += _of_round(ground, shared, answers, alone=len(one) == 1)
            found.figures["rounds"] += 1
            found.figures["refused"] += sum(answer.run is None for answer in answers)
            for run in {answer.run for answer in answers if answer.run}:
                cancelled = caller.post(f"{BATCH}.cancel", job_id=run)
                if cancelled.code != 200:
                    found.violations.append(f"the run of a round could not be cancelled: {cancelled.said()}")
        bar.advance(0, f"race {number + 1} of {rounds} for an order")
    return found


def _of_round(ground: Ground, shared: str, answers: Sequence[Answer], *, alone: bool) -> list[str]:
    """Return what is wrong with the two answers of a round."""
    runs = [answer.run for answer in answers if answer.run]
    rows = _rows_of(ground, [shared], "run, status, error")
    rows = [row for row in rows if row["run"] in runs]
    doing = [row["run"] for row in rows if row["status"] == "Pending"]
    told = f"{[answer.said() for answer in answers]}, {rows}"
    if len(doing) != 1:
        return [f"{shared} is to be done by {len(doing)} runs: {told}"]
    names_it = _IN_LIVE_RUN.format(doing[0])
    if alone:
        refused = [answer for answer in answers if answer.run is None]
        problems = [problem for answer in refused for problem in answer.problems]
        right = [one for one in problems if one["document"] == f"Sales Order {shared}" and one["rule"] == "in_live_run"]
        return [] if len(refused) == len(problems) == len(right) == 1 else [f"one of two was to be refused: {told}"]
    failed = [row for row in rows if row["status"] == "Failed" and names_it in (row["error"] or "")]
    return [] if len(runs) == 2 and len(failed) == 1 else [f"one of two runs was to name {shared}: {told}"]


def stock(ground: Ground, count: int) -> list[str]:
    """Make so many orders."""
    return list(ground.bench.inside(f"{_WITHIN}answer = within_orders.stock(office, count)", count=count))


def _rows_of(ground: Ground, orders: Sequence[str], columns: str) -> list[dict[str, Any]]:
    return ground.rows(
        f"""select {columns} from `tabBatch Run Item` where reference_doctype = 'Sales Order'
        and reference_name in %(orders)s""",
        orders=list(orders),
    )


def _not_once(ground: Ground, orders: Sequence[str]) -> list[str]:
    """Return the orders that are not billed by exactly one submitted invoice."""
    rows = ground.rows(
        """select l.sales_order, count(distinct v.name) as invoices from `tabSales Invoice Item` l
        join `tabSales Invoice` v on v.name = l.parent and v.docstatus = 1
        where l.sales_order in %(orders)s group by l.sales_order""",
        orders=list(orders),
    )
    billed = {row["sales_order"]: row["invoices"] for row in rows}
    return [f"{order} has {billed.get(order, 0)} invoices" for order in orders if billed.get(order, 0) != 1]
