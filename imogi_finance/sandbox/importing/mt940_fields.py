"""Cut an MT940 file into messages and fields, each with its line number.

An envelope ({1:…}{4: … -}) may stand around each message. A field begins with its tag at the start
of a line (":61:") and goes on over the lines that follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TAG = re.compile(r":(\d\d[A-Z]?|NS):(.*)")
_BLOCK = re.compile(r"\{\d:[^{}]*(\{[^{}]*\}[^{}]*)*\}")  # a whole block of the envelope: {1:…} {3:{108:…}}


@dataclass(frozen=True)
class Field:
    """One field of a message.

    Args:
        line: its line in the file, the first is 1.
        tag: "61", "60F", …
        value: its text; lines are parted by a line feed.
    """

    line: int
    tag: str
    value: str


def messages(text: str) -> Iterator[list[Field]]:
    """Yield the fields of each message; a message begins with ``:20:``."""
    message: list[Field] = []
    for field in _fields(text):
        if field.tag == "20" and message:
            yield message
            message = []
        message.append(field)
    if message:
        yield message


def _fields(text: str) -> Iterator[Field]:
    start, tag, lines = 0, "", list[str]()
    for number, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        line = _BLOCK.sub("", raw).removeprefix("{4:").rstrip()
        found = _TAG.match(line)
        ends = line in ("-", "-}") or line.startswith("-}{")
        if found or ends:
            if tag:
                yield Field(start, tag, "\n".join(lines).strip())
            start, tag, lines = (number, found[1], [found[2]]) if found else (0, "", [])
        elif tag:
            lines.append(line)
    if tag:
        yield Field(start, tag, "\n".join(lines).strip())
