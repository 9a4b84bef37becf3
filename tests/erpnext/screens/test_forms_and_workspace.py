"""What forms, number cards, charts and the workspace ask the server, asked as a plain accounts user."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import frappe
import pytest
from frappe.desk import desktop
from frappe.desk.doctype.dashboard_chart import dashboard_chart
from frappe.desk.doctype.number_card import number_card
from frappe.desk.form.load import getdoctype

from imogi_finance.imogi_finance import api
from tests.erpnext.screens.conftest import Books

WORKSPACE = {"name": "IMOGI Finance", "title": "IMOGI Finance", "public": 1}
CARDS = [
    "Payments Awaiting Bank",
    "Amount Awaiting Bank",
    "Batch Runs in Progress",
    "Batch Runs Needing Attention",
    "Expense Requests to Review",
    "Branch Expense Requests to Review",
]


@pytest.fixture(scope="module")
def books(new_books: Callable[[], Books]) -> Books:
    return new_books()


@pytest.fixture(scope="module")
def payment(books: Books) -> str:
    made = books.pay("Purchase Invoice", 500, days=4)
    books.cover(made, 200, days=1)
    return made


def _clerk(books: Books) -> str:
    """A plain accounts user whose company is the test's."""
    clerk = books.office.user("forms-clerk", "Accounts User")
    frappe.defaults.set_user_default("company", books.office.company, clerk)
    frappe.db.commit()
    return clerk


def test_a_payment_tells_how_much_of_it_the_statement_covers(books: Books, payment: str) -> None:
    line = frappe.db.get_value("Bank Transaction Payments", {"payment_entry": payment}, "parent")
    frappe.set_user(_clerk(books))
    assert api.payment_coverage(payment_entry=payment) == {
        "amount": 500,
        "covered": 200,
        "awaited": 300,
        "currency": "IDR",
        "transactions": [line],
    }


def test_an_invoice_tells_which_payments_wait(books: Books, payment: str) -> None:
    invoice = frappe.db.get_value("Payment Entry Reference", {"parent": payment}, "reference_name")
    frappe.set_user(_clerk(books))
    (found,) = api.waiting_payments(doctype="Purchase Invoice", name=invoice)
    assert (found["name"], found["allocated_amount"]) == (payment, 500)
    assert (found["bank_account"], found["posting_date"]) == (books.office.bank_account, books.day(4))

    frappe.set_user("Administrator")
    cash = books.office.purchase_invoice(30)
    books.office.pay("Purchase Invoice", cash, account="cash")
    assert api.waiting_payments(doctype="Purchase Invoice", name=cash) == []


def test_nobody_is_told_of_documents_he_may_not_read(books: Books, payment: str) -> None:
    invoice = frappe.db.get_value("Payment Entry Reference", {"parent": payment}, "reference_name")
    # May read purchase invoices, not payments: the invoice's form says nothing of them.
    buyer, stranger = (
        books.office.user("forms-buyer", "Purchase User"),
        books.office.user("forms-stranger", "Stock User"),
    )
    frappe.set_user(buyer)
    assert api.waiting_payments(doctype="Purchase Invoice", name=invoice) == []
    with pytest.raises(frappe.PermissionError):
        api.payment_coverage(payment_entry=payment)
    frappe.set_user(stranger)
    with pytest.raises(frappe.PermissionError):
        api.waiting_payments(doctype="Purchase Invoice", name=invoice)
    with pytest.raises(frappe.ValidationError):
        api.waiting_payments(doctype="User", name="Administrator")


def test_number_cards_answer_a_plain_accounts_user(books: Books, payment: str) -> None:
    frappe.set_user(_clerk(books))
    assert set(frappe.get_list("Number Card", {"name": ("in", CARDS)}, pluck="name")) == set(CARDS)
    figures = {name: _figure(name) for name in CARDS}
    assert figures["Payments Awaiting Bank"]["value"] == 1
    amount = figures["Amount Awaiting Bank"]
    assert (amount["value"], amount["route_options"]) == (300, {"company": books.office.company})
    for name in CARDS[2:]:
        assert figures[name] >= 0, name


def test_the_workspace_shows_a_plain_accounts_user_its_parts(books: Books, payment: str) -> None:
    frappe.set_user(_clerk(books))
    frappe.clear_cache(user=frappe.session.user)
    assert "IMOGI Finance" in [page["name"] for page in desktop.get_workspace_sidebar_items()["pages"]]
    page = desktop.get_desktop_page(json.dumps(WORKSPACE))
    assert [one.number_card_name for one in page["number_cards"]["items"]] == _in_order(
        "number_cards", "number_card_name"
    )
    assert [one.chart_name for one in page["charts"]["items"]] == _in_order("charts", "chart_name")
    shortcuts = [one["link_to"] for one in page["shortcuts"]["items"]]
    assert shortcuts == [
        "Sales Order",
        "batch-invoicing",
        "Batch Run",
        "Payments Awaiting Bank Reconciliation",
        "Expense Request",
        "Branch Expense Request",
        "IMOGI Finance Settings",
    ]  # ERPNext opens its Bank Reconciliation Tool to a System Manager only


def test_everything_named_in_the_workspace_exists() -> None:
    doc = frappe.get_doc("Workspace", "IMOGI Finance")
    named = {block["data"].get(f"{block['type']}_name") for block in json.loads(doc.content)}
    shown = {row.label for row in [*doc.shortcuts, *doc.charts, *doc.number_cards]}
    assert shown <= named  # what is not in the content is not drawn
    for row in [*doc.shortcuts, *(link for link in doc.links if link.type == "Link")]:
        kind = row.type if row in doc.shortcuts else row.link_type
        assert frappe.db.exists(kind, row.link_to), row.link_to


def test_charts_answer_with_and_without_documents(books: Books, payment: str) -> None:
    frappe.set_user(_clerk(books))
    by_day = dashboard_chart.get(chart_name="Batch Runs over Time", refresh=1)
    assert len(by_day["labels"]) == len(by_day["datasets"][0]["values"]) > 10
    chart = frappe.get_doc("Dashboard Chart", "Awaiting by Bank Account")
    filters = json.loads(chart.filters_json) | {"company": books.office.company}
    report = _report(chart.report_name, filters)
    assert report["chart"]["data"]["labels"] == ["Current Account"]
    frappe.set_user("Administrator")
    empty = _report(chart.report_name, json.loads(chart.filters_json) | {"company": _company_without_payments()})
    assert (empty["result"], empty["chart"]) == ([], None)


def test_form_scripts_reach_the_browser_beside_those_of_erpnext() -> None:
    for doctype, ours in (
        ("Payment Entry", "api.payment_coverage"),
        ("Purchase Invoice", "api.waiting_payments"),
        ("Sales Invoice", "api.waiting_payments"),
        ("Batch Run", "attachToBatchRun"),
        ("IMOGI Finance Settings", "say_what_holds"),
    ):
        getdoctype(doctype)
        meta = next(doc for doc in frappe.response.docs if doc.name == doctype)
        assert ours in meta.get("__js"), doctype
        if doctype == "Payment Entry":
            assert 'frappe.ui.form.on("Payment Entry", {' in meta.get("__js").split("payment_coverage")[0]
            assert "shows_awaiting_bank" in meta.get("__list_js")
        frappe.response.docs = []


def _figure(name: str) -> Any:
    card = frappe.get_doc("Number Card", name)
    assert card.has_permission("read")
    if card.type == "Custom":
        return frappe.get_attr(card.method)(filters=card.filters_json)
    return number_card.get_result(card.as_json(), card.filters_json)


def _in_order(table: str, field: str) -> list[str]:
    return [row.get(field) for row in frappe.get_doc("Workspace", "IMOGI Finance").get(table)]


def _report(name: str, filters: dict[str, Any]) -> dict[str, Any]:
    from frappe.desk.query_report import run

    return run(name, filters=json.dumps(filters), ignore_prepared_report=True)


def _company_without_payments() -> str:
    paying = frappe.get_all("Payment Entry", distinct=True, pluck="company")
    return str(frappe.db.get_value("Company", {"name": ("not in", paying or [""])}, "name") or "")
