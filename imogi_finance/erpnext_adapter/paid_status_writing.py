"""What the paid-status rule writes in ERPNext's books: flags, comments and statuses, and who must hear of a status.

The time of last change is left alone: the document's own content is what it was, and a form that somebody has open can
still be saved.
"""

from collections.abc import Collection, Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, get_fullname, now

from imogi_finance.erpnext_adapter.cached_documents import drop
from imogi_finance.erpnext_adapter.status_listeners import someone_listens
from imogi_finance.paid_status.doors import InvoiceRef


class PaidStatusWriting:
    """The writing half of ``imogi_finance.paid_status.doors.PaidStatusBooks``."""

    def set_awaiting(self, payments: Collection[str], awaiting: bool) -> None:
        names = sorted(payments)
        frappe.db.sql(
            "update `tabPayment Entry` set awaiting_bank_reconciliation = %(awaiting)s where name in %(names)s",
            {"awaiting": int(awaiting), "names": names},
        )
        _forget("Payment Entry", names)

    def note_confirmed(self, payments: Collection[str]) -> None:
        by = _confirmed_by(payments)
        user = frappe.session.user
        time = now()
        fields = (
            *("name", "creation", "modified", "owner", "modified_by", "comment_type", "comment_email", "comment_by"),
            *("reference_doctype", "reference_name", "content"),
        )
        frappe.db.bulk_insert(
            "Comment",
            list(fields),
            [
                (
                    *(frappe.generate_hash(length=10), time, time, user, user, "Info", user),
                    *(get_fullname(user), "Payment Entry", name, by[name]),
                )
                for name in sorted(payments)
            ],
        )

    def set_status(self, statuses: Mapping[InvoiceRef, str]) -> None:
        changed: list[InvoiceRef] = []
        for doctype in sorted({ref.doctype for ref in statuses}):
            wanted = {ref.name: status for ref, status in statuses.items() if ref.doctype == doctype}
            stored = _stored_statuses(doctype, wanted)
            differing = {name: status for name, status in wanted.items() if stored.get(name, status) != status}
            if not differing:
                continue
            if someone_listens(doctype):
                _write_one_by_one(doctype, differing)
            else:
                _write_at_once(doctype, differing)
            changed += [InvoiceRef(doctype, name) for name in sorted(differing)]
        if changed:
            _tell(changed)


def correct_status(doctype: str, name: str, status: str) -> None:
    """Write a status beside a document that is just being written, without its events: these are under way."""
    frappe.db.set_value(doctype, name, "status", status, update_modified=False)


def written_by_rule(doc: Document) -> bool:
    """Whether the event of an invoice is about a status that this module writes."""
    return bool(doc.flags.paid_status_written)


def _stored_statuses(doctype: str, names: Collection[str]) -> dict[str, str]:
    rows = frappe.db.sql(
        f"select name, status from `tab{doctype}` where name in %(names)s order by name for update",
        {"names": sorted(names)},
    )
    return dict(rows)


def _write_one_by_one(doctype: str, statuses: Mapping[str, str]) -> None:
    """Write each status as ERPNext does, so that the document's events tell whoever listens."""
    for name, status in sorted(statuses.items()):
        doc = frappe.get_doc(doctype, name)
        doc.flags.paid_status_written = True
        doc.db_set("status", status, update_modified=False, notify=True)


def _write_at_once(doctype: str, statuses: Mapping[str, str]) -> None:
    for status in sorted(set(statuses.values())):
        names = sorted(name for name, wanted in statuses.items() if wanted == status)
        frappe.db.sql(
            f"update `tab{doctype}` set status = %(status)s where name in %(names)s", {"status": status, "names": names}
        )
    _forget(doctype, statuses)


def _forget(doctype: str, names: Collection[str]) -> None:
    """Drop the copies that Frappe keeps of documents whose rows were written with SQL."""
    drop(doctype, names)
    frappe.db.value_cache.pop(doctype, None)


def _confirmed_by(payments: Collection[str]) -> dict[str, str]:
    """Return for each payment a sentence that names what confirmed it."""
    transactions: dict[str, list[str]] = {}
    for name, transaction in frappe.db.sql(
        """select p.payment_entry, t.name from `tabBank Transaction Payments` p
        inner join `tabBank Transaction` t on t.name = p.parent and t.docstatus = 1
        where p.payment_entry in %(names)s and p.payment_document = 'Payment Entry' order by t.date, t.name""",
        {"names": sorted(payments)},
    ):
        transactions.setdefault(name, []).append(transaction)
    cleared = [name for name in payments if name not in transactions]
    dates = frappe.get_all("Payment Entry", {"name": ("in", cleared)}, ["name", "clearance_date"]) if cleared else []
    by = {
        name: _("Confirmed by the bank statement: {0}.").format(", ".join(found))
        for name, found in transactions.items()
    }
    by |= {row.name: _("Confirmed by its clearance on {0}.").format(formatdate(row.clearance_date)) for row in dates}
    return by


def _tell(invoices: Collection[InvoiceRef]) -> None:
    """Let the documents follow whose own status hangs on that of an invoice."""
    from imogi_finance.expense_requests.events import invoices_changed  # it stands on this module

    invoices_changed(invoices)
