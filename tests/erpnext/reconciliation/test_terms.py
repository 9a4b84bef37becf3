"""Payment terms: paid by instalment where ERPNext does so, and no discount is taken that the bank did not."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.payment_request.payment_request import make_payment_request
from frappe.utils import add_days, nowdate

from imogi_finance.batch.run import RunStatus
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import PURCHASE, SALES, Desk, row

DISCOUNT = {
    "discount_type": "Percentage",
    "discount": 10,
    "discount_validity_based_on": "Day(s) after invoice date",
    "discount_validity": 20,
    "credit_days": 30,
}


def template(*terms: dict[str, Any], by_term: bool) -> str:
    """Make a payment terms template."""
    made = frappe.get_doc({"doctype": "Payment Terms Template", "template_name": frappe.generate_hash(length=8)})
    made.allocate_payment_based_on_payment_terms = int(by_term)
    for term in terms:
        name = frappe.generate_hash(length=8)
        frappe.get_doc({"doctype": "Payment Term", "payment_term_name": name, "invoice_portion": 50, **term}).insert()
        made.append("terms", {"payment_term": name, "invoice_portion": 50, "credit_days": 0, **term})
    return str(made.insert().name)


def schedule(invoice: str) -> list[tuple[float, float]]:
    """Return what of each instalment is paid and outstanding."""
    rows = frappe.get_all("Payment Schedule", {"parent": invoice}, ["paid_amount", "outstanding"], order_by="idx")
    return [(of.paid_amount, of.outstanding) for of in rows]


def test_instalments_are_paid_in_their_order(desk: Desk, office: ErpOffice) -> None:
    terms = template({"credit_days": 5}, {"credit_days": 30}, by_term=True)
    whole, part = (office.purchase_invoice(100, payment_terms_template=terms) for _ in range(2))
    run = desk.reconcile(office.bank_transaction(-170), [row(PURCHASE, whole), row(PURCHASE, part, 70)], per_party=True)
    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    assert schedule(whole) == [(50, 0), (50, 0)]
    assert schedule(part) == [(50, 0), (20, 30)]
    assert (office.outstanding(PURCHASE, whole), office.outstanding(PURCHASE, part)) == (0, 30)
    run = desk.reconcile(office.bank_transaction(-30), [row(PURCHASE, part)])
    assert run.status is RunStatus.COMPLETED, run.error
    assert schedule(part) == [(50, 0), (50, 0)]
    assert office.outstanding(PURCHASE, part) == 0


def test_undoing_gives_the_instalments_back(desk: Desk, office: ErpOffice) -> None:
    terms = template({"credit_days": 5}, {"credit_days": 30}, by_term=True)
    invoice, bad = office.purchase_invoice(100, payment_terms_template=terms), office.purchase_invoice(10)
    run = desk.ask(office.bank_transaction(-110), [row(PURCHASE, invoice), row(PURCHASE, bad)], chunk_size=1)
    office.pay(PURCHASE, bad)
    desk.forget(PURCHASE, bad)
    assert desk.work(run).status is RunStatus.FAILED
    desk.check_books(run)
    assert schedule(invoice) == [(0, 50), (0, 50)]


def test_an_early_payment_discount_is_not_taken(desk: Desk, office: ErpOffice) -> None:
    terms = template(DISCOUNT, {**DISCOUNT, "credit_days": 60}, by_term=False)
    purchase = office.purchase_invoice(100, payment_terms_template=terms)
    sale = office.sales_invoice(100, payment_terms_template=terms)
    for doctype, name, amount in ((PURCHASE, purchase, -100), (SALES, sale, 100)):
        run = desk.reconcile(office.bank_transaction(amount), [row(doctype, name)])
        assert run.status is RunStatus.COMPLETED, run.error
        desk.check_books(run.name)
        payment = frappe.get_doc("Payment Entry", desk.payments(run.name)[0])
        assert (payment.paid_amount, payment.deductions, office.outstanding(doctype, name)) == (100, [], 0)


def test_a_discount_by_term_is_refused_as_erpnext_would_note_it_as_given(desk: Desk, office: ErpOffice) -> None:
    terms = template(DISCOUNT, {"credit_days": 60}, by_term=True)
    invoice = office.purchase_invoice(100, payment_terms_template=terms)
    transaction = office.bank_transaction(-100)
    problems = desk.refused(lambda: desk.ask(transaction, [row(PURCHASE, invoice)]))
    assert [(problem.document, problem.rule) for problem in problems] == [(f"{PURCHASE} {invoice}", "discount_by_term")]


def test_payment_requests_are_settled_too(desk: Desk, office: ErpOffice) -> None:
    invoice = office.purchase_invoice(100, due_date=add_days(nowdate(), 3))
    how = {"submit_doc": True, "mute_email": 1, "return_doc": True}
    asked = make_payment_request(dt=PURCHASE, dn=invoice, party_type="Supplier", party=office.supplier(), **how)
    frappe.db.commit()
    run = desk.reconcile(office.bank_transaction(-100), [row(PURCHASE, invoice)])
    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    assert frappe.db.get_value("Payment Request", asked.name, "status") == "Paid"
