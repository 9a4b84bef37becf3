"""Indexes on ERPNext's tables that the app reads by: made when it is installed, taken away with it."""

import frappe

# ERPNext finds the bank transactions of a payment by reading all rows ever allocated. Two columns: Frappe's own
# migration drops an index of one column that no field asks for.
_INDEXES = {"Bank Transaction Payments": ("imogi_payment_entry", ("payment_entry", "payment_document"))}


def make() -> None:
    """Make the indexes that are missing."""
    for doctype, (name, fields) in _INDEXES.items():
        frappe.db.add_index(doctype, list(fields), name)


def remove() -> None:
    """Take the indexes away."""
    for doctype, (name, _fields) in _INDEXES.items():
        frappe.db.sql_ddl(f"alter table `tab{doctype}` drop index if exists `{name}`")
