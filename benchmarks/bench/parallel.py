"""One run worked by one worker and by two, each a process of its own: a worker is ``-m benchmarks.bench.parallel``.

A worker says when it is warm and begins when it is told to, so that what is timed is work alone.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import frappe

from benchmarks.bench import ways
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.erpnext_adapter.composition import compose
from tests.erpnext.office import connect

Figures = dict[str, Any]
_GOES_ON = (Outcome.CONTINUES, Outcome.WAITING)
_WARMING = 20  # items that each worker works before, for imports and first caches


@dataclass
class Shared:
    """What it took to work a run.

    Args:
        seconds: until it had ended.
        processor: seconds of processor time that the worker took that took most; the database's are not in it.
        shares: items that each worker worked, the most first.
        lost: transactions that a deadlock or lock wait took, and that were done again.
        waited: seconds that transactions waited for rows of each other.
    """

    seconds: float
    processor: float
    shares: list[int]
    lost: int
    waited: float


def compared(size: int, rounds: int, ask: Callable[[int], str]) -> Figures:
    """Return how much faster two workers are than one, in turns, so that the machine's moods strike both.

    Args:
        ask: asks for a new run of so many items; returns its name.
    """
    spent: dict[int, list[Shared]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, taken in spent.items():
            taken.append(_worked(size, workers, ask))
    two = spent[2]
    return {
        "ratio": median(one.seconds / both.seconds for one, both in zip(spent[1], two, strict=True)),
        "processor_ratio": median(one.processor / both.processor for one, both in zip(spent[1], two, strict=True)),
        "rates": {workers: size / median(of.seconds for of in taken) for workers, taken in spent.items()},
        "least_share": min(of.shares[-1] / size for of in two),
        "lost": sum(of.lost for of in two),
        "waited": median(of.waited / of.seconds for of in two),
    }


def _worked(size: int, workers: int, ask: Callable[[int], str]) -> Shared:
    """Have a new run worked by so many processes."""
    warming = [ask(_WARMING) for _ in range(workers)]
    run = ask(size)
    frappe.db.commit()
    crew = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bench.parallel", run, str(workers), first],
            env={**os.environ, "FRAPPE_SITE": frappe.local.site},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in warming
    ]
    try:
        for worker in crew:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "warm\n"
        waited = _row_lock_seconds()
        started = time.perf_counter()
        for worker in crew:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        told = [worker.communicate()[0].split() for worker in crew]
        seconds = time.perf_counter() - started
    finally:
        for worker in crew:
            worker.kill()
            worker.wait()
    frappe.db.rollback()
    ended = compose().store.run(run)
    assert ended.status is RunStatus.COMPLETED, (ended.status, ended.error)
    shares = sorted((int(items) for items, _, _ in told), reverse=True)
    assert sum(shares) == size, f"{shares} of {size} items"
    lost, processor = sum(int(lost) for _, lost, _ in told), max(float(seconds) for _, _, seconds in told)
    return Shared(seconds, processor, shares, lost, _row_lock_seconds() - waited)


def _row_lock_seconds() -> float:
    return float(frappe.db.sql("show global status like 'Innodb_row_lock_time'")[0][1]) / 1000


class _Diary(logging.Handler):
    """Counts what a worker logs: the items it worked, and transactions that it lost."""

    def __init__(self) -> None:
        super().__init__()
        self.items = self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if line.endswith(" chunk worked"):
            spans = line.partition(" chunk=")[2].split()[0].split(",")
            self.items += sum(int(span.split("-")[-1]) - int(span.split("-")[0]) + 1 for span in spans)
        self.lost += " transaction failed: " in line


def main(run: str, workers: int, warming: str) -> None:
    """Be one of the workers of a run; tell the items it worked, the transactions it lost, and its processor seconds."""
    connect(os.environ["FRAPPE_SITE"])
    app = compose(queue=ways.SilentQueue(), realtime=ways.SilentRealtime(), settings=EngineSettings(workers=workers))
    diary = _Diary()
    logging.getLogger("imogi_finance").addHandler(diary)
    ways.work(warming)
    diary.items = diary.lost = 0
    print("warm", flush=True)  # noqa: T201
    sys.stdin.readline()
    started = time.process_time()
    while app.engine.work(run, holder=f"benchmark {os.getpid()}") in _GOES_ON:
        pass
    print(diary.items, diary.lost, time.process_time() - started)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
