"""Many runs at once, on as many bank transactions of one bank account, over invoices of the same parties."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tests.bench.proof.report import Bar
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground, Line
from tests.bench.proof.soak.web import API, Answer, Caller, at_once

_LONGEST_SECONDS = 1200.0


def at_the_same_time(ground: Ground, caller: Caller, lines: Sequence[Line], bar: Bar) -> Found:
    """Ask for a run over each bank transaction in one instant, and see all of them end as Completed.

    Every other one makes one payment a party. Nobody may hear of a deadlock: not in an answer, and not in a run.
    """
    started = time.monotonic()

    def ask(number: int, line: Line) -> Answer:
        by_party = bool(number % 2)
        return caller.post(API, bank_transaction_name=line.transaction, invoices=line.rows, per_party=by_party)

    answers = at_once([lambda each=each: ask(*each) for each in enumerate(lines)])  # type: ignore[misc]
    found = Found()
    found.violations += [
        f"a run at once was answered {one.said()}" for one in answers if one.code != 200 or not one.run
    ]
    runs = [answer.run for answer in answers if answer.run]
    if not runs:
        return found
    done, total = 0, sum(len(line.invoices) for line in lines)
    while True:
        rows = ground.rows(
            "select name, status, processed, succeeded, error, epoch from `tabBatch Run` where name in %(runs)s",
            runs=runs,
        )
        processed = sum(row["processed"] for row in rows)
        ended = sum(row["status"] not in ("Pending", "Processing", "Undoing") for row in rows)
        bar.advance(processed - done, f"{len(runs)} runs at once, {ended} ended")
        done = processed
        if ended == len(runs):
            break
        if time.monotonic() - started > _LONGEST_SECONDS:
            found.violations.append(f"of {len(runs)} runs at once, {len(runs) - ended} have not ended: {rows[:3]}")
            break
        time.sleep(0.3)
    seconds = time.monotonic() - started
    wrong = [row for row in rows if row["status"] != "Completed" or row["error"]]
    found.violations += [f"a run at once ended as {row}" for row in wrong[:3]]
    found.figures = {
        "runs": len(runs),
        "invoices": total,
        "completed": len(rows) - len(wrong),
        "seconds": round(seconds, 1),
        "invoices_a_second": round(total / seconds, 1),
        "slowest_answer_seconds": round(max(answer.seconds for answer in answers), 2),
    }
    return found
