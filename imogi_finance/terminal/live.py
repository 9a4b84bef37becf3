"""Lines that are drawn over each other in a terminal, and the bar among them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from imogi_finance.terminal.output import Stream
from imogi_finance.terminal.text import Line

_REST = "bright_black"
_HIDE, _SHOW, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[2K", "\x1b[J"


class Live:
    """Draws its lines in place of the last ones, for the block; the last stay, unless they are passing ones.

    Args:
        passing: take the lines away at the end.
    """

    def __init__(self, stream: Stream, *, passing: bool = False) -> None:
        self._stream, self._passing, self._drawn = stream, passing, 0

    def __enter__(self) -> Live:
        self._stream.write(_HIDE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._passing:
            self.update([])
        self._stream.write(_SHOW)

    def update(self, lines: Sequence[Line]) -> None:
        """Draw these instead of what stands there; each is cut to the terminal's width."""
        width = self._stream.width
        up = f"\x1b[{self._drawn}A\r" if self._drawn else "\r"
        text = "".join(f"{_CLEAR_LINE}{line.cut(width).drawn(colour=self._stream.colour)}\n" for line in lines)
        self._stream.write(up + text + _CLEAR_BELOW)
        self._drawn = len(lines)


def bar(width: int, share: float, colour: str) -> Line:
    """Return a bar of so many cells, filled to a share of 0 to 1."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    full, half = divmod(halves, 2)
    return Line(("━" * full + "╸" * half, colour), ("━" * (width - full - half), _REST))


def pulse(width: int, colour: str) -> Line:
    """Return a bar in which something moves, for work whose end nobody knows yet."""
    size = max(3, width // 6)
    at = int(time.monotonic() * 20) % (width + size) - size
    before, after = max(0, at), max(0, width - max(0, at + size))
    return Line(("━" * before, _REST), ("━" * (width - before - after), colour), ("━" * after, _REST))
