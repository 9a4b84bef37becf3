"""Break the app on purpose, one way after the other, and see random sequences find each of them."""

from __future__ import annotations

import json
import queue
import threading
from typing import Any

from tests.bench.proof import report
from tests.bench.proof.fuzz.driving import Figures, Orders, drive
from tests.bench.session import Session


def break_all(prepared: Session, orders: Orders, jobs: int) -> dict[str, Figures]:
    """Drive with each mutation until it is found, on several benches at once; return what each bench found.

    Args:
        orders: how far to drive with each.
    """
    with prepared.fresh() as bench:
        told = bench.python("-m", "tests.erpnext.fuzz", "--mutations")
    left: queue.Queue[str] = queue.Queue()
    for name in json.loads(told.strip().splitlines()[-1])["mutations"]:
        left.put(name)
    found: dict[str, Figures] = {}

    def break_some(bar: report.Bar) -> None:
        while True:
            try:
                name = left.get_nowait()
            except queue.Empty:
                return
            found[name] = drive(prepared, orders.mutated(name), None)
            after = found[name].get("found_after")
            bar.advance(1, name)
            bar.say(f"{name}: {f'found by sequence {after}' if after else 'NOT FOUND'}")

    with report.bar("breaking the app", left.qsize()) as bar:
        threads = [threading.Thread(target=break_some, args=(bar,), daemon=True) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    return found


def tell(found: dict[str, Figures]) -> int:
    """Print what was found; return the exit code: 1 where a mutation was not."""
    rows: list[tuple[str, str, str]] = []
    missed: list[str] = []
    kept: dict[str, Any] = {}
    for name, of in sorted(found.items()):
        after, steps = of.get("found_after"), of.get("steps", 0)
        missed += [] if after else [name]
        rows.append((name, f"by sequence {after}, step {steps}" if after else "not found", "found"))
        kept[name] = {"found_after": after, "steps": steps, "violation": of.get("first_violation", of["violation"])}
    report.print_table("bench-fuzz: the app broken on purpose", rows)
    print(f"Figures: {report.keep('bench-fuzz-mutations', kept)}")  # noqa: T201
    return 1 if missed else 0
