"""Sales Orders invoiced from their list, by mouse: found by filter or checked, some bad; stopped and resumed."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bench.desk.conftest import LogIn, standing_still, stopping_at_chunk
from tests.bench.desk.order_list import OrderList
from tests.bench.desk.screen import RUN_MS
from tests.bench.workbench import Workbench

BAD = {"held": "on hold", "drafted": "billed by a draft", "limited": "above its credit limit"}


def scene(bench: Workbench, title: str, **how: Any) -> dict[str, Any]:
    """Make a company with orders."""
    code = "from tests.bench.desk import order_scene; answer = order_scene.scene(title, **how)"
    found: dict[str, Any] = bench.inside(code, title=title, how=how)
    return found


def billing(bench: Workbench, orders: list[str]) -> dict[str, Any]:
    """Look at how orders are billed."""
    code = "from tests.bench.desk import order_scene; answer = order_scene.billing(orders)"
    found: dict[str, Any] = bench.inside(code, orders=orders)
    return found


@pytest.fixture(scope="session", autouse=True)
def sellers(desk_bench: Workbench) -> None:
    desk_bench.inside("from tests.bench.desk import order_scene; order_scene.people()")


def test_all_that_match_are_invoiced_but_the_bad_ones_which_are_named_mended_and_tried_again(
    log_in: LogIn, desk_bench: Workbench, tmp_path: Path
) -> None:
    made = scene(desk_bench, "Matching Orders Co", count=48, bad=BAD)
    bad = made["bad"]
    salma = log_in("salma")
    orders = OrderList(salma, made["company"]).open()
    with desk_bench.worker(**stopping_at_chunk(desk_bench, 2)) as worker:
        orders.ask_for_matching()
        expect(salma.all("invoicing-scope")).to_have_text("All 51 that match the list's filters")
        # what is in the way is said before anything is done: of drafts nobody asks whose credit is used up
        expect(salma.all("invoicing-ready")).to_have_text("49 orders are ready")
        orders.choose("submit-true")
        expect(salma.all("invoicing-ready")).to_have_text("48 orders are ready")
        expect(salma.all("invoicing-problem")).to_have_count(2)
        problem = salma.all("invoicing-problem").filter(has_text=bad["drafted"])
        expect(problem).to_contain_text(f"A draft invoice bills it already: {made['made']['drafted']}.")
        expect(problem).to_contain_text("Submit or delete that draft, or leave it out.")
        expect(salma.all("invoicing-left-out")).to_contain_text("1 order is left out")
        salma.all("invoicing-left-out").locator("summary").click()
        expect(salma.all("invoicing-left-out")).to_contain_text(bad["held"])
        salma.shot("60-orders-judged")
        orders.begin()
        salma.wait_for_current(4)  # those that were decided from the start, and a first one
        with standing_still(desk_bench, worker):
            salma.shot("61-orders-progress")

            orders.open()

            # after the reload the list says how it goes on, and leads back to it
            expect(salma.all("progress-dialog")).to_have_count(0)
            expect(orders.notice).to_contain_text("Invoices are being created")
            salma.shot("62-orders-notice")
            salma.all("show-progress").click()
            salma.wait_for_current(4)

        said = salma.outcome()

    assert "48 orders" in said
    expect(salma.all("progress-counter")).to_have_text("48 of 51 done · 2 failed · 1 left out")
    expect(salma.all("failed-item").filter(has_text=bad["limited"])).to_contain_text("redit limit")
    expect(salma.all("failed-item").filter(has_text=bad["held"])).to_contain_text("It is on hold, and left out.")
    salma.shot("63-orders-outcome")
    with salma.page.expect_download() as downloaded:
        salma.page.get_by_role("button", name="Download CSV").first.click()
    downloaded.value.save_as(tmp_path / "failed.csv")
    rows = list(csv.reader((tmp_path / "failed.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row[1] for row in rows[1:]} == {bad["drafted"], bad["limited"]}
    assert billing(desk_bench, made["orders"])["times"] == {"1": 48}
    assert billing(desk_bench, made["orders"])["invoices"] == {"1": 48}

    # one is mended, and only that one is invoiced by trying again
    mending = "from tests.bench.desk import order_scene; order_scene.mend(what, order, made)"
    desk_bench.inside(mending, what=BAD["limited"], order=bad["limited"], made=made["made"]["limited"])
    with desk_bench.worker():
        salma.page.get_by_role("button", name="Try again").click()
        expect(salma.all("progress-counter")).to_have_text("49 of 51 done · 1 failed · 1 left out", timeout=RUN_MS)
    assert billing(desk_bench, [*made["orders"], bad["limited"]])["times"] == {"1": 49}
    assert billing(desk_bench, [bad["held"]])["times"] == {"0": 1}
    # the way to the invoices
    salma.all("progress-results").click()
    expect(salma.page.locator(".list-count:visible")).to_contain_text("of 49")
    salma.shot("64-invoices-of-the-run")


def test_checked_orders_become_drafts_one_for_each_customer_and_the_list_is_fresh(
    log_in: LogIn, desk_bench: Workbench
) -> None:
    made = scene(desk_bench, "Checked Orders Co", count=24)  # two of each customer
    of = "frappe.get_all('Sales Order', {'name': ('in', names)}, pluck='customer')"
    salma = log_in("salma")
    orders = OrderList(salma, made["company"]).open()
    chosen = [salma.page.locator(".list-row-checkbox:visible").nth(n).get_attribute("data-name") for n in range(6)]
    orders.check([name for name in chosen if name])
    customers = set(desk_bench.inside.value(of, names=chosen))
    with desk_bench.worker():
        orders.ask_for_checked()
        expect(salma.all("invoicing-scope-checked")).to_be_checked()
        expect(salma.all("invoicing-ready")).to_have_text("6 orders are ready")
        orders.choose("customer-true")
        expect(salma.all("invoicing-submit")).to_have_text("Invoice 6 orders")
        expect(salma.all("invoicing-judgement")).to_contain_text(
            "of 1 customer" if len(customers) == 1 else f"of {len(customers)} customers"
        )
        orders.begin()
        assert "6 orders" in salma.outcome()
        salma.close_progress()
    expect(orders.notice).to_contain_text("6 orders")
    expect(salma.page.locator(".list-row-checkbox:checked")).to_have_count(0)
    found = billing(desk_bench, [name for name in chosen if name])
    assert found["times"] == {"1": 6}
    assert len(customers) <= found["invoices"]["0"] <= 6  # a slow machine has chunks smaller than a customer's orders
    assert found["sum"] == found["ordered"]


def test_a_run_that_is_stopped_keeps_what_it_made_and_is_resumed(log_in: LogIn, desk_bench: Workbench) -> None:
    made = scene(desk_bench, "Stopping Orders Co", count=48)
    salma = log_in("salma")
    orders = OrderList(salma, made["company"]).open()
    with desk_bench.worker(**stopping_at_chunk(desk_bench, 2)) as worker:
        orders.ask_for_matching()
        orders.choose("submit-true")
        job = orders.begin()
        salma.wait_for_current(1)
        with standing_still(desk_bench, worker):
            salma.all("progress-cancel").click()
            question = salma.page.get_by_role("group", name="Cancel this run?")
            expect(question).to_contain_text("What it has done so far stays")
            salma.shot("65-orders-stop")
            salma.all("progress-cancel-confirm").click()
        said = salma.outcome()
    assert "are invoiced, and stay so" in said
    assert "undone" not in said.lower()
    salma.shot("66-orders-stopped")
    before = billing(desk_bench, made["orders"])["times"]
    assert set(before) == {"0", "1"}
    salma.close_progress()
    expect(orders.notice).to_contain_text("Cancelled")

    # another day, from the run's own form
    salma.page.goto(f"{salma.url}/app/batch-run/{job}")
    with desk_bench.worker():
        salma.page.get_by_role("button", name="Resume").click()
        expect(salma.all("progress-outcome")).to_contain_text("48 orders of", timeout=RUN_MS)
    expect(salma.all("run-item").first).to_contain_text("ACC-SINV")
    salma.shot("67-orders-resumed")
    found = billing(desk_bench, made["orders"])
    assert found["times"] == {"1": 48}
    assert found["sum"] == found["ordered"]


def test_without_a_socket_it_is_asked_every_two_seconds_until_it_has_ended(
    log_in: LogIn, desk_bench: Workbench
) -> None:
    made = scene(desk_bench, "Polling Orders Co", count=36)
    salma = log_in("salma")
    salma.forgiven += ["ERR_CONNECTION_REFUSED", "socket.io"]
    asked: list[float] = []
    with desk_bench.without_realtime(), desk_bench.worker():
        orders = OrderList(salma, made["company"]).open()
        orders.ask_for_matching()
        orders.begin()
        expect(salma.page.get_by_text("No live connection: checking every 2 seconds.")).to_be_visible()
        assert "36 orders" in salma.outcome()
        # nobody asks on after the end
        salma.page.on("request", lambda request: asked.append(1) if "batch.api.status" in request.url else None)
        salma.page.wait_for_timeout(6_000)
    assert asked == []
    assert billing(desk_bench, made["orders"])["invoices"] == {"0": 36}
