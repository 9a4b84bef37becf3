"""What users do, by the functions that their forms and tools call. Each is one request: it ends with a commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import frappe
from erpnext.accounts.doctype.bank_reconciliation_tool import bank_reconciliation_tool as tool
from erpnext.accounts.doctype.process_payment_reconciliation import process_payment_reconciliation as process
from erpnext.accounts.doctype.unreconcile_payment.unreconcile_payment import create_unreconcile_doc_for_selection
from frappe.handler import run_doc_method
from frappe.utils import nowdate

from tests.erpnext.office import ErpOffice


class NotOffered(frappe.ValidationError):
    """A form does not offer what the test wanted to choose."""


PARTY = {
    "Purchase Invoice": ("Supplier", "supplier", "credit_to"),
    "Sales Invoice": ("Customer", "customer", "debit_to"),
}


@contextmanager
def request() -> Iterator[None]:
    """One request of the Desk: the work, then a commit; an error takes it all back."""
    try:
        yield
        frappe.db.commit()
    except BaseException:
        frappe.db.rollback()
        raise
    finally:
        frappe.clear_messages()
        frappe.response.docs = []


def submit(doctype: str, name: str) -> Any:
    """Press *Submit* on a form."""
    with request():
        return frappe.get_doc(doctype, name).submit()


def cancel(doctype: str, name: str) -> None:
    """Press *Cancel* on a form."""
    with request():
        frappe.get_doc(doctype, name).cancel()


def amend(doctype: str, name: str) -> str:
    """Press *Amend*, then *Save* and *Submit*; return the new document's name."""
    with request():
        made = frappe.copy_doc(frappe.get_doc(doctype, name))
        made.amended_from, made.docstatus = name, 0
        return str(made.insert().submit().name)


def edit(doctype: str, name: str, change: Callable[[Any], Any]) -> None:
    """Open a form, change it, press *Update*."""
    with request():
        doc = frappe.get_doc(doctype, name)
        change(doc)
        doc.save()


def form_method(doc: Any, method: str) -> None:
    """Press a button of a form that runs a method of its document."""
    frappe.local.request = SimpleNamespace(method="POST", host="")  # Frappe asks how the method was called
    try:
        with request():
            run_doc_method(method, docs=json.dumps(doc.as_dict(), default=str))
    finally:
        frappe.local.request = None


# the Bank Reconciliation Tool


def reconcile(transaction: str, *payments: str, doctype: str = "Payment Entry") -> None:
    """Tick vouchers in the tool's dialog, press *Reconcile*."""
    with request():
        vouchers = [{"payment_doctype": doctype, "payment_name": name, "amount": 0} for name in payments]
        tool.reconcile_vouchers(transaction, json.dumps(vouchers))


def auto_reconcile(office: ErpOffice, bank_account: str) -> None:
    """Press *Auto Reconcile* in the tool."""
    with request():
        tool.auto_reconcile_vouchers(bank_account, from_date=nowdate(), to_date=nowdate())


def payment_from_tool(transaction: str, party_type: str, party: str) -> str:
    """Create a Payment Entry in the tool's dialog; return its name."""
    with request():
        done = tool.create_payment_entry_bts(
            transaction, "FROM-TOOL", nowdate(), party_type, party, posting_date=nowdate()
        )
        return str(done.payment_entries[-1].payment_entry)


def journal_from_tool(transaction: str, party_type: str, party: str, account: str) -> str:
    """Create a Journal Entry in the tool's dialog; return its name."""
    with request():
        done = tool.create_journal_entry_bts(
            transaction,
            "FROM-TOOL",
            nowdate(),
            nowdate(),
            entry_type="Bank Entry",
            second_account=account,
            party_type=party_type,
            party=party,
        )
        return str(done.payment_entries[-1].payment_entry)


def unreconcile_transaction(transaction: str) -> None:
    """Press *Unreconcile Transaction* on a Bank Transaction's form."""
    form_method(frappe.get_doc("Bank Transaction", transaction), "remove_payment_entries")


def remove_row(transaction: str, payment: str) -> None:
    """Delete a row of a Bank Transaction by hand."""

    def without(doc: Any) -> None:
        for row in [row for row in doc.payment_entries if row.payment_entry == payment]:
            doc.remove(row)

    edit("Bank Transaction", transaction, without)


def add_row(transaction: str, payment: str, amount: float = 0) -> None:
    """Add a row to a Bank Transaction by hand."""
    row = {"payment_document": "Payment Entry", "payment_entry": payment, "allocated_amount": amount}
    edit("Bank Transaction", transaction, lambda doc: doc.append("payment_entries", row))


def clear_by_hand(office: ErpOffice, account: str, dates: dict[str, str | None]) -> None:
    """Enter clearance dates in Bank Clearance, press *Update Clearance Date*."""
    doc = frappe.get_doc("Bank Clearance")
    doc.update({"account": account, "from_date": nowdate(), "to_date": nowdate(), "include_reconciled_entries": 1})
    doc.get_payment_entries()
    for row in list(doc.payment_entries):
        if row.payment_entry in dates:
            row.clearance_date = dates[row.payment_entry]
        else:
            doc.remove(row)
    form_method(doc, "update_clearance_date")


# allocating later


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
    with request():
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
    with request():
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
    with request():
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
        with request():
            job(name)
    while frappe.db.get_value("Process Payment Reconciliation", name, "status") not in ("Completed", "Failed"):
        with request():
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
    with request():
        create_unreconcile_doc_for_selection(json.dumps([selection]))


def repost(doctype: str, office: ErpOffice, *vouchers: tuple[str, str]) -> None:
    """Submit a Repost Payment Ledger or Repost Accounting Ledger and let its job run."""
    from erpnext.accounts.doctype.repost_payment_ledger.repost_payment_ledger import start_payment_ledger_repost

    rows = [{"voucher_type": voucher_type, "voucher_no": name} for voucher_type, name in vouchers]
    with request():
        made = frappe.get_doc({"doctype": doctype, "company": office.company, "posting_date": nowdate()})
        made.set("repost_vouchers" if doctype == "Repost Payment Ledger" else "vouchers", rows)
        if doctype == "Repost Payment Ledger":
            made.add_manually = 1
        made.insert().submit()
    if doctype == "Repost Payment Ledger":
        with request():
            start_payment_ledger_repost(made.name)
        assert frappe.db.get_value(doctype, made.name, "repost_status") == "Completed"


def fetch_advances(doctype: str, invoice: str) -> None:
    """Press *Get Advances Paid* (or *Received*) on a draft invoice, then *Save*."""
    with request():
        doc = frappe.get_doc(doctype, invoice)
        doc.set_advances()
        doc.save()


def journal_payment(office: ErpOffice, doctype: str, invoice: str) -> str:
    """Pay an invoice with a Journal Entry (its form's *Create → Journal Entry*); return its name."""
    from erpnext.accounts.doctype.journal_entry.journal_entry import get_payment_entry_against_invoice

    with request():
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
    from erpnext.controllers.sales_and_purchase_return import make_return_doc

    with request():
        made = make_return_doc(doctype, invoice)
        for row in made.items:
            row.qty, row.rate = -1, abs(row.rate) * part
        if doctype == "Purchase Invoice":
            made.bill_no = frappe.generate_hash(length=8)
        made.insert()
        made.update_outstanding_for_self = 0 if against else 1
        made.save()
        return str(made.submit().name)
