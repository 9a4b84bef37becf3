"""Runs that do not succeed, in the browser: failed, cancelled, refused."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site

UNPAID = {"Unpaid", "Overdue"}


def test_an_invoice_paid_in_cash_meanwhile_undoes_the_run_and_is_named_with_its_reason(
    screen: Screen, site: Site
) -> None:
    desk = site.desk(90)
    spoiled = desk.invoices[-1]
    with site.held():  # else the run may be done before the cash is
        job = screen.submit_all(desk)
        site.pay_in_cash(spoiled)
    screen.wait_for_current(20)

    screen.page.wait_for_function("() => window.tonesSeen.includes('undoing')")
    screen.shot("20-undoing")
    outcome = screen.outcome()
    assert f"Everything was undone, because Purchase Invoice {spoiled}:" in outcome
    assert "outstanding" in outcome
    assert screen.tone() == "failed"
    expect(screen.all("failed-item")).to_have_count(1)
    expect(screen.all("failed-item")).to_contain_text(spoiled)
    expect(screen.all("failed-item")).to_contain_text("outstanding")
    screen.shot("21-failed")
    statuses = site.statuses(desk)
    assert statuses.pop(spoiled) == "Paid"
    assert set(statuses.values()) <= UNPAID
    screen.page.keyboard.press("Escape")
    expect(screen.all("last-run")).to_contain_text(spoiled)
    expect(screen.page.locator("h1")).to_contain_text("Open")
    expect(screen.all("tab-invoices")).to_contain_text("89")
    screen.shot("22-after-the-failure")
    screen.go(f"runs/{job}")
    screen.page.get_by_role("button", name="Failed", exact=True).click()
    expect(screen.all("item-row")).to_have_count(1)
    expect(screen.all("item-row")).to_contain_text(spoiled)
    screen.shot("23-failed-run")
    assert site.audit() == []


def test_a_cancelled_run_takes_back_what_it_has_made_and_can_be_tried_again(screen: Screen, site: Site) -> None:
    desk = site.desk(160)
    site.stop_at_chunk(2)
    job = screen.submit_all(desk)
    screen.wait_for_current(20)

    with site.held():
        screen.all("progress-cancel").click()
        expect(screen.page.get_by_text("Cancel this run?")).to_be_visible()
        screen.shot("30-cancel-question")
        screen.all("progress-cancel-confirm").click()

    assert "Cancelled. Everything was undone." in screen.outcome()
    assert screen.tone() == "cancelled"
    screen.shot("31-cancelled")
    ended = site.get(f"/api/runs/{job}")
    assert ended["status"] == "Cancelled"
    assert 20 <= ended["undone"] < 160
    assert set(site.statuses(desk).values()) <= UNPAID
    expect(screen.all("last-run")).to_contain_text("Cancelled")
    expect(screen.all("tab-invoices")).to_contain_text("160")
    assert site.audit() == []

    screen.page.get_by_role("button", name="Try again").click()

    screen.page.wait_for_selector("[data-job][data-tone=success]")
    assert screen.job() != job
    assert "160 documents" in screen.outcome()
    assert set(site.statuses(desk).values()) == {"Paid"}
    assert site.audit() == []


def test_a_refused_request_names_the_document_and_the_remedy_and_can_be_mended(screen: Screen, site: Site) -> None:
    screen.forgiven.append("status of 422")
    desk = site.desk(12)
    screen.go_to_desk(desk)
    screen.all("select-all").check()
    expect(screen.all("summary-count")).to_have_text("12")
    site.pay_in_cash(desk.invoices[3])  # behind the page's back

    screen.all("submit").click()
    screen.all("confirm-submit").click()

    problems = screen.all("problems")
    expect(problems).to_contain_text(f"Purchase Invoice {desk.invoices[3]}")
    expect(problems).to_contain_text("Nothing is outstanding on it.")
    expect(problems.locator(".remedy")).to_have_text("Leave it out.")
    screen.shot("40-refused")
    assert site.get("/api/runs?limit=1")["runs"][0]["bank_transaction"] != desk.transaction
    screen.page.get_by_role("button", name="Deselect these documents").click()
    expect(screen.all("summary-count")).to_have_text("11")
    screen.all("submit").click()
    screen.confirm()
    assert "11 documents" in screen.outcome()
    assert site.audit() == []


def test_more_than_the_statement_line_cannot_be_submitted(screen: Screen, site: Site) -> None:
    desk = site.desk(4)
    with site.books() as app:  # the statement line is smaller than the sum of its invoices
        row = app.rows.get("bank_transaction", desk.transaction)
        assert row is not None
        less = {"withdrawal": row["withdrawal"] - 100, "unallocated": row["unallocated"] - 100}
        app.rows.update("bank_transaction", (desk.transaction,), less)
    screen.go_to_desk(desk)

    screen.all("select-all").check()

    expect(screen.all("summary-difference")).to_have_text(
        re.compile("^1.00 more than the statement line . cannot submit$")
    )
    expect(screen.all("submit")).to_be_disabled()


def test_an_impossible_size_of_a_step_is_said_before_it_is_sent(screen: Screen, site: Site) -> None:
    screen.go_to_desk(site.desk(2))
    screen.all("select-all").check()
    screen.all("submit").click()
    screen.page.get_by_text("Advanced").click()

    for size, fits in (("0", False), ("500", True), ("501", False), ("1", True), ("many", False)):
        screen.page.get_by_label("Items in one step").fill(size)
        screen.page.keyboard.press("Tab")
        expect(screen.page.get_by_text("A whole number from 1 to 500")).to_have_count(0 if fits else 1)
        expect(screen.all("confirm-submit")).to_be_enabled(enabled=fits)
