"""Runs and their items as the progress dialog shows them, the same in every world.

Amounts are integers in minor units beside ``currency`` and ``exponent`` (how many decimals it has).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from imogi_finance.batch.run import ItemStatus
from imogi_finance.errors import Refused
from imogi_finance.money import exponent, to_minor

Json = dict[str, Any]


def run_json(summary: Mapping[str, Any]) -> Json:
    """Return a run's status or summary with integer amounts and their exponent."""
    currency = summary["currency"]
    shown: Json = {**summary, "amount": _minor(summary["amount"], currency), "exponent": exponent(currency)}
    if "failed_items" in summary:
        shown["failed_items"] = items_json(summary["failed_items"], currency=currency)
    return shown


def items_json(items: Iterable[Mapping[str, Any]], *, currency: str) -> list[Json]:
    """Return items of a run with integer amounts."""
    return [{**item, "amount": _minor(item["amount"], currency)} for item in items]


def item_status(text: str) -> ItemStatus:
    """Return the status that a request names.

    Raises:
        Refused: no item has such a status.
    """
    try:
        return ItemStatus(text)
    except ValueError as error:
        known = ", ".join(status.value for status in ItemStatus)
        raise Refused.because(
            "Request", "malformed", f"No item is {text!r:.30}.", f"Ask for one of: {known}."
        ) from error


def _minor(amount: str, currency: str) -> int:
    return to_minor(Decimal(amount or 0), currency)
