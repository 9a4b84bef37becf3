"""What the Desk shows of waiting payments and of runs, in a browser: forms, lists, report, workspace; two languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.bench.desk.conftest import LogIn
from tests.bench.workbench import Workbench

REPORT = "/app/query-report/Payments Awaiting Bank Reconciliation"
CLERK, INDONESIAN = "screens-clerk", "screens-orang"


@pytest.fixture(scope="module")
def paid(desk_bench: Workbench) -> dict[str, str]:
    """Two payments of one company: one waits for the bank in part, one in full; and a clerk who works there."""
    return dict(
        desk_bench.inside(
            """
from tests.erpnext.screens.conftest import Books
books = Books(office)
part = books.pay("Purchase Invoice", 900_000, days=12)
line = books.cover(part, 400_000, days=2)
whole = books.pay("Purchase Invoice", 250_000, days=3, account=books.second_gl)
invoice = frappe.db.get_value("Payment Entry Reference", {"parent": part}, "reference_name")
clerk = office.user("screens-clerk", "Accounts User", "Accounts Manager", "Bulk Reconciliation User")
orang = office.user("screens-orang", "Accounts User")
frappe.db.set_value("User", orang, "language", "id")
for user in (clerk, orang):
    frappe.defaults.set_user_default("company", office.company, user)
answer = dict(part=part, whole=whole, invoice=invoice, line=line, clerk=clerk)
"""
        )
    )


def test_a_payment_and_its_invoice_say_that_they_wait(
    desk_bench: Workbench, log_in: LogIn, paid: dict[str, str]
) -> None:
    page = _open(log_in, CLERK, f"/app/payment-entry/{paid['part']}")
    expect(page.locator(".title-area .indicator-pill:visible")).to_have_text("Waiting for bank reconciliation")
    comment = page.locator(".imogi-awaiting-bank:visible")
    expect(comment).to_contain_text("for 12 days")
    expect(comment).to_contain_text(re.compile(r"covers Rp 400.000,00 of Rp 900.000,00 so far"))
    expect(comment).to_contain_text(re.compile(r"Rp 500.000,00 is still awaited"))
    expect(comment.get_by_role("link", name=paid["line"])).to_be_visible()

    page.goto(f"{desk_bench.url}/app/purchase-invoice/{paid['invoice']}")
    comment = page.locator(".imogi-awaiting-bank:visible")
    expect(comment).to_contain_text("it need not be paid again")
    comment.get_by_role("link", name=paid["part"]).click()
    # Back on the payment; the rest of it comes on the statement, and nothing waits any more.
    expect(page.locator(".imogi-awaiting-bank:visible")).to_contain_text("still awaited")
    desk_bench.inside(
        "from tests.erpnext.screens.conftest import Books\nBooks(office).cover(part, 500_000, days=0)",
        part=paid["part"],
    )
    page.evaluate("cur_frm.reload_doc()")
    expect(page.locator(".title-area .indicator-pill:visible")).to_have_text("Submitted")
    expect(page.locator(".imogi-awaiting-bank:visible")).to_have_count(0)


def test_the_list_tells_waiting_payments_apart(desk_bench: Workbench, log_in: LogIn, paid: dict[str, str]) -> None:
    cash = desk_bench.inside("answer = office.pay('Purchase Invoice', office.purchase_invoice(10_000), account='cash')")
    page = _open(log_in, CLERK, "/app/payment-entry")
    waiting, done = _row(page, paid["whole"]), _row(page, cash)
    expect(waiting.locator(".indicator-pill").first).to_have_text("Awaiting Bank")
    expect(done.locator(".indicator-pill").first).to_have_text("Submitted")
    page.locator("input[data-fieldname=awaiting_bank_reconciliation]").check()
    expect(done).to_have_count(0)
    expect(waiting).to_be_visible()


def _open(log_in: LogIn, user: str, path: str) -> Page:
    screen = log_in(user, height=1000)
    screen.page.goto(f"{screen.url}{path}")
    return screen.page


def _row(page: Page, name: str) -> Locator:
    return page.locator(".list-row-container").filter(has=page.locator(f'[data-name="{name}"]'))


def test_the_report_shows_totals_chart_and_payments(log_in: LogIn, paid: dict[str, str]) -> None:
    page = _open(log_in, CLERK, REPORT)
    expect(page.locator(".dt-row").filter(has_text=paid["whole"])).to_be_visible()
    expect(page.locator(".dt-row").filter(has_text="Second Account (1)")).to_contain_text("250.000,00")
    expect(page.locator(".report-summary .summary-item").filter(has_text="Still awaited")).to_be_visible()
    expect(page.locator('.chart-wrapper .bar:not([height="0"])').first).to_be_visible()
    page.locator(".dt-row").filter(has_text=paid["whole"]).get_by_role("link", name=paid["whole"]).click()
    expect(page).to_have_url(re.compile(f"payment-entry/{paid['whole']}$"))


def test_the_workspace_speaks_indonesian_to_who_does(log_in: LogIn, paid: dict[str, str]) -> None:
    page = _open(log_in, INDONESIAN, "/app/imogi-finance")
    cards = page.locator(".number-widget-box")
    expect(cards).to_have_count(6)
    expect(cards.filter(has_text="Pembayaran Menunggu Bank").locator(".number")).to_have_text(re.compile(r"^[1-9]"))
    expect(cards.filter(has_text="Jumlah Menunggu Bank").locator(".number")).to_contain_text("Rp")
    expect(page.locator('.dashboard-widget-box .bar:not([height="0"])').first).to_be_visible()
    expect(page.get_by_text("Proses Massal dari Waktu ke Waktu")).to_be_visible()
    cards.filter(has_text="Jumlah Menunggu Bank").locator(".number").click()
    expect(page.locator(".dt-row").filter(has_text=paid["whole"])).to_be_visible()


def _ask_for_a_run(bench: Workbench, clerk: str, count: int, *, spoilt: bool = False) -> dict[str, str]:
    """Have the clerk ask for a run that a worker must do; where it is to be spoilt, an invoice is cancelled."""
    return dict(
        bench.inside(
            """
from imogi_finance.erpnext_adapter.composition import compose
names = [office.purchase_invoice(1_000 + n) for n in range(count)]
line = office.bank_transaction(-sum(1_000 + n for n in range(count)))
frappe.set_user(clerk)
rows = [{"doctype": "Purchase Invoice", "name": name} for name in names]
run = compose().reconciliation.create_payment_entries_bulk(line, rows, user=clerk, in_request=False).run.name
frappe.set_user("Administrator")
if spoilt:
    frappe.get_doc("Purchase Invoice", names[-1]).cancel()
answer = {"run": run, "last": names[-1], "line": line}
""",
            clerk=clerk,
            count=count,
            spoilt=spoilt,
        )
    )


def test_a_run_is_followed_live_on_its_form(desk_bench: Workbench, log_in: LogIn, paid: dict[str, str]) -> None:
    asked = _ask_for_a_run(desk_bench, paid["clerk"], 22)
    page = _open(log_in, CLERK, f"/app/batch-run/{asked['run']}")
    panel = page.locator(".imogi-run-panel")
    expect(panel.get_by_test_id("progress-bar")).to_be_visible()
    expect(page.locator(".title-area .indicator-pill:visible")).to_have_text("Pending")
    expect(panel.get_by_role("button", name="Pending 22")).to_be_visible()
    expect(panel.get_by_test_id("run-item")).to_have_count(20)
    expect(page.locator(".page-actions .primary-action:visible")).to_have_count(0)  # nothing to save

    with desk_bench.worker():
        expect(panel.get_by_test_id("progress-outcome")).to_contain_text("22 documents")

    expect(page.locator(".title-area .indicator-pill:visible")).to_have_text("Completed")
    panel.get_by_role("button", name="Succeeded 22").click()
    panel.get_by_role("button", name="Next").click()
    expect(panel.get_by_text(re.compile(r"^21.22 of 22$"))).to_be_visible()
    payment = desk_bench.inside(
        "answer = frappe.db.get_value('Batch Run Item', {'run': run, 'reference_name': last}, 'result_name')",
        **_only(asked),
    )
    row = panel.get_by_test_id("run-item").filter(has_text=asked["last"])
    expect(row.get_by_role("link", name=payment)).to_be_visible()
    row.get_by_role("link", name=asked["last"]).click()
    expect(page).to_have_url(re.compile(f"purchase-invoice/{asked['last']}$"))
    expect(page.locator(".title-area .indicator-pill:visible")).to_have_text("Paid")


def test_a_failed_run_names_the_document_and_can_be_tried_again(
    desk_bench: Workbench, log_in: LogIn, paid: dict[str, str]
) -> None:
    asked = _ask_for_a_run(desk_bench, paid["clerk"], 3, spoilt=True)
    screen = log_in(CLERK, height=1000)
    screen.forgiven.append("batch.api.retry")
    page = screen.page
    page.goto(f"{screen.url}/app/batch-run/{asked['run']}")
    panel = page.locator(".imogi-run-panel")
    with desk_bench.worker():
        expect(panel.get_by_test_id("progress-outcome")).to_contain_text("undone")
    panel.get_by_role("button", name="Failed 1").click()
    rows = panel.get_by_test_id("run-item")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(asked["last"])
    expect(rows).to_contain_text("cancelled or removed")
    # Nothing has changed: the same request is refused, and the reason stands beside the button.
    panel.get_by_role("button", name="Try again").click()
    expect(panel.get_by_role("alert").filter(has_text=asked["last"])).to_be_visible()


def test_a_run_is_cancelled_from_its_form(desk_bench: Workbench, log_in: LogIn, paid: dict[str, str]) -> None:
    asked = _ask_for_a_run(desk_bench, paid["clerk"], 2)
    page = _open(log_in, CLERK, f"/app/batch-run/{asked['run']}")
    page.get_by_test_id("progress-cancel").click()
    page.get_by_test_id("progress-cancel-confirm").click()
    expect(page.locator(".title-area .indicator-pill:visible")).to_have_text("Cancelled")
    expect(page.locator(".imogi-run-panel").get_by_role("button", name="Skipped 2")).to_be_visible()


def test_runs_are_listed_and_made_by_nobody(desk_bench: Workbench, log_in: LogIn, paid: dict[str, str]) -> None:
    asked = _ask_for_a_run(desk_bench, paid["clerk"], 1)
    page = _open(log_in, CLERK, "/app/batch-run")
    row = _row(page, asked["run"])
    expect(row.locator(".indicator-pill").first).to_have_text("Pending")
    expect(row).to_contain_text("0 of 1")
    expect(page.locator(".page-actions .primary-action:visible")).to_have_count(0)
    with desk_bench.worker():  # the list follows by itself
        expect(row.locator(".indicator-pill").first).to_have_text("Completed")


def _only(asked: dict[str, str]) -> dict[str, str]:
    return {name: asked[name] for name in ("run", "last")}
