"""Invoices on ERPNext: mapped by its own ``make_sales_invoice``, saved once, as a draft or submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt, getdate, nowdate

from imogi_finance.batch.faults import reach
from imogi_finance.batch_invoicing.checks import check_order
from imogi_finance.batch_invoicing.documents import INVOICE_TYPE, ORDER_TYPE
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter import naming
from imogi_finance.erpnext_adapter.books.holding import hold_new
from imogi_finance.erpnext_adapter.books.one_save import submit_in_one_save
from imogi_finance.erpnext_adapter.books.refusals import blaming
from imogi_finance.erpnext_adapter.books.remembering import remembering
from imogi_finance.erpnext_adapter.invoicing.company_sales import counted_once
from imogi_finance.erpnext_adapter.invoicing.holding import HeldOrders
from imogi_finance.errors import Conflict, DocumentError

Savepoint = Callable[[], AbstractContextManager[None]]
_MADE = {"tabSales Order": "books.after_outstanding", "tabGL Entry": "books.after_ledger"}
# what ``make_sales_invoice`` works out of the whole invoice after each order: once is enough, after the last
_WORKED_OUT = ("set_missing_values", "set_po_nos", "calculate_taxes_and_totals", "set_use_serial_batch_fields")


class _Passed(Exception):
    """An order can be invoiced alone; nobody but ``_guilty`` sees this."""


def invoice(
    names: Sequence[str],
    options: Options,
    *,
    company: str,
    run: str,
    held: HeldOrders,
    savepoint: Savepoint,
    numbered_apart: bool,
) -> str:
    """Make one invoice; see ``imogi_finance.batch_invoicing.doors.InvoicingBooks.invoice``.

    Args:
        held: the orders, locked.
        savepoint: takes back, with all that came with it, what has failed inside.
        numbered_apart: see ``naming.numbered_apart``.
    """

    def make(of: Sequence[str]) -> str:
        return _make(of, options, company=company, run=run, held=held, numbered_apart=numbered_apart)

    if len(names) == 1:
        return make(names)
    try:
        with savepoint():
            return make(names)
    except DocumentError as error:
        if error.document in {f"{ORDER_TYPE} {name}" for name in names}:
            raise
        _find_guilty(names, make, savepoint)
        raise


def _find_guilty(names: Sequence[str], make: Callable[[Sequence[str]], str], savepoint: Savepoint) -> None:
    """Try each order alone, and take it back.

    Raises:
        DocumentError: the first one that cannot be invoiced alone either.
    """
    for name in names:
        try:
            with savepoint():
                make([name])
                raise _Passed
        except _Passed:
            continue


def _make(
    names: Sequence[str], options: Options, *, company: str, run: str, held: HeldOrders, numbered_apart: bool
) -> str:
    of_all = [f"{ORDER_TYPE} {name}" for name in names]
    document = of_all[0] if len(names) == 1 else f"{INVOICE_TYPE} of {names[0]} and {len(names) - 1} more"
    if not held.busy.isdisjoint(names):
        raise Conflict("Another transaction holds the order.")
    for name in names:
        check_order(name, held.orders.get(name), company=company, options=options)
    memory = held.memory
    with blaming(document, *of_all), remembering(memory, _passing):
        made = _mapped(names, options)
        made.batch_run = made.flags.made_by_run = run
        with naming.numbered_apart(made) if numbered_apart else nullcontext():
            if options.submit:
                with counted_once(made, held.counted):
                    submit_in_one_save(
                        made, lambda method: hold_new(memory, made) if method == "after_insert" else None
                    )
            else:
                made.insert()
        _check_made(made, names, options)
    return str(made.name)


def _mapped(names: Sequence[str], options: Options) -> Any:
    """Return the invoice of the orders, not saved yet."""
    made = frappe.new_doc(INVOICE_TYPE)
    _date(made, options)
    if options.update_stock:
        made.update_stock = 1
    with _working_out_later(made):
        for name in names[:-1]:
            made = make_sales_invoice(name, made)
    made = make_sales_invoice(names[-1], made)
    made.flags.ignore_permissions = False  # ERPNext lets go of them for its form, which asks again when it is saved
    if options.only_delivered:
        _leave_out_undelivered(made)
    return made


def _date(made: Any, options: Options) -> None:
    """Give an invoice its posting date; ERPNext keeps another one than today's only where it is told so."""
    if options.posting_date is None:
        raise ValueError("an invoice needs a posting date")
    made.posting_date = options.posting_date
    if options.posting_date != getdate(nowdate()):
        made.set_posting_time = 1


@contextmanager
def _working_out_later(made: Any) -> Iterator[None]:
    """Have ERPNext map orders onto an invoice without working it out in between."""
    run_as_ever = made.run_method
    made.run_method = lambda method, *args, **kwargs: (
        None if method in _WORKED_OUT else run_as_ever(method, *args, **kwargs)
    )  # of this one document
    try:
        yield
    finally:
        del made.run_method


def _leave_out_undelivered(made: Any) -> None:
    """Bill of each row no more than is delivered and not billed yet.

    Raises:
        DocumentError: nothing is left to bill.
    """
    kept = []
    for row in made.items:
        billable = _delivered_unbilled(row)
        if billable is not None and flt(row.qty) > billable:
            row.qty = billable
        if flt(row.qty):
            kept.append(row)
    made.set("items", kept)
    for number, row in enumerate(made.items, 1):
        row.idx = number
    made.run_method("calculate_taxes_and_totals")


def _delivered_unbilled(row: Any) -> float | None:
    """Return the quantity of an invoice's row that is delivered and not billed; None where nothing is delivered."""
    columns = ["parent", "rate", "delivered_qty", "billed_amt"]
    ordered = frappe.db.get_value("Sales Order Item", row.so_detail, columns, as_dict=True)
    if frappe.db.get_value(ORDER_TYPE, ordered.parent, "skip_delivery_note"):
        return None
    billed = flt(ordered.billed_amt) / flt(ordered.rate) if flt(ordered.rate) else 0.0
    return max(0.0, flt(flt(ordered.delivered_qty) - billed, row.precision("qty")))


def _check_made(made: Any, names: Sequence[str], options: Options) -> None:
    """Make sure that ERPNext, and every app that has a say in it, made the invoice that was asked for.

    Raises:
        DocumentError: an order is not on it, or it is not what was asked.
        Conflict: the day has changed while it was made.
    """
    billed = {row.sales_order for row in made.items}
    for name in names:
        if name not in billed:
            raise DocumentError(f"{ORDER_TYPE} {name}", "ERPNext bills nothing of it.", "Look at its items.")
    if made.docstatus != (1 if options.submit else 0) or billed != set(names):
        raise DocumentError(f"{ORDER_TYPE} {names[0]}", "ERPNext made another invoice of it than was asked for.")
    if getdate(made.posting_date) != options.posting_date:
        raise Conflict("A new day has begun while the invoice was made.")


def _passing(table: str) -> None:
    if table in _MADE:
        reach(_MADE[table])
