"""Nothing of ERPNext is skipped for speed: a run leaves the rows, and calls the hooks, that invoicing by hand does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

import frappe
import pytest
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice
from frappe.model.document import Document
from frappe.utils import add_days, getdate, nowdate

from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import Run, RunStatus
from tests.erpnext.invoicing.rows import compare
from tests.erpnext.invoicing.seller import Seller
from tests.erpnext.office import ErpOffice
from tests.erpnext.order_stock import tax

Orders = Callable[[Seller], str]


def plain(seller: Seller) -> str:
    return seller.office.sales_order(100.37)


def of_many_lines(seller: Seller) -> str:
    return seller.office.sales_order(33.33, lines=7, line={"qty": 3})


def taxed(seller: Seller) -> str:
    return seller.office.sales_order(99.99, lines=2, taxes=[tax(seller.office)])


def with_an_actual_charge(seller: Seller) -> str:
    charge = {**tax(seller.office), "charge_type": "Actual", "tax_amount": 12.5, "rate": 0}
    return seller.office.sales_order(80, taxes=[charge])


def discounted(seller: Seller) -> str:
    return seller.office.sales_order(250, lines=2, additional_discount_percentage=7.5, taxes=[tax(seller.office)])


def in_dollars(seller: Seller) -> str:
    office = seller.office
    debtors = office.gl_account("Dollar Bank", "Bank", "USD").replace("Dollar Bank", "Dollar Debtors")
    if not frappe.db.exists("Account", debtors):
        parent = f"Accounts Receivable - {office.abbr}"
        of_it = {"account_type": "Receivable", "account_currency": "USD", "parent_account": parent}
        made = {"doctype": "Account", "account_name": "Dollar Debtors", "company": office.company, **of_it}
        frappe.get_doc(made).insert()
    customer = office.customer("Dollar Customer")
    document = frappe.get_doc("Customer", customer)
    if not document.accounts:
        document.default_currency = "USD"
        document.append("accounts", {"company": office.company, "account": debtors})
        document.save()
    return office.sales_order(12.34, customer=customer, currency="USD", conversion_rate=15432.1)


def of_a_project_and_a_seller(seller: Seller) -> str:
    if not frappe.db.exists("Project", {"project_name": "Row Project"}):
        made = {"doctype": "Project", "project_name": "Row Project", "company": seller.office.company}
        frappe.get_doc(made).insert()
    if not frappe.db.exists("Sales Person", "Row Seller"):
        frappe.get_doc({"doctype": "Sales Person", "sales_person_name": "Row Seller"}).insert()
    team = [{"sales_person": "Row Seller", "allocated_percentage": 100}]
    project = frappe.db.get_value("Project", {"project_name": "Row Project"})
    return seller.office.sales_order(64, project=project, sales_team=team, po_no=frappe.generate_hash(length=8))


def partly_billed(seller: Seller) -> str:
    order = seller.office.sales_order(50, line={"qty": 4})
    bill_part(order, 1)
    return order


def delivered(seller: Seller) -> str:
    order = seller.office.sales_order(70, line={"qty": 2})
    deliver(order)
    return order


def overdue(seller: Seller) -> str:
    past = add_days(nowdate(), -40)
    return seller.office.sales_order(70, transaction_date=past, delivery_date=past, line={"delivery_date": past})


def bill_part(order: str, qty: float) -> None:
    made = make_sales_invoice(order)
    made.items[0].qty = qty
    made.insert()
    made.submit()


def deliver(order: str, qty: float | None = None) -> None:
    note = make_delivery_note(order)
    if qty:
        note.items[0].qty = qty
    note.insert()
    note.submit()


def by_hand(orders: Sequence[str], *, submit: bool = True, change: Callable[[Any], None] = lambda made: None) -> None:
    """Invoice orders as a consultant would in the console."""
    for order in orders:
        made = make_sales_invoice(order)
        change(made)
        made.insert()
        if submit:
            made.submit()
    frappe.db.commit()


@contextmanager
def hooks_noted(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Note which document calls which method of its life."""
    called: set[tuple[str, str]] = set()
    run_method = Document.run_method

    def noted(document: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        called.add((document.doctype, method))
        return run_method(document, method, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Document, "run_method", noted)
        yield called


def invoiced(seller: Seller, orders: Sequence[str], **how: Any) -> Run:
    """Have a run invoice orders to its end, however often its worker lets it go."""
    run = seller.accept(orders, **how)
    while seller.app.engine.work(run, holder="test") is Outcome.CONTINUES:
        pass
    return seller.run(run)


def pairs(seller: Seller, kinds: Sequence[Orders]) -> tuple[list[str], list[str]]:
    made = [(kind(seller), kind(seller)) for kind in kinds]
    frappe.db.commit()
    return [one for one, _ in made], [other for _, other in made]


KINDS: tuple[Orders, ...] = (
    *(plain, of_many_lines, taxed, with_an_actual_charge, discounted, in_dollars, of_a_project_and_a_seller),
    *(partly_billed, delivered, overdue),
)


def test_submitted_in_a_run_is_as_inserted_and_submitted_by_hand(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pairs(seller, KINDS)
    with hooks_noted(monkeypatch) as called_by_hand:
        by_hand(ours)
    with hooks_noted(monkeypatch) as called:
        run = invoiced(seller, theirs)
    assert (run.status, run.failed) == (RunStatus.COMPLETED, 0), seller.errors(run.name)
    compared = compare(ours, theirs)
    assert compared.differences == []
    assert compared.rows > len(KINDS) * 10
    # by hand, a Version notes what the second save has changed of the first; here nothing was saved before
    assert {(doctype, method) for doctype, method in called_by_hand if doctype != "Version"} <= called
    assert ("Sales Invoice", "on_submit") in called


def test_a_draft_of_a_run_is_as_one_inserted_by_hand(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pairs(seller, KINDS)
    with hooks_noted(monkeypatch) as called_by_hand:
        by_hand(ours, submit=False)
    with hooks_noted(monkeypatch) as called:
        run = invoiced(seller, theirs, submit=False)
    assert (run.status, run.failed) == (RunStatus.COMPLETED, 0), seller.errors(run.name)
    compared = compare(ours, theirs)
    assert compared.differences == []
    assert compared.rows > len(KINDS) * 5
    assert called_by_hand <= called


def test_another_posting_date_is_as_one_chosen_in_the_form(seller: Seller) -> None:
    ours, theirs = pairs(seller, [plain, taxed])
    day = getdate(add_days(nowdate(), -3))

    def dated(made: Any) -> None:
        made.set_posting_time, made.posting_date = 1, day
        made.due_date = None  # the form asks for it anew
        made.run_method("set_missing_values")

    by_hand(ours, change=dated)
    run = invoiced(seller, theirs, posting_date=day)
    assert run.status is RunStatus.COMPLETED, seller.errors(run.name)
    assert compare(ours, theirs).differences == []


def test_only_what_is_delivered_is_billed(seller: Seller) -> None:
    ours, theirs = pairs(seller, [lambda seller: seller.office.sales_order(70, line={"qty": 5}, lines=2)])
    for order in (*ours, *theirs):
        deliver(order, 2)
    frappe.db.commit()

    def limited(made: Any) -> None:
        made.items[0].qty, made.items[1].qty = 2, 5
        made.run_method("calculate_taxes_and_totals")

    by_hand(ours, change=limited)
    run = invoiced(seller, theirs, only_delivered=True)
    assert run.status is RunStatus.COMPLETED, seller.errors(run.name)
    assert compare(ours, theirs).differences == []


def test_one_invoice_of_several_orders_is_as_erpnext_maps_several(seller: Seller) -> None:
    def of_one_customer() -> list[str]:
        return [plain(seller), of_many_lines(seller), plain(seller)]

    ours, theirs = of_one_customer(), of_one_customer()
    frappe.db.commit()
    made = None
    for order in ours:
        made = make_sales_invoice(order, made)
    made.insert()
    made.submit()
    frappe.db.commit()
    run = invoiced(seller, theirs, one_per_customer=True)
    assert run.status is RunStatus.COMPLETED, seller.errors(run.name)
    assert len({tuple(seller.billing(order)) for order in theirs}) == 1
    assert compare(ours, theirs).differences == []


def test_the_month_of_the_company_is_counted_with_every_invoice(office: ErpOffice) -> None:
    other = ErpOffice("Counted Bench Co")
    seller = Seller(other)
    run = invoiced(seller, seller.orders(23, 100.5))
    assert run.status is RunStatus.COMPLETED, seller.errors(run.name)
    billed = frappe.db.sql(
        "select sum(base_grand_total) from `tabSales Invoice` where docstatus = 1 and company = %s", other.company
    )[0][0]
    assert frappe.db.get_value("Company", other.company, "total_monthly_sales") == billed > 0
