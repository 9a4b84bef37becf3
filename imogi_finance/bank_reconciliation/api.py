"""What a browser, another system or a console calls: ``imogi_finance.bank_reconciliation.api.…``.

Without ``from __future__ import annotations``: Frappe converts arguments by their annotations, which must be objects.
"""

import json
from typing import Any

import frappe

from imogi_finance.bank_reconciliation.request import Options, usual_chunk
from imogi_finance.batch.presenting import run_json
from imogi_finance.erpnext_adapter import announcing
from imogi_finance.erpnext_adapter.answering import answered
from imogi_finance.erpnext_adapter.books import listing
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.jobs import work_run
from imogi_finance.erpnext_adapter.settings import reconciliation_settings


@frappe.whitelist(methods=["POST"])
@answered
def create_payment_entries_bulk(
    bank_transaction_name: str,
    invoices: str | list,
    regular_vouchers: str | list | None = None,
    per_party: bool | None = None,
    chunk_size: int | None = None,
    stop_on_first_error: bool = True,
    idempotency_key: str | None = None,
) -> dict[str, Any]:
    """Pay invoices out of one bank transaction and reconcile it with them, as one durable run.

    It is worked before the answer where it is no larger than the settings' threshold, else by a worker.

    Args:
        bank_transaction_name: name of a submitted Bank Transaction.
        invoices: rows of ``doctype``, ``name`` and optionally ``amount`` (major units, above zero; all that is
            outstanding where it is missing); a list, or its JSON.
        regular_vouchers: Payment Entries that exist already, in the same form.
        per_party: one payment for each party instead of one for each invoice; as the settings say where it is missing.
        chunk_size: items that commit together; as the settings say where it is missing.
        stop_on_first_error: turn back at the first item that fails, else name all that fail first.
        idempotency_key: the same key from the same user always gets the same run.

    Returns:
        The run as JSON: ``job_id``, ``status``, counts, amounts in minor units.

    Raises:
        Refused: the request breaks a rule; every problem found is named and nothing was changed.

    Source: "Bulk Bank Reconciliation" (seed 000), ``create_payment_entries_bulk``.
    """
    settings, app, user = reconciliation_settings(), compose(), frappe.session.user
    by_party = settings.per_party if per_party is None else per_party
    options = Options(
        per_party=by_party,
        chunk_size=usual_chunk(per_party=by_party, usual=settings.chunk_size) if chunk_size is None else chunk_size,
        stop_on_first_error=stop_on_first_error,
    )
    accepted = app.reconciliation.create_payment_entries_bulk(
        bank_transaction_name,
        _rows(invoices),
        _rows(regular_vouchers),
        user=user,
        options=options,
        idempotency_key=idempotency_key,
        in_request=True,
    )
    if not accepted.run.status.is_live:
        announcing.announce(accepted.run.name)
    return run_json(app.control.status(accepted.run.name, user=user))


@frappe.whitelist(methods=["GET", "POST"])
@answered
def unpaid_invoices(bank_transaction_name: str) -> dict[str, Any]:
    """Return a bank transaction and the unpaid invoices that it may pay, as far as the user may read them."""
    transaction, shown = listing.transaction_json(bank_transaction_name)
    return {"transaction": shown, "invoices": listing.unpaid_invoices(transaction)}


@frappe.whitelist(methods=["GET", "POST"])
@answered
def open_vouchers(bank_transaction_name: str) -> dict[str, Any]:
    """Return the payments that could be allocated to a bank transaction, as far as the user may read them."""
    transaction, _ = listing.transaction_json(bank_transaction_name)
    return {"vouchers": listing.open_vouchers(transaction)}


def process_bulk_reconciliation(run: str) -> None:
    """Work a run until it ends: the name that rings of earlier versions carry, which may still wait in a queue.

    Args:
        run: name of the Batch Run.
    """
    work_run(run)


def _rows(given: Any) -> Any:
    """Return rows from JSON where they came as text; what is not understood is the service's to refuse."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given, object_pairs_hook=_named_once)
    except (ValueError, RecursionError):
        return given


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object, unless it names something twice: nobody knows which of the two was meant."""
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return named
