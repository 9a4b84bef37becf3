"""Where answers go: one JSON object, or tables and sentences for people."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, TextIO

import click

from imogi_finance.terminal.failures import Failure
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.text import Line, Span

_WIDTH_OF_A_FILE = 160  # where the output is no terminal, nothing need be cut to fit one
STYLES = {
    "Paid": "green",
    "Reconciled": "green",
    "Completed": "green",
    "Succeeded": "green",
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


class Stream:
    """Standard output or error: what it is, and writing to it."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches, so that lines can be drawn over."""
        return self._file.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def colour(self) -> bool:
        return self.is_terminal and not os.environ.get("NO_COLOR")

    @property
    def width(self) -> int:
        """How many cells a line has."""
        if self._file.isatty() or os.environ.get("COLUMNS"):
            return shutil.get_terminal_size().columns
        return _WIDTH_OF_A_FILE

    def line(self, line: Line, end: str = "\n") -> None:
        """Write a line; the terminal breaks one that is too long."""
        click.echo(line.drawn(colour=self.colour) + end, file=self._file, nl=False, color=True)

    def write(self, text: str) -> None:
        """Write control sequences and what is between them."""
        self._file.write(text)
        self._file.flush()


@dataclass
class Output:
    """The answer of one command.

    Args:
        as_json: say nothing to people; give one JSON object.
        program: how the command line is called here ("imogi-finance").
        options: options that the user named, so that the commands we suggest name them too.
    """

    as_json: bool
    program: str = "imogi-finance"
    options: Mapping[str, str | None] = field(default_factory=dict)

    @cached_property
    def console(self) -> Stream:
        """Standard output, for people."""
        return Stream(sys.stdout)

    @cached_property
    def aside(self) -> Stream:
        """Standard error: progress, hints and errors."""
        return Stream(sys.stderr)

    @property
    def is_live(self) -> bool:
        """Whether somebody watches a terminal, so that a progress bar makes sense."""
        return not self.as_json and self.aside.is_terminal

    def command(self, words: str) -> str:
        """Return a command to suggest, as it must be typed here."""
        given = [f" {name} {shlex.quote(value)}" for name, value in self.options.items() if value]
        return f"{self.program} {words}" + "".join(given)

    def json(self, answer: Mapping[str, Any]) -> None:
        """Give the one JSON object, where JSON is asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def say(self, *words: str | Span | Line) -> None:
        """Print a line for people: texts, or texts with a style."""
        if not self.as_json:
            self.console.line(Line(*words))

    def hint(self, *words: str | Span | Line) -> None:
        """Print a line beside the answer, on standard error."""
        if not self.as_json:
            self.aside.line(Line(*words))

    def lines(self, lines: Sequence[Line]) -> None:
        """Print lines for people, each cut to the width."""
        if not self.as_json:
            for line in lines:
                self.console.line(line.cut(self.console.width))

    def table(self, table: Table) -> None:
        """Print a table for people; where it is too wide still, the terminal breaks its lines."""
        if not self.as_json:
            for line in table.lines(self.console.width):
                self.console.line(line)

    def failure(self, failure: Failure) -> None:
        """Say why it failed: as JSON, or on standard error with the remedy of each problem."""
        if self.as_json:
            self.json(failure.as_json())
            return
        for problem in failure.problems:
            self.hint((f"{problem.document}: ", "bold"), problem.message)
            if problem.remedy:
                self.hint(("  → ", "cyan"), problem.remedy)
        self.hint((failure.message, "red"))


def money(minor: int, exponent: int) -> str:
    """Return an amount in minor units for people: grouped digits with the currency's decimals."""
    return f"{Decimal(minor).scaleb(-exponent):,.{exponent}f}"


def status(text: str) -> Line:
    """Return a status in its colour."""
    return Line((text, STYLES.get(text, "")))
