"""What a browser, another system or a console calls: ``imogi_finance.batch_invoicing.api.…``.

Status, items, cancel and retry of a run are ``imogi_finance.batch.api``'s, for every kind.
Without ``from __future__ import annotations``: Frappe converts arguments by their annotations, which must be objects.
"""

import json
from typing import Any

import frappe

from imogi_finance.batch.presenting import run_json
from imogi_finance.batch.run import USUAL_PRIORITY
from imogi_finance.batch_invoicing.kind import KIND
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.presenting import judgement_json
from imogi_finance.batch_invoicing.request import parse_date, usual_chunk
from imogi_finance.erpnext_adapter.answering import answered
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.settings import invoicing_settings


@frappe.whitelist(methods=["POST"])
@answered
def create_invoices_bulk(
    sales_orders: str | list,
    company: str | None = None,
    submit: bool | None = None,
    update_stock: bool = False,
    posting_date: str | None = None,
    one_per_customer: bool = False,
    only_delivered: bool = False,
    leave_out_held: bool = True,
    chunk_size: int | None = None,
    priority: int = USUAL_PRIORITY,
    strict: bool = False,
    idempotency_key: str | None = None,
) -> dict[str, Any]:
    """Make Sales Invoices of Sales Orders, as one durable run. A worker does it; the answer comes at once.

    Args:
        sales_orders: names of up to 100,000 orders of one company, each once; a list, or its JSON.
        company: whose orders; that of the orders where it is missing.
        submit: submit each invoice, else it is left as a draft; as the settings say where it is missing.
        update_stock: the invoices deliver the goods too.
        posting_date: of the invoices, YYYY-MM-DD; the day of the request where it is missing.
        one_per_customer: one invoice for all orders of a customer that can share one, as far as a chunk goes.
        only_delivered: bill what is delivered and not billed; else all that is not billed.
        leave_out_held: leave orders on hold or closed out, and say so; else they count as bad.
        chunk_size: orders that commit together, 1 to 500; as the settings say where it is missing.
        priority: 1 to 9; a waiting run of higher priority is worked first.
        strict: refuse all where any order cannot be invoiced; else those are items that have failed from the start.
        idempotency_key: the same key from the same user always gets the same run.

    Returns:
        The run as JSON: ``job_id``, ``status``, counts, the sum in minor units, the first failed orders.

    Raises:
        Refused: the request itself is wrong, or nothing is left to do; up to a hundred problems are named and nothing
            was changed.

    Source: "Batch Invoice Creation" (seed 001), ``create_invoices_bulk``.
    """
    app, user = compose(), frappe.session.user
    accepted = app.invoicing.create_invoices_bulk(
        _names(sales_orders),
        user=user,
        company=company,
        options=_options(
            submit=submit,
            update_stock=update_stock,
            posting_date=posting_date,
            one_per_customer=one_per_customer,
            only_delivered=only_delivered,
            leave_out_held=leave_out_held,
            chunk_size=chunk_size,
        ),
        priority=priority,
        strict=strict,
        idempotency_key=idempotency_key,
    )
    return run_json(app.control.status(accepted.run.name, user=user))


@frappe.whitelist(methods=["POST"])
@answered
def check_invoices_bulk(
    sales_orders: str | list,
    company: str | None = None,
    submit: bool | None = None,
    update_stock: bool = False,
    posting_date: str | None = None,
    one_per_customer: bool = False,
    only_delivered: bool = False,
    leave_out_held: bool = True,
    chunk_size: int | None = None,
    strict: bool = False,
) -> dict[str, Any]:
    """Say what ``create_invoices_bulk`` would make of the same request at this moment; nothing is stored.

    Args:
        strict: whether one bad order refuses all; see ``would_start``.

    Returns:
        ``orders`` asked for, ``ready`` ones of so many ``customers`` and their ``amount`` in minor units, ``bad``
        ones; the first hundred ``problems`` and orders ``left_out`` as document, rule, message and remedy, and how
        many there are; ``would_start``: whether the request would be accepted.

    Raises:
        Refused: the request itself is wrong.
    """
    judged = compose().invoicing.check_invoices_bulk(
        _names(sales_orders),
        user=frappe.session.user,
        company=company,
        options=_options(
            submit=submit,
            update_stock=update_stock,
            posting_date=posting_date,
            one_per_customer=one_per_customer,
            only_delivered=only_delivered,
            leave_out_held=leave_out_held,
            chunk_size=chunk_size,
        ),
    )
    shown = judgement_json(judged)
    return {**shown, "would_start": shown["ready"] > 0 and not (strict and shown["bad"])}


@frappe.whitelist(methods=["GET", "POST"])
@answered
def history(company: str | None = None, days: int = 30) -> dict[str, Any]:
    """Return how the batches of orders have fared that the user may see: each day, times, queue, common errors.

    Args:
        company: only its runs.
        days: how far back, 1 to 366.
    """
    return compose().history.of(frappe.session.user, kind=KIND, company=company or None, days=days)


def _options(*, submit: bool | None, posting_date: str | None, chunk_size: int | None, **chosen: bool) -> Options:
    """Return what was chosen, and what the settings say where nothing was.

    Raises:
        Refused: the posting date is no day.
    """
    settings = invoicing_settings()
    usual = usual_chunk(one_per_customer=chosen["one_per_customer"], usual=settings.chunk_size)
    return Options(
        submit=settings.submit if submit is None else submit,
        posting_date=parse_date(posting_date),
        chunk_size=usual if chunk_size is None else chunk_size,
        **chosen,
    )


def _names(given: Any) -> Any:
    """Return names from JSON where they came as text; what is not understood is the service's to refuse."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given
