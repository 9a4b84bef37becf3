"""Payment Entry: a bank payment waits for the bank statement from before its ledger is posted."""

import frappe
from frappe.model.document import Document

from imogi_finance.erpnext_adapter.composition import paid_status
from imogi_finance.erpnext_adapter.paid_status_books import payment_channel, pays_an_invoice
from imogi_finance.erpnext_adapter.settings import rule_is_on
from imogi_finance.events.made_by_run import keep_run
from imogi_finance.paid_status.rule import Channel

_FLAGS = ("awaiting_bank_reconciliation", "follows_bank_statement")


def validate(doc: Document, method: str) -> None:
    """Keep a draft free of flags, and any payment of the name of a run that did not make it, whoever sends them."""
    if doc.docstatus == 0:
        _set(doc, dict.fromkeys(_FLAGS, 0))
    keep_run(doc)


def before_submit(doc: Document, method: str) -> None:
    """Let a bank payment follow the bank statement, and await it where it pays an invoice.

    Posting the ledger writes the invoices' statuses: the flag must stand before, so that they are held.
    """
    _decide(doc)


def on_submit(doc: Document, method: str) -> None:
    """Confirm a payment that bank transactions named as a draft, and decide where ``before_submit`` was left out."""
    if not doc.flags.bank_statement_decided:  # Frappe leaves it out for whoever sets flags.ignore_validate
        _decide(doc)
        frappe.db.set_value(doc.doctype, doc.name, {flag: doc.get(flag) for flag in _FLAGS}, update_modified=False)
        paid_status().refresh_payments([doc.name])
    elif doc.awaiting_bank_reconciliation and not doc.flags.in_insert and _is_named_by_the_statement(doc):
        paid_status().refresh_payments([doc.name])
        _read_flags(doc)


def before_update_after_submit(doc: Document, method: str) -> None:
    """Keep the flags as stored: a form that was opened before a bank transaction confirmed still has the old ones."""
    _read_flags(doc)


def on_update_after_submit(doc: Document, method: str) -> None:
    """Follow references that were added or taken away (Payment Reconciliation, advances), and a clearance date."""
    if not doc.follows_bank_statement:
        return
    if doc.flags.ignore_reposting_on_reconciliation:
        # ERPNext posts its ledger only now and sets each invoice's outstanding amount after that: then it is held.
        paid_status().refresh_flags([doc.name])
    else:
        paid_status().refresh_payments([doc.name])
    _read_flags(doc)


def before_cancel(doc: Document, method: str) -> None:
    """Let go: what a cancelled payment paid is what ERPNext says."""
    _set(doc, {"awaiting_bank_reconciliation": 0})


def on_cancel(doc: Document, method: str) -> None:
    """Let go where ``before_cancel`` was left out (flags.ignore_validate)."""
    if doc.awaiting_bank_reconciliation:
        before_cancel(doc, method)
        paid_status().books.set_awaiting([doc.name], False)


def unreconciled(doc: Document, method: str) -> None:
    """``on_submit`` of Unreconcile Payment, which takes references away with SQL: nothing tells the payment."""
    if doc.voucher_type == "Payment Entry":
        paid_status().refresh_payments([doc.voucher_no])


def cleared(doc: Document, method: str) -> None:
    """``update_clearance_date`` of Bank Clearance, which writes the dates with SQL."""
    named = {row.payment_entry for row in doc.payment_entries if row.payment_document == "Payment Entry"}
    if named:
        paid_status().refresh_payments(named)


def _decide(doc: Document) -> None:
    follows = payment_channel(doc) is Channel.BANK and rule_is_on(doc.company)
    awaits = follows and pays_an_invoice(doc)
    _set(doc, {"follows_bank_statement": int(follows), "awaiting_bank_reconciliation": int(awaits)})
    doc.flags.bank_statement_decided = True


def _is_named_by_the_statement(doc: Document) -> bool:
    named = {"payment_document": doc.doctype, "payment_entry": doc.name}
    return bool(frappe.db.exists("Bank Transaction Payments", named))


def _read_flags(doc: Document) -> None:
    stored = frappe.db.get_value(doc.doctype, doc.name, _FLAGS, as_dict=True, for_update=True)
    _set(doc, stored)


def _set(doc: Document, flags: dict[str, int]) -> None:
    for field, value in flags.items():
        doc.set(field, value)
