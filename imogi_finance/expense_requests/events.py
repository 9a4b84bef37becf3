"""What happens to requests when invoices and payments are saved. After the paid-status rule in each list of hooks."""

from collections.abc import Collection
from typing import Any

import frappe

from imogi_finance.expense_requests import linking, payments, service
from imogi_finance.expense_requests.documents import INVOICE, LINK_FIELDS, PAYMENT
from imogi_finance.paid_status.doors import InvoiceRef


def invoices_changed(invoices: Collection[InvoiceRef]) -> None:
    """Set the requests of invoices whose status was written. One query where no invoice has a request."""
    service.refresh(service.requests_of_invoices([ref.name for ref in invoices if ref.doctype == INVOICE]))


def check_invoice(invoice: Any, method: str | None = None) -> None:
    """``validate`` of Purchase Invoice."""
    linking.check_invoice(invoice)


def invoice_saved(invoice: Any, method: str | None = None) -> None:
    """``on_update`` and ``on_change`` of Purchase Invoice: its request, and the one it named before."""
    if invoice.flags.in_delete:
        return
    before = invoice.get_doc_before_save()
    service.refresh([*service.requests_of_invoice(invoice), *(service.requests_of_invoice(before) if before else [])])


def invoice_cancelled(invoice: Any, method: str | None = None) -> None:
    """``on_cancel`` of Purchase Invoice: the request lets go of it, so that Frappe finds nothing that needs it."""
    requests = service.requests_of_invoice(invoice)
    service.refresh(requests)
    payments.refresh_links(payments.payments_naming(requests))


def invoice_deleted(invoice: Any, method: str | None = None) -> None:
    """``on_trash`` of Purchase Invoice: its row is about to go, and names no request from now on."""
    requests = service.requests_of_invoice(invoice)
    if requests:
        frappe.db.set_value(INVOICE, invoice.name, dict.fromkeys(LINK_FIELDS.values()), update_modified=False)
        service.refresh(requests)


def link_payment(payment: Any, method: str | None = None) -> None:
    """``validate`` of Payment Entry: it names the request whose invoice it pays."""
    payments.set_links(payment)


def references_changed(payment: Any, method: str | None = None) -> None:
    """``on_update_after_submit`` of Payment Entry: Payment Reconciliation allocates submitted payments."""
    before = {field: payment.get(field) for field in LINK_FIELDS.values()}
    payments.set_links(payment)
    after = {field: payment.get(field) for field in LINK_FIELDS.values()}
    if after != before:
        frappe.db.set_value(PAYMENT, payment.name, after, update_modified=False)


def payment_unreconciled(unreconcile: Any, method: str | None = None) -> None:
    """``on_submit`` of Unreconcile Payment: it takes references away by SQL."""
    if unreconcile.voucher_type == PAYMENT:
        payments.refresh_links([unreconcile.voucher_no])
