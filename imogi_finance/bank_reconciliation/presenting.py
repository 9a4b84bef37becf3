"""Runs and their items as the progress dialog shows them, the same in every world.

Amounts are integers in minor units beside ``currency`` and ``exponent`` (how many decimals it has).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from imogi_finance.money import exponent, to_minor

Json = dict[str, Any]


def run_json(summary: Mapping[str, Any]) -> Json:
    """Return a run's status or summary with integer amounts, their exponent and a title."""
    currency = summary["currency"]
    shown: Json = {**summary, "amount": _minor(summary["amount"], currency), "exponent": exponent(currency)}
    shown["title"] = f"Reconcile {summary['items_total']:,} documents with {summary['bank_transaction']}"
    if "failed_items" in summary:
        shown["failed_items"] = items_json(summary["failed_items"], currency=currency)
    return shown


def items_json(items: Iterable[Mapping[str, Any]], *, currency: str) -> list[Json]:
    """Return items of a run with integer amounts."""
    return [{**item, "amount": _minor(item["amount"], currency)} for item in items]


def _minor(amount: str, currency: str) -> int:
    return to_minor(Decimal(amount or 0), currency)
