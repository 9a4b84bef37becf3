"""Which invoice may be a request's: checked whenever an invoice that names a request is saved, whoever set the link."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, fmt_money

from imogi_finance.expense_requests.documents import EXPENSE_REQUEST, INVOICE, RequestRef
from imogi_finance.expense_requests.service import lock, requests_of_invoice

_FIELDS = ["name", "docstatus", "company", "total", "linked_purchase_invoice"]


def check_invoice(invoice: Any) -> None:
    """Make sure that an invoice may be the one live invoice of the request it names.

    The request's row stays locked until the transaction ends, so that of two invoices made at once only one passes.

    Raises:
        frappe.ValidationError: the request is not approved, has another live invoice, or allows no such invoice.
        frappe.PermissionError: the user links a request they may not see.
    """
    requests = requests_of_invoice(invoice)
    if not requests:
        return
    if len(requests) > 1:
        _refuse(invoice, _("it names two requests."), _("Clear one of the two fields."))
    if invoice.is_return:
        _refuse(invoice, _("a debit note is no request's invoice."), _("Clear the field; it follows its invoice."))
    _check(invoice, requests[0])


def _check(invoice: Any, ref: RequestRef) -> None:
    _check_may_see(invoice, ref)
    own = ["supplier", "currency"] if ref.doctype == EXPENSE_REQUEST else []
    rows = lock(ref.doctype, [ref.name], _FIELDS + own)
    if not rows:
        _refuse(invoice, _("there is no {0} {1}.").format(_(ref.doctype), ref.name), _("Choose another one."))
    request = rows[0]
    if request.docstatus != 1:
        _refuse(invoice, _("{0} is not approved.").format(_named(ref)), _("Have it approved first."))
    check_free(ref, request.linked_purchase_invoice, invoice.name)
    for field in ("company", *own):
        if invoice.get(field) != request[field]:
            _refuse(
                invoice,
                _("its {0} is {1}, and {2} was approved for {3}.").format(
                    _(frappe.unscrub(field)), invoice.get(field) or _("empty"), _named(ref), request[field]
                ),
                _("Make them the same, or clear the link to the request."),
            )
    _check_amount(invoice, ref, request)


def check_free(ref: RequestRef, linked: str | None, invoice: str | None = None) -> None:
    """Make sure that a request has no other live invoice.

    Args:
        linked: the invoice its row names; the answer is final where that row is locked.
        invoice: the one that asks, if it has a name already.

    Raises:
        frappe.ValidationError: it has one.
    """
    if not linked or linked == invoice:
        return
    docstatus = frappe.db.get_value(INVOICE, linked, "docstatus")
    if docstatus is None:  # not there, or made since this transaction began to read
        found = frappe.db.sql(
            "select docstatus from `tabPurchase Invoice` where name = %s lock in share mode", (linked,)
        )
        docstatus = found[0][0] if found else 2
    if docstatus < 2:
        remedy = _("Cancel that invoice first.") if docstatus == 1 else _("Go on with that draft, or delete it first.")
        frappe.throw(
            _("{0} has an invoice already: Purchase Invoice {1}. {2}").format(_named(ref), frappe.bold(linked), remedy),
            title=_("One Invoice a Request"),
        )


def _check_may_see(invoice: Any, ref: RequestRef) -> None:
    before = invoice.get_doc_before_save()
    if invoice.flags.ignore_permissions or (before and ref in requests_of_invoice(before)):
        return
    if not frappe.has_permission(ref.doctype, "read", ref.name):
        frappe.throw(
            _("You may not see {0}. Ask for the permission, or clear the link.").format(_named(ref)),
            frappe.PermissionError,
        )


def _check_amount(invoice: Any, ref: RequestRef, request: Any) -> None:
    """Compare what is bought, before taxes, with what was approved."""
    own_currency = ref.doctype == EXPENSE_REQUEST
    field = "net_total" if own_currency else "base_net_total"
    asked, approved = flt(invoice.get(field), invoice.precision(field)), flt(request.total, invoice.precision(field))
    if asked <= approved:
        return
    company_currency = frappe.get_cached_value("Company", invoice.company, "default_currency")
    currency = request.currency if own_currency else company_currency
    _refuse(
        invoice,
        _("its net total {0} is above the {1} approved by {2}.").format(
            fmt_money(asked, currency=currency), fmt_money(approved, currency=currency), _named(ref)
        ),
        _("Lower it, or have a request for the higher amount approved."),
    )


def _named(ref: RequestRef) -> str:
    return f"{_(ref.doctype)} {frappe.bold(ref.name)}"


def _refuse(invoice: Any, message: str, remedy: str) -> None:
    frappe.throw(
        f"{_(INVOICE)} {invoice.name or _('(new)')}: {message} {remedy}", title=_("Not This Request's Invoice")
    )
