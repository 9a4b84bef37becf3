"""Bank statements in MT940 (SWIFT customer statement message), each field read by the ``mt-940`` library.

The library finds the parts of a field. What this module adds: line numbers, the sign of reversals
(RC takes money out again, RD brings it back), and that opening balance, lines and closing balance add up.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from mt940.models import Transactions
from mt940.tags import TAG_BY_ID

from imogi_finance.money import display, exponent, from_minor, to_minor
from imogi_finance.sandbox.importing.cells import LARGEST_AMOUNT
from imogi_finance.sandbox.importing.mt940_fields import Field, messages
from imogi_finance.sandbox.importing.problems import Findings, refused_file
from imogi_finance.sandbox.importing.statement_lines import Statement, StatementLine

_SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1}
_OPENING, _CLOSING = ("60F", "60M"), ("62F", "62M")
_NO_REFERENCE = ("", "NONREF", "NOTPROVIDED")
_LONGEST_DESCRIPTION, _LONGEST_REFERENCE = 1000, 140
_EXPORT_AGAIN = "Export the statement again."
logging.getLogger("mt940").addHandler(logging.NullHandler())  # what it cannot read is said once, by us


@dataclass(frozen=True)
class _Balance:
    line: int
    currency: str
    amount: Decimal


def looks_like_mt940(text: str) -> bool:
    """Whether a text begins as an MT940 file does."""
    start = text.lstrip()
    return start.startswith((":20:", "{1:"))


def read_statement_mt940(text: str, findings: Findings) -> list[Statement]:
    """Return the statements of a file; what is wrong with a field is noted.

    Raises:
        Refused: there is no statement in the file.
    """
    found = list(messages(text))
    _check_repeated(found, findings)
    statements = [_Reader(message, findings).read() for message in found]
    if not statements:
        raise refused_file(findings.file, "no_statement", "There is no MT940 statement in it.", _EXPORT_AGAIN)
    return statements


def _check_repeated(found: Sequence[Sequence[Field]], findings: Findings) -> None:
    """Note a statement that stands in the file twice: its transfers must not be taken for further ones."""
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    for message in found:
        first = seen.setdefault(tuple((of.tag, of.value) for of in message), message[0].line)
        if first != message[0].line:
            text = f"The statement of line {first} stands here once more."
            findings.add(message[0].line, "repeated", text, "Take one of the two out.")


@dataclass
class _Reader:
    """Reads one message."""

    message: Sequence[Field]
    findings: Findings
    left_out: int = 0
    lines: list[StatementLine] = field(default_factory=list)
    unreadable: bool = False

    def read(self) -> Statement:
        first = self.message[0]
        if first.tag != "20":
            self._note(first, "no_start", "stands before the statement's :20:.", _EXPORT_AGAIN)
        account = next((of.value.strip() for of in self.message if of.tag == "25"), "")
        if not account:
            self._note(first, "no_account", "The statement names no account (:25:).", _EXPORT_AGAIN, value=False)
        opening, closing = self._balance("opening", _OPENING), self._balance("closing", _CLOSING)
        if opening is not None:
            self._read_lines(opening.currency)
            if closing is not None and not self.unreadable:
                self._check_sum(opening, closing)
        return Statement(first.line, account, tuple(self.lines), self.left_out)

    def _read_lines(self, currency: str) -> None:
        for position, entry in enumerate(self.message):
            if entry.tag != "61":
                continue
            after = self.message[position + 1] if position + 1 < len(self.message) else None
            details = after.value if after is not None and after.tag == "86" else ""
            line = self._line(entry, details, currency)
            if line is not None:
                self.lines.append(line)

    def _line(self, entry: Field, details: str, currency: str) -> StatementLine | None:
        parts = self._parts(entry)
        if parts is None or not parts.get("id"):  # without its type, the rest of the field was not understood
            if parts is not None:
                self._unreadable(entry)
            return None
        amount = self._amount(entry, str(parts["amount"]), currency)
        on = self._date(entry, parts)
        if amount is None or on is None:
            return None
        if not amount:
            self.left_out += 1
            return None
        references = [(parts.get(name) or "").strip() for name in ("customer_reference", "bank_reference")]
        reference = next((text for text in references if text.upper() not in _NO_REFERENCE), "")
        description = " ".join(f"{details}\n{parts.get('extra_details') or ''}".split())
        texts = [_printable(description)[:_LONGEST_DESCRIPTION], _printable(reference)[:_LONGEST_REFERENCE]]
        return StatementLine(entry.line, on, _SIGNS[str(parts["status"]).upper()] * amount, currency, *texts)

    def _balance(self, name: str, tags: tuple[str, ...]) -> _Balance | None:
        found = [of for of in self.message if of.tag in tags]
        if len(found) != 1:
            message = f"The statement has {len(found) or 'no'} {name} balance{'s' * (len(found) > 1)} (:{tags[0]}:)."
            remedy = "Was the file cut off? " + _EXPORT_AGAIN
            self._note(self.message[0], f"{name}_balance", message, remedy, value=False)
            return None
        parts = self._parts(found[0])
        if parts is None:
            return None
        currency = str(parts["currency"]).upper()
        read = (parts["status"], parts["year"], parts["month"], parts["day"], parts["currency"], parts["amount"])
        if "".join(map(str, read)) != found[0].value or not currency.isalpha():
            self._unreadable(found[0])
            return None
        amount = self._amount(found[0], str(parts["amount"]), currency)
        if amount is None:
            return None
        return _Balance(found[0].line, currency, amount if str(parts["status"]).upper() == "C" else -amount)

    def _check_sum(self, opening: _Balance, closing: _Balance) -> None:
        moved = sum((line.amount for line in self.lines), Decimal(0))
        if closing.currency != opening.currency:
            message = f"The opening balance is in {opening.currency}, the closing balance in {closing.currency}."
        elif opening.amount + moved != closing.amount:
            sums = [display(of, opening.currency) for of in (opening.amount, moved, opening.amount + moved)]
            message = (
                f"The balances do not add up: opening {sums[0]} and lines of {sums[1]} make {sums[2]}, "
                f"but the closing balance is {display(closing.amount, opening.currency)}."
            )
        else:
            return
        remedy = "A line is missing or was changed. " + _EXPORT_AGAIN
        self.findings.add(closing.line, "balances", message, remedy, column=":62F:")

    # parts of a field

    def _parts(self, of: Field) -> dict[str, Any] | None:
        tag = TAG_BY_ID.get(of.tag) or TAG_BY_ID[int(of.tag[:2])]
        try:
            return dict(tag.parse(Transactions(), of.value))
        except RuntimeError:  # the library's word for a field that it cannot read
            self._unreadable(of)
            return None

    def _amount(self, of: Field, text: str, currency: str) -> Decimal | None:
        try:
            amount = Decimal(text.replace(",", "."))
            if amount >= LARGEST_AMOUNT:
                raise ValueError(text)
            return from_minor(to_minor(amount, currency), currency)
        except (InvalidOperation, ValueError):
            self.unreadable = True
            message = f"holds {text}, which is no amount in {currency} ({exponent(currency)} decimals)."
            self._note(of, "amount", message, _EXPORT_AGAIN)
            return None

    def _date(self, of: Field, parts: dict[str, Any]) -> date | None:
        try:
            return date(2000 + int(parts["year"]), int(parts["month"]), int(parts["day"]))
        except ValueError:
            self.unreadable = True
            self._note(of, "date", "does not begin with a date (YYMMDD).", _EXPORT_AGAIN)
            return None

    def _unreadable(self, of: Field) -> None:
        self.unreadable = True
        self._note(of, "malformed", "is not understood.", "Compare it with the bank's description of the field.")

    def _note(self, of: Field, rule: str, message: str, remedy: str, *, value: bool = True) -> None:
        shown = of.value.split("\n")[0] if value else None
        self.findings.add(of.line, rule, message, remedy, column=f":{of.tag}:" if value else None, value=shown)


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
