"""Sales orders come in from CSV whole or not at all, and every bad line is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from .terminal import Terminal, write

HEADER = "customer,reference,order_date,delivery_date,item,qty,rate,delivered,payment_days,status\n"
GOOD = "PT Maju,PO/1,2025-10-01,2025-10-08,Kertas,10,54500,4,14,\n"
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    """An empty company."""
    terminal.json("init")
    return terminal


def test_the_example_is_entered_and_can_be_invoiced(shop: Terminal) -> None:
    lines = (EXAMPLES / "orders.csv").read_text().splitlines()[1:]
    answer = shop.json("import", "orders", str(EXAMPLES / "orders.csv"))
    assert (answer["orders"], answer["lines"]) == (24, len(lines))
    found = shop.json("show", "orders", "--limit", "100")
    assert found["total"] == 24
    statuses = {row["status"] for row in found["orders"]}
    assert {"Draft", "On Hold", "Closed", "To Bill", "To Deliver and Bill"} <= statuses
    judged = shop.json("invoice", "--all", "--check")
    assert (judged["ready"], judged["left_out_total"], judged["problems_total"]) == (21, 2, 0)


def test_lines_with_one_customer_and_reference_are_one_order(shop: Terminal, tmp_path: Path) -> None:
    other = GOOD.replace("PT Maju", "Toko A")
    more = GOOD.replace("Kertas,10,54500,4", '"Jasa, antar",2.5,1000.5,0')
    answer = shop.json("import", "orders", write(tmp_path, "two.csv", HEADER + GOOD + other + more))
    assert (answer["orders"], answer["lines"], answer["names"]) == (2, 3, ["SO-00001", "SO-00002"])
    found = shop.json("order", "show", "SO-00001")
    order = found["order"]
    assert (order["customer"], order["reference"], order["payment_days"]) == ("PT Maju", "PO/1", 14)
    assert (order["order_date"], order["delivery_date"]) == ("2025-10-01", "2025-10-08")
    assert order["grand_total"] == order["unbilled"] == 10 * 5_450_000 + 250_125
    assert order["delivered_unbilled"] == 4 * 5_450_000
    lines = [(line["item"], line["qty"], line["delivered"], line["billed"]) for line in found["lines"]]
    assert lines == [("Kertas", "10", "4", "0"), ("Jasa, antar", "2.5", "0", "0")]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("", "To Deliver and Bill"),
        ("Submitted", "To Deliver and Bill"),
        ("draft", "Draft"),
        ("on hold", "On Hold"),
        ("CLOSED", "Closed"),
    ],
)
def test_an_order_has_the_status_that_the_file_says(shop: Terminal, tmp_path: Path, word: str, status: str) -> None:
    shop.json("import", "orders", write(tmp_path, "one.csv", HEADER + GOOD.replace(",14,", f",14,{word}")))
    assert shop.json("order", "show", "SO-00001")["order"]["status"] == status


def test_the_optional_columns_may_be_missing(shop: Terminal, tmp_path: Path) -> None:
    text = "rate;Item;qty;customer;reference;order_date;delivery_date\n1000;Kertas;3;Toko;PO 7;2025-10-01;2025-10-01\n"
    shop.json("import", "orders", write(tmp_path, "one.csv", text))
    order = shop.json("order", "show", "SO-00001")["order"]
    assert (order["grand_total"], order["payment_days"], order["status"]) == (300_000, 30, "To Deliver and Bill")


BAD_CELLS = {
    "customer": ("", "missing"),
    "reference": ("", "missing"),
    "order_date": ("01-10-2025", "date"),
    "delivery_date": ("2025-02-30", "date"),
    "item": ("=A1", "formula"),
    "qty": ("ten", "quantity"),
    "rate": ("54.500,00", "amount"),
    "delivered": ("-1", "quantity"),
    "payment_days": ("400", "days"),
    "status": ("open", "choice"),
}


@pytest.mark.parametrize("column", BAD_CELLS)
def test_a_bad_cell_is_named_by_line_column_value_and_remedy(shop: Terminal, tmp_path: Path, column: str) -> None:
    value, rule = BAD_CELLS[column]
    cells = dict(zip(HEADER.strip().split(","), GOOD.strip("\n").split(","), strict=True)) | {column: value}
    line = ",".join(f'"{cell}"' for cell in cells.values())
    text = HEADER + GOOD.replace("PO/1", "PO/0") + line + "\n"
    words = shop.refused("import", "orders", write(tmp_path, "bad.csv", text), rule=rule)
    assert words.startswith(f"bad.csv line 3, column {column}: ")
    assert value in words


@pytest.mark.parametrize(
    ("change", "rule", "column"),
    [
        (("10,54500,4", "10,54500,11"), "delivered", "delivered"),
        (("10,54500,4", "10,-54500,4"), "negative", "rate"),
        (("10,54500,4", "0,54500,0"), "amount", "qty"),
        (("10,54500,4", "0.001,0.01,0"), "amount", "qty"),
        (("10,54500,4", "999999,9999999999,0"), "amount", "qty"),
        (("10,54500,4", "1000000,54500,4"), "quantity", "qty"),
        (("10,54500,4", "1.2345,54500,0"), "quantity", "qty"),
        (("2025-10-08", "2025-09-30"), "delivery_before_order", "delivery_date"),
    ],
)
def test_what_is_no_order_is_refused(
    shop: Terminal, tmp_path: Path, change: tuple[str, str], rule: str, column: str
) -> None:
    path = write(tmp_path, "bad.csv", HEADER + GOOD.replace(*change))
    assert f"line 2, column {column}" in shop.refused("import", "orders", path, rule=rule)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (("2025-10-01", "2025-10-02"), "order_date"),
        (("2025-10-08", "2025-10-09"), "delivery_date"),
        ((",14,", ",15,"), "payment_days"),
        ((",14,", ",14,draft"), "status"),
    ],
)
def test_what_two_lines_say_differently_of_one_order_is_refused(
    shop: Terminal, tmp_path: Path, change: tuple[str, str], column: str
) -> None:
    path = write(tmp_path, "bad.csv", HEADER + GOOD + GOOD.replace(*change))
    words = shop.refused("import", "orders", path, rule="differs")
    assert f"line 3, column {column}" in words
    assert "line 2 says" in words


def test_an_order_that_was_entered_before_is_named_once(shop: Terminal, tmp_path: Path) -> None:
    path = write(tmp_path, "two.csv", HEADER + GOOD + GOOD.replace("Kertas", "Tinta"))
    shop.json("import", "orders", path)
    words = shop.refused("import", "orders", path, rule="entered_before")
    assert "was entered before, as SO-00001" in words
    assert len(shop.json("import", "orders", path, code=2)["error"]["problems"]) == 1


def test_one_bad_line_keeps_all_orders_out(shop: Terminal, tmp_path: Path) -> None:
    good = "".join(GOOD.replace("PO/1", f"PO/{number}") for number in range(50))
    shop.refused(
        "import", "orders", write(tmp_path, "bad.csv", HEADER + good + GOOD.replace("10,", "x,")), rule="quantity"
    )
    assert shop.json("show", "orders")["total"] == 0
