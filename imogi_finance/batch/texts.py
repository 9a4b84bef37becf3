"""Texts from outside, judged before a database sees them."""

from __future__ import annotations

LONGEST_NAME = 140  # of a document, as ERPNext has it


def is_text(text: str) -> bool:
    """Whether a text is one at all: JSON can carry half a letter, which no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_name(given: object) -> bool:
    """Whether a document may have such a name at all."""
    return isinstance(given, str) and bool(given.strip()) and len(given) <= LONGEST_NAME and is_text(given)
