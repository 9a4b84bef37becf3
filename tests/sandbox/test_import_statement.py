"""Bank statements come in from CSV and MT940; a line known already is not entered twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .terminal import Terminal, write

HEADER = "date,amount,description,reference,currency\n"
EXAMPLES = Path(__file__).parents[2] / "examples"
MT940 = """:20:25103000303
:25:CENAIDJA/0352877401
:28C:00303/00001
:60F:C251030IDR1000000,00
:61:2510301030D250000,00NTRFARISAN01//0710302512
:86:TRSF E-BANKING DB
DONASI
:61:2510301030C1000,5NTRFNONREF//07
:86:SETORAN
:62F:C251030IDR751000,50
-
"""
Maker = Callable[[str], str]


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    """An empty company."""
    terminal.json("init")
    return terminal


@pytest.fixture
def mt940(tmp_path: Path) -> Maker:
    return lambda text: write(tmp_path, "statement.mt940", text)


BANK = ("--account", "Bank - IDR")


def lines_of(shop: Terminal) -> list[tuple[str, int, str, str]]:
    found = shop.query("SELECT * FROM bank_transaction ORDER BY name")
    return [
        (row["date"], row["deposit"] - row["withdrawal"], row["description"], row["reference_number"]) for row in found
    ]


# CSV


def test_a_table_is_entered_on_the_only_bank_account(shop: Terminal, tmp_path: Path) -> None:
    text = HEADER + '2025-10-30,-250000,"TRSF, DB",WS95,\n2025-10-31;'.replace(";", ",") + "1000.50,SETORAN,,IDR\n"
    answer = shop.json("import", "statement", write(tmp_path, "s.csv", text))
    assert (answer["format"], answer["new"], answer["known"], answer["accounts"]) == ("csv", 2, 0, ["Bank - IDR"])
    assert lines_of(shop) == [("2025-10-30", -25_000_000, "TRSF, DB", "WS95"), ("2025-10-31", 100_050, "SETORAN", "")]


def test_a_bad_line_is_named_and_nothing_kept(shop: Terminal, tmp_path: Path) -> None:
    text = HEADER + "2025-10-30,100,A,,\n30/10/2025,ten,,,\n"
    path = write(tmp_path, "s.csv", text)
    shop.refused("import", "statement", path, rule="date")
    problems = shop.json("import", "statement", path, code=2)["error"]["problems"]
    assert [problem["document"] for problem in problems] == [
        f"s.csv line 3, column {column}" for column in ("date", "amount", "description")
    ]


def test_a_line_in_another_currency_than_its_account_is_refused(shop: Terminal, tmp_path: Path) -> None:
    text = HEADER + "2025-10-30,100,A,,USD\n"
    shop.refused("import", "statement", write(tmp_path, "s.csv", text), rule="other_currency")


def test_what_banks_write_is_taken_but_a_formula_is_not(shop: Terminal, tmp_path: Path) -> None:
    shop.json("import", "statement", write(tmp_path, "s.csv", HEADER + "2025-10-30,100,-,+62812,\n"))
    shop.refused("import", "statement", write(tmp_path, "t.csv", HEADER + "2025-10-30,100,=1+1,,\n"), rule="formula")


def test_an_account_that_does_not_exist_is_refused_not_made(shop: Terminal, tmp_path: Path) -> None:
    path = write(tmp_path, "s.csv", HEADER + "2025-10-30,100,A,,\n")
    words = shop.refused("import", "statement", path, "--account", "Bank - USD", rule="unknown_account")
    assert '"Bank - IDR"' in words


# the same line again


def test_a_statement_imported_twice_adds_nothing_and_says_so(shop: Terminal, mt940: Maker) -> None:
    path = mt940(MT940)
    assert shop.json("import", "statement", path, *BANK)["new"] == 2
    again = shop.json("import", "statement", path)
    assert (again["new"], again["known"]) == (0, 2)
    assert "2 lines were known already" in shop.run("import", "statement", path).stdout
    assert len(lines_of(shop)) == 2


def test_two_identical_transfers_of_one_day_are_both_kept_and_known_again(shop: Terminal, tmp_path: Path) -> None:
    line = "2025-10-30,-250000,DONASI,,\n"
    path = write(tmp_path, "s.csv", HEADER + line + line)
    assert shop.json("import", "statement", path)["new"] == 2
    assert shop.json("import", "statement", path)["known"] == 2
    third = shop.json("import", "statement", write(tmp_path, "t.csv", HEADER + line * 3))
    assert (third["new"], third["known"]) == (1, 2)


def test_the_same_amount_with_more_zeros_is_the_same_line(shop: Terminal, tmp_path: Path) -> None:
    shop.json("import", "statement", write(tmp_path, "s.csv", HEADER + "2025-10-30,100,A,,\n"))
    again = shop.json("import", "statement", write(tmp_path, "t.csv", HEADER + "2025-10-30,100.00,A,,IDR\n"))
    assert (again["new"], again["known"]) == (0, 1)


def test_statements_that_overlap_add_only_what_is_new(shop: Terminal, tmp_path: Path) -> None:
    shop.json("import", "statement", write(tmp_path, "s.csv", HEADER + "2025-10-30,100,A,,\n2025-10-31,200,B,,\n"))
    more = HEADER + "2025-10-31,200,B,,\n2025-11-01,300,C,,\n"
    answer = shop.json("import", "statement", write(tmp_path, "t.csv", more))
    assert (answer["new"], answer["known"]) == (1, 1)


# MT940


def test_the_examples_reconcile_with_each_other(shop: Terminal) -> None:
    shop.json("import", "invoices", str(EXAMPLES / "invoices.csv"))
    answer = shop.json("import", "statement", str(EXAMPLES / "statement.mt940"), *BANK)
    assert (answer["format"], answer["new"]) == ("mt940", 10)
    (withdrawal,) = [name for name in answer["names"] if _amount(shop, name) == -101_906_325_000]
    fitting = shop.json("show", "invoices", "--type", "purchase", "--limit", "100")
    assert sum(row["outstanding"] for row in fitting["invoices"]) == 101_906_325_000
    words = shop.run("reconcile", withdrawal, "--all", "--in-process", "--no-wait")
    assert words.exit_code == 0


def _amount(shop: Terminal, name: str) -> int:
    (row,) = shop.query("SELECT deposit - withdrawal AS amount FROM bank_transaction WHERE name = ?", name)
    return int(row["amount"])


@pytest.mark.parametrize(("mark", "sign"), [("C", 1), ("D", -1), ("RC", -1), ("RD", 1)])
def test_a_reversal_moves_money_the_other_way(shop: Terminal, mt940: Maker, mark: str, sign: int) -> None:
    closing = "1000100,00" if sign > 0 else "999900,00"
    text = MT940[: MT940.index(":61:")] + f":61:251030{mark}100,00NTRFX\n:86:Y\n:62F:C251030IDR{closing}\n"
    shop.json("import", "statement", mt940(text), *BANK)
    assert lines_of(shop) == [("2025-10-30", sign * 10_000, "Y", "X")]


def test_details_and_references_are_taken_over(shop: Terminal, mt940: Maker) -> None:
    shop.json("import", "statement", mt940(MT940), *BANK)
    assert lines_of(shop) == [
        ("2025-10-30", -25_000_000, "TRSF E-BANKING DB DONASI", "ARISAN01"),
        ("2025-10-30", 100_050, "SETORAN", "07"),  # NONREF is no reference, so the bank's own is taken
    ]


def test_an_account_number_that_is_not_known_is_refused_and_nothing_made(shop: Terminal, mt940: Maker) -> None:
    words = shop.refused("import", "statement", mt940(MT940), rule="unknown_account")
    assert "CENAIDJA/0352877401" in words
    assert "--account" in words


def test_an_account_named_once_is_known_from_then_on(shop: Terminal, mt940: Maker) -> None:
    assert shop.json("import", "statement", mt940(MT940), *BANK)["learned"] == {"Bank - IDR": "0352877401"}
    later = MT940.replace("0352877401", "035-287.74 01").replace("2510301030", "2511011101")
    answer = shop.json("import", "statement", mt940(later))
    assert (answer["new"], answer["learned"], answer["accounts"]) == (2, {}, ["Bank - IDR"])


def test_the_statement_of_another_account_is_refused(shop: Terminal, mt940: Maker) -> None:
    shop.json("import", "statement", mt940(MT940), *BANK)
    other = MT940.replace("0352877401", "7770001")
    shop.refused("import", "statement", mt940(other), *BANK, rule="other_account")


def test_balances_that_do_not_add_up_are_refused_with_the_sum(shop: Terminal, mt940: Maker) -> None:
    wrong = MT940.replace(":62F:C251030IDR751000,50", ":62F:C251030IDR751000,00")
    words = shop.refused("import", "statement", mt940(wrong), *BANK, rule="balances")
    assert words.startswith(
        "statement.mt940 line 10, field :62F:: The balances do not add up: opening IDR 1,000,000.00"
    )
    assert "make IDR 751,000.50, but the closing balance is IDR 751,000.00" in words


BAD_STATEMENTS = {
    "no closing balance": (MT940[: MT940.index(":62F:")], "closing_balance", 1),
    "no opening balance": (MT940.replace(":60F:C251030IDR1000000,00\n", ""), "opening_balance", 1),
    "two opening balances": (MT940.replace(":60F:", ":60F:C251030IDR1,00\n:60F:"), "opening_balance", 1),
    "closing in another currency": (MT940.replace(":62F:C251030IDR", ":62F:C251030USD"), "balances", 10),
    "no account": (MT940.replace(":25:CENAIDJA/0352877401\n", ""), "no_account", 1),
    "broken line": (MT940.replace(":61:2510301030D", ":61:someday D"), "malformed", 5),
    "points for commas": (MT940.replace("D250000,00N", "D250.000,00N"), "malformed", 5),
    "no such day": (MT940.replace("2510301030D", "2513451030D"), "date", 5),
    "too many decimals": (MT940.replace("D250000,00N", "D250000,001N"), "amount", 5),
    "two commas": (MT940.replace("D250000,00N", "D250,000,00N"), "amount", 5),
    "broken balance": (MT940.replace("IDR1000000,00", "IDR1.000.000,00"), "malformed", 4),
    "the same statement twice": (MT940 + MT940, "repeated", 12),
}


@pytest.mark.parametrize("kind", BAD_STATEMENTS)
def test_a_bad_statement_is_refused_by_line_and_nothing_kept(shop: Terminal, mt940: Maker, kind: str) -> None:
    text, rule, line = BAD_STATEMENTS[kind]
    words = shop.refused("import", "statement", mt940(text), *BANK, rule=rule)
    assert f"statement.mt940 line {line}" in words


def test_every_bad_field_of_every_statement_is_named(shop: Terminal, mt940: Maker) -> None:
    second = MT940.replace("25103000303", "25103100304").replace("C1000,5N", "Cmuch N")
    text = MT940.replace("D250000,00N", "Dlots N") + second
    problems = shop.json("import", "statement", mt940(text), *BANK, code=2)["error"]["problems"]
    assert [problem["document"] for problem in problems] == [
        "statement.mt940 line 5, field :61:",
        "statement.mt940 line 19, field :61:",
    ]


def test_envelopes_and_pages_are_understood(shop: Terminal, mt940: Maker) -> None:
    first = MT940.replace(":62F:", ":62M:").replace("-\n", "-}\n")
    second = (
        MT940.replace("00303/00001", "00303/00002")
        .replace(":60F:C251030IDR1000000,00", ":60M:C251030IDR751000,50")
        .replace("IDR751000,50\n-", "IDR502001,00\n-}")
    )
    envelope = "{1:F01CENAIDJAXXXX0000000000}{2:I940CENAIDJAXXXXN}{3:{108:ABC}}{4:\n"
    answer = shop.json("import", "statement", mt940(envelope + first + envelope + second), *BANK)
    assert answer["new"] == 4  # the lines of both pages are alike, and all of them are real


def test_a_line_without_money_is_left_out_and_said(shop: Terminal, mt940: Maker) -> None:
    text = MT940.replace(":62F:", ":61:251030C0,00NMSCINFO\n:86:INFO\n:62F:")
    answer = shop.json("import", "statement", mt940(text), *BANK)
    assert (answer["new"], answer["left_out"]) == (2, 1)


def test_a_csv_file_is_not_taken_for_mt940(shop: Terminal, tmp_path: Path) -> None:
    path = write(tmp_path, "s.csv", HEADER + "2025-10-30,100,A,,\n")
    shop.refused("import", "statement", path, "--format", "mt940", rule="no_statement")


def test_ten_thousand_lines_take_seconds(shop: Terminal, mt940: Maker) -> None:
    lines = "".join(f":61:251030C1,00NTRFR{number}\n:86:SETORAN {number}\n" for number in range(10_000))
    text = MT940[: MT940.index(":61:")] + lines + ":62F:C251030IDR1010000,00\n"
    began = time.monotonic()
    assert shop.json("import", "statement", mt940(text), *BANK)["new"] == 10_000
    assert time.monotonic() - began < 30
