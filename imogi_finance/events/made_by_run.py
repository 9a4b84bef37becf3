"""The name of the run that made a document, which nobody else gives it."""

import frappe
from frappe.model.document import Document


def keep_run(doc: Document) -> None:
    """Keep any document of the name of a run that did not make it, whoever sends it."""
    if doc.get("batch_run") and doc.batch_run != doc.flags.made_by_run:
        doc.batch_run = None if doc.is_new() else frappe.db.get_value(doc.doctype, doc.name, "batch_run")
