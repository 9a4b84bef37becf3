"""The matching desk's list, measured by Node: no browser, no server."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from rich.table import Table

_SCRIPT = Path(__file__).with_name("selection.mjs")


def selection(rows: int) -> dict[str, Any] | None:
    """Return what a list of so many rows costs, by what is done with it; None where Node is missing."""
    node = shutil.which("node")
    if node is None:
        return None
    done = subprocess.run([node, str(_SCRIPT), str(rows)], check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def table(figures: dict[str, Any] | None) -> Table:
    """Return the figures for people."""
    made = Table(title="the list in the page: ratios of this run", title_justify="left")
    for column in ("what", "baseline", "measured"):
        made.add_column(column, justify="right" if column == "measured" else "left")
    if figures is None:
        made.add_row("SKIPPED", "", "Node is missing")
        return made
    for act, of in figures["acts"].items():
        baseline = f"a bare loop over {figures['rows']:,} rows"
        made.add_row(act, baseline, f"{of['ratio']:.1f}x, {of['milliseconds']:.1f} ms")
    return made
