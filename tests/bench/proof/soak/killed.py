"""Thousands of invoices paid by workers that are killed every few seconds, until all are done.

Nobody mends anything: a worker that has ended is started again, as its supervisor does in production, and the scheduler
looks once a minute. Some runs are cancelled half way and tried again, so that undoing is killed too.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.proof.report import Bar
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground, Line
from tests.bench.proof.soak.web import API, BATCH, Caller
from tests.bench.proof.workers import KINDS, Workers

SECONDS_BETWEEN_KILLS = (2.5, 5.5)
LONGEST_STANDSTILL = 90.0  # with only the scheduler a killed run goes on within this time; here workers live
_SCHEDULER_SECONDS = 60.0
_LOOK_SECONDS = 0.25
_ENDED_WELL, _TAKEN_BACK = "Completed", "Cancelled"


@dataclass
class _Killer:
    """Kills a horse, its worker or both every few seconds, where there is a horse at work."""

    workers: Workers
    random: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    _next: float = 0.0

    def look(self) -> None:
        self.workers.tend()
        now = time.monotonic()
        self._next = self._next or now + self.random.uniform(*SECONDS_BETWEEN_KILLS)
        horses = self.workers.horses()
        if now < self._next or not horses:
            return
        kind = self.random.choice(KINDS)
        if self.workers.kill(kind, self.random.choice(horses)):
            self.kills[kind] += 1
        self._next = now + self.random.uniform(*SECONDS_BETWEEN_KILLS)


@dataclass
class _Progress:
    """What all runs have come to, and how long nothing moved."""

    done: int = 0
    moved: float = field(default_factory=time.monotonic)
    longest: float = 0.0
    _seen: tuple[Any, ...] = ()

    def look(self, rows: Sequence[dict[str, Any]]) -> int:
        """Take in the runs' rows; return how many more invoices are done for good."""
        seen = tuple((row["name"], row["status"], row["processed"], row["undone"]) for row in rows)
        now = time.monotonic()
        self.longest = max(self.longest, now - self.moved)
        if seen != self._seen:
            self._seen, self.moved = seen, now
        done = sum(int(row["total"]) for row in rows if row["status"] == _ENDED_WELL)
        more, self.done = done - self.done, done
        return more


def until_done(
    ground: Ground, caller: Caller, workers: Workers, lines: Sequence[Line], bar: Bar, *, seed: int, longest: float
) -> Found:
    """Ask for a run over each line and kill workers until every invoice is paid.

    Args:
        seed: of who is killed, when, and which runs are cancelled.
        longest: seconds after which it is given up, which is a violation.
    """
    killer = _Killer(workers, random.Random(seed))
    found, progress, started = Found(), _Progress(), time.monotonic()
    ticked = started
    waiting = dict(enumerate(lines))
    cancels = set(killer.random.sample(range(len(lines)), max(1, len(lines) // 8)))
    runs: dict[str, int] = {}
    cancelled = 0
    for number, line in waiting.items():
        answer = caller.post(
            API, bank_transaction_name=line.transaction, invoices=line.rows, per_party=bool(number % 2)
        )
        if answer.run is None:
            found.violations.append(f"a run was answered {answer.said()}")
            return found
        runs[answer.run] = number
    while True:
        killer.look()
        rows = ground.rows(
            """select name, status, total, processed, succeeded, undone, epoch, error from `tabBatch Run`
            where name in %(runs)s""",
            runs=list(runs),
        )
        more = progress.look(rows)
        bar.advance(more, f"{progress.done} done, {killer.kills.total()} kills")
        for row in rows:
            number = runs[row["name"]]
            if number in cancels and row["status"] == "Processing" and row["processed"] * 2 >= row["total"]:
                cancels.discard(number)
                cancelled += caller.post(f"{BATCH}.cancel", job_id=row["name"]).code == 200
            if row["status"] == _TAKEN_BACK:
                again = caller.post(f"{BATCH}.retry", job_id=row["name"])
                if again.run is None:
                    found.violations.append(f"the retry of a cancelled run was answered {again.said()}")
                    return found
                runs[again.run] = runs.pop(row["name"])
            elif row["status"] not in ("Pending", "Processing", "Undoing", _ENDED_WELL):
                found.violations.append(f"a run ended as {row}")
                return found
        if progress.done == sum(len(line.invoices) for line in lines):
            break
        if time.monotonic() - started > longest:
            found.violations.append(f"not done after {longest:.0f} s: {rows[:3]}")
            break
        if time.monotonic() - ticked > _SCHEDULER_SECONDS:
            ticked = time.monotonic()
            ground.bench.tick()
        time.sleep(_LOOK_SECONDS)
    if progress.longest > LONGEST_STANDSTILL:
        found.violations.append(f"nothing moved for {progress.longest:.0f} s, above {LONGEST_STANDSTILL:.0f}")
    seconds = time.monotonic() - started
    found.figures = {
        "runs": len(lines),
        "invoices": progress.done,
        "kills": killer.kills.total(),
        **{f"kills_of_{kind}": killer.kills[kind] for kind in KINDS},
        "claims": sum(row["epoch"] for row in rows),
        "cancelled_and_tried_again": cancelled,
        "seconds": round(seconds, 1),
        "invoices_a_second": round(progress.done / seconds, 1),
        "longest_standstill_seconds": round(progress.longest, 1),
    }
    return found
