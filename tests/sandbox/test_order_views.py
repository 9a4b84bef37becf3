"""What screens show of orders: filters, sums, drafts, invoices, and the run that works on one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imogi_finance.errors import Refused
from imogi_finance.sandbox import order_views
from imogi_finance.sandbox.storage.sqlite import SqliteRows
from imogi_finance.sandbox.views import Page
from tests.support.shop import Shop


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[SqliteRows]:
    made = SqliteRows(tmp_path / "company.db", create=True)
    yield made
    made.close()


@pytest.fixture
def shop(rows: SqliteRows) -> Shop:
    return Shop(rows)


def names(found: order_views.Json) -> list[str]:
    return [row["name"] for row in found["orders"]]


def test_orders_are_listed_the_newest_first_with_sums_of_all_that_match(shop: Shop, rows: SqliteRows) -> None:
    made = [shop.order(f"{amount}.50", delivered=5) for amount in (10, 20, 30)]
    shop.bill(made[0])
    found = order_views.orders(rows, page=Page(limit=2))
    assert (names(found), found["total"]) == ([made[2], made[1]], 3)
    assert found["sums"] == [{"currency": "IDR", "orders": 3, "grand_total": 6150, "unbilled": 5100, "exponent": 2}]
    assert (found["orders"][0]["delivered_unbilled"], found["orders"][0]["exponent"]) == (1525, 2)
    assert names(order_views.orders(rows, page=Page(limit=2, offset=2))) == [made[0]]


def test_filters_go_together_and_name_all_that_match_the_oldest_first(shop: Shop, rows: SqliteRows) -> None:
    first, second, third = shop.order(customer="PT Maju"), shop.order(customer="Toko Maju"), shop.order()
    draft = shop.order(customer="PT Maju", submit=False)
    shop.hold(second)
    shop.bill(third)
    assert set(names(order_views.orders(rows, customer="mAJU"))) == {first, second, draft}
    assert names(order_views.orders(rows, customer="maju", status="On Hold")) == [second]
    assert names(order_views.orders(rows, text=third.lower())) == [third]
    assert names(order_views.orders(rows, text="' OR 1=1 --")) == []
    assert order_views.order_names(rows, only_open=True) == [first, second]
    assert order_views.order_names(rows, customer="PT", only_open=True) == [first]
    statuses = {row["status"]: row["orders"] for row in order_views.order_summary(rows)}
    assert statuses == {"Draft": 1, "On Hold": 1, "To Deliver": 1, "To Deliver and Bill": 1}
    assert set(statuses) <= set(order_views.STATUSES)


def test_drafts_and_the_live_run_stand_beside_an_order(shop: Shop, rows: SqliteRows) -> None:
    drafted, waiting, free = shop.orders(3)
    drafts = [shop.bill(drafted, submit=False) for _ in range(2)]
    run = shop.invoice_orders([waiting]).run.name
    shown = {row["name"]: row for row in order_views.orders(rows)["orders"]}
    assert shown[drafted]["drafts"] == ", ".join(drafts)
    assert (shown[waiting]["in_run"], shown[free]["in_run"]) == (run, None)
    shop.work(run)
    assert order_views.order(rows, waiting)["order"]["in_run"] is None


def test_an_order_is_shown_with_its_lines_and_its_invoices(shop: Shop, rows: SqliteRows) -> None:
    name = shop.order("12.00", delivered="2.5")
    run = shop.invoice_orders([name], only_delivered=True).run.name
    shop.work(run)
    found = order_views.order(rows, name)
    [line] = found["lines"]
    assert [line[column] for column in ("item", "qty", "delivered", "billed", "rate")] == [
        "Lamp",
        "10",
        "2.5",
        "2.5",
        120,
    ]
    [invoice] = found["invoices"]
    assert (invoice["billed"], invoice["batch_run"], invoice["docstatus"]) == (300, run, 1)
    with pytest.raises(Refused, match="It does not exist"):
        order_views.order(rows, "SO-9")


def test_limits_say_what_is_owed(shop: Shop, rows: SqliteRows) -> None:
    shop.bill(shop.order("70.00"))
    shop.limit("100.00")
    [limit] = order_views.credit_limits(rows)
    assert (limit["amount"], limit["owed"], limit["currency"]) == (10_000, 7_000, "IDR")


@pytest.mark.parametrize(("thousandths", "words"), [(0, "0"), (10_000, "10"), (2_500, "2.5"), (1, "0.001")])
def test_quantities_have_no_more_decimals_than_they_need(thousandths: int, words: str) -> None:
    assert order_views.quantity(thousandths) == words
