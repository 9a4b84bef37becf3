"""Amounts of money: exact, whatever they come as."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imogi_finance.money import display, exponent, from_minor, parse_amount, to_minor

CURRENCIES = st.sampled_from(["IDR", "USD", "JPY", "KWD"])


@pytest.mark.parametrize(("currency", "decimals"), [("IDR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3)])
def test_iso_4217_says_how_many_decimals_a_currency_has(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@given(st.integers(-(10**15), 10**15), CURRENCIES)
def test_minor_units_there_and_back(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@given(st.integers(0, 10**12), CURRENCIES)
def test_an_amount_survives_being_written_as_text(minor: int, currency: str) -> None:
    amount = from_minor(minor, currency)
    assert parse_amount(format(amount, "f")) == amount
    assert parse_amount(amount) == amount


@given(st.integers(-(10**9), 10**9).filter(lambda minor: minor % 10), CURRENCIES)
def test_an_amount_with_too_many_decimals_is_never_rounded(minor: int, currency: str) -> None:
    too_fine = Decimal(minor).scaleb(-exponent(currency) - 1)
    with pytest.raises(ValueError, match="more decimals"):
        to_minor(too_fine, currency)


@given(st.floats(0.01, 10**8, allow_nan=False).map(lambda value: round(value, 2)))
def test_a_float_is_taken_by_its_shortest_text(value: float) -> None:
    assert parse_amount(value) == Decimal(repr(value))


@pytest.mark.parametrize(
    "value",
    [
        True,
        None,
        "",
        "abc",
        "1,000",
        "1e5",
        "NaN",
        "Infinity",
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        [1],
        "9" * 16,
    ],
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        parse_amount(value)


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_is_refused(text: str) -> None:
    try:
        amount = parse_amount(text)
    except ValueError:
        return
    assert amount.is_finite()


def test_people_read_grouped_digits_and_the_currency() -> None:
    assert display(Decimal("1234567.5"), "IDR") == "IDR 1,234,567.50"
    assert display(Decimal(1500), "JPY") == "JPY 1,500"
