"""Run the measures on a bench of their own: the user's apps, a fresh site, servers of nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from rich.table import Table

from tests.bench.host import BenchUnavailable
from tests.bench.session import session

Figures = dict[str, Any]


def measure(*, quick: bool) -> Figures | str:
    """Return the figures of a bench; where this machine has none, the line that says so."""
    try:
        with session() as prepared, prepared.workbench() as bench:
            command = [str(bench.host.python), "-m", "benchmarks.bench.inside", *(["--quick"] if quick else [])]
            done = subprocess.run(
                command,
                cwd=bench.sites,
                env=bench.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=sys.stderr,
                text=True,
                check=True,
            )
    except BenchUnavailable as error:
        return str(error)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(figures: Figures) -> Table:
    """Return the figures for people."""
    made = Table(title="on ERPNext, one worker: ratios of this run", title_justify="left")
    for column in ("what", "baseline", "measured", "goal"):
        made.add_column(column, justify="right" if column == "measured" else "left")
    loop = "get_payment_entry, insert, submit; reconcile_vouchers"
    for size, ways in figures["sizes"].items():
        for way, name, goal in (("invoice", "one payment an invoice", 1.7), ("party", "one payment a party", 4.0)):
            of = ways[way]
            rates = f"{of['rate']:.1f}/s for {ways['loop']['rate']:.1f}/s"
            shown = f"{of['ratio']:.2f}x ({rates}; {of['processor_ratio']:.2f}x of this process's own time)"
            made.add_row(f"{name}, {size} invoices", loop, shown, f"at least {goal:.1f}x")
        statements = "{:.0f} and {:.0f}".format(ways["invoice"]["statements"], ways["party"]["statements"])
        made.add_row(f"statements an invoice, {size}", f"{ways['loop']['statements']:.0f} in the loop", statements, "")
    flat = figures["flat"]
    ratio = f"{flat['ratio']:.2f}x"
    made.add_row(f"rate at {flat['large']:,} invoices", f"rate at {flat['small']:,}", ratio, "at least 0.90x")
    answer = figures["answer"]
    shown = f"{answer['statements']} statements, {answer['seconds']:.2f} s"
    made.add_row(f"answer for {answer['invoices']:,} invoices", "", shown, "no document loaded")
    rows = figures["rows"]
    different = f"{len(rows['differences'])} of {rows['compared']:,} rows' fields"
    made.add_row("ledger, payments, invoices that differ", "rows of the loop", different, "none")
    made.caption = "Not compared: " + "; ".join(rows["exceptions"]) + "; names, times of creation."
    return made
