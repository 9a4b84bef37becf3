"""What a long command shows: a bar while it works, a table of figures at the end, the same figures as JSON."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.bench.host import ROOT

ARTEFACTS = ROOT / "artefacts"
_TOLD_SECONDS = 15.0


class Bar:
    """A bar on standard error; where that is no terminal, a line now and then. Any thread may call it."""

    def __init__(self, progress: Progress, task: TaskID, total: int, *, drawn: bool) -> None:
        self._progress, self._task, self._total, self._drawn = progress, task, total, drawn
        self._done, self._told, self._started = 0, time.monotonic(), time.monotonic()

    def advance(self, steps: int, what: str) -> None:
        """Be so many steps further."""
        self._done += steps
        self._progress.update(self._task, advance=steps, what=what)
        if not self._drawn and time.monotonic() - self._told > _TOLD_SECONDS:
            self._told = time.monotonic()
            self.say(f"{self._done} of {self._total} in {self._told - self._started:.0f} s: {what}")

    def show(self, what: str) -> None:
        """Say what is being done."""
        self._progress.update(self._task, what=what)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if self._drawn:
            self._progress.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def bar(title: str, total: int) -> Iterator[Bar]:
    """Show a bar for the block.

    Args:
        total: how many steps there are.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, TextColumn("{task.fields[what]}"), console=console, disable=not console.is_terminal)
    with progress:
        task = progress.add_task(title, total=total, what="")
        yield Bar(progress, task, total, drawn=console.is_terminal)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return count, p50, p95 and max of times in seconds; of none, only the count."""
    if not seconds:
        return {"count": 0}
    ordered = sorted(seconds)
    cuts = quantiles(ordered, n=20, method="inclusive") if len(ordered) > 1 else ordered * 19
    found = {"p50": cuts[9], "p95": cuts[18], "max": ordered[-1]}
    return {"count": len(ordered), **{name: round(value, 2) for name, value in found.items()}}


def shown_spread(of: Mapping[str, float]) -> str:
    """Return times for people."""
    if not of["count"]:
        return "none"
    return f"p50 {of['p50']:.1f} s, p95 {of['p95']:.1f} s, max {of['max']:.1f} s ({of['count']:.0f})"


def print_table(title: str, rows: Sequence[tuple[str, str, str]]) -> None:
    """Print what was measured, and what is wanted of it."""
    table = Table(title=title, title_justify="left")
    for column in ("what", "measured", "wanted"):
        table.add_column(column, justify="right" if column == "measured" else "left")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def keep(name: str, figures: Mapping[str, Any]) -> Path:
    """Write figures to ``artefacts/NAME.json``; return the file."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{name}.json"
    path.write_text(json.dumps(figures, indent=1, sort_keys=True, default=str) + "\n")
    return path


def keep_text(name: str, text: str) -> Path:
    """Write a text, the logs of a case that went wrong, to ``artefacts``; return the file."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{re.sub('[^A-Za-z0-9.]+', '-', name)}.log"
    path.write_text(text)
    return path
