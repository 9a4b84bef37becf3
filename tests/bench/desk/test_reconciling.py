"""Hundreds of invoices reconciled from the Desk, by mouse and before the user's eyes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.bench.desk.conftest import LogIn, Scene, standing_still, stopping_at_chunk
from tests.bench.desk.screen import RUN_MS
from tests.bench.workbench import Workbench

Books = Callable[[dict[str, Any]], dict[str, Any]]


def test_300_purchase_invoices_from_the_form_with_a_reload_in_the_middle_while_somebody_watches(
    log_in: LogIn, make_scene: Scene, left_on_the_books: Books, desk_bench: Workbench
) -> None:
    scene = make_scene("Form Trading Co", count=300)
    dina, vera = log_in("dina"), log_in("vera")
    with desk_bench.worker(**stopping_at_chunk(desk_bench, 7)) as worker:
        dina.open_transaction(scene["transaction"])
        dina.start_paying()
        dina.select_all()
        expect(dina.all("summary-count")).to_have_text("300")
        expect(dina.all("summary-difference")).to_have_text("exactly matches")
        dina.shot("01-selection")
        job = dina.reconcile()
        dina.wait_for_counts(4)
        with standing_still(desk_bench, worker):
            dina.shot("02-progress")
            before = dina.counts_seen()

            dina.open_transaction(scene["transaction"])

            expect(dina.all("progress-dialog")).to_be_visible()  # found again by itself
            dina.wait_for_current(before[-1])
            dina.shot("03-after-the-reload")
            # who may only watch finds the run on the form, and can do nothing to it
            vera.open_transaction(scene["transaction"])
            expect(vera.all("live-run")).to_be_visible()
            expect(vera.all("progress-dialog")).to_have_count(0)
            expect(vera.page.get_by_role("button", name="Pay Unpaid Invoices")).to_have_count(0)
            vera.all("show-progress").click()
            vera.wait_for_current(before[-1])
            expect(vera.page.get_by_role("button", name="Continue in background")).to_be_visible()  # it is at work
            expect(vera.all("progress-cancel")).to_be_hidden()
            vera.shot("04-the-watcher")

        assert "300 documents" in dina.outcome()
        assert "300 documents" in vera.outcome()

    dina.shot("05-outcome")
    after = dina.counts_seen()
    assert len(set(before)) > 2
    assert len(set(after)) > 5, after
    assert after == sorted(after)
    assert len(set(vera.counts_seen())) > 2
    dina.close_progress()
    expect(dina.page.locator(".indicator-pill", has_text="Reconciled").first).to_be_visible()  # the form is fresh
    dina.shot("06-the-form-afterwards")
    vera.close_progress()
    expect(vera.page.locator(".indicator-pill", has_text="Reconciled").first).to_be_visible()
    assert left_on_the_books(scene) == {
        "statuses": {"Paid": 300},
        "outstanding": 0.0,
        "payments": 300,
        "paid": scene["total"],
        "transaction": "Reconciled",
        "unallocated": 0.0,
    }
    asked = desk_bench.inside.value("frappe.db.get_value('Batch Run', job, ['requested_by', 'status'])", job=job)
    assert asked == ["dina@office.example", "Completed"]


def test_300_sales_invoices_from_the_bank_reconciliation_tool_one_payment_a_party(
    log_in: LogIn, make_scene: Scene, left_on_the_books: Books, desk_bench: Workbench
) -> None:
    scene = make_scene("Tool Trading Co", count=300, deposit=True)
    other = desk_bench.inside(
        "from tests.erpnext.office import ErpOffice; answer = ErpOffice(title).bank_transaction(75)",
        title=scene["company"],
    )
    dina = log_in("dina")
    row = dina.page.locator(f"[data-testid=pay-invoices][data-transaction='{scene['transaction']}']")
    with desk_bench.worker(**stopping_at_chunk(desk_bench, 4)) as worker:
        dina.open_tool(scene["company"], scene["bank_account"])
        expect(row).to_have_text("Pay Invoices")
        dina.shot("10-tool")
        row.click()
        dina.select_all()
        dina.all("submit").click()
        dina.page.locator(".imogi-pay__choice input[type=radio]").nth(1).check()
        expect(dina.all("payments-to-make")).to_have_text("5 or more: one for each party in a step")
        dina.shot("11-confirm")
        dina.all("confirm-submit").click()
        dina.wait_for_current(1)
        with standing_still(desk_bench, worker):
            expect(row).to_have_text("Show Progress")
            dina.shot("12-tool-progress")

            dina.page.reload()

            expect(dina.all("progress-dialog")).to_be_visible()
            dina.page.get_by_role("button", name="Continue in background").click()
            dina.fill_tool(scene["company"], scene["bank_account"])
        # nobody looks at the run, and its end is told all the same
        expect(dina.page.locator(".desk-alert", has_text="300 documents")).to_be_visible(timeout=RUN_MS)

    # the tool's own table: the reconciled row is gone, the other one stays
    expect(row).to_have_count(0)
    expect(dina.page.locator(f"[data-testid=pay-invoices][data-transaction='{other}']")).to_be_visible()
    dina.shot("13-tool-afterwards")
    found = left_on_the_books(scene)
    assert found["statuses"] == {"Paid": 300}
    assert found["transaction"] == "Reconciled"
    assert 5 <= found["payments"] < 100
    assert found["paid"] == scene["total"]


def test_the_tool_s_own_dialog_leads_to_the_invoices_too(log_in: LogIn, make_scene: Scene) -> None:
    scene = make_scene("Dialog Trading Co", count=5)
    dina = log_in("dina")
    dina.open_tool(scene["company"], scene["bank_account"])
    dina.page.locator(".dt-cell button", has_text="Actions").click()

    dina.page.locator(".modal.show").get_by_role("button", name="Pay Unpaid Invoices").click()

    expect(dina.all("invoice-row")).to_have_count(5)
    # a part of one of them, typed as the site writes numbers
    dina.all("propose").click()
    amount = dina.page.get_by_label(f"Amount to pay of {scene['invoices'][0]}")
    amount.fill("40.000,50")
    amount.press("Enter")
    expect(dina.all("summary-total")).to_have_text("Rp 615.000,50")
    expect(dina.all("summary-difference")).to_have_text("59.999,50 short of the statement line")
    dina.shot("14-part-payment")


def test_payments_that_exist_already_and_returns_are_matched_beside_new_payments(
    log_in: LogIn, make_scene: Scene, desk_bench: Workbench
) -> None:
    scene = make_scene("Mixed Trading Co", count=5)
    # one invoice was paid through the bank before; a customer gets money back; the statement has it all in one line
    made = desk_bench.inside(
        """
from tests.erpnext.office import ErpOffice
office = ErpOffice(title)
payment = office.pay("Purchase Invoice", invoices[4])
refund = office.sales_invoice(50_000, is_return=1, customer=office.customer("PT Kembali"))
line = office.bank_transaction(-(total + 50_000), description="GABUNGAN")
answer = [payment, refund, line]
""",
        title=scene["company"],
        invoices=scene["invoices"],
        total=scene["total"],
    )
    payment, refund, line = made
    dina = log_in("dina")
    dina.open_transaction(line)
    dina.start_paying()
    # the invoice that waits for the bank is not unpaid: there are four, and the return
    expect(dina.all("invoice-row")).to_have_count(5)
    dina.all("filter-doctype").select_option("Sales Invoice")
    expect(dina.all("invoice-row")).to_have_count(1)
    expect(dina.all("invoice-row")).to_contain_text("-50.000,00")
    dina.all("clear-filters").click()
    dina.select_all()
    expect(dina.all("summary-difference")).to_have_text("170.000,00 short of the statement line")
    dina.all("tab-vouchers").click()
    expect(dina.all("voucher-row")).to_have_attribute("data-name", payment)
    dina.shot("15-existing-payment")
    dina.all("voucher-row").click()
    expect(dina.all("summary-difference")).to_have_text("exactly matches")

    dina.reconcile()  # few enough to be worked within the request

    assert "6 documents" in dina.outcome()
    statuses = desk_bench.inside.value(
        "[office.status(*of) for of in asked]",
        asked=[["Purchase Invoice", name] for name in scene["invoices"]] + [["Bank Transaction", line]],
    )
    assert statuses == ["Paid"] * 5 + ["Reconciled"]
    assert desk_bench.inside.value("office.outstanding('Sales Invoice', name)", name=refund) == 0
