"""Which orders one invoice may bill: those of which it would take the same, whichever comes first.

ERPNext maps an order's fields onto the invoice, and maps several orders onto one by letting the last one win: its
address, terms, taxes or project would be said of all. So orders share an invoice only where every field that is mapped
and is no sum of the order's own rows is equal, with the taxes and the sales team. That takes in the fields and
accounting dimensions that a site or another app has added to both.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from typing import Any

import frappe
from frappe.model import no_value_fields, table_fields

from imogi_finance.batch_invoicing.documents import INVOICE_TYPE, ORDER_TYPE

# said of the order alone: the numbers and dates by which a customer knows it, and what follows from its rows
_OWN = {"po_no", "po_date", "title", "naming_series", "set_warehouse", "scan_barcode", "total_commission"}
# of its taxes and its sales team, what its amounts decide
_SUMS = {
    *("tax_amount", "tax_amount_after_discount_amount", "total", "item_wise_tax_detail"),
    *("base_tax_amount", "base_tax_amount_after_discount_amount", "base_total"),
    *("allocated_amount", "incentives"),
}
_COMPUTED = ("Currency", "Float", "Data", "Small Text")  # sums, sums in words, and addresses as they are shown
_CHILDREN = ("Sales Taxes and Charges", "Sales Team")


def sharing(names: Collection[str]) -> dict[str, str]:
    """Return a key of each order, equal for those that can share an invoice; empty for one that cannot share any."""
    fields = _shared_fields()
    children: dict[str, list[Any]] = defaultdict(list)
    alone: set[str] = set()
    for doctype in _CHILDREN:
        for row in _rows_of(doctype, names):
            children[row.parent].append([value for column, value in row.items() if column != "parent"])
            if row.get("charge_type") == "Actual":
                alone.add(row.parent)  # its amount is the order's own
    found = {}
    for row in _orders(names, fields):
        words = [str(row[field] if row[field] is not None else "") for field in fields]
        is_alone = row.name in alone or _has_own_discount(row)
        key = hashlib.sha256(repr((words, children[row.name])).encode()).hexdigest()[:40]
        found[row.name] = "" if is_alone else key
    return found


def _has_own_discount(row: Any) -> bool:
    """Whether an amount is taken off the order, or points of the customer's are used, rather than a percentage."""
    return bool((row.discount_amount and not row.additional_discount_percentage) or row.loyalty_points)


def _shared_fields() -> list[str]:
    """Return the fields that ``make_sales_invoice`` takes from the order itself and that no sum of rows decides."""
    ours, theirs = frappe.get_meta(ORDER_TYPE), frappe.get_meta(INVOICE_TYPE)
    fields = {"company", "customer", "currency", "conversion_rate", "is_internal_customer"}
    for field in ours.fields:
        target = theirs.get_field(field.fieldname)
        is_mapped = target is not None and not field.no_copy and not target.no_copy
        if is_mapped and field.fieldtype not in (*no_value_fields, *table_fields):
            decided = target.read_only and not target.fetch_from and field.fieldtype in _COMPUTED
            if not decided and field.fieldname not in _OWN:
                fields.add(field.fieldname)
    return sorted(fields - {"discount_amount"})


def _orders(names: Collection[str], fields: list[str]) -> list[Any]:
    columns = {*fields, "name", "discount_amount", "additional_discount_percentage", "loyalty_points"}
    listed = ", ".join(f"`{column}`" for column in sorted(columns))
    return frappe.db.sql(f"select {listed} from `tabSales Order` where name in %s", (tuple(names),), as_dict=True)


def _rows_of(doctype: str, names: Collection[str]) -> list[Any]:
    """Return the rows of orders in one child table, but for what the order's own amounts decide."""
    fields = frappe.get_meta(doctype).fields
    kept = {field.fieldname for field in fields if field.fieldtype not in no_value_fields} - _SUMS
    columns = ["parent", *sorted(kept)]
    listed = ", ".join(f"`{column}`" for column in columns)
    return frappe.db.sql(
        f"""select {listed} from `tab{doctype}` where parenttype = 'Sales Order' and parent in %s
        order by parent, idx""",
        (tuple(names),),
        as_dict=True,
    )
