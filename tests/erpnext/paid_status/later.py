"""What users do to payments and invoices that are submitted already: allocate, take off, post anew, give back."""

from __future__ import annotations

import json
from typing import Any

import frappe
from erpnext.accounts.doctype.journal_entry.journal_entry import get_payment_entry_against_invoice
from erpnext.accounts.doctype.process_payment_reconciliation import process_payment_reconciliation as process
from erpnext.accounts.doctype.repost_payment_ledger.repost_payment_ledger import start_payment_ledger_repost
from erpnext.accounts.doctype.unreconcile_payment.unreconcile_payment import create_unreconcile_doc_for_selection
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from frappe.utils import nowdate

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk

PARTY = {
    "Purchase Invoice": ("Supplier", "supplier", "credit_to"),
    "Sales Invoice": ("Customer", "customer", "debit_to"),
}


class NotOffered(frappe.ValidationError):
    """A form does not offer what the test wanted to choose."""


def payment_on_account(
    office: ErpOffice, doctype: str, party: str, amount: float, *, account: str | None = None
) -> str:
    """Submit a payment that names no invoice; return its name."""
    party_type, _field, _account = PARTY[doctype]
    outgoing = doctype == "Purchase Invoice"
    party_account = frappe.db.get_value(
        "Company", office.company, "default_payable_account" if outgoing else "default_receivable_account"
    )
    money = account or office.bank_gl
    with desk.request():
        made = frappe.get_doc(
            {
                "doctype": "Payment Entry",
                "payment_type": "Pay" if outgoing else "Receive",
                "company": office.company,
                "posting_date": nowdate(),
                "party_type": party_type,
                "party": party,
                "paid_from": money if outgoing else party_account,
                "paid_to": party_account if outgoing else money,
                "paid_amount": amount,
                "received_amount": amount,
                "reference_no": frappe.generate_hash(length=10),
                "reference_date": nowdate(),
            }
        )
        return str(made.insert().submit().name)


def payment_reconciliation(office: ErpOffice, doctype: str, party: str, payment: str, invoice: str) -> None:
    """Allocate a payment in Payment Reconciliation: *Get Unreconciled Entries*, *Allocate*, *Reconcile*."""
    with desk.request():
        made = _reconciliation(office, doctype, party)
        made.get_unreconciled_entries()
        chosen = {
            "invoices": [row.as_dict() for row in made.invoices if row.invoice_number == invoice],
            "payments": [row.as_dict() for row in made.payments if row.reference_name == payment],
        }
        if not all(chosen.values()):
            raise NotOffered(f"Payment Reconciliation offers no {payment} or no {invoice}")
        made.allocate_entries(frappe._dict(chosen))
        made.reconcile()


def _reconciliation(office: ErpOffice, doctype: str, party: str) -> Any:
    party_type, _field, _account = PARTY[doctype]
    field = "default_payable_account" if doctype == "Purchase Invoice" else "default_receivable_account"
    made = frappe.get_doc("Payment Reconciliation")
    made.update(
        {
            "company": office.company,
            "party_type": party_type,
            "party": party,
            "receivable_payable_account": frappe.db.get_value("Company", office.company, field),
        }
    )
    return made


def advance_account(office: ErpOffice, doctype: str) -> str:
    """Return the company's account for advances of such parties, made where it is missing."""
    kind, group = {
        "Purchase Invoice": ("Payable", "Loans and Advances (Assets)"),
        "Sales Invoice": ("Receivable", "Current Liabilities"),
    }[doctype]
    name = f"Advances {kind} - {office.abbr}"
    if not frappe.db.exists("Account", name):
        frappe.get_doc(
            {
                "doctype": "Account",
                "account_name": f"Advances {kind}",
                "parent_account": f"{group} - {office.abbr}",
                "company": office.company,
                "account_type": kind,
            }
        ).insert()
    return name


def process_payment_reconciliation(office: ErpOffice, doctype: str, party: str) -> str:
    """Submit a Process Payment Reconciliation and run the jobs that it queues, one by one as a worker does."""
    with desk.request():
        filters = _reconciliation(office, doctype, party)
        made = frappe.get_doc(
            {
                "doctype": "Process Payment Reconciliation",
                "default_advance_account": advance_account(office, doctype),
                **{f: filters.get(f) for f in ("company", "party_type", "party", "receivable_payable_account")},
            }
        )
        name = str(made.insert().submit().name)
    for job in (process.reconcile_based_on_filters, process.fetch_and_allocate):
        with desk.request():
            job(name)
    while frappe.db.get_value("Process Payment Reconciliation", name, "status") not in ("Completed", "Failed"):
        with desk.request():
            process.reconcile(name)
    return str(frappe.db.get_value("Process Payment Reconciliation", name, "status"))


def unreconcile_payment(office: ErpOffice, payment: str, doctype: str, invoice: str) -> None:
    """Press *UnReconcile* on a payment's form and choose an invoice."""
    selection = {
        "company": office.company,
        "voucher_type": "Payment Entry",
        "voucher_no": payment,
        "against_voucher_type": doctype,
        "against_voucher_no": invoice,
    }
    with desk.request():
        create_unreconcile_doc_for_selection(json.dumps([selection]))


def repost(doctype: str, office: ErpOffice, *vouchers: tuple[str, str]) -> None:
    """Submit a Repost Payment Ledger or Repost Accounting Ledger and let its job run."""
    rows = [{"voucher_type": voucher_type, "voucher_no": name} for voucher_type, name in vouchers]
    with desk.request():
        made = frappe.get_doc({"doctype": doctype, "company": office.company, "posting_date": nowdate()})
        made.set("repost_vouchers" if doctype == "Repost Payment Ledger" else "vouchers", rows)
        if doctype == "Repost Payment Ledger":
            made.add_manually = 1
        made.insert().submit()
    if doctype == "Repost Payment Ledger":
        with desk.request():
            start_payment_ledger_repost(made.name)
        assert frappe.db.get_value(doctype, made.name, "repost_status") == "Completed"


def fetch_advances(doctype: str, invoice: str) -> None:
    """Press *Get Advances Paid* (or *Received*) on a draft invoice, then *Save*."""
    with desk.request():
        doc = frappe.get_doc(doctype, invoice)
        doc.set_advances()
        doc.save()


def journal_payment(office: ErpOffice, doctype: str, invoice: str) -> str:
    """Pay an invoice with a Journal Entry (its form's *Create → Journal Entry*); return its name."""
    with desk.request():
        made = frappe.get_doc(get_payment_entry_against_invoice(doctype, invoice, bank_account=office.bank_gl))
        made.posting_date = made.cheque_date = nowdate()
        made.cheque_no = frappe.generate_hash(length=8)
        return str(made.insert().submit().name)


def make_return(doctype: str, invoice: str, *, part: float = 1, against: bool = True) -> str:
    """Create, save and submit a credit or debit note of an invoice (its form's *Create → Return*); return its name.

    Args:
        part: of the invoice's amount.
        against: whether it lowers the invoice's outstanding amount rather than having one of its own. ERPNext lets it
            only as far as there is any.
    """
    with desk.request():
        made = make_return_doc(doctype, invoice)
        for row in made.items:
            row.qty, row.rate = -1, abs(row.rate) * part
        if doctype == "Purchase Invoice":
            made.bill_no = frappe.generate_hash(length=8)
        made.insert()
        made.update_outstanding_for_self = 0 if against else 1
        made.save()
        return str(made.submit().name)
