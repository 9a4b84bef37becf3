"""Invoices come in from CSV whole or not at all, and every bad line is named."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from .terminal import Terminal, write

HEADER = "type,party,posting_date,due_date,reference,total,currency,is_return\n"
GOOD = "purchase,CV Tirta Makmur,2025-10-01,2025-10-15,0123/TM/X/25,1250000,IDR,no\n"
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    """An empty company."""
    terminal.json("init")
    return terminal


def test_the_example_is_entered_and_the_ledger_balances(shop: Terminal) -> None:
    answer = shop.json("import", "invoices", str(EXAMPLES / "invoices.csv"))
    assert answer["invoices"] == 63
    assert shop.json("show", "invoices")["total"] == 63
    assert shop.json("show", "ledger")["balances"]


def test_what_is_in_the_file_is_what_is_in_the_books(shop: Terminal, tmp_path: Path) -> None:
    line = 'Sales,"PT Maju, Tbk",2025-10-01,2025-10-31,FJ-1,1234.5,,yes\n'
    shop.json("import", "invoices", write(tmp_path, "one.csv", HEADER + line))
    (row,) = shop.json("show", "invoices")["invoices"]
    assert (row["doctype"], row["party"], row["reference"]) == ("Sales Invoice", "PT Maju, Tbk", "FJ-1")
    assert (row["grand_total"], row["currency"], row["is_return"]) == (-123450, "IDR", True)
    assert (row["posting_date"], row["due_date"], row["status"]) == ("2025-10-01", "2025-10-31", "Return")


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte-order-mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_separators_line_ends_and_byte_order_marks_do_not_matter(
    shop: Terminal, tmp_path: Path, mark: str, end: str, separator: str
) -> None:
    text = mark + (HEADER + GOOD + "\n").replace(",", separator).replace("\n", end)
    assert shop.json("import", "invoices", write(tmp_path, "one.csv", text))["invoices"] == 1


def test_columns_stand_in_any_order_and_the_optional_ones_may_be_missing(shop: Terminal, tmp_path: Path) -> None:
    text = "total,Reference,due_date,posting_date,party,type\n99,R-1,2025-10-02,2025-10-01,Toko A,purchase\n"
    shop.json("import", "invoices", write(tmp_path, "one.csv", text))
    (row,) = shop.json("show", "invoices")["invoices"]
    assert (row["grand_total"], row["currency"], row["reference"]) == (9900, "IDR", "R-1")


BAD_CELLS = {
    "type": ("buy", "choice"),
    "party": ("", "missing"),
    "posting_date": ("01-10-2025", "date"),
    "due_date": ("2025-02-30", "date"),
    "reference": ("", "missing"),
    "total": ("1.250.000", "amount"),
    "currency": ("Rupiah", "currency"),
    "is_return": ("maybe", "choice"),
}


@pytest.mark.parametrize("column", BAD_CELLS)
def test_a_bad_cell_is_named_by_line_column_value_and_remedy(shop: Terminal, tmp_path: Path, column: str) -> None:
    value, rule = BAD_CELLS[column]
    cells = dict(zip(HEADER.strip().split(","), GOOD.strip().split(","), strict=True)) | {column: value}
    text = HEADER + GOOD.replace("0123", "9999") + ",".join(cells.values()) + "\n"
    words = shop.refused("import", "invoices", write(tmp_path, "bad.csv", text), rule=rule)
    assert words.startswith(f"bad.csv line 3, column {column}: ")
    assert value in words


@pytest.mark.parametrize(
    "total", ["1,250,000", "1e6", "Rp 1250", "NaN", "0", "-5", "1.234", "9" * 15, "9" * 40, "", "½"]
)
def test_what_is_no_amount_in_rupiah_is_refused(shop: Terminal, tmp_path: Path, total: str) -> None:
    text = HEADER + GOOD.replace("1250000", f'"{total}"')
    answer = shop.json("import", "invoices", write(tmp_path, "bad.csv", text), code=2)
    assert answer["error"]["problems"][0]["document"] == "bad.csv line 2, column total"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_cell_that_a_spreadsheet_would_run_is_refused(shop: Terminal, tmp_path: Path, sign: str) -> None:
    text = HEADER + GOOD.replace("CV Tirta Makmur", f'"{sign}HYPERLINK(""http://example.com"")"')
    words = shop.refused("import", "invoices", write(tmp_path, "bad.csv", text), rule="formula")
    assert "formula" in words


def test_an_invoice_due_before_its_posting_date_is_refused(shop: Terminal, tmp_path: Path) -> None:
    text = HEADER + GOOD.replace("2025-10-15", "2025-09-15")
    shop.refused("import", "invoices", write(tmp_path, "bad.csv", text), rule="due_before_posting")


def test_all_bad_lines_are_counted_the_first_twenty_shown_and_nothing_kept(shop: Terminal, tmp_path: Path) -> None:
    bad = "".join(GOOD.replace("0123", f"{n:04d}").replace("1250000", "many") for n in range(30))
    path = write(tmp_path, "bad.csv", HEADER + GOOD + bad)
    shop.refused("import", "invoices", path, rule="amount")
    error = shop.json("import", "invoices", path, code=2)["error"]
    assert error["message"] == "30 things are wrong in bad.csv; nothing of it was imported."
    assert [problem["document"] for problem in error["problems"][:2]] == [
        "bad.csv line 3, column total",
        "bad.csv line 4, column total",
    ]
    assert len(error["problems"]) == 21
    assert error["problems"][20]["message"] == "10 more like these."


def test_several_things_wrong_with_one_line_are_all_named(shop: Terminal, tmp_path: Path) -> None:
    text = HEADER + "x,,y,z,,w,IDR,no\n"
    problems = shop.json("import", "invoices", write(tmp_path, "bad.csv", text), code=2)["error"]["problems"]
    columns = [problem["document"].rpartition(" ")[2] for problem in problems]
    assert columns == ["type", "party", "posting_date", "due_date", "reference", "total"]


def test_an_invoice_entered_before_is_named_by_line_and_nothing_else_kept(shop: Terminal, tmp_path: Path) -> None:
    shop.json("import", "invoices", write(tmp_path, "one.csv", HEADER + GOOD))
    again = write(tmp_path, "two.csv", HEADER + GOOD.replace("0123", "0124") + GOOD)
    words = shop.refused("import", "invoices", again, rule="entered_before")
    assert words.startswith("two.csv line 3, column reference: “0123/TM/X/25” was entered before, as PINV-00001.")


def test_an_invoice_that_stands_twice_in_the_file_is_refused(shop: Terminal, tmp_path: Path) -> None:
    words = shop.refused("import", "invoices", write(tmp_path, "bad.csv", HEADER + GOOD + GOOD), rule="entered_before")
    assert "line 3" in words
    assert "stands in line 2 too" in words


def test_the_same_reference_of_another_party_is_another_invoice(shop: Terminal, tmp_path: Path) -> None:
    text = HEADER + GOOD + GOOD.replace("CV Tirta Makmur", "UD Lain")
    assert shop.json("import", "invoices", write(tmp_path, "two.csv", text))["invoices"] == 2


BAD_FILES = {
    "empty": (b"", "empty_file"),
    "blank": (b" \n\n", "empty_file"),
    "header only": (HEADER.encode(), "no_lines"),
    "no header": (GOOD.encode(), "header"),
    "unknown column": (HEADER.replace("party", "partner").encode(), "header"),
    "column twice": (HEADER.replace("is_return", "total").encode(), "header"),
    "UTF-16": ((HEADER + GOOD).encode("utf-16"), "encoding"),
    "Latin-1": ((HEADER + GOOD.replace("CV", "Café")).encode("latin-1"), "encoding"),
    "NUL byte": ((HEADER + GOOD.replace("CV", "C\0V")).encode(), "not_text"),
    "Excel": (b"PK\x03\x04rest", "not_text"),
    "missing cell": ((HEADER + "purchase,Toko\n").encode(), "cells"),
    "open quote": ((HEADER + '"' + GOOD + GOOD).encode(), "malformed"),
    "line break": ((HEADER + GOOD.replace("CV Tirta Makmur", '"CV\nTirta"')).encode(), "line_break"),
    "control character": ((HEADER + GOOD.replace("CV", "CV\x1b[31m")).encode(), "control_character"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_cannot_be_read_is_refused_in_its_own_words(shop: Terminal, tmp_path: Path, kind: str) -> None:
    data, rule = BAD_FILES[kind]
    words = shop.refused("import", "invoices", write(tmp_path, "bad.csv", data), rule=rule)
    assert "\x1b" not in words


def test_a_missing_file_a_folder_and_a_device_are_refused(shop: Terminal, tmp_path: Path) -> None:
    shop.refused("import", "invoices", str(tmp_path / "nothing.csv"), rule="no_file")
    shop.refused("import", "invoices", str(tmp_path), rule="not_a_file")
    shop.refused("import", "invoices", "/dev/null", rule="not_a_file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(shop: Terminal, tmp_path: Path) -> None:
    path = write(tmp_path, "secret.csv", HEADER + GOOD)
    os.chmod(path, 0)
    shop.refused("import", "invoices", path, rule="unreadable")


def test_ten_thousand_lines_take_seconds(shop: Terminal, tmp_path: Path) -> None:
    text = HEADER + "".join(GOOD.replace("0123", f"{number:05d}") for number in range(10_000))
    path = write(tmp_path, "large.csv", text)
    began = time.monotonic()
    assert shop.json("import", "invoices", path)["invoices"] == 10_000
    assert time.monotonic() - began < 30
