"""Read a CSV table with a header: comma or semicolon, quotes where needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from imogi_finance.sandbox.importing.problems import Findings, quoted, refused_file

_LONGEST_CELL = 10_000


@dataclass(frozen=True)
class Columns:
    """The columns a table may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


@dataclass(frozen=True)
class Line:
    """One line of a table: its number in the file, and its cells by column, without spaces around them."""

    number: int
    cells: Mapping[str, str]


def read_table(text: str, columns: Columns, findings: Findings) -> list[Line]:
    """Return a table's lines; blank ones are left out, malformed ones noted.

    Raises:
        Refused: the header is missing or has other columns, or there is no line below it.
    """
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    numbered = _numbered(reader, findings)
    header_line, header = next(numbered, (1, []))
    names = _header(header, columns, findings.file, header_line, delimiter)
    lines = [line for number, cells in numbered if (line := _line(number, cells, names, findings))]
    if not lines and not findings.count:
        raise refused_file(findings.file, "no_lines", "There is a header but no line below it.", "Export it again.")
    return lines


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    return ";" if header.count(";") > header.count(",") else ","


def _numbered(reader: Iterator[list[str]], findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that is not blank with its number; note where the file cannot be read further."""
    while True:
        number = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            findings.add(number, "malformed", f"The line is not understood: {error}.", "Check its quotes.")
            return  # where a quote is not closed, nothing after it can be trusted
        if any(cell.strip() for cell in cells):
            yield number, cells


def _header(cells: Sequence[str], columns: Columns, file: str, line: int, delimiter: str) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    wanted = delimiter.join(columns.known)
    missing = [name for name in columns.required if name not in names]
    unknown = [cell.strip() for cell, name in zip(cells, names, strict=True) if name not in columns.known]
    twice = sorted({name for name in names if names.count(name) > 1})
    found = (
        [f"the column {', '.join(missing)} is missing"] * bool(missing)
        + [f"{', '.join(map(quoted, unknown))} is not a column"] * bool(unknown)
        + [f"{', '.join(map(quoted, twice))} stands there twice"] * bool(twice)
    )
    if found:
        message = f"In its header (line {line}) {', and '.join(found)}."
        raise refused_file(file, "header", message, f"The first line must be: {wanted}")
    return names


def _line(number: int, cells: Sequence[str], names: Sequence[str], findings: Findings) -> Line | None:
    if len(cells) != len(names):
        message = f"It has {len(cells)} cells; the header has {len(names)}."
        findings.add(number, "cells", message, "Put a text that holds the separator in quotes.")
        return None
    for name, cell in zip(names, cells, strict=True):
        if "\n" in cell or "\r" in cell:
            findings.add(number, "line_break", "has a line break inside.", "Take it out.", column=name, value=cell)
            return None
        if len(cell) > _LONGEST_CELL:
            findings.add(number, "too_long", "is too long.", "Shorten it.", column=name, value=cell)
            return None
    return Line(number, {name: cell.strip() for name, cell in zip(names, cells, strict=True)})
