"""Amounts of money as exact decimals, and as integer minor units where they are stored.

ISO 4217 gives each currency its minor unit; two decimals where the table below says nothing.
"""

from __future__ import annotations

import re
from decimal import Decimal

# ISO 4217: the currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?")

ZERO = Decimal(0)


def exponent(currency: str) -> int:
    """Return how many decimals the currency has (ISO 4217 minor unit)."""
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in minor units of the currency.

    Raises:
        ValueError: the amount has more decimals than the currency.
    """
    scaled = amount.scaleb(exponent(currency))
    minor = int(scaled)
    if minor != scaled:
        raise ValueError(f"{amount} has more decimals than {currency} allows ({exponent(currency)})")
    return minor


def from_minor(minor: int, currency: str) -> Decimal:
    """Return an amount in minor units as a decimal with the currency's number of decimals."""
    return Decimal(minor).scaleb(-exponent(currency))


def parse_amount(value: object) -> Decimal:
    """Read an amount that came from outside: a decimal, an integer, or plain text such as "1234.50".

    Binary floating point is taken by its shortest text, as JSON writes it.

    Raises:
        ValueError: the value is not a finite number in plain notation.
    """
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float, str)):
        raise ValueError(f"{value!r} is not an amount")
    text = format(value, "f") if isinstance(value, Decimal) else str(value).strip()
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"{value!r} is not an amount")
    return Decimal(text)


def display(amount: Decimal, currency: str) -> str:
    """Return the amount for people: grouped digits and the currency's code, "IDR 1,234.50"."""
    return f"{currency} {amount:,.{exponent(currency)}f}"
