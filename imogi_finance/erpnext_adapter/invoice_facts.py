"""The facts of invoices that ERPNext's ladder of statuses asks for, set-based.

The ladder is ``set_status`` of Sales and of Purchase Invoice.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import flt, getdate

from imogi_finance.money import ZERO
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.rule import Instalment, InvoiceFacts

# What awaits for each invoice that has any: payments, and what each of them allocates to it.
Awaiting = Mapping[InvoiceRef, Mapping[str, Decimal]]


def invoice_rows(
    invoices: Iterable[InvoiceRef], today: date, lock: str, *, stamped: bool = False
) -> dict[InvoiceRef, Any]:
    """Read the rows of invoices, with the sums and questions that hang on them.

    Args:
        today: instalments before this day are due.
        lock: how the rows are locked, as SQL says it; empty for not at all.
        stamped: whether the time of change is read too, for ``changed_meanwhile``.
    """
    stamp = ", i.modified" if stamped else ""
    return {
        InvoiceRef(doctype, row.name): row
        for doctype, names in by_doctype(invoices)
        for row in select(f"{_invoice_query(doctype, stamp)} order by i.name {lock}", names=names, today=today)
    }


def changed_meanwhile(rows: Mapping[InvoiceRef, Any]) -> set[InvoiceRef]:
    """Return the invoices that others have changed since the snapshot that this transaction reads.

    Whoever pays an invoice, or takes a payment off it, writes its outstanding amount and its time of change. A read
    without a lock has the time of the snapshot.

    Args:
        rows: as ``invoice_rows`` read them under a lock, stamped.
    """
    return {
        InvoiceRef(doctype, row.name)
        for doctype, names in by_doctype(rows)
        for row in select(f"select name, modified from `tab{doctype}` where name in %(names)s", names=names)
        if row.modified != rows[InvoiceRef(doctype, row.name)].modified
    }


def facts_of(rows: Mapping[InvoiceRef, Any], awaiting: Awaiting) -> dict[InvoiceRef, InvoiceFacts]:
    """Return the facts of invoices from their rows and what awaits."""
    return {ref: _invoice_facts(ref, row, awaiting.get(ref, {})) for ref, row in rows.items()}


def by_doctype(invoices: Iterable[InvoiceRef]) -> list[tuple[str, list[str]]]:
    """Return the names of invoices by doctype, both in order."""
    found: dict[str, list[str]] = {}
    for ref in sorted(invoices):
        found.setdefault(ref.doctype, []).append(ref.name)
    return list(found.items())


def select(query: str, *, names: Collection[str], **values: Any) -> list[Any]:
    """Run a query about named documents; not at all where there are none."""
    return list(frappe.db.sql(query, {"names": tuple(sorted(names)), **values}, as_dict=True)) if names else []


def _invoice_query(doctype: str, more: str) -> str:
    """Return what selects the facts of invoices.

    ERPNext adds up the instalments that are due (``is_overdue`` of Sales Invoice), so the database does here too.
    """
    sales = doctype == "Sales Invoice"
    in_party_currency = "i.party_account_currency = i.currency"
    return f"""select i.name{more}, i.docstatus, i.outstanding_amount, i.due_date, i.is_return,
            if(i.disable_rounded_total, if({in_party_currency}, i.grand_total, i.base_grand_total),
                if({in_party_currency}, i.rounded_total, i.base_rounded_total)) as total,
            {"i.is_internal_customer" if sales else "i.is_internal_supplier"} = 1
                and i.represents_company = i.company as is_internal_transfer,
            exists(select 1 from `tab{doctype}` r
                where r.return_against = i.name and r.is_return = 1 and r.docstatus = 1) as is_returned,
            {"i.is_pos = 0 and" if sales else ""} exists(select 1 from `tabPayment Schedule` s
                where s.parent = i.name and s.parenttype = '{doctype}') as has_schedule,
            (select sum(if({in_party_currency}, s.payment_amount, s.base_payment_amount)) from `tabPayment Schedule` s
                where s.parent = i.name and s.parenttype = '{doctype}' and s.due_date < %(today)s) as payable,
            (select sum(s.invoice_portion) from `tabPayment Schedule` s
                where s.parent = i.name and s.parenttype = '{doctype}' and s.due_date < %(today)s) as due_percent,
            i.total_advance,
            {"i.is_discounted and " + _IS_DISBURSED if sales else "0"} as is_discounted
        from `tab{doctype}` i where i.name in %(names)s"""


_IS_DISBURSED = """exists(select 1 from `tabDiscounted Invoice` d
    inner join `tabInvoice Discounting` m on m.name = d.parent
    where d.sales_invoice = i.name and m.docstatus = 1 and m.status = 'Disbursed')"""


def _invoice_facts(ref: InvoiceRef, row: Any, awaiting: Mapping[str, Decimal]) -> InvoiceFacts:
    precision = frappe.get_precision(ref.doctype, "outstanding_amount")

    def exact(value: float | None) -> Decimal:
        return Decimal(str(flt(value, precision)))

    payable = exact(row.payable)
    if awaiting and row.total_advance and row.due_percent:
        payable += Decimal(str(row.due_percent)) / 100 * _held_advances(ref, awaiting)
    # The rule asks only for the sum of the instalments before today, which the database has added up.
    schedule = (Instalment(date.min, payable),) if row.has_schedule else ()
    return InvoiceFacts(
        docstatus=row.docstatus,
        total=exact(row.total),
        outstanding=exact(row.outstanding_amount),
        awaiting=sum(awaiting.values(), ZERO),
        due_date=getdate(row.due_date),
        is_return=bool(row.is_return),
        is_returned=bool(row.is_returned) and not row.is_return,
        returned_status="Credit Note Issued" if ref.doctype == "Sales Invoice" else "Debit Note Issued",
        is_internal_transfer=bool(row.is_internal_transfer),
        is_discounted=bool(row.is_discounted),
        schedule=schedule,
    )


def _held_advances(ref: InvoiceRef, awaiting: Mapping[str, Decimal]) -> Decimal:
    """Return how much less the instalments are for advances that await the bank.

    ERPNext takes the advances of an invoice off its instalments; without them these would be so much more.
    """
    rows = frappe.db.sql(
        f"""select coalesce(sum(allocated_amount), 0) from `tab{ref.doctype} Advance`
        where parent = %s and reference_type = 'Payment Entry' and reference_name in %s""",
        (ref.name, tuple(awaiting)),
    )
    return Decimal(str(rows[0][0]))
