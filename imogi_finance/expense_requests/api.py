"""What the forms of the requests call."""

import frappe
from frappe import _
from frappe.utils import escape_html

from imogi_finance.erpnext_adapter.visibility import check_may
from imogi_finance.expense_requests import checks
from imogi_finance.expense_requests.documents import INVOICE, LINK_FIELDS, RequestRef
from imogi_finance.expense_requests.invoicing import make_purchase_invoice
from imogi_finance.expense_requests.listing import LinkedDocuments
from imogi_finance.expense_requests.listing import linked_documents as list_linked_documents


@frappe.whitelist(methods=["POST"])
def create_purchase_invoice(doctype: str, name: str, supplier: str | None = None) -> dict[str, str]:
    """Make the draft Purchase Invoice of an approved request.

    Args:
        doctype: Expense Request or Branch Expense Request.
        name: the request.
        supplier: who supplies it; for a Branch Expense Request, which names none.

    Returns:
        ``{"doctype": "Purchase Invoice", "name": …}``

    Raises:
        frappe.PermissionError: there is no such request that the user may see, or they may not make Purchase Invoices.
        frappe.ValidationError: the request is not approved, has a live invoice, or the supplier does not fit.
    """
    invoice = make_purchase_invoice(_request(doctype, name), supplier or None)
    return {"doctype": INVOICE, "name": str(invoice.name)}


@frappe.whitelist(methods=["GET", "POST"])
def linked_documents(doctype: str, name: str) -> LinkedDocuments:
    """Return invoices and payments of a request that the user may see.

    Raises:
        frappe.PermissionError: there is no such request that the user may see.
    """
    ref = _request(doctype, name)
    check_may("read", ref.doctype, ref.name)
    return list_linked_documents(ref)


@frappe.whitelist(methods=["GET", "POST"])
def supplier_currency(supplier: str) -> str | None:
    """Return the currency that a supplier invoices in, to whoever may choose that supplier.

    Raises:
        frappe.PermissionError: there is no such supplier that the user may choose.
    """
    check_may("select", "Supplier", supplier)
    return checks.supplier_currency(supplier)


def _request(doctype: str, name: str) -> RequestRef:
    if doctype not in LINK_FIELDS:
        frappe.throw(_("{0} is no kind of request.").format(escape_html(doctype)))
    return RequestRef(doctype, name)
