"""What users do, by the functions that their forms and tools call. Each is one request: it ends with a commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import frappe
from erpnext.accounts.doctype.bank_reconciliation_tool import bank_reconciliation_tool as tool
from frappe.handler import run_doc_method
from frappe.utils import nowdate

from tests.erpnext.office import ErpOffice


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
