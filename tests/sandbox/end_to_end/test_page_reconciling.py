"""Three hundred invoices in the browser: selected, submitted, looked away from, and done."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.sandbox.end_to_end.conftest import Tabs
from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site


def test_three_hundred_invoices_are_paid_though_the_page_is_reloaded_in_the_middle(screen: Screen, site: Site) -> None:
    desk = site.sample
    screen.go()
    row = screen.page.locator(f"[data-testid=transaction-row][data-name={desk.transaction}]")
    expect(row).to_contain_text("Open")
    screen.shot("01-transactions")
    row.click()
    expect(screen.all("invoice-row").first).to_be_visible()
    screen.shot("02-transaction")

    screen.all("select-all").check()
    expect(screen.all("summary-count")).to_have_text("300")
    expect(screen.all("summary-difference")).to_have_text("exactly matches")
    screen.shot("03-all-selected")
    screen.all("submit").click()
    expect(screen.all("confirm-dialog")).to_contain_text("exactly matches the statement line")
    screen.shot("04-confirm")
    site.stop_at_chunk(4)
    job = screen.confirm()
    before = screen.wait_for_current(60)
    with site.held():
        screen.shot("05-in-progress")
        shown_before = screen.counts_seen()

        screen.page.reload()

        expect(screen.all("progress-dialog")).to_be_visible()
        assert screen.job() == job
    screen.wait_for_current(before + 1)
    screen.shot("06-after-the-reload")
    assert "300 documents" in screen.outcome()
    shown_after = screen.counts_seen()
    assert shown_before == sorted(shown_before)
    assert shown_after == sorted(shown_after)
    assert len(shown_after) > 3
    assert shown_after[0] >= before
    assert screen.tone() == "success"
    screen.shot("07-success")

    screen.page.keyboard.press("Escape")
    expect(screen.all("progress-dialog")).to_have_count(0)
    expect(screen.page.locator("h1")).to_contain_text("Reconciled")
    expect(screen.all("invoice-row")).to_have_count(0)
    screen.shot("08-reconciled")
    screen.go("runs")
    expect(screen.page.locator(f"[data-testid=run-row][data-job={job}]")).to_contain_text("Completed")
    screen.shot("09-runs")
    screen.go(f"runs/{job}")
    expect(screen.all("item-row")).to_have_count(50)
    screen.shot("10-run")
    assert set(site.statuses(desk).values()) == {"Paid"}
    assert site.audit() == []


def test_the_list_says_which_transaction_is_open_being_worked_on_and_reconciled(screen: Screen, site: Site) -> None:
    desk = site.desk(120)
    row = screen.page.locator(f"[data-testid=transaction-row][data-name={desk.transaction}]")
    screen.go()
    expect(row).to_contain_text("Open")

    with site.held():
        job = site.reconcile(desk)["job_id"]
        screen.come_back()

        expect(row).to_contain_text("Running")
        expect(screen.all("live-chip")).to_contain_text(desk.transaction)
    site.wait_for_end(job)
    expect(row).to_have_count(0)  # no longer among the open ones
    screen.page.get_by_role("button", name="Reconciled").click()
    expect(row).to_contain_text("Reconciled")
    expect(screen.all("live-chip")).to_have_count(0)


def test_a_run_that_began_and_ended_elsewhere_between_two_looks_is_noticed(new_tab: Tabs, site: Site) -> None:
    desk = site.desk(5)
    listed, opened = new_tab(), new_tab()
    listed.go()
    row = listed.page.locator(f"[data-testid=transaction-row][data-name={desk.transaction}]")
    expect(row).to_contain_text("Open")
    opened.go_to_desk(desk)
    for tab in (listed, opened):
        tab.page.wait_for_load_state("networkidle")

    site.wait_for_end(site.reconcile(desk)["job_id"])
    listed.come_back()
    opened.come_back()

    expect(row).to_have_count(0)
    expect(opened.page.locator("h1")).to_contain_text("Reconciled")
    expect(opened.all("invoice-row")).to_have_count(0)


def test_a_run_goes_on_when_its_tab_is_closed_and_two_tabs_of_another_browser_find_it(
    new_tab: Tabs, site: Site
) -> None:
    desk = site.desk(120)
    first = new_tab()
    site.stop_at_chunk(2)
    job = first.submit_all(desk)
    before = first.wait_for_current(20)
    with site.held():
        first.page.context.close()

        second = new_tab()
        second.go(f"transactions/{desk.transaction}")

        expect(second.all("progress-dialog")).to_be_visible()
        assert second.job() == job
        second.wait_for_current(before)
        second.shot("11-another-browser")
        third = second.another_tab()
        third.go(f"runs/{job}")
    for tab in (second, third):
        assert "120 documents" in tab.outcome()
    assert third.unforgiven() == []
    seen = second.counts_seen()
    assert seen == sorted(seen)
    assert seen[0] >= before
    assert set(site.statuses(desk).values()) == {"Paid"}
    assert site.audit() == []


def test_a_dialog_that_was_closed_is_opened_again_and_tells_the_end(screen: Screen, site: Site) -> None:
    desk = site.desk(60)
    with site.held():
        job = screen.submit_all(desk)
        screen.page.get_by_role("button", name="Continue in background").click()
        expect(screen.all("progress-dialog")).to_have_count(0)
        expect(screen.all("submit")).to_be_disabled()

        screen.all("show-progress").click()

        expect(screen.all("progress-dialog")).to_be_visible()
        assert screen.job() == job
    assert "60 documents" in screen.outcome()
    assert site.audit() == []
