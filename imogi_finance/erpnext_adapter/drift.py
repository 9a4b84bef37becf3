"""Comparing every flag and held status with the rows: daily, when the rule is switched, and when the app leaves.

Documents are set right as they change. What is left for this module is what changes without a document: a day begins,
a setting is switched, a row was written with SQL by somebody else.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import frappe
from frappe import _
from frappe.utils import add_to_date, now_datetime

from imogi_finance.erpnext_adapter.composition import paid_status
from imogi_finance.erpnext_adapter.health.notes import note_drift
from imogi_finance.erpnext_adapter.paid_status_books import INVOICES, ERPNextPaidStatusBooks
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.rule import DISCOUNTED, OPEN_STATUSES, invoice_status, is_awaiting

_AT_ONCE = 500
_OPEN = tuple(status + more for status in OPEN_STATUSES for more in ("", DISCOUNTED))
_RECENT_HOURS = 2
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Drift:
    """A document that did not say what its rows say.

    Args:
        document: doctype and name.
        found: the flag or status that it had.
        mended: the one that it has now.
    """

    document: str
    found: str
    mended: str

    def __str__(self) -> str:
        return f"{self.document}: {self.found} → {self.mended}"


def check() -> list[Drift]:
    """Compare all flags and held statuses with the rows, mend what differs and report it in an Error Log.

    The daily job; it commits as it goes, so that nobody waits for it. An invoice that fell due while its payment awaits
    becomes Overdue here: ERPNext's own ``update_invoice_status`` sees no outstanding amount. That is no drift.

    Returns:
        What was mended.
    """
    drifts = [*_mend_flags(_followed_payments(), commit=True), *_mend_statuses(commit=True)]
    error_log = _report(drifts) if drifts else None
    note_drift([vars(drift) for drift in drifts], error_log)
    return drifts


def sweep() -> list[Drift]:
    """Look again at payments that await the bank or were changed lately, every quarter of an hour.

    Bank Clearance and other programs write a clearance date with SQL; and where two people allocate to one payment at
    the same moment, neither may see that both together cover it.
    """
    since = add_to_date(now_datetime(), hours=-_RECENT_HOURS)
    names = _names(
        "docstatus = 1 and (awaiting_bank_reconciliation = 1 or follows_bank_statement = 1 and modified > %(since)s)",
        since=since,
    )
    return _mend_flags(names, commit=True)


def settings_changed() -> None:
    """Bring flags and statuses in line with the settings as they are now, in the caller's transaction."""
    list(_mend_flags(_followed_payments(), commit=False))


def release_all() -> None:
    """Give every held invoice the status that ERPNext would show, and let go of every payment. For uninstalling."""
    service = paid_status()
    while names := _names("awaiting_bank_reconciliation = 1 limit %(most)s", most=_AT_ONCE):
        invoices = service.books.invoices_of(names)
        service.books.set_awaiting(names, False)
        service.refresh_invoices(invoices)
    # Frappe keeps the column of a deleted custom field: should the app come back, these are payments from before it.
    frappe.db.sql("update `tabPayment Entry` set follows_bank_statement = 0 where follows_bank_statement = 1")


def _mend_flags(payments: Sequence[str], *, commit: bool) -> list[Drift]:
    look, service, drifts = ERPNextPaidStatusBooks(locking=False), paid_status(), []
    for names in _slices(payments):
        stored = look.awaiting_flags(names)
        wrong = [name for name, of in look.payment_facts(names).items() if is_awaiting(of) != stored[name]]
        if commit:
            frappe.db.commit()  # to see the newest rows below, and lock nothing for longer than a slice
        if not wrong:
            continue
        service.refresh_payments(wrong)
        mended = look.awaiting_flags(wrong)
        drifts += [
            Drift(f"Payment Entry {name}", _flag(stored[name]), _flag(mended[name]))
            for name in wrong
            if stored[name] != mended[name]
        ]
        if commit:
            frappe.db.commit()
    return drifts


def _mend_statuses(*, commit: bool) -> list[Drift]:
    look, service, drifts = ERPNextPaidStatusBooks(locking=False), paid_status(), []
    for refs in _slices(_followed_invoices()):
        stored = _statuses(refs)
        wanted = {ref: invoice_status(of, look.today()) for ref, of in look.invoice_facts(refs).items()}
        wrong = [ref for ref, status in wanted.items() if stored[ref] != status]
        if commit:
            frappe.db.commit()
        if not wrong:
            continue
        service.refresh_invoices(wrong)
        mended = _statuses(wrong)
        drifts += [
            Drift(str(ref), stored[ref], mended[ref])
            for ref in wrong
            if stored[ref] != mended[ref] and not _fell_due(stored[ref], mended[ref])
        ]
        if commit:
            frappe.db.commit()
    return drifts


def _followed_payments() -> list[str]:
    return _names("awaiting_bank_reconciliation = 1 or docstatus = 1 and follows_bank_statement = 1")


def _names(where: str, **values: object) -> list[str]:
    rows = frappe.db.sql(f"select name from `tabPayment Entry` where {where}", values)
    return [name for (name,) in rows]


def _followed_invoices() -> list[InvoiceRef]:
    """Return the invoices of payments that follow the bank statement: those held, and those that may be left held."""
    found: list[InvoiceRef] = []
    for doctype in INVOICES:
        rows = frappe.db.sql(
            f"""select distinct i.name from `tabPayment Entry` p
            inner join `tabPayment Entry Reference` r on r.parent = p.name and r.reference_doctype = %(doctype)s
            inner join `tab{doctype}` i on i.name = r.reference_name and i.docstatus = 1
            where p.docstatus = 1 and p.follows_bank_statement = 1
                and (p.awaiting_bank_reconciliation = 1 or i.status in %(open)s)""",
            {"doctype": doctype, "open": _OPEN},
        )
        found += [InvoiceRef(doctype, name) for (name,) in rows]
    return found


def _statuses(refs: Collection[InvoiceRef]) -> dict[InvoiceRef, str]:
    found: dict[InvoiceRef, str] = {}
    for doctype in {ref.doctype for ref in refs}:
        names = [ref.name for ref in refs if ref.doctype == doctype]
        rows = frappe.db.sql(f"select name, status from `tab{doctype}` where name in %(names)s", {"names": names})
        found.update({InvoiceRef(doctype, name): status for name, status in rows})
    return found


def _fell_due(before: str, after: str) -> bool:
    return after.startswith("Overdue") and before.startswith(("Unpaid", "Partly Paid"))


def _flag(awaiting: bool) -> str:
    return "awaiting bank reconciliation" if awaiting else "not awaiting bank reconciliation"


def _report(drifts: Sequence[Drift]) -> str | None:
    """Say it in an Error Log; return its name."""
    title = _("Paid status: {0} documents did not say what their rows say, and were mended").format(len(drifts))
    report = frappe.log_error(title=title, message="\n".join(map(str, drifts)))
    frappe.db.commit()
    return report.name if report else None


def _slices(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
