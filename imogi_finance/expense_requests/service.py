"""Keeps status and invoice of requests true. Level-triggered: once more, or for too many, changes nothing.

The request's row is locked first: whoever holds it decides which invoice is the request's. It is read by name, and
invoices are too, so that nothing between two rows is locked and other invoices go on being made.
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

import frappe
from frappe.realtime import get_doc_room
from frappe.utils import now

from imogi_finance.expense_requests.documents import INVOICE, LINK_FIELDS, RequestRef
from imogi_finance.expense_requests.status import InvoiceFacts, live_invoice, request_status

_SLICE = 500


def requests_of_invoice(invoice: Any) -> list[RequestRef]:
    """Return the requests that an invoice document names; no query."""
    named = ((doctype, invoice.get(field)) for doctype, field in LINK_FIELDS.items())
    return [RequestRef(doctype, name) for doctype, name in named if name]


def requests_of_invoices(names: Collection[str]) -> list[RequestRef]:
    """Return the requests that invoices name, each once; one query."""
    if not names:
        return []
    rows = frappe.db.sql(
        """
        select imogi_expense_request, imogi_branch_expense_request from `tabPurchase Invoice`
        where name in %(names)s and (imogi_expense_request > '' or imogi_branch_expense_request > '')
        """,
        {"names": tuple(names)},
    )
    return sorted(
        {RequestRef(doctype, name) for row in rows for doctype, name in zip(LINK_FIELDS, row, strict=True) if name}
    )


def lock(doctype: str, names: Collection[str], fields: Sequence[str]) -> list[Any]:
    """Lock requests and return their rows as they are now, whatever the transaction saw before."""
    columns = ", ".join(f"`{field}`" for field in fields)
    return list(
        frappe.db.sql(
            f"select {columns} from `tab{doctype}` where name in %(names)s order by name for update",
            {"names": tuple(names)},
            as_dict=True,
        )
    )


def refresh(requests: Iterable[RequestRef]) -> None:
    """Set status and invoice of each request from its rows."""
    for doctype, group in groupby(sorted(set(requests)), key=lambda request: request.doctype):
        _refresh(doctype, [request.name for request in group])


def refresh_all() -> None:
    """Set every submitted request from its rows: daily, for what was written behind the app's back."""
    for doctype in LINK_FIELDS:
        names = frappe.get_all(doctype, {"docstatus": 1}, pluck="name", order_by="name")
        for start in range(0, len(names), _SLICE):
            _refresh(doctype, names[start : start + _SLICE])
            frappe.db.commit()  # a slice's locks are not held through the next ones


def _refresh(doctype: str, names: Sequence[str]) -> None:
    stored = lock(doctype, names, ["name", "docstatus", "workflow_state", "status", "linked_purchase_invoice"])
    invoices = _invoices(doctype, stored)
    for row in stored:
        invoice = live_invoice(invoices.get(row.name, []))
        status = request_status(row.docstatus, row.workflow_state, invoice).value
        linked = invoice.name if invoice else None
        if (row.status, row.linked_purchase_invoice or None) != (status, linked):
            _write(doctype, row.name, {"status": status, "linked_purchase_invoice": linked})


def _write(doctype: str, name: str, values: dict[str, str | None]) -> None:
    """Write a request's row and tell the forms and lists that show it."""
    modified = now()
    changes = {**values, "modified": modified, "modified_by": frappe.session.user}
    frappe.db.set_value(doctype, name, changes, update_modified=False)
    told = {"modified": modified, "doctype": doctype, "name": name}
    frappe.publish_realtime("doc_update", told, room=get_doc_room(doctype, name), after_commit=True)
    listed = {"doctype": doctype, "name": name, "user": frappe.session.user}
    frappe.publish_realtime("list_update", listed, doctype=doctype, after_commit=True)


def _invoices(doctype: str, stored: Sequence[Any]) -> dict[str, list[InvoiceFacts]]:
    """Read the live invoices that name the requests, by request."""
    if not stored:
        return {}
    field = LINK_FIELDS[doctype]
    pointed = {row.linked_purchase_invoice for row in stored if row.linked_purchase_invoice}
    naming = {field: ("in", [row.name for row in stored]), "docstatus": ("<", 2)}
    names = pointed | set(frappe.get_all(INVOICE, naming, pluck="name"))
    if not names:
        return {}
    rows = frappe.db.sql(  # by name and locked: what others committed since this transaction began counts
        f"""
        select name, docstatus, status, grand_total, `{field}` as request from `tabPurchase Invoice`
        where name in %(names)s order by name lock in share mode
        """,
        {"names": tuple(names)},
        as_dict=True,
    )
    returned = _returned([row.name for row in rows if row.status == "Debit Note Issued"])
    found: dict[str, list[InvoiceFacts]] = {}
    for row in rows:
        facts = InvoiceFacts(
            name=row.name,
            docstatus=row.docstatus,
            status=row.status,
            total=Decimal(str(row.grand_total)),
            returned=returned.get(row.name, Decimal(0)),
        )
        found.setdefault(row.request, []).append(facts)
    return found


def _returned(invoices: Sequence[str]) -> dict[str, Decimal]:
    """Sum what submitted debit notes took back, by invoice."""
    if not invoices:
        return {}
    rows = frappe.db.sql(
        """
        select return_against, -sum(grand_total) from `tabPurchase Invoice`
        where return_against in %(names)s and is_return = 1 and docstatus = 1 group by return_against
        """,
        {"names": tuple(invoices)},
    )
    return {name: Decimal(str(total)) for name, total in rows}
