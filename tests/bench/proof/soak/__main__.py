"""Load a bench and see it hold: ``python -m tests.bench.proof.soak [--invoices N] [--one-an-invoice] [--seed S]``."""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.bench.host import BenchUnavailable
from tests.bench.proof.report import bar, keep, print_table
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.large_run import MOST_BYTES_AN_ITEM
from tests.bench.proof.soak.program import WITH_WORKERS, WITHOUT_WORKERS, Sizes, play
from tests.bench.session import session


def main() -> int:
    """Play everything; return the exit code: 1 where anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=10_000, help="in one run, and under kills")
    parser.add_argument("--one-an-invoice", action="store_true", help="the large run makes one payment an invoice")
    parser.add_argument("--seed", type=int, default=1, help="of the kills")
    parser.add_argument("--quick", action="store_true", help="the short form")
    parser.add_argument("--only", nargs="+", default=(), choices=(*WITHOUT_WORKERS, *WITH_WORKERS), help="scenarios")
    options = parser.parse_args()
    whole = Sizes.whole(options.invoices, one_an_invoice=options.one_an_invoice, seed=options.seed)
    sizes = Sizes.short() if options.quick else whole
    started = time.monotonic()
    try:
        with session() as prepared, prepared.fresh() as bench, bar("soak", sizes.steps(options.only)) as shown:
            found = play(bench, sizes, shown, only=options.only)
    except BenchUnavailable as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    violations = [f"{name}: {violation}" for name, of in found.items() for violation in of.violations]
    figures = {name: of.figures for name, of in found.items()}
    kept = keep("bench-soak", {"seconds": time.monotonic() - started, "violations": violations, **figures})
    print_table("load, on ERPNext with two workers and a web server of four processes", _rows(found))
    for violation in violations:
        print(f"VIOLATION  {violation}")  # noqa: T201
    print(f"{len(violations)} violations in {time.monotonic() - started:.0f} s; the figures: {kept}")  # noqa: T201
    return 1 if violations else 0


def _rows(found: Mapping[str, Found]) -> list[tuple[str, str, str]]:
    """Return the figures for people: what, measured, wanted."""
    of: dict[str, dict[str, Any]] = defaultdict(dict, {name: one.figures for name, one in found.items()})
    rivals, twins, small = of["rivals"], of["identical"], of["identical_at_once"]
    batch, same, shared = of["orders"], of["identical_orders"], of["rival_orders"]
    runs, large, final, soak, audit = of["runs_at_once"], of["large_run"], of["final_step"], of["killed"], of["audit"]
    rows = [
        _row("rivals for one document, races", "{rounds}: {refused} refused", rivals, "one refused in each"),
        _row("identical requests, a worker's run", "{requests}: {runs} run, {answered} answered", twins, "one run"),
        _row("the same, worked in the request", "{requests}: {runs} run, {answered} answered", small, "one run"),
        _row("runs at once", "{completed} of {runs}, {invoices_a_second} invoices/s", runs, "all completed"),
        _row("one run, one payment {one_payment}", "{invoices:,} at {invoices_a_second}/s", large, "completed"),
        _row("its rate in the second half", "{rate_of_halves}x of the first", large, ""),
        _row(
            "its workers' memory",
            "{memory_warm_mb} to {memory_end_mb} MB, {bytes_an_invoice} bytes an invoice",
            large,
            f"at most {MOST_BYTES_AN_ITEM:.0f} bytes an invoice",
        ),
        _row("list of its invoices, answer to it", "{listing_seconds} s, {answer_seconds} s", large, ""),
        _row("looks at its status", "{look_median_seconds} s, slowest {look_slowest_seconds} s", large, "answered"),
        _row(
            "final step alone, {payments:,} payments", "{final_step_seconds} s, {memory_peak_mb} MB", final, "one claim"
        ),
        _row("rung for meanwhile", "{rings} times, begun {claims} time(s)", final, "begun once"),
        _row("paid under kills", "{invoices:,} in {runs} runs, {seconds} s", soak, "all"),
        _row(
            "kills of horse, worker, both",
            "{kills_of_horse}, {kills_of_parent}, {kills_of_both}: {claims} claims",
            soak,
            "",
        ),
        _row("longest without any progress", "{longest_standstill_seconds} s", soak, "at most 90 s"),
        _row("orders invoiced, bad ones named", "{invoiced:,} and {named} of {orders:,}", batch, "all, and 13 bad"),
        _row("through kills, and a cancel and resume", "{kills}, {claims} claims, {seconds} s", batch, ""),
        _row("answered, at", "{answer_seconds} s, {orders_a_second} orders/s", batch, ""),
        _row("mended and tried again", "{after_retry:,} invoiced, {still_bad} still bad", batch, "what can be"),
        _row("orders invoiced twice, lost", "{twice}, {lost}", batch, "0, 0"),
        _row("identical requests for orders", "{requests}: {runs} run, {answered} answered", same, "one run"),
        _row("rivals for one order, races", "{rounds}: {refused} refused", shared, "half: the others name it"),
        _row("lost, paid twice, out of balance", "{lost}, {twice}, {out_of_balance}", audit, "0, 0, 0.00"),
    ]
    return [row for row in rows if row is not None]


def _row(what: str, measured: str, figures: Mapping[str, Any], wanted: str) -> tuple[str, str, str] | None:
    """Return a row; none of a scenario that was not played."""
    return (what.format(**figures), measured.format(**figures), wanted) if figures else None


if __name__ == "__main__":
    sys.exit(main())
