"""Amounts as ERPNext's database connection gives them (floats of DECIMAL(21,9) columns), made exact again."""

from __future__ import annotations

from decimal import Decimal

from imogi_finance.money import exponent

_STORED = Decimal("1e-9")  # the finest amount that a currency column holds


def exact(stored: float | int | Decimal | None, currency: str) -> Decimal:
    """Return a stored amount with the currency's number of decimals, or with more where it has more."""
    amount = Decimal(repr(stored) if isinstance(stored, float) else stored or 0).quantize(_STORED)
    rounded = round(amount, exponent(currency))
    return rounded if rounded == amount else amount.normalize()


def fits(amount: Decimal, currency: str) -> bool:
    """Whether an amount has no more decimals than its currency."""
    return amount == round(amount, exponent(currency))
