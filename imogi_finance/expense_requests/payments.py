"""Payments of requests: a payment names the request whose invoice it pays."""

from collections.abc import Collection
from typing import Any

import frappe

from imogi_finance.expense_requests.documents import INVOICE, LINK_FIELDS, PAYMENT, RequestRef
from imogi_finance.expense_requests.service import requests_of_invoices


def set_links(payment: Any) -> None:
    """Set the request that a payment names from the invoices it references: one query, none without invoices."""
    invoices = {row.reference_name for row in payment.get("references") or [] if row.reference_doctype == INVOICE}
    for field, name in _links(set(requests_of_invoices(invoices))).items():
        payment.set(field, name)


def refresh_links(payments: Collection[str]) -> None:
    """Set the request that stored payments name, after their references were written past their documents."""
    if not payments:
        return
    rows = frappe.db.sql(
        """
        select reference.parent, invoice.imogi_expense_request, invoice.imogi_branch_expense_request
        from `tabPayment Entry Reference` reference
        join `tabPurchase Invoice` invoice on invoice.name = reference.reference_name
        where reference.parent in %(payments)s and reference.parenttype = 'Payment Entry'
        and reference.reference_doctype = 'Purchase Invoice'
        """,
        {"payments": tuple(payments)},
    )
    requests: dict[str, set[RequestRef]] = {name: set() for name in payments}
    for payment, *names in rows:
        requests[payment] |= _named(names)
    stored = frappe.get_all(PAYMENT, {"name": ("in", list(payments))}, ["name", *LINK_FIELDS.values()])
    for row in stored:
        links = _links(requests[row.name])
        if any((row[field] or None) != name for field, name in links.items()):
            frappe.db.set_value(PAYMENT, row.name, links, update_modified=False)


def payments_naming(requests: Collection[RequestRef]) -> list[str]:
    """Return the payments that name the requests."""
    return [
        name
        for request in requests
        for name in frappe.get_all(PAYMENT, {LINK_FIELDS[request.doctype]: request.name}, pluck="name")
    ]


def _named(names: Collection[str | None]) -> set[RequestRef]:
    return {RequestRef(doctype, name) for doctype, name in zip(LINK_FIELDS, names, strict=True) if name}


def _links(requests: set[RequestRef]) -> dict[str, str | None]:
    """Return the link fields of a payment. One that pays several requests names none: it is no single one's."""
    only = next(iter(requests)) if len(requests) == 1 else None
    return {field: only.name if only and only.doctype == doctype else None for doctype, field in LINK_FIELDS.items()}
