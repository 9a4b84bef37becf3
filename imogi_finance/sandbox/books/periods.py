"""Whether a date lies in a period that is closed."""

from __future__ import annotations

from imogi_finance.errors import DocumentError
from imogi_finance.sandbox.storage.rows import Rows


def closed_until(rows: Rows, date: str) -> str | None:
    """Return until when the books are closed, where that takes a date in."""
    closed = rows.get("setting", "closed_until")
    return str(closed["value"]) if closed is not None and date <= closed["value"] else None


def check_open(rows: Rows, document: str, date: str) -> None:
    """Raise DocumentError where a document's date lies in a closed period."""
    if until := closed_until(rows, date):
        raise DocumentError(document, f"The period is closed until {until}.", "Reopen it, or use a later date.")
