"""IMOGI Finance Settings as values. A setting that was never saved has the form's default."""

from dataclasses import dataclass

import frappe
from frappe.utils import cint

DOCTYPE = "IMOGI Finance Settings"
ONE_A_PARTY = "One payment a party"
SUBMITTED = "Submitted"


@dataclass(frozen=True)
class ReconciliationSettings:
    """How bulk reconciliations are done where the request does not say.

    Args:
        threshold: up to this many rows are worked in the request itself.
        chunk_size: items that commit together, 1 to 500.
        per_party: one payment a party rather than one an invoice.
        queue: name of the queue that is rung.
        workers: how many workers may work one run at once, 1 or more.
        mail_on_completion: whether the one who asked gets an e-mail at the end.
    """

    threshold: int
    chunk_size: int
    per_party: bool
    queue: str
    workers: int
    mail_on_completion: bool


@dataclass(frozen=True)
class InvoicingSettings:
    """How batches of orders are invoiced where the request does not say.

    Args:
        submit: submit the invoices rather than leave them as drafts.
        chunk_size: orders that commit together, 1 to 500.
    """

    submit: bool
    chunk_size: int


def reconciliation_settings() -> ReconciliationSettings:
    """Return the settings of bulk reconciliation."""
    stored = _stored()
    return ReconciliationSettings(
        threshold=cint(stored["threshold"]),
        chunk_size=cint(stored["chunk_size"]),
        per_party=stored["payments"] == ONE_A_PARTY,
        queue=str(stored["queue"]),
        workers=max(1, cint(stored["workers"])),
        mail_on_completion=bool(cint(stored["mail_on_completion"])),
    )


def invoicing_settings() -> InvoicingSettings:
    """Return the settings of batch invoicing."""
    stored = _stored()
    return InvoicingSettings(submit=stored["invoices"] == SUBMITTED, chunk_size=cint(stored["invoicing_chunk_size"]))


def most_waiting() -> int:
    """Return how many runs a user may have that no worker has begun; 0 is as many as they like."""
    return cint(_stored()["most_waiting"])


def rule_is_on(company: str) -> bool:
    """Return whether invoices of the company are held until the bank statement confirms their payments."""
    own = frappe.db.sql(
        "select hold_bank_payments from `tabIMOGI Finance Company` where parent = %s and company = %s",
        (DOCTYPE, company),
    )
    return bool(cint(own[0][0] if own else _stored()["hold_bank_payments"]))


def bank_clearance_confirms() -> bool:
    """Return whether a clearance date confirms a payment as a bank transaction does."""
    return bool(cint(_stored()["bank_clearance_confirms"]))


def _stored() -> dict[str, str]:
    """Read from the rows each time: a cached copy could be older than the transaction that decides."""
    defaults = {field.fieldname: field.default or "" for field in frappe.get_meta(DOCTYPE).fields}
    found = frappe.db.sql("select field, value from `tabSingles` where doctype = %s", DOCTYPE)
    return defaults | {field: value for field, value in found if field in defaults and value is not None}
