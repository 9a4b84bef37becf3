"""Requests in the Desk, each person in a browser of their own: asked, reviewed, invoiced, paid, and taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.bench.desk.conftest import LogIn
from tests.bench.desk.screen import Screen
from tests.bench.workbench import Workbench

LOOKS, LOOK_MS = 12, 5_000
PEOPLE = "from tests.erpnext.expense_requests.conftest import Desk\ndesk = Desk(office)\n"


@pytest.fixture(scope="module")
def place(desk_bench: Workbench) -> dict[str, Any]:
    """Where they work: ana asks, rudi approves, sari keeps the books."""
    of_the_office = "company=office.company, account=office.expense_gl, supplier=desk.supplier, branch=desk.branch"
    return dict(desk_bench.inside(f"{PEOPLE}answer = dict({of_the_office}, item=office.item)"))


def test_an_expense_request_from_the_form_to_paid(desk_bench: Workbench, log_in: LogIn, place: dict[str, Any]) -> None:
    ana, rudi, sari = log_in("ana"), log_in("rudi"), log_in("sari")
    sari.forgiven.append("field warehouse_section not found")  # ERPNext's own form of a Purchase Invoice
    fill_in(ana, "expense-request", {"company": place["company"], "supplier": place["supplier"]})
    fill_row(ana, {"expense_account": place["account"], "description": "Rent for December", "amount": 1_500_000})
    expect(field(ana, "total")).to_contain_text("1.500.000,00")
    request = save(ana)
    expect(pill(ana)).to_have_text("Draft")
    ana.shot("request-draft")
    act(ana, "Submit for Review")
    expect(pill(ana)).to_have_text("Pending Review")

    show(rudi, "expense-request", request)
    expect(rudi.page.get_by_text("Being reviewed: it cannot be changed")).to_be_visible()
    assert not rudi.page.locator("[data-fieldname=supplier] input:visible").count()
    act(rudi, "Approve")
    expect(pill(rudi)).to_have_text("Approved")
    assert rudi.page.get_by_role("button", name="Create Purchase Invoice").count() == 0  # rudi may make none

    show(sari, "expense-request", request)
    sari.shot("request-approved")
    sari.page.get_by_role("button", name="Create Purchase Invoice").click()
    invoice = invoice_on_the_form(sari)
    assert sari.page.evaluate("name => locals['Purchase Invoice'][name].imogi_expense_request", invoice) == request

    payment = desk_bench.inside(
        f"""{PEOPLE}
frappe.get_doc("Purchase Invoice", invoice).submit()
answer = desk.pay(invoice, "bank")
""",
        invoice=invoice,
    )
    show(sari, "expense-request", request)
    expect(pill(sari)).to_have_text("PI Created")
    expect(linked(sari, payment)).to_contain_text("Waiting for the bank")
    expect(linked(sari, invoice)).to_contain_text("Unpaid")
    sari.shot("request-waiting")
    desk_bench.inside(f"{PEOPLE}desk.reconcile(payment, 1_500_000)", payment=payment)
    reload(sari)
    expect(pill(sari)).to_have_text("Paid")
    expect(linked(sari, payment)).not_to_contain_text("Waiting")
    expect(sari.page.locator('.document-link[data-doctype="Payment Entry"] .count')).to_have_text("1")
    sari.shot("request-paid")

    ana.page.goto(f"{ana.url}/app/expense-request")
    row = ana.page.locator(".list-row-container").filter(has=ana.page.locator(f'[data-name="{request}"]'))
    expect(row.locator(".indicator-pill").first).to_have_text("Paid")
    ana.shot("request-list")


def test_a_branch_s_request_asks_for_the_supplier_and_outlives_its_invoice(
    desk_bench: Workbench, log_in: LogIn, place: dict[str, Any]
) -> None:
    ana, rudi, sari = log_in("ana"), log_in("rudi"), log_in("sari")
    sari.forgiven.append("field warehouse_section not found")  # ERPNext's own form of a Purchase Invoice
    fill_in(ana, "branch-expense-request", {name: place[name] for name in ("company", "branch")})
    ana.page.evaluate("cur_frm.set_value('purpose', 'Three printers broke down')")
    fill_row(ana, {"item_code": place["item"], "quantity": 3, "rate": 250_000, "expense_account": place["account"]})
    expect(field(ana, "total")).to_contain_text("750.000,00")
    request = save(ana)
    act(ana, "Submit for Review")
    show(rudi, "branch-expense-request", request)
    act(rudi, "Reject")
    expect(pill(rudi)).to_have_text("Rejected")
    reload(ana)
    expect(ana.page.get_by_text("Reopen it to change it")).to_be_visible()
    act(ana, "Reopen")
    expect(ana.page.locator("[data-fieldname=purpose] textarea:visible")).to_be_editable()
    act(ana, "Submit for Review")
    reload(rudi)
    expect(pill(rudi)).to_have_text("Pending Review")
    act(rudi, "Approve")

    show(sari, "branch-expense-request", request)
    sari.page.get_by_role("button", name="Create Purchase Invoice").click()
    supplier = sari.page.locator(".modal:visible input[data-fieldname=supplier]")
    supplier.fill(place["supplier"])
    sari.page.get_by_role("option", name=place["supplier"]).first.click()
    sari.page.locator(".modal:visible .btn-modal-primary").click()
    invoice = invoice_on_the_form(sari)
    desk_bench.inside("frappe.get_doc('Purchase Invoice', invoice).submit()", invoice=invoice)

    rudi.forgiven += ["417", "Traceback", "undefined"]  # the refusal
    reload(rudi)
    expect(pill(rudi)).to_have_text("PI Created")
    act(rudi, "Cancel")
    expect(rudi.page.locator(".modal:visible")).to_contain_text("Cancel that invoice first.")

    show(sari, "purchase-invoice", invoice)
    sari.page.locator(".page-actions:visible").get_by_role("button", name="Cancel", exact=True).click()
    # Frappe lists what would be cancelled with it; the request is not among them.
    expect(sari.page.locator(".modal:visible")).to_contain_text(f"Permanently Cancel {invoice}?")
    sari.page.locator(".modal:visible .btn-primary").click()
    expect(pill(sari)).to_have_text("Cancelled")
    show(sari, "branch-expense-request", request)
    expect(pill(sari)).to_have_text("Approved")
    expect(sari.page.get_by_role("button", name="Create Purchase Invoice")).to_be_visible()


def invoice_on_the_form(screen: Screen) -> str:
    """Wait for the form of a saved Purchase Invoice; return its name.

    Both in one look: Frappe loads the changed request anew, and its form may be ``cur_frm`` a moment later.
    """
    shown = "window.cur_frm?.doctype === 'Purchase Invoice' && !cur_frm.is_new() && cur_frm.doc.name"
    return str(screen.page.wait_for_function(shown).json_value())


def fill_in(screen: Screen, route: str, values: dict[str, Any]) -> None:
    """Open a new document's form and fill in its fields, as the one who may choose them."""
    screen.page.goto(f"{screen.url}/app/{route}/new")
    screen.page.wait_for_function("window.cur_frm?.is_new() && cur_frm.cscript")
    for name, value in values.items():
        screen.page.evaluate("([name, value]) => cur_frm.set_value(name, value)", [name, value])
    screen.page.evaluate("frappe.after_ajax()")


def fill_row(screen: Screen, values: dict[str, Any]) -> None:
    """Fill in the first row of the items."""
    screen.page.evaluate(
        """async (values) => {
            const row = cur_frm.doc.items?.[0] ?? cur_frm.add_child("items");
            for (const [name, value] of Object.entries(values)) {
                await frappe.model.set_value(row.doctype, row.name, name, value);
            }
            cur_frm.refresh_field("items");
        }""",
        values,
    )


def save(screen: Screen) -> str:
    """Press Save; return the document's name."""
    screen.page.locator(".page-actions:visible").get_by_role("button", name="Save").click()
    saved = "window.cur_frm && !cur_frm.is_new() && !cur_frm.is_dirty() && cur_frm.doc.name"
    return str(screen.page.wait_for_function(saved).json_value())


def show(screen: Screen, route: str, name: str) -> None:
    """Open a document's form."""
    screen.page.goto(f"{screen.url}/app/{route}/{name}")
    screen.page.wait_for_function("name => window.cur_frm?.doc?.name === name && cur_frm.cscript", arg=name)


def act(screen: Screen, action: str) -> None:
    """Take an action of the workflow."""
    button = screen.page.locator(".actions-btn-group:visible button").first
    entry = screen.page.locator(".actions-btn-group .dropdown-menu:visible").get_by_text(action, exact=True)
    with screen.page.expect_response(re.compile("apply_workflow")):
        for _ in range(LOOKS):
            button.click()
            try:
                entry.click(timeout=LOOK_MS)
                break
            except PlaywrightTimeout:  # the form was drawn anew just then, and with it the menu was closed
                continue
    screen.page.evaluate("frappe.after_ajax()")


def reload(screen: Screen) -> None:
    """Load the document that is shown anew."""
    screen.page.wait_for_function("window.cur_frm?.doc && cur_frm.cscript")
    screen.page.evaluate("cur_frm.reload_doc()")


def pill(screen: Screen) -> Locator:
    """The indicator beside the title."""
    return screen.page.locator(".title-area .indicator-pill:visible")


def field(screen: Screen, name: str) -> Locator:
    return screen.page.locator(f"[data-fieldname={name}] .control-value:visible")


def linked(screen: Screen, name: str) -> Locator:
    """The row of an invoice or payment in the form's table."""
    page: Page = screen.page
    return page.locator(".imogi-linked:visible tr").filter(has_text=re.compile(rf"{name}(?!-)"))
