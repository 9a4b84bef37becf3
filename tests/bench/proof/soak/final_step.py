"""The final step of a large run alone: thousands of payments allocated to one bank transaction, in one transaction.

It takes longer than a lease, and nobody may take the run from the worker that is at it. Its payments are copies of some
that ERPNext made, so that minutes of paying need not come before.
"""

from __future__ import annotations

import time

from tests.bench.proof.report import Bar
from tests.bench.proof.soak.following import follow
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground
from tests.bench.proof.soak.large_run import of_course
from tests.bench.proof.soak.web import Caller
from tests.bench.proof.workers import Workers

_SECONDS_BETWEEN_RINGS = 2.0
_CLAIMS = 2  # the one that stands for the work, and that of the final step


def alone(ground: Ground, caller: Caller, workers: Workers, invoices: int, bar: Bar) -> Found:
    """Have a run of which only the final step is left, and ring for it all the while, as sweepers and users do."""
    line = ground.paid_line(invoices)
    code = "from tests.bench.proof.soak import paid_run; answer = paid_run.make(transaction, invoices)"
    run = ground.bench.inside(code, transaction=line.transaction, invoices=line.invoices)
    rung = [0.0, 0.0]

    def ring_again(_status: object) -> None:
        if time.monotonic() - rung[0] > _SECONDS_BETWEEN_RINGS:
            rung[0] = time.monotonic()
            rung[1] += 1
            code = "from tests.bench.proof.soak import paid_run; paid_run.ring(run)"
            ground.bench.inside(code, run=run)

    bar.show(f"the final step of {invoices} payments")
    course = follow(caller, run, workers, ring_again)
    [row] = ground.rows(
        "select status, error, epoch, stalls, lease_seconds from `tabBatch Run` where name = %(run)s", run=run
    )
    found = Found(violations=list(course.wrong))
    if row["status"] != "Completed":
        found.violations.append(f"a run with only the final step to do ended as {row}")
    if row["epoch"] != _CLAIMS:
        found.violations.append(f"its final step was begun {row['epoch'] - 1} times, though nobody was killed: {row}")
    seen = of_course(course)
    kept = ("final_step_seconds", "memory_peak_mb", "look_median_seconds", "look_slowest_seconds")
    found.figures = {"payments": invoices, "rings": int(rung[1]), "claims": row["epoch"] - 1} | {
        name: seen[name] for name in kept
    }
    bar.advance(invoices, "the final step is done")
    return found
