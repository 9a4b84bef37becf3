"""Batch invoicing in the Desk at its edges: ten thousand orders, bad requests, who sees what; and its history."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bench.desk.conftest import LogIn
from tests.bench.desk.order_list import OrderList
from tests.bench.desk.screen import RUN_MS
from tests.bench.desk.test_invoicing import billing, scene
from tests.bench.workbench import Workbench

ORDERS = 10_008


@pytest.fixture(scope="session", autouse=True)
def sellers(desk_bench: Workbench) -> None:
    desk_bench.inside("from tests.bench.desk import order_scene; order_scene.people()")


def test_ten_thousand_orders_that_match_are_judged_and_asked_for_at_once(log_in: LogIn, desk_bench: Workbench) -> None:
    made = scene(desk_bench, "Endless Orders Co", count=ORDERS)
    aside = {"docstatus": 2, "status": "Cancelled"}
    desk_bench.inside("frappe.db.set_value('Sales Order', name, fields)", name=made["orders"][-1], fields=aside)
    salma = log_in("salma")
    orders = OrderList(salma, made["company"]).open()
    orders.ask_for_matching()
    expect(salma.all("invoicing-scope")).to_have_text("All 10.008 that match the list's filters")
    expect(salma.all("invoicing-set-aside")).to_have_text("Not asked for: 1 cancelled.")
    expect(salma.all("invoicing-ready")).to_have_text("10.007 orders are ready")
    expect(salma.all("invoicing-submit")).to_have_text("Create 10.007 invoices")
    salma.shot("70-ten-thousand")

    job = orders.begin()

    expect(salma.all("progress-counter")).to_have_text("10.007 items")  # there is no worker
    row = desk_bench.inside.value("frappe.db.get_value('Batch Run', job, ['total', 'status', 'requested_by'])", job=job)
    assert row == [10_007, "Pending", "salma@office.example"]
    assert desk_bench.inside.value("frappe.db.count('Batch Run Item', {'run': job})", job=job) == 10_007
    # who asks for the same orders again is told who has them, and nothing is begun
    salma.close_progress()
    orders.ask_for_matching()
    expect(salma.all("invoicing-ready")).to_have_text("No order is ready")
    expect(salma.all("invoicing-problems")).to_contain_text("10.007 orders cannot be invoiced now")
    expect(salma.all("invoicing-problem").first).to_contain_text(f"Run {job} is working on it.")
    expect(salma.all("invoicing-submit")).to_be_disabled()
    salma.page.locator(".imogi-invoicing-dialog .btn-modal-close").click()
    salma.all("show-progress").click()
    salma.all("progress-cancel").click()
    salma.all("progress-cancel-confirm").click()
    expect(salma.all("progress-outcome")).to_contain_text("0 of 10007 orders")
    assert billing(desk_bench, made["orders"][:100])["times"] == {"0": 100}


def test_what_is_wrong_with_a_request_is_said_and_nothing_is_begun(log_in: LogIn, desk_bench: Workbench) -> None:
    made = scene(desk_bench, "Barred Orders Co", count=12)
    other = scene(desk_bench, "Foreign Orders Co", count=12)
    freeze = "frappe.db.set_single_value('Accounts Settings', 'acc_frozen_upto', day)"
    salma = log_in("salma")
    salma.forgiven.append("422 (UNPROCESSABLE ENTITY)")
    try:
        desk_bench.inside(freeze, day="2026-01-31")
        orders = OrderList(salma, made["company"]).open()
        orders.ask_for_matching()
        orders.choose("submit-true")  # a draft may be dated into a frozen period
        day = salma.all("invoicing-posting-date")
        day.fill("15-01-2026")
        day.press("Tab")
        expect(salma.all("invoicing-refused")).to_contain_text("frozen until 31-01-2026")
        expect(salma.all("invoicing-submit")).to_be_disabled()
        salma.shot("71-orders-refused")
    finally:
        desk_bench.inside(freeze, day=None)
    # the lists of two companies: one at a time, and which is said
    salma.page.goto(f"{salma.url}/app/sales-order?company={orders_of(made['company'], other['company'])}")
    expect(orders.rows.first).to_be_visible()
    orders.ask_for_matching()
    company = salma.all("invoicing-company")
    expect(company.locator("option")).to_have_count(2)
    for name in (other["company"], made["company"]):
        company.select_option(name)
        orders.judged()
        expect(salma.all("invoicing-ready")).to_have_text("12 orders are ready")
    runs = "frappe.db.count('Batch Run', {'company': ('in', names)})"
    assert desk_bench.inside.value(runs, names=[made["company"], other["company"]]) == 0


def orders_of(*companies: str) -> str:
    """Return a filter of the list by several companies."""
    return f'["in", "{",".join(companies)}"]'


def test_who_makes_no_invoices_has_no_action_and_sees_no_run_of_others(log_in: LogIn, desk_bench: Workbench) -> None:
    made = scene(desk_bench, "Hidden Orders Co", count=12)
    sari = log_in("sari")
    OrderList(sari, made["company"]).open()
    sari.page.locator(".menu-btn-group:visible button").first.click()
    expect(sari.page.locator(".dropdown-menu.show")).to_be_visible()
    expect(sari.page.locator(".dropdown-menu.show").get_by_text("Create Invoices in Batch")).to_have_count(0)
    expect(sari.page.locator(".dropdown-menu.show").get_by_text("Batch Invoicing")).to_have_count(0)
    # and the server does not rely on that
    sari.forgiven.append("403 (FORBIDDEN)")
    status = sari.page.evaluate(
        """async names => (await fetch("/api/method/imogi_finance.batch_invoicing.api.create_invoices_bulk", {
            method: "POST",
            headers: { "Content-Type": "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token },
            body: JSON.stringify({ sales_orders: names }),
        })).status""",
        made["orders"],
    )
    assert status == 403
    assert billing(desk_bench, made["orders"])["times"] == {"0": 12}


def test_the_history_is_drawn_and_all_of_it_speaks_indonesian(log_in: LogIn, desk_bench: Workbench) -> None:
    made = scene(desk_bench, "Telling Orders Co", count=24, bad={"drafted": "billed by a draft"})
    siti = log_in("siti")
    orders = OrderList(siti, made["company"]).open()
    with desk_bench.worker():
        orders.ask_for_matching("Buat Faktur Massal")
        expect(siti.all("invoicing-ready")).to_have_text("24 pesanan siap")
        expect(siti.all("invoicing-problem")).to_contain_text(made["made"]["drafted"])
        assert english_in(siti) == []
        siti.shot("72-orders-in-indonesian")
        job = orders.begin()
        expect(siti.all("progress-outcome")).to_be_visible(timeout=RUN_MS)
    siti.shot("73-outcome-in-indonesian")
    assert "orders" not in str(siti.all("progress-dialog").text_content())
    siti.close_progress()

    siti.page.goto(f"{siti.url}/app/batch-invoicing")

    expect(siti.all("history-rate")).to_contain_text("96\u202f%")  # 24 of 25
    expect(siti.all("history-error")).to_have_count(1)
    expect(siti.all("history-error")).not_to_contain_text("A draft invoice")
    run = siti.page.locator(f"[data-testid=history-run][data-job={job}]")
    expect(run).to_contain_text("24")
    expect(siti.page.locator(".imogi-history__column-fill").last).to_be_visible()
    siti.shot("74-history")
    siti.page.set_viewport_size({"width": 420, "height": 900})
    siti.shot("75-history-narrow")
    # of another company there is nothing
    siti.page.set_viewport_size({"width": 1400, "height": 860})
    siti.page.locator(".page-form input[data-fieldname=company]").fill("Imogi Bench Co")
    siti.page.locator(".page-form [role=option]", has_text="Imogi Bench Co").first.click()
    expect(siti.all("history-empty")).to_be_visible()
    siti.page.goto(f"{siti.url}/app/batch-invoicing")
    run.get_by_role("link", name=job).click()
    expect(siti.page).to_have_url(re.compile(f"batch-run/{job}$"))


def english_in(screen: Any) -> list[str]:
    """Return words of the dialog that are no Indonesian."""
    words = set(re.findall(r"[A-Za-z]+", str(screen.page.locator(".imogi-invoicing-dialog").inner_text())))
    return sorted(
        words & {"orders", "order", "invoice", "invoices", "Orders", "Invoices", "Leave", "Submit", "the", "are"}
    )
