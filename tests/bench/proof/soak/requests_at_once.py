"""The same request many times in one instant, and requests that want the same document in one instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench.proof.report import Bar
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground, Line
from tests.bench.proof.soak.web import API, BATCH, Answer, Caller, at_once


def identical(ground: Ground, caller: Caller, line: Line, count: int, **request: Any) -> Found:
    """Send one request so many times at once: every answer must name the one run that there is.

    The run is worked to its end by whoever works it; that it paid each invoice once is the audit's to say.
    """
    answers = at_once([lambda: _ask(caller, line.transaction, line.rows, **request)] * count)
    found = Found()
    refused = [answer for answer in answers if answer.code != 200 or answer.run is None]
    found.violations += [f"an identical request was answered {answer.said()}" for answer in refused[:3]]
    named = Counter(answer.run for answer in answers if answer.run)
    stored = [run["name"] for run in ground.runs_of(line.transaction)]
    if len(named) != 1 or stored != list(named):
        found.violations.append(f"{count} identical requests: answers name {dict(named)}, the database has {stored}")
    for run in stored:
        ended = ground.ended(run)
        if (ended["status"], ended["succeeded"]) != ("Completed", len(line.invoices)):
            found.violations.append(f"the run of {count} identical requests ended as {ended}")
    seconds = sorted(answer.seconds for answer in answers)
    found.figures = {
        "requests": count,
        "runs": len(stored),
        "answered": count - len(refused),
        "median_seconds": round(median(seconds), 3),
        "slowest_seconds": round(seconds[-1], 3),
    }
    return found


@dataclass(frozen=True)
class Rivals:
    """Two requests that want one document.

    Args:
        what: the shared document, for people.
        shared: its doctype and name, as a refusal names it.
        requests: arguments of each.
    """

    what: str
    shared: str
    requests: tuple[dict[str, Any], dict[str, Any]]


def rivals_over(ground: Ground, *, size: int) -> list[Rivals]:
    """Return a pair for each kind of document that two runs may fight for: invoice, voucher, bank transaction."""
    one, other = ground.line(size), ground.line(size)
    shared = one.rows[size // 2]
    voucher = ground.bench.inside.value("office.pay('Purchase Invoice', invoice)", invoice=one.invoices[0])
    amount = ground.bench.inside.value("frappe.db.get_value('Payment Entry', voucher, 'paid_amount')", voucher=voucher)
    vouchers = [{"doctype": "Payment Entry", "name": voucher, "amount": amount}]
    mine, theirs = one.rows[1:], other.rows[1:]
    return [
        Rivals(
            "an invoice",
            f"{shared['doctype']} {shared['name']}",
            (_request(one, mine), _request(other, [shared, *theirs[1:]])),
        ),
        Rivals(
            "a voucher",
            f"Payment Entry {voucher}",
            (_request(one, mine[1:], vouchers), _request(other, theirs[1:], vouchers)),
        ),
        Rivals(
            "a bank transaction",
            f"Bank Transaction {one.transaction}",
            (_request(one, mine[: size // 2]), _request(one, mine[size // 2 :])),
        ),
    ]


def race(ground: Ground, caller: Caller, rivals: Sequence[Rivals], rounds: int, bar: Bar) -> Found:
    """Send two requests that want one document in the same instant, again and again: one gets its run, one is refused.

    Nobody works the runs: the one of each round is cancelled, so that the next round finds everything free.
    """
    found = Found(figures={"rounds": 0, "refused": 0, "first_won": 0})
    for number in range(rounds):
        for pair in rivals:
            answers = at_once([lambda each=each: caller.post(API, **each) for each in pair.requests])  # type: ignore[misc]
            won = [answer.run for answer in answers if answer.code == 200 and answer.run]
            found.violations += _of_round(ground, pair, answers)
            found.figures["rounds"] += 1
            found.figures["refused"] += len(answers) - len(won)
            found.figures["first_won"] += answers[0].run in won
            for run in set(won):
                cancelled = caller.post(f"{BATCH}.cancel", job_id=run)
                if cancelled.code != 200:
                    found.violations.append(f"the run of a round could not be cancelled: {cancelled.said()}")
        bar.advance(0, f"race {number + 1} of {rounds} for each kind of document")
    return found


def _of_round(ground: Ground, pair: Rivals, answers: Sequence[Answer]) -> list[str]:
    """Return what is wrong with the two answers of a round."""
    live = ground.rows("select name from `tabBatch Run` where status in ('Pending', 'Processing', 'Undoing')")
    won = {answer.run for answer in answers if answer.code == 200}
    wrong = []
    if len(won) != 1 or [row["name"] for row in live] != list(won):
        wrong.append(f"two runs for {pair.what}: {won} accepted, {live} live: {[each.said() for each in answers]}")
    for answer in answers:
        if answer.code == 200:
            continue
        named = [problem for problem in answer.problems if problem["rule"] == "in_live_run"]
        if answer.code != 422 or [problem["document"] for problem in named] != [pair.shared]:
            wrong.append(f"a rival for {pair.what} {pair.shared} was answered {answer.said()}")
    return wrong


def _request(line: Line, rows: Sequence[Any], vouchers: Sequence[Any] = ()) -> dict[str, Any]:
    return {"bank_transaction_name": line.transaction, "invoices": list(rows), "regular_vouchers": list(vouchers)}


def _ask(caller: Caller, transaction: str, rows: Sequence[Any], **request: Any) -> Answer:
    return caller.post(API, bank_transaction_name=transaction, invoices=list(rows), **request)
