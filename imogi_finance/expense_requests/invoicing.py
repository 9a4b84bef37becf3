"""Makes the Purchase Invoice of an approved request: ERPNext's own document, a draft for the user to complete."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from imogi_finance.erpnext_adapter.visibility import check_may, may
from imogi_finance.expense_requests.checks import check_supplier, refuse_all
from imogi_finance.expense_requests.documents import INVOICE, LINK_FIELDS, RequestRef
from imogi_finance.expense_requests.linking import check_free


def make_purchase_invoice(ref: RequestRef, supplier: str | None = None) -> Any:
    """Make the draft invoice of a request as the acting user; return it.

    Args:
        supplier: who supplies what a branch asked for; an Expense Request has its own.

    Raises:
        frappe.PermissionError: there is no such request that the user may see, or they may not make Purchase Invoices.
        frappe.ValidationError: the request is not approved, has a live invoice, or the supplier does not fit.
    """
    check_may("read", ref.doctype, ref.name)
    request = frappe.get_doc(ref.doctype, ref.name)
    frappe.has_permission(INVOICE, "create", throw=True)
    _check_approved(ref)
    invoice = frappe.new_doc(INVOICE)
    invoice.update(
        {
            "company": request.company,
            "supplier": _supplier(request, supplier),
            LINK_FIELDS[ref.doctype]: ref.name,
            "ignore_pricing_rule": 1,  # the prices are those that were approved
            **request.invoice_fields(),
        }
    )
    lines = [invoice.append("items", line) for line in request.invoice_lines()]
    for row in (invoice, *lines):  # where the site keeps books by branch
        if row.meta.has_field("branch"):
            row.branch = request.branch
    invoice.set_missing_values()
    invoice.insert()
    return invoice


def _check_approved(ref: RequestRef) -> None:
    """Refuse early what the invoice's own check, on the locked row, would refuse: before a supplier is looked at.

    Nothing is locked here: an invoice gets its number first and locks its request then, whoever makes it.
    """
    row = frappe.db.get_value(ref.doctype, ref.name, ["docstatus", "linked_purchase_invoice"], as_dict=True)
    if row.docstatus != 1:
        frappe.throw(
            _("{0} {1} is not approved: no invoice can be made from it. {2}").format(
                _(ref.doctype), frappe.bold(ref.name), _("Have it approved first.")
            ),
            title=_("Not Approved"),
        )
    check_free(ref, row.linked_purchase_invoice)


def _supplier(request: Any, supplier: str | None) -> str:
    own: str | None = request.get("supplier")
    if own and supplier and supplier != own:
        frappe.throw(
            _("{0} was approved for supplier {1}, not for {2}. Leave the supplier out.").format(
                request.name, frappe.bold(own), escape_html(supplier)
            ),
            title=_("Another Supplier"),
        )
    chosen = own or supplier
    if not chosen:
        frappe.throw(_("{0} names no supplier. Say who supplies it.").format(request.name), title=_("Supplier Missing"))
    may_choose = own or any(may(right, "Supplier", str(chosen), frappe.session.user) for right in ("select", "read"))
    if not may_choose or not frappe.db.exists("Supplier", chosen):
        frappe.throw(_("There is no Supplier {0}. Choose another one.").format(frappe.bold(escape_html(chosen))))
    refuse_all(check_supplier(chosen))
    return str(chosen)
