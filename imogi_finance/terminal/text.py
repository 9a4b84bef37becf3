"""Lines of styled text, measured in a terminal's cells; control characters in data are shown, never obeyed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

import click

Span = tuple[str, str]
_COLOURS = {"bright_black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}


class Line:
    """A line of text in pieces of one style each.

    Args:
        pieces: text, text with a style ("bold green", "dim", "cyan"), or lines.
    """

    def __init__(self, *pieces: str | Span | Line) -> None:
        spans: list[Span] = []
        for piece in pieces:
            if isinstance(piece, Line):
                spans += piece.spans
            else:
                text, style = (piece, "") if isinstance(piece, str) else piece
                spans.append((printable(text), style))
        self.spans: tuple[Span, ...] = tuple(span for span in spans if span[0])

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.spans)

    @property
    def width(self) -> int:
        """How many cells it takes."""
        return cells(self.plain)

    def styled(self, style: str) -> Line:
        """Return it with a style laid under what has none."""
        return Line(*((text, own or style) for text, own in self.spans)) if style else self

    def cut(self, width: int) -> Line:
        """Return as much of it as fits, with an ellipsis where something is missing."""
        if self.width <= width:
            return self
        kept: list[Span] = []
        room = width - 1
        for text, style in self.spans:
            part = _fitting(text, room)
            kept.append((part, style))
            room -= cells(part)
            if part != text:
                break
        return Line(*kept, "…")

    def padded(self, width: int, *, right: bool = False) -> Line:
        """Return it filled up with spaces to a width."""
        space = " " * max(0, width - self.width)
        return Line(space, self) if right else Line(self, space)

    def wrapped(self, width: int) -> list[Line]:
        """Return it in lines that fit, broken at spaces; a longer word is broken too."""
        lines: list[list[Span]] = [[]]
        room = width
        for word, style in _words(self.spans):
            rest = word
            if cells(rest.rstrip()) > room and lines[-1]:
                lines.append([])
                room, rest = width, rest.lstrip()
            while cells(rest.rstrip()) > width:
                part = _fitting(rest, width) or rest[:1]
                lines[-1].append((part, style))
                lines.append([])
                rest = rest[len(part) :]
            lines[-1].append((rest, style))
            room -= cells(rest)
        return [Line(*line) for line in lines]

    def drawn(self, *, colour: bool) -> str:
        """Return it for a terminal, or plain."""
        if not colour:
            return self.plain
        return "".join(click.style(text, **_click_style(style)) if style else text for text, style in self.spans)


def printable(text: str) -> str:
    """Return a text whose control characters are shown as “�”."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def cells(text: str) -> int:
    """Return how many cells a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(sign) for sign in text)


def _cells_of(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _fitting(text: str, width: int) -> str:
    taken = 0
    for at, sign in enumerate(text):
        taken += _cells_of(sign)
        if taken > width:
            return text[:at]
    return text


def _words(spans: Iterable[Span]) -> Iterable[Span]:
    for text, style in spans:
        at = 0
        while at < len(text):
            end = text.find(" ", at)
            end = len(text) if end < 0 else end + 1
            yield text[at:end], style
            at = end


def _click_style(style: str) -> dict[str, Any]:
    words = style.split()
    colours = [word for word in words if word in _COLOURS]
    return {word: True for word in words if word not in _COLOURS} | ({"fg": colours[-1]} if colours else {})
