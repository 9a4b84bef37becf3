"""The invoices and payments of a request, as far as the acting user may see them."""

from collections.abc import Collection
from typing import Any, TypedDict

import frappe

from imogi_finance.expense_requests.documents import INVOICE, LINK_FIELDS, PAYMENT, RequestRef

JOURNAL = "Journal Entry"


class InvoiceRow(TypedDict):
    """An invoice or debit note of a request; amounts in ``currency``, major units."""

    doctype: str
    name: str
    posting_date: str
    status: str
    docstatus: int
    currency: str
    grand_total: float
    outstanding_amount: float
    is_return: int


class PaymentRow(TypedDict):
    """What settles an invoice: a Payment Entry or a Journal Entry; ``amount`` is what it pays of it.

    Args:
        state: Draft, Waiting for the bank, Paid or Cancelled.
    """

    doctype: str
    name: str
    posting_date: str
    invoice: str
    account: str | None
    amount: float
    currency: str
    state: str


class LinkedDocuments(TypedDict):
    """``hidden`` tells how many more there are that the user may not see."""

    invoices: list[InvoiceRow]
    payments: list[PaymentRow]
    hidden: int


def linked_documents(ref: RequestRef) -> LinkedDocuments:
    """Return invoices, debit notes and payments of a request, oldest first."""
    own = frappe.get_all(INVOICE, {LINK_FIELDS[ref.doctype]: ref.name}, pluck="name")
    returns = frappe.get_all(INVOICE, {"return_against": ("in", own), "docstatus": 1}, pluck="name") if own else []
    invoices = _readable(INVOICE, {*own, *returns}, _INVOICE_FIELDS)
    allocations = _allocations(own)
    vouchers = {doctype: {row.voucher for row in allocations if row.doctype == doctype} for doctype in _FIELDS}
    seen = {doctype: _readable(doctype, names, _FIELDS[doctype]) for doctype, names in vouchers.items()}
    known = [(row, seen[row.doctype].get(row.voucher)) for row in allocations]
    payments = [_payment(row, voucher) for row, voucher in known if voucher]
    hidden = len({*own, *returns}) - len(invoices)
    hidden += sum(len(vouchers[doctype]) - len(seen[doctype]) for doctype in _FIELDS)
    return {
        "invoices": sorted(map(_invoice, invoices.values()), key=_by_date),
        "payments": sorted(payments, key=_by_date),
        "hidden": len({*own, *returns})
        - len(invoices)
        + sum(len(vouchers[kind]) - len(seen[kind]) for kind in _FIELDS),
    }


_INVOICE_FIELDS = [
    *("name", "posting_date", "status", "docstatus"),
    *("currency", "grand_total", "outstanding_amount", "is_return"),
]
_FIELDS = {
    PAYMENT: ["name", "posting_date", "docstatus", "mode_of_payment", "paid_from", "awaiting_bank_reconciliation"],
    JOURNAL: ["name", "posting_date", "docstatus"],
}


def _by_date(row: Any) -> tuple[str, str]:
    return str(row["posting_date"]), row["name"]


def _readable(doctype: str, names: Collection[str], fields: list[str]) -> dict[str, Any]:
    if not names or not frappe.has_permission(doctype, "read"):
        return {}
    rows = frappe.get_list(doctype, filters={"name": ("in", sorted(names))}, fields=fields, limit=0)
    return {row.name: row for row in rows}


def _allocations(invoices: Collection[str]) -> list[Any]:
    """Read what pays the invoices: by references, drafts and cancelled ones included; and by journals."""
    if not invoices:
        return []
    return list(
        frappe.db.sql(
            """
            select 'Payment Entry' as doctype, reference.parent as voucher, reference.reference_name as invoice,
                sum(reference.allocated_amount) as amount, invoice.party_account_currency as currency
            from `tabPayment Entry Reference` reference
            join `tabPurchase Invoice` invoice on invoice.name = reference.reference_name
            where reference.parenttype = 'Payment Entry' and reference.reference_doctype = 'Purchase Invoice'
                and reference.reference_name in %(invoices)s
            group by reference.parent, reference.reference_name, invoice.party_account_currency
            union all
            select voucher_type, voucher_no, against_voucher_no, -sum(amount_in_account_currency), account_currency
            from `tabPayment Ledger Entry`
            where against_voucher_type = 'Purchase Invoice' and against_voucher_no in %(invoices)s
                and voucher_type = 'Journal Entry' and delinked = 0
            group by voucher_no, against_voucher_no, account_currency, voucher_type
            """,
            {"invoices": tuple(invoices)},
            as_dict=True,
        )
    )


def _invoice(row: Any) -> InvoiceRow:
    return {
        "doctype": INVOICE,
        "name": row.name,
        "posting_date": row.posting_date,
        "status": row.status,
        "docstatus": row.docstatus,
        "currency": row.currency,
        "grand_total": row.grand_total,
        "outstanding_amount": row.outstanding_amount,
        "is_return": row.is_return,
    }


def _payment(allocation: Any, payment: Any) -> PaymentRow:
    return {
        "doctype": allocation.doctype,
        "name": payment.name,
        "posting_date": payment.posting_date,
        "invoice": allocation.invoice,
        "account": payment.get("mode_of_payment") or payment.get("paid_from"),
        "amount": allocation.amount,
        "currency": allocation.currency,
        "state": _state(payment),
    }


def _state(payment: Any) -> str:
    if payment.docstatus != 1:
        return "Cancelled" if payment.docstatus == 2 else "Draft"
    return "Waiting for the bank" if payment.get("awaiting_bank_reconciliation") else "Paid"
