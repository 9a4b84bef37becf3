"""Sales orders in the browser: chosen by the hundred, judged beforehand, invoiced, looked away from, and done."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from imogi_finance.batch.intake import MOST_WAITING
from tests.sandbox.end_to_end.conftest import Tabs
from tests.sandbox.end_to_end.order_book import audit_orders, enter_orders, invoices_of, order_statuses
from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site


def test_three_hundred_orders_are_invoiced_though_the_page_is_reloaded_in_the_middle(
    order_screen: Screen, order_site: Site
) -> None:
    screen, site = order_screen, order_site
    basket = enter_orders(site, 300)
    screen.choose_orders(basket.customer, 300)
    expect(screen.all("summary-total")).to_contain_text(basket.total)
    screen.shot("60-orders")
    screen.open_invoicing()
    expect(screen.all("judgement-words")).to_have_text("All 300 orders can be invoiced")
    expect(screen.all("judgement-ready")).to_have_text(f"IDR {basket.total}")
    screen.shot("61-invoicing")

    site.stop_at_chunk(4)
    job = screen.invoice()
    before = screen.wait_for_current(60)
    with site.held():
        screen.shot("62-in-progress")
        screen.page.reload()
        expect(screen.all("live-run")).to_contain_text("Invoicing orders")
        expect(screen.all("live-chip")).to_be_visible()
        screen.all("show-progress").click()
        expect(screen.all("progress-dialog")).to_be_visible()
        assert screen.job() == job
    screen.wait_for_current(before + 1)

    assert "300 orders" in screen.outcome()
    seen = screen.counts_seen()
    assert seen == sorted(seen)
    assert seen[0] >= before
    assert screen.tone() == "success"
    screen.shot("63-invoiced")
    screen.page.get_by_role("link", name="Show what became of 300 orders").click()
    expect(screen.all("item-row").first).to_contain_text("SINV-")
    expect(screen.all("item-row")).to_have_count(50)
    screen.shot("64-run")
    screen.go("orders")
    expect(screen.all("order-row").first).to_be_visible()
    screen.all("search").fill(basket.customer)
    expect(screen.page.get_by_text("Nothing matches these filters")).to_be_visible()
    assert {docstatus for _, docstatus, _ in invoices_of(site, basket)} == {1}
    assert len(invoices_of(site, basket)) == 300
    assert audit_orders(site) == []


def test_bad_orders_are_named_beforehand_and_in_the_run_and_go_through_once_they_are_mended(
    order_screen: Screen, order_site: Site
) -> None:
    screen, site = order_screen, order_site
    basket = enter_orders(site, 30)
    drafted, held, reopened = basket.names[3], basket.names[7], basket.names[11]
    with site.books() as app:
        draft = app.selling.bill_by_hand([drafted], on=app.paid_status.books.today(), submit=False)
        app.selling.hold_order(held)
    screen.choose_orders(basket.customer, 30)
    screen.open_invoicing()
    expect(screen.all("judgement-words")).to_have_text("28 of 30 orders can be invoiced, 1 cannot, 1 left out")
    problems = screen.all("judgement-problems")
    expect(problems).to_contain_text(f"Sales Order {drafted}")
    expect(problems).to_contain_text(draft)
    expect(problems).to_contain_text("Submit or delete that draft")
    with site.books() as app:
        app.selling.close_order(reopened)  # behind the page's back

    screen.invoice()

    assert "27 orders" in screen.outcome()
    assert screen.tone() == "partial"
    expect(screen.all("failed-item").filter(has_text=draft)).to_contain_text(drafted)
    expect(screen.all("progress-dialog")).to_contain_text("Left out (2)")
    screen.shot("65-with-errors")
    with site.books() as app:
        app.selling.invoices.delete_draft(draft)
    screen.page.get_by_role("button", name="Try again").click()

    expect(screen.page.locator("[data-job][data-tone=success]")).to_be_visible()
    assert "28 orders" in screen.outcome()
    screen.page.keyboard.press("Escape")
    screen.all("search").fill(basket.customer)
    expect(screen.all("order-row")).to_have_count(2)
    assert sorted(order_statuses(site, basket).values()).count("To Deliver") == 28
    assert audit_orders(site) == []


def test_orders_with_problems_are_deselected_by_one_click(order_screen: Screen, order_site: Site) -> None:
    screen, site = order_screen, order_site
    basket = enter_orders(site, 6)
    with site.books() as app:
        app.selling.bill_by_hand([basket.names[0]], on=app.paid_status.books.today(), submit=False)
    screen.choose_orders(basket.customer, 6)
    screen.open_invoicing()

    screen.all("deselect-problems").click()

    expect(screen.all("judgement-words")).to_have_text("All 5 orders can be invoiced")
    expect(screen.page.get_by_role("heading", name="Create invoices of 5 orders")).to_be_visible()
    screen.page.get_by_role("button", name="Back").click()
    expect(screen.all("summary-count")).to_have_text("5")


def test_a_run_is_stopped_and_resumed_and_invoices_no_order_twice(order_screen: Screen, order_site: Site) -> None:
    screen, site = order_screen, order_site
    basket = enter_orders(site, 160)
    screen.choose_orders(basket.customer, 160)
    screen.open_invoicing()
    site.stop_at_chunk(2)
    job = screen.invoice()
    screen.wait_for_current(20)
    with site.held():
        screen.all("progress-cancel").click()
        expect(screen.page.get_by_text("What it has done so far stays")).to_be_visible()
        screen.all("progress-cancel-confirm").click()
    assert "stay" in screen.outcome()
    screen.shot("66-stopped")
    stopped = site.get(f"/api/runs/{job}")
    assert stopped["status"] == "Cancelled"
    made = len(invoices_of(site, basket))
    assert 20 <= made == stopped["succeeded"] < 160
    expect(screen.all("last-run")).to_contain_text("Cancelled")

    screen.page.get_by_role("button", name="Resume").click()

    expect(screen.page.locator("[data-job][data-tone=success]")).to_be_visible()
    assert screen.job() == job
    assert len(invoices_of(site, basket)) == 160
    expect(screen.all("last-run")).to_contain_text("Completed")
    assert audit_orders(site) == []


def test_one_draft_a_customer_of_what_is_delivered(order_screen: Screen, order_site: Site) -> None:
    screen, site = order_screen, order_site
    basket = enter_orders(site, 12, delivered=1)
    undelivered = enter_orders(site, 2, customer=basket.customer)
    screen.choose_orders(basket.customer, 14)
    screen.open_invoicing()
    choose = screen.page.get_by_label
    choose("Leave them as drafts").check()
    choose("One invoice a customer").check()
    choose("Only what is delivered").check()
    expect(screen.all("judgement-words")).to_have_text("12 of 14 orders can be invoiced, 2 cannot")
    expect(screen.all("judgement-ready")).to_have_text("IDR 900,000.00")
    expect(screen.all("judgement-problems")).to_contain_text("Nothing of it is delivered")

    screen.invoice()
    screen.outcome()

    assert [(docstatus, total) for _, docstatus, total in invoices_of(site, basket)] == [(0, 90_000_000)]
    assert invoices_of(site, undelivered) == []
    screen.page.keyboard.press("Escape")
    row = screen.page.locator(f"[data-testid=order-row][data-name={basket.names[0]}]")
    screen.all("search").fill(basket.names[0])
    expect(row).to_contain_text("Draft")
    assert audit_orders(site) == []


def test_a_closed_period_is_said_before_anything_starts(order_screen: Screen, order_site: Site) -> None:
    screen, site = order_screen, order_site
    screen.forgiven.append("status of 422")
    basket = enter_orders(site, 3)
    with site.books() as app:
        app.rows.insert("setting", {"name": "closed_until", "value": "2020-12-31"})
    screen.choose_orders(basket.customer, 3)
    screen.open_invoicing()

    screen.all("posting-date").fill("2020-06-30")

    expect(screen.all("judgement-error")).to_contain_text("closed until 2020-12-31")
    expect(screen.all("judgement-error")).to_contain_text("Reopen the period")
    expect(screen.all("invoice-submit")).to_be_disabled()
    screen.shot("67-closed-period")
    screen.all("posting-date").fill("2021-01-01")
    expect(screen.all("judgement-words")).to_have_text("All 3 orders can be invoiced")
    expect(screen.all("invoice-submit")).to_be_enabled()


def test_more_runs_than_one_may_have_waiting_are_refused_and_the_remedy_is_named(
    order_screen: Screen, order_site: Site
) -> None:
    screen, site = order_screen, order_site
    screen.forgiven.append("status of 422")
    basket = enter_orders(site, MOST_WAITING + 1)
    *waiting, last = basket.names
    with site.held():
        runs = [site.ask("/api/orders/invoice", {"sales_orders": [name]}).body["job_id"] for name in waiting]
        screen.choose_orders(last, 1)
        screen.open_invoicing()

        screen.all("invoice-submit").click()

        refused = screen.all("problems")
        expect(refused).to_contain_text(runs[0])
        screen.shot("67-too-many-waiting")
        assert invoices_of(site, basket) == []
    for run in runs:
        site.wait_for_end(run)

    screen.page.get_by_role("button", name="Try again").click()

    expect(screen.page.locator("[data-job][data-tone=success]")).to_be_visible()
    assert len(invoices_of(site, basket)) == MOST_WAITING + 1


def test_a_request_whose_answer_was_lost_is_not_carried_out_twice(order_screen: Screen, order_site: Site) -> None:
    screen, site = order_screen, order_site
    screen.forgiven += ["/api/orders/invoice"]
    basket = enter_orders(site, 4)
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().json()["job_id"])
            route.abort()
        else:
            route.continue_()

    screen.page.route("**/api/orders/invoice", lose_the_first)
    screen.choose_orders(basket.customer, 4)
    screen.open_invoicing()
    screen.all("invoice-submit").click()
    expect(screen.page.get_by_text("It is safe to try again")).to_be_visible()

    screen.page.get_by_role("button", name="Try again").click()

    expect(screen.all("progress-dialog")).to_be_visible()
    assert screen.job() == lost[0]
    screen.outcome()
    assert len(invoices_of(site, basket)) == 4


def test_orders_of_a_live_run_cannot_be_chosen_in_another_tab(new_tab: Tabs, order_site: Site) -> None:
    site = order_site
    basket = enter_orders(site, 60)
    first, second = new_tab(at=site), new_tab(at=site)
    first.choose_orders(basket.customer, 60)
    second.choose_orders(basket.customer, 60)
    first.open_invoicing()
    with site.held():
        first.invoice()
        second.come_back()

        expect(second.all("order-row").first).to_contain_text("In a run")
        expect(second.all("summary-count")).to_have_text("0")
        expect(second.all("live-run")).to_be_visible()
    assert "60 orders" in first.outcome()
    second.come_back()
    expect(second.page.get_by_text("Nothing matches these filters")).to_be_visible()


def test_what_is_chosen_survives_a_reload_and_stays_when_filters_hide_it(
    order_screen: Screen, order_site: Site
) -> None:
    screen, site = order_screen, order_site
    basket = enter_orders(site, 5)
    screen.choose_orders(basket.customer, 5)
    screen.all("search").fill("nobody is called so")
    expect(screen.page.get_by_text("5 of the selected hidden by filters")).to_be_visible()
    expect(screen.page.get_by_text("What you selected stays selected.")).to_be_visible()

    screen.page.reload()

    expect(screen.all("summary-count")).to_have_text("5")
    screen.page.get_by_role("button", name="Clear selection").click()
    expect(screen.all("invoice")).to_be_disabled()


def test_orders_are_filtered_by_state(order_screen: Screen, order_site: Site) -> None:
    screen, site = order_screen, order_site
    basket = enter_orders(site, 3)
    with site.books() as app:
        app.selling.hold_order(basket.names[1])
    screen.go("orders")
    expect(screen.all("order-row").first).to_be_visible()
    screen.all("search").fill(basket.customer)

    screen.all("status-filter").select_option("On Hold")

    expect(screen.all("order-row")).to_have_count(1)
    expect(screen.all("order-row")).to_have_attribute("data-name", basket.names[1])
    expect(screen.page.get_by_role("status").filter(has_text=re.compile(r"^\s*1 of"))).to_be_visible()


def test_of_thousands_only_those_in_sight_are_drawn_and_all_are_chosen_and_judged(
    order_screen: Screen, order_site: Site
) -> None:
    screen = order_screen
    basket = enter_orders(order_site, 3_000)
    screen.choose_orders(basket.customer, 3_000)
    expect(screen.all("summary-total")).to_contain_text(basket.total)
    assert screen.all("order-row").count() < 80

    screen.open_invoicing()

    expect(screen.all("judgement-words")).to_have_text("All 3,000 orders can be invoiced")
    expect(screen.all("invoice-submit")).to_have_text("Invoice 3,000 orders")
    with order_site.books() as app:  # no other test has to list them
        for name in basket.names:
            app.selling.cancel_order(name)


def test_on_a_telephone_nothing_scrolls_sideways(new_tab: Tabs, order_site: Site) -> None:
    screen = new_tab(width=360, height=720, at=order_site)
    basket = enter_orders(order_site, 40)
    screen.choose_orders(basket.customer, 40)
    assert screen.width_beyond_the_window() <= 0
    screen.shot("68-orders-telephone")
    screen.open_invoicing()
    assert screen.width_beyond_the_window() <= 0
    screen.shot("69-invoicing-telephone")
    screen.page.get_by_role("button", name="Back").click()
    screen.go("history")
    expect(screen.page.get_by_test_id("history-figures").or_(screen.all("history-empty"))).to_be_visible()
    assert screen.width_beyond_the_window() <= 0
