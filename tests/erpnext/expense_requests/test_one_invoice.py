"""One live invoice a request, whoever makes it and however; and only one that was approved."""

from __future__ import annotations

import threading
from typing import Any

import frappe
import pytest

from imogi_finance.expense_requests import api
from tests.erpnext.expense_requests.conftest import KINDS, LINK, Desk
from tests.erpnext.office import ErpOffice, connect

both = pytest.mark.parametrize("kind", KINDS)


@both
def test_a_second_live_invoice_is_refused_and_names_the_first(desk: Desk, kind: str) -> None:
    request, invoice = desk.invoiced(kind, submit=False)
    with pytest.raises(frappe.ValidationError, match=invoice):
        desk.invoice(kind, request)
    frappe.db.rollback()
    with pytest.raises(frappe.ValidationError, match=invoice), desk.acting(desk.sari):
        by_hand(desk, kind, request).insert()
    frappe.db.rollback()

    other = desk.office.purchase_invoice(100, submit=False)
    with pytest.raises(frappe.ValidationError, match=invoice), desk.acting(desk.sari):
        frappe.get_doc("Purchase Invoice", other).update({LINK[kind]: request}).save()
    frappe.db.rollback()
    assert desk.shown(kind, request) == ("PI Created", invoice)

    copy = frappe.copy_doc(frappe.get_doc("Purchase Invoice", invoice), ignore_no_copy=False)
    assert copy.get(LINK[kind]) is None  # a duplicate is no invoice of the request


@both
def test_a_link_set_by_hand_counts_and_one_that_is_cleared_does_not(desk: Desk, kind: str) -> None:
    first, second = desk.approved(kind), desk.approved(kind)
    with desk.acting(desk.sari):
        invoice = by_hand(desk, kind, first).insert()
    assert desk.shown(kind, first) == ("PI Created", invoice.name)

    with desk.acting(desk.sari):
        invoice.update({LINK[kind]: second}).save()
    assert (desk.shown(kind, first), desk.shown(kind, second)) == (("Approved", None), ("PI Created", invoice.name))

    with desk.acting(desk.sari):
        invoice.update({LINK[kind]: None}).save()
    assert desk.shown(kind, second) == ("Approved", None)


def test_of_two_invoices_made_at_once_only_one_is_kept(desk: Desk) -> None:
    kind = "Expense Request"
    request = desk.approved(kind)
    site, outcomes = frappe.local.site, []
    together = threading.Barrier(2)

    def make() -> None:
        connect(site)
        try:
            frappe.set_user(desk.sari)
            frappe.db.sql("select count(*) from `tabPurchase Invoice`")  # both have looked before either makes one
            together.wait(20)
            outcomes.append(api.create_purchase_invoice(doctype=kind, name=request)["name"])
            frappe.db.commit()
        except frappe.ValidationError as refused:
            outcomes.append(refused)
        finally:
            frappe.destroy()

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    made = [one for one in outcomes if isinstance(one, str)]
    assert len(outcomes) == 2
    assert len(made) == 1
    assert "has an invoice already" in str(next(one for one in outcomes if not isinstance(one, str)))
    frappe.db.rollback()
    assert frappe.get_all("Purchase Invoice", {LINK[kind]: request}, pluck="name") == made
    assert desk.shown(kind, request) == ("PI Created", made[0])


@both
def test_an_invoice_keeps_to_what_was_approved(desk: Desk, kind: str) -> None:
    request = desk.approved(kind, 100)
    abroad = ErpOffice("Imogi Second Co")
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"amount": 100.01}, "above the"),
        ({"company": abroad}, "Imogi Second Co"),
    ]
    if kind == "Expense Request":
        refusals.append(({"supplier": desk.office.supplier("Somebody Else")}, "Somebody Else"))
    for how, message in refusals:
        with pytest.raises(frappe.ValidationError, match=message):
            by_hand(desk, kind, request, **how).insert()
        frappe.db.rollback()
    assert desk.shown(kind, request) == ("Approved", None)

    with desk.acting(desk.sari):
        less = by_hand(desk, kind, request, amount=99.5).insert()
    assert desk.shown(kind, request) == ("PI Created", less.name)


@both
@pytest.mark.parametrize("state", ["Draft", "Pending Review", "Cancelled"])
def test_no_invoice_without_an_approved_request(desk: Desk, kind: str, state: str) -> None:
    request = desk.approved(kind) if state == "Cancelled" else desk.ask(kind)
    if state == "Pending Review":
        desk.act(desk.ana, kind, request, "Submit for Review")
    elif state == "Cancelled":
        desk.act(desk.rudi, kind, request, "Cancel")
    with pytest.raises(frappe.ValidationError, match="not approved"):
        desk.invoice(kind, request)
    frappe.db.rollback()
    with pytest.raises(frappe.ValidationError, match=r"not approved|Cannot link cancelled"):
        by_hand(desk, kind, request).insert()
    frappe.db.rollback()
    assert not frappe.db.exists("Purchase Invoice", {LINK[kind]: request})


def test_no_debit_note_and_no_invoice_of_two_requests(desk: Desk) -> None:
    first, second = desk.approved(KINDS[0]), desk.approved(KINDS[1])
    with pytest.raises(frappe.ValidationError, match="names two requests"):
        by_hand(desk, KINDS[0], first, **{LINK[KINDS[1]]: second}).insert()
    with pytest.raises(frappe.ValidationError, match="debit note"):
        by_hand(desk, KINDS[0], first, is_return=1).insert()


@both
def test_who_may_make_the_invoice(desk: Desk, kind: str) -> None:
    request = desk.approved(kind)
    supplier = None if kind == "Expense Request" else desk.supplier
    for user in (desk.ana, desk.rudi, "Guest"):  # no permission to make Purchase Invoices
        with pytest.raises(frappe.PermissionError), desk.acting(user):
            api.create_purchase_invoice(doctype=kind, name=request, supplier=supplier)
    buyer = desk.office.user("buyer", "Purchase User")  # may make invoices, but not see requests
    with pytest.raises(frappe.PermissionError), desk.acting(buyer):
        api.create_purchase_invoice(doctype=kind, name=request, supplier=supplier)
    with pytest.raises(frappe.PermissionError), desk.acting(buyer):
        by_hand(desk, kind, request).insert()

    ErpOffice("Imogi Second Co")
    elsewhere = desk.office.user("elsewhere", "Accounts User")
    restriction = {"doctype": "User Permission", "user": elsewhere, "allow": "Company", "for_value": "Imogi Second Co"}
    if not frappe.db.exists(restriction):
        frappe.get_doc(restriction).insert()
        frappe.db.commit()
    with desk.acting(elsewhere):
        assert not frappe.has_permission(kind, "read", request)
    for call in (
        lambda: api.create_purchase_invoice(doctype=kind, name=request, supplier=supplier),
        lambda: api.linked_documents(doctype=kind, name=request),
    ):
        with pytest.raises(frappe.PermissionError), desk.acting(elsewhere):
            call()
    frappe.db.rollback()
    assert desk.shown(kind, request) == ("Approved", None)


def test_the_supplier_of_a_branch_s_request_is_asked_for(desk: Desk) -> None:
    request = desk.approved("Branch Expense Request")
    with pytest.raises(frappe.ValidationError, match="names no supplier"), desk.acting(desk.sari):
        api.create_purchase_invoice(doctype="Branch Expense Request", name=request)
    with pytest.raises(frappe.ValidationError, match="There is no Supplier"), desk.acting(desk.sari):
        api.create_purchase_invoice(doctype="Branch Expense Request", name=request, supplier="Nobody at All")
    own = desk.approved("Expense Request")
    with pytest.raises(frappe.ValidationError, match="was approved for supplier"), desk.acting(desk.sari):
        api.create_purchase_invoice(doctype="Expense Request", name=own, supplier=desk.office.supplier("Somebody Else"))


@both
def test_a_request_with_a_live_invoice_is_neither_cancelled_nor_deleted(desk: Desk, kind: str) -> None:
    request, draft = desk.invoiced(kind, submit=False)
    with pytest.raises(frappe.ValidationError, match=f"{draft}.*Delete that draft"):
        desk.act(desk.rudi, kind, request, "Cancel")
    frappe.db.rollback()
    with desk.acting(desk.sari):
        frappe.get_doc("Purchase Invoice", draft).submit()
    with pytest.raises(frappe.ValidationError, match=f"{draft}.*Cancel that invoice"), desk.acting(desk.rudi):
        frappe.get_doc(kind, request).cancel()
    frappe.db.rollback()
    with desk.acting(desk.sari):
        frappe.get_doc("Purchase Invoice", draft).cancel()
        frappe.delete_doc("Purchase Invoice", draft)
    desk.act(desk.rudi, kind, request, "Cancel")
    frappe.delete_doc(kind, request)
    frappe.db.commit()
    assert not frappe.db.exists(kind, request)


def by_hand(
    desk: Desk, kind: str, request: str, *, amount: float = 100, company: ErpOffice | None = None, **how: Any
) -> Any:
    """Return an unsaved invoice as the Purchase Invoice form makes it, linked to a request by hand."""
    office = company or desk.office
    invoice = frappe.new_doc("Purchase Invoice")
    invoice.update({"company": office.company, "supplier": desk.supplier, LINK[kind]: request, **how})
    line = {"item_code": office.item, "qty": -1 if how.get("is_return") else 1, "rate": amount}
    invoice.append("items", {**line, "expense_account": office.expense_gl, "cost_center": office.cost_center})
    invoice.set_missing_values()
    return invoice
