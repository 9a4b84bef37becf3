"""Where answers go: one JSON object, or tables and sentences for people."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from imogi_finance.sandbox.cli.failures import Failure

_NARROWEST = 12  # of a column that may be cut
_WIDTH_OF_A_FILE = 160  # where the output is no terminal, nothing need be cut to fit one
STYLES = {
    "Paid": "green",
    "Reconciled": "green",
    "Completed": "green",
    "Overdue": "red",
    "Failed": "red",
    "Undo Failed": "red",
    "Needs Attention": "bold red",
    "Undoing": "yellow",
    "Partly Paid": "yellow",
    "Completed with Errors": "yellow",
    "Cancelled": "dim",
    "cancelled": "dim",
    "waiting for the bank": "yellow",
    "Processing": "cyan",
}


def _console(stream: TextIO, width: int | None = None) -> Console:
    if width is None:
        width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_FILE
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


@dataclass
class Output:
    """The answer of one command.

    Args:
        as_json: say nothing to people; give one JSON object.
        home: the home the user named, so that the commands we suggest name it too.
    """

    as_json: bool
    home: str | None = None

    @cached_property
    def console(self) -> Console:
        """Standard output, for people."""
        return _console(sys.stdout)

    @cached_property
    def aside(self) -> Console:
        """Standard error: progress, hints and errors."""
        return _console(sys.stderr)

    @property
    def is_live(self) -> bool:
        """Whether somebody watches a terminal, so that a progress bar makes sense."""
        return not self.as_json and self.aside.is_terminal

    def command(self, words: str) -> str:
        """Return a command to suggest, as it must be typed here."""
        return f"imogi-finance {words}" + (f" --home {shlex.quote(self.home)}" if self.home else "")

    def json(self, answer: Mapping[str, Any]) -> None:
        """Give the one JSON object, where JSON is asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def say(self, *words: str | tuple[str, str], end: str = "\n") -> None:
        """Print a line for people: texts, or texts with a style."""
        if not self.as_json:
            self.console.print(Text.assemble(*words), end=end)

    def hint(self, *words: str | tuple[str, str]) -> None:
        """Print a line beside the answer, on standard error."""
        if not self.as_json:
            self.aside.print(Text.assemble(*words))

    def table(self, table: Table) -> None:
        """Print a table for people."""
        if not self.as_json:
            needed = _fit(table, self.console)
            console = self.console if needed <= self.console.width else _console(sys.stdout, needed)
            console.print(table)  # where it is too wide still, the terminal breaks its lines

    def failure(self, failure: Failure) -> None:
        """Say why it failed: as JSON, or on standard error with the remedy of each problem."""
        if self.as_json:
            self.json(failure.as_json())
            return
        for problem in failure.problems:
            self.aside.print(Text.assemble((f"{problem.document}: ", "bold"), problem.message))
            if problem.remedy:
                self.aside.print(Text.assemble(("  → ", "cyan"), problem.remedy))
        self.aside.print(Text(failure.message, style="red"))


def money(minor: int, exponent: int) -> str:
    """Return an amount in minor units for people: grouped digits with the currency's decimals."""
    return f"{Decimal(minor).scaleb(-exponent):,.{exponent}f}"


def status(text: str) -> Text:
    """Return a status in its colour."""
    return Text(text, style=STYLES.get(text, ""))


def new_table(columns: Sequence[str]) -> Table:
    """Return an empty table.

    Args:
        columns: headings; one that begins with ">" is right-aligned and never cut, one that begins
            with "~" may be cut to fit the line.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in columns:
        if heading.startswith(">"):
            table.add_column(heading[1:], justify="right", no_wrap=True)
        elif heading.startswith("~"):
            table.add_column(heading[1:], overflow="ellipsis", no_wrap=True, max_width=28)
        else:
            table.add_column(heading, no_wrap=True)
    return table


def _fit(table: Table, console: Console) -> int:
    """Cut the columns that may be cut until the table fits the line; return the width it needs then."""
    natural = console.measure(table, options=console.options.update(max_width=10_000)).maximum
    soft = [column for column in table.columns if column.max_width]
    for column in sorted(soft, key=_width, reverse=True):
        cut = min(max(0, natural - console.width), max(0, _width(column) - _NARROWEST))
        column.max_width = _width(column) - cut
        natural -= cut
    wrapping = any(not column.no_wrap for column in table.columns)
    return min(natural, console.width) if wrapping else natural


def _width(column: Column) -> int:
    longest = max((cell_len(str(cell)) for cell in (column.header, *column.cells)), default=0)
    return min(longest, column.max_width or longest)
