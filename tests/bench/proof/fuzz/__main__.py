"""The long form: ``python -m tests.bench.proof.fuzz [--sequences N] [--steps N] [--jobs N] [--seed N] [--mutations]``.

Each bench drives its share of the sequences with a seed of its own; the same seeds drive the same ones again. At the
end a table, the same as JSON in ``artefacts``, and exit code 1 where anything was violated or a rule was never done.
``--mutations`` breaks the app on purpose instead, in several ways: exit code 1 where one of them is not found.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections import Counter

from tests.bench.host import BenchUnavailable
from tests.bench.proof import report
from tests.bench.proof.fuzz.breaking import break_all, tell
from tests.bench.proof.fuzz.driving import Figures, Orders, drive
from tests.bench.session import Session, session

_FEWEST_STEPS = 4000  # with fewer, that a rule was never done says nothing


def main() -> int:
    """Drive; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.proof.fuzz", description=__doc__)
    parser.add_argument("--sequences", type=int, default=500, help="how many (500)")
    parser.add_argument("--steps", type=int, default=20, help="of each (20); the first four make what it begins with")
    parser.add_argument("--jobs", type=int, default=2, help="on how many benches at once (2)")
    parser.add_argument("--seed", type=int, default=1, help="of the first bench (1); the next has the next")
    parser.add_argument("--no-shrink", action="store_true", help="do not look for a shorter violated sequence")
    parser.add_argument("--mutations", action="store_true", help="break the app on purpose; each must be found")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        with session() as prepared:
            if options.mutations:
                return tell(break_all(prepared, _orders(options, options.sequences, options.seed), options.jobs))
            found = _drive_all(prepared, options)
    except BenchUnavailable as error:
        print(f"*** SKIPPED: {error} ***")  # noqa: T201
        return 0
    return _tell(found, options, time.monotonic() - started)


def _drive_all(prepared: Session, options: argparse.Namespace) -> list[Figures]:
    """Drive on all benches at once; return what each of them found."""
    found: list[Figures] = []
    shares = [len(range(job, options.sequences, options.jobs)) for job in range(options.jobs)]
    with report.bar("random sequences", options.sequences) as bar:

        def drive_some(orders: Orders) -> None:
            found.append(drive(prepared, orders, bar))

        threads = [
            threading.Thread(target=drive_some, args=(_orders(options, share, options.seed + job),), daemon=True)
            for job, share in enumerate(shares)
            if share
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    return found


def _orders(options: argparse.Namespace, sequences: int, seed: int) -> Orders:
    return Orders(sequences, options.steps, seed, shrink=not options.no_shrink)


def _tell(found: list[Figures], options: argparse.Namespace, seconds: float) -> int:
    rules = _added_up(found)
    sequences, steps = (sum(of.get(what, 0) for of in found) for what in ("sequences", "steps"))
    violations = [of["violation"] for of in found if of.get("violation")]
    never = sorted(name for name, count in rules.items() if not count["done"]) if steps >= _FEWEST_STEPS else []
    ended = sum((Counter(of.get("runs_ended", {})) for of in found), Counter())
    foreign = sum((Counter(of.get("foreign_errors", {})) for of in found), Counter())
    rows = [
        (name, f"{count['done']} done, {count['refused']} refused, {count['idle']} nothing to do", "done at least once")
        for name, count in sorted(rules.items())
    ]
    rows += [(f"runs that ended {status}", str(count), "") for status, count in sorted(ended.items())]
    rows += [
        ("errors of ERPNext's own", str(foreign.total()), ""),
        ("sequences", str(sequences), f"at least {options.sequences}"),
        ("steps, all looked at", str(steps), ""),
        ("violations", str(len(violations)), "0"),
        ("all of it took", f"{seconds / 60:.1f} min", ""),
    ]
    report.print_table("bench-fuzz: random sequences of what users do, inside ERPNext", rows)
    for violation in violations:
        print(f"VIOLATION: {violation}")  # noqa: T201
    for name in never:
        print(f"NEVER DONE: {name}, so it tests nothing")  # noqa: T201
    figures = {"sequences": sequences, "steps": steps, "violations": violations, "rules": rules, "runs_ended": ended}
    figures |= {"never_done": never, "foreign_errors": foreign, "seconds": round(seconds, 1), "benches": found}
    print(f"Figures: {report.keep('bench-fuzz', figures)}")  # noqa: T201
    return 1 if violations or never or sequences < options.sequences * 0.95 else 0


def _added_up(found: list[Figures]) -> dict[str, dict[str, int]]:
    rules: dict[str, dict[str, int]] = {}
    for of in found:
        for name, count in of.get("rules", {}).items():
            sums = rules.setdefault(name, {"done": 0, "refused": 0, "idle": 0})
            for what in sums:
                sums[what] += count[what]
    return rules


if __name__ == "__main__":
    sys.exit(main())
