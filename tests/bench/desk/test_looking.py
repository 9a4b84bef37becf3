"""Who sees what: roles, languages, long lists, and a Desk whose realtime server is down."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.bench.desk.conftest import LogIn, Scene, standing_still, stopping_at_chunk
from tests.bench.workbench import Workbench

INVOICES = 5_000


def test_who_has_no_role_has_no_action(log_in: LogIn, make_scene: Scene) -> None:
    scene = make_scene("Nobody Trading Co", count=5)
    noor = log_in("noor")
    noor.forgiven.append("403 (FORBIDDEN)")
    noor.page.goto(f"{noor.url}/app/bank-transaction/{scene['transaction']}")
    expect(noor.page.locator(".indicator-pill", has_text="Unreconciled").first).to_be_visible()
    noor.page.wait_for_load_state("networkidle")
    expect(noor.page.get_by_role("button", name="Pay Unpaid Invoices")).to_have_count(0)

    noor.page.goto(f"{noor.url}/app/bank-reconciliation-tool")
    noor.fill_tool(scene["company"], scene["bank_account"])
    noor.page.locator(".dt-cell button", has_text="Actions").click()
    expect(noor.page.locator(".modal.show")).to_contain_text("Match Against Voucher")

    expect(noor.all("pay-invoices")).to_have_count(0)
    expect(noor.page.get_by_role("button", name="Pay Unpaid Invoices")).to_have_count(0)
    # and the server does not rely on that
    status, answer = desk_call(noor.page, scene)
    assert status == 403, answer


def desk_call(page: object, scene: dict[str, object]) -> tuple[int, object]:
    """Ask for a reconciliation as the page could, without its buttons."""
    code = """async ([name, doctype, invoice]) => {
        const answer = await fetch("/api/method/imogi_finance.bank_reconciliation.api.create_payment_entries_bulk", {
            method: "POST",
            headers: { "Content-Type": "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token },
            body: JSON.stringify({ bank_transaction_name: name, invoices: [{ doctype, name: invoice }] }),
        });
        return [answer.status, await answer.json()];
    }"""
    return tuple(page.evaluate(code, [scene["transaction"], scene["doctype"], scene["invoices"][0]]))  # type: ignore[attr-defined,index]


def test_five_thousand_invoices_are_selected_filtered_and_scrolled(log_in: LogIn, make_scene: Scene) -> None:
    scene = make_scene("Long Trading Co", count=INVOICES)
    dina = log_in("dina")
    dina.open_transaction(scene["transaction"])
    dina.start_paying()
    expect(dina.all("tab-invoices")).to_contain_text("5.000")

    dina.all("select-all").first.click()

    expect(dina.all("summary-count")).to_have_text("5.000")
    expect(dina.all("summary-difference")).to_have_text("exactly matches")
    assert dina.all("invoice-row").count() < 100  # only what is in sight is drawn
    dina.page.locator("#invoices").focus()
    dina.page.keyboard.press("End")
    last = dina.page.locator("[data-testid=invoice-row][aria-rowindex='5001']")
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-selected", "true")
    dina.shot("30-five-thousand")

    dina.all("search").fill(scene["invoices"][4321])
    expect(dina.all("invoice-row")).to_have_count(1)
    expect(dina.page.get_by_text("4.999 of the selected hidden by filters")).to_be_visible()
    dina.all("clear-filters").click()
    dina.all("filter-party").fill("Toko")
    dina.page.keyboard.press("Enter")
    expect(dina.page.get_by_text(re.compile("1.000 of 5.000 shown"))).to_be_visible()
    dina.all("filter-status").select_option("Overdue")
    expect(dina.page.get_by_text("Nothing matches these filters")).to_be_visible()
    dina.page.get_by_role("button", name="Clear filters").last.click()
    expect(dina.page.get_by_text("5.000 documents")).to_be_visible()
    # a selection that was not sent is there again
    dina.page.keyboard.press("Escape")
    expect(dina.page.locator(".imogi-pay-dialog")).to_have_count(0)
    dina.start_paying()
    expect(dina.all("summary-count")).to_have_text("5.000")


def test_everything_is_said_in_indonesian_and_without_the_realtime_server_the_bar_still_moves(
    log_in: LogIn, make_scene: Scene, desk_bench: Workbench
) -> None:
    scene = make_scene("Bahasa Trading Co", count=120)
    indah = log_in("indah")
    indah.forgiven += ["ERR_CONNECTION_REFUSED", "socket.io"]
    with desk_bench.without_realtime(), desk_bench.worker(**stopping_at_chunk(desk_bench, 1)) as worker:
        indah.open_transaction(scene["transaction"])
        indah.start_paying("Bayar Faktur Belum Lunas")
        indah.select_all()
        expect(indah.all("summary-difference")).to_have_text("tepat sama")
        indah.shot("40-indonesian")
        indah.all("submit").click()
        indah.shot("41-indonesian-confirm")
        indah.all("confirm-submit").click()
        shown = 0
        for chunk in range(1, 6):  # the worker stands still after each, until the page has asked
            with standing_still(desk_bench, worker):
                shown = indah.wait_for_current(shown + 1)
                expect(indah.page.get_by_text("Tidak ada koneksi langsung: diperiksa setiap 2 detik.")).to_be_visible()
                if chunk < 5:
                    stopping_at_chunk(desk_bench, chunk + 1)
        indah.shot("42-polling")
        assert "120 dokumen senilai" in indah.outcome()
    seen = indah.counts_seen()
    assert len(set(seen)) > 3, seen
    assert seen == sorted(seen)
    indah.shot("43-indonesian-outcome")


def test_the_dialog_is_worked_by_keyboard_in_the_dark(log_in: LogIn, make_scene: Scene, desk_bench: Workbench) -> None:
    scene = make_scene("Keyboard Trading Co", count=5)
    desk_bench.inside("frappe.db.set_value('User', 'dina@office.example', 'desk_theme', 'Dark')")
    try:
        dina = log_in("dina")
        dina.open_transaction(scene["transaction"])
        dina.page.get_by_role("button", name="Pay Unpaid Invoices").focus()
        press = dina.page.keyboard.press
        press("Enter")
        expect(dina.all("search")).to_be_focused()
        for _ in range(30):
            if dina.page.evaluate("document.activeElement.id") == "invoices":
                break
            press("Tab")
        expect(dina.all("invoice-row")).to_have_count(5)  # passing by the filters has set none
        press("Space")
        press("Shift+ArrowDown")
        expect(dina.all("summary-count")).to_have_text("2")
        press("Enter")  # edits the amount of the second
        dina.page.keyboard.type("1000")
        press("Enter")
        expect(dina.page.get_by_text("1 part payment")).to_be_visible()
        dina.shot("50-dark")
        dina.all("submit").press("Enter")
        expect(dina.all("confirm-submit")).to_be_focused()
        press("Enter")
        assert "2 documents" in dina.outcome()
        dina.shot("51-dark-outcome")
        dina.close_progress()
    finally:
        desk_bench.inside("frappe.db.set_value('User', 'dina@office.example', 'desk_theme', 'Light')")
