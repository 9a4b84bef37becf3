"""Read one cell strictly: a date, an amount, a text or a choice. What is wrong is noted, and None returned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from imogi_finance.money import exponent, from_minor, parse_amount, to_minor
from imogi_finance.sandbox.importing.problems import Findings
from imogi_finance.sandbox.importing.table import Line

_T = TypeVar("_T")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_FORMULA = ("=", "+", "-", "@")
_FIRST_YEAR, _LAST_YEAR = 1980, 2100
LARGEST_AMOUNT = Decimal(10) ** 13  # so that no sum over a company outgrows 64 bits of minor units
LARGEST_QUANTITY = Decimal(10) ** 6


@dataclass(frozen=True)
class Cells:
    """The cells of one line, and where to note what is wrong with them."""

    line: Line
    findings: Findings

    def text(
        self, column: str, *, required: bool = True, longest: int = 140, formula: tuple[str, ...] = _FORMULA
    ) -> str:
        """Return a text; noted where it is missing, too long, holds control characters or starts like a formula.

        Args:
            formula: what a spreadsheet would run, were the text exported to one.
        """
        value = self.line.cells.get(column, "")
        if not value:
            if required:
                self._note(column, "missing", "It is missing.", "Fill it in.")
        elif not value.isprintable():
            self._note(column, "control_character", "holds a control character.", "Take it out.", value)
        elif len(value) > longest:
            self._note(column, "too_long", f"is longer than {longest} characters.", "Shorten it.", value)
        elif value.startswith(formula):
            message = f"begins with {value[0]}, which a spreadsheet would run as a formula."
            self._note(column, "formula", message, "Take the sign away.", value)
        return " ".join(value.split())

    def date(self, column: str) -> date | None:
        """Return a date written YYYY-MM-DD."""
        value = self.line.cells.get(column, "")
        try:
            if not _ISO_DATE.fullmatch(value):
                raise ValueError(value)
            found = date.fromisoformat(value)
        except ValueError:
            self._note(column, "date", "is not a date.", "Write it as YYYY-MM-DD.", value)
            return None
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            self._note(column, "date", f"is not between {_FIRST_YEAR} and {_LAST_YEAR}.", "Check the year.", value)
            return None
        return found

    def amount(self, column: str, currency: str) -> Decimal | None:
        """Return an amount other than zero with the currency's number of decimals."""
        value = self.line.cells.get(column, "")
        remedy = "Write it as 1234.50: a point before the decimals, nothing between the thousands."
        try:
            found = parse_amount(value)
        except ValueError:
            self._note(column, "amount", "is not an amount.", remedy, value)
            return None
        if not found:
            self._note(column, "amount", "is zero.", "Give the amount, or leave the line out.", value)
            return None
        if abs(found) >= LARGEST_AMOUNT:
            self._note(column, "amount", "is more than can be booked.", "Check the amount.", value)
            return None
        try:
            return from_minor(to_minor(found, currency), currency)
        except ValueError:
            message = f"has more decimals than {currency} has ({exponent(currency)})."
            self._note(column, "amount", message, remedy, value)
            return None

    def quantity(self, column: str, default: Decimal | None = None) -> Decimal | None:
        """Return a quantity of zero or more with up to three decimals; the default where the cell is empty."""
        value = self.line.cells.get(column, "")
        if not value and default is not None:
            return default
        try:
            found = parse_amount(value)
        except ValueError:
            self._note(column, "quantity", "is not a quantity.", "Write it as 12 or 2.5.", value)
            return None
        if found < 0 or found >= LARGEST_QUANTITY or found != round(found, 3):
            message = f"is below zero, {LARGEST_QUANTITY:,} or more, or has more than three decimals."
            self._note(column, "quantity", message, "Check the quantity.", value)
            return None
        return found

    def days(self, column: str, default: int, most: int) -> int | None:
        """Return a number of days; the default where the cell is empty."""
        value = self.line.cells.get(column, "")
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 6 and int(value) <= most):
            self._note(column, "days", "is not a number of days.", f"Write 0 to {most}.", value)
            return None
        return int(value)

    def currency(self, column: str, default: str) -> str | None:
        """Return a currency's ISO code; the default where the cell is empty or the column missing."""
        value = self.line.cells.get(column, "") or default
        if not _CURRENCY.fullmatch(value.upper()):
            self._note(column, "currency", "is not a currency.", "Write its three letters, such as IDR.", value)
            return None
        return value.upper()

    def choice(self, column: str, choices: Mapping[str, _T]) -> _T | None:
        """Return what a word stands for."""
        value = self.line.cells.get(column, "")
        if value.lower() not in choices:
            words = ", ".join(word for word in choices if word)
            self._note(column, "choice", "is not known.", f"Write one of: {words}.", value)
            return None
        return choices[value.lower()]

    def _note(self, column: str, rule: str, message: str, remedy: str, value: str | None = None) -> None:
        self.findings.add(self.line.number, rule, message, remedy, column=column, value=value)
