"""Errors of a run as CSV: what a spreadsheet reads, and never runs."""

from __future__ import annotations

import csv
import io

import pytest

from imogi_finance.terminal.errors_of_run import HEAD, as_csv


def item(**how: object) -> dict[str, object]:
    plain = {"doctype": "Sales Order", "name": "SO-1", "amount": 123456, "status": "Failed", "attempt": 0}
    return {**plain, "result": None, "error": "It is closed.", **how}


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_each_item_is_a_line_with_its_amount_as_a_plain_decimal() -> None:
    head, line, negative = read(as_csv([item(), item(amount=-5)], 2))
    assert head == list(HEAD)
    assert line == ["Sales Order", "SO-1", "1234.56", "Failed", "0", "", "It is closed."]
    assert negative[2] == "-0.05"


def test_quotes_separators_and_line_breaks_stay_in_their_cell() -> None:
    reason = 'It says "no", twice;\r\nand again'
    assert read(as_csv([item(error=reason)], 2))[1][6] == reason


@pytest.mark.parametrize("text", ["=1+1", "+1", "@sum", "-2+3", "\tx", "\rx", "--1"])
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert read(as_csv([item(error=text, name=text)], 2))[1][1::5] == [f"'{text}"] * 2


@pytest.mark.parametrize("text", ["-12.50", "1=1", "a@b", ""])
def test_what_it_would_not_run_stays_as_it_is(text: str) -> None:
    assert read(as_csv([item(error=text)], 2))[1][6] == text
