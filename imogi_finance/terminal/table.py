"""Tables that fit the terminal: what may be cut is cut, what may wrap wraps, amounts stay whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from imogi_finance.terminal.text import Line

_NARROWEST = 12  # of a column that may be cut
_WIDEST = 28
_NARROWEST_WRAPPED = 24
_GAP = 2
Cell = str | Line


@dataclass
class _Column:
    heading: Line
    right: bool = False
    cut: bool = False
    wrap: bool = False
    width: int = 0


@dataclass(frozen=True)
class _Row:
    cells: tuple[Line, ...]
    style: str


@dataclass
class Table:
    """A table under construction.

    Args:
        headings: of the columns. One that begins with ">" is aligned to the right and never cut, "~" may be cut to
            fit the line, "/" wraps.
    """

    headings: Sequence[str]
    _rows: list[_Row | None] = field(default_factory=list)

    def add_row(self, *cells: Cell, style: str = "") -> None:
        """Add a row; ``style`` is for cells that have none."""
        if len(cells) != len(self.headings):
            raise ValueError(f"{len(cells)} cells for {len(self.headings)} columns")
        self._rows.append(_Row(tuple(cell if isinstance(cell, Line) else Line(cell) for cell in cells), style))

    def add_section(self) -> None:
        """Draw a line before what is added next."""
        if self._rows and self._rows[-1] is not None:
            self._rows.append(None)

    def lines(self, width: int) -> list[Line]:
        """Return the table for a line of so many cells; it may be wider where nothing more can be cut."""
        columns = self._fitted(width)
        rule = Line(("─" * (sum(column.width for column in columns) + _GAP * (len(columns) - 1)), "dim"))
        drawn = [*_draw(_Row(tuple(column.heading for column in columns), "bold"), columns), rule]
        rows = self._rows[:-1] if self._rows and self._rows[-1] is None else self._rows
        for row in rows:
            drawn += [rule] if row is None else _draw(row, columns)
        return drawn

    def _fitted(self, width: int) -> list[_Column]:
        columns = [_column(heading) for heading in self.headings]
        for at, column in enumerate(columns):
            widths = [row.cells[at].width for row in self._rows if row is not None]
            column.width = max((column.heading.width, *widths))
            if column.cut:
                column.width = min(column.width, _WIDEST)
        over = sum(column.width for column in columns) + _GAP * (len(columns) - 1) - width
        for column in columns:
            if column.wrap and over > 0:
                narrower = max(min(column.width, _NARROWEST_WRAPPED), column.width - over)
                over -= column.width - narrower
                column.width = narrower
        for column in sorted((column for column in columns if column.cut), key=lambda of: of.width, reverse=True):
            narrower = max(min(column.width, _NARROWEST), column.width - max(0, over))
            over -= column.width - narrower
            column.width = narrower
        return columns


def _column(heading: str) -> _Column:
    sign, rest = heading[:1], Line(heading[1:])
    if sign == ">":
        return _Column(rest, right=True)
    if sign == "~":
        return _Column(rest, cut=True)
    if sign == "/":
        return _Column(rest, wrap=True)
    return _Column(Line(heading))


def _draw(row: _Row, columns: Sequence[_Column]) -> list[Line]:
    shown: list[list[Line]] = []
    for cell, column in zip(row.cells, columns, strict=True):
        styled = cell.styled(row.style)
        shown.append(styled.wrapped(max(column.width, 1)) if column.wrap else [styled.cut(column.width)])
    lines = []
    for at in range(max(len(cell) for cell in shown)):
        pieces: list[str | Line] = []
        for cell_lines, column in zip(shown, columns, strict=True):
            part = cell_lines[at] if at < len(cell_lines) else Line()
            pieces += [part.padded(column.width, right=column.right), " " * _GAP]
        lines.append(_without_end_spaces(Line(*pieces)))
    return lines


def _without_end_spaces(line: Line) -> Line:
    spans = list(line.spans)
    while spans and not spans[-1][0].strip(" "):
        spans.pop()
    if spans:
        text, style = spans[-1]
        spans[-1] = (text.rstrip(" "), style)
    return Line(*spans)
