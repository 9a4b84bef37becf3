"""The tables of the sandbox: one definition for SQLite and for memory.

Amounts are integer minor units, quantities integer thousandths. Dates and times are ISO 8601 text,
times in UTC with microseconds, so that text order is time order; "" stands for "at once" in ``retry_at``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table: column name to SQLite type, its key, and what must be unique or quick to find."""

    columns: Mapping[str, str]
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()


def _columns(text: str) -> dict[str, str]:
    pairs = (column.split() for column in text.replace("\n", " ").split(","))
    return {pair[0]: " ".join(pair[1:]) for pair in pairs if pair}


TABLES: Mapping[str, Table] = {
    "setting": Table(_columns("name TEXT, value TEXT"), ("name",)),
    "user": Table(_columns("name TEXT, role TEXT, enabled INTEGER"), ("name",)),
    "company": Table(_columns("name TEXT, currency TEXT"), ("name",)),
    "account": Table(_columns("name TEXT, company TEXT, account_type TEXT, currency TEXT"), ("name",)),
    "party": Table(_columns("party_type TEXT, name TEXT"), ("party_type", "name")),
    "invoice": Table(
        _columns(
            """doctype TEXT, name TEXT, company TEXT, party TEXT, posting_date TEXT, due_date TEXT, reference TEXT,
            currency TEXT, grand_total INTEGER, outstanding INTEGER, is_return INTEGER, docstatus INTEGER,
            status TEXT, party_account TEXT, batch_run TEXT, owner TEXT"""
        ),
        ("doctype", "name"),
        unique=(("doctype", "party", "reference"),),
        indexes=(("company", "doctype", "outstanding"), ("batch_run",)),
    ),
    "invoice_line": Table(
        _columns(
            """invoice TEXT, line INTEGER, item TEXT, qty INTEGER, rate INTEGER, amount INTEGER, sales_order TEXT,
            order_line INTEGER"""
        ),
        ("invoice", "line"),
        indexes=(("sales_order",),),
    ),
    "sales_order": Table(
        _columns(
            """name TEXT, company TEXT, customer TEXT, order_date TEXT, delivery_date TEXT, reference TEXT,
            payment_days INTEGER, currency TEXT, grand_total INTEGER, unbilled INTEGER, delivered_unbilled INTEGER,
            docstatus INTEGER, status TEXT, owner TEXT"""
        ),
        ("name",),
        unique=(("customer", "reference"),),
        indexes=(("company", "docstatus", "unbilled"),),
    ),
    "sales_order_line": Table(
        _columns(
            """sales_order TEXT, line INTEGER, item TEXT, qty INTEGER, rate INTEGER, delivered INTEGER, billed INTEGER,
            billed_amount INTEGER"""
        ),
        ("sales_order", "line"),
    ),
    "credit_limit": Table(_columns("company TEXT, customer TEXT, amount INTEGER"), ("company", "customer")),
    "payment": Table(
        _columns(
            """name TEXT, company TEXT, payment_type TEXT, party_type TEXT, party TEXT, posting_date TEXT,
            account TEXT, party_account TEXT, currency TEXT, amount INTEGER, docstatus INTEGER, awaiting INTEGER,
            reference_no TEXT, batch_run TEXT, owner TEXT"""
        ),
        ("name",),
        indexes=(("account", "awaiting"), ("batch_run",)),
    ),
    "payment_reference": Table(
        _columns("payment TEXT, line INTEGER, doctype TEXT, invoice TEXT, allocated INTEGER"),
        ("payment", "line"),
        indexes=(("doctype", "invoice"),),
    ),
    "ledger_entry": Table(
        _columns(
            """voucher_type TEXT, voucher TEXT, line INTEGER, posting_date TEXT, account TEXT, party TEXT,
            currency TEXT, debit INTEGER, credit INTEGER, against_type TEXT, against TEXT, is_reversal INTEGER"""
        ),
        ("voucher_type", "voucher", "line"),
    ),
    "bank_transaction": Table(
        _columns(
            """name TEXT, company TEXT, date TEXT, bank_account TEXT, currency TEXT, description TEXT,
            reference_number TEXT, deposit INTEGER, withdrawal INTEGER, allocated INTEGER, unallocated INTEGER,
            status TEXT, docstatus INTEGER, fingerprint TEXT"""
        ),
        ("name",),
        unique=(("fingerprint",),),
    ),
    "bank_transaction_payment": Table(
        _columns("bank_transaction TEXT, line INTEGER, doctype TEXT, payment TEXT, allocated INTEGER"),
        ("bank_transaction", "line"),
        indexes=(("payment",),),
    ),
    "comment": Table(_columns("doctype TEXT, name TEXT, line INTEGER, text TEXT"), ("doctype", "name", "line")),
    "batch_run": Table(
        _columns(
            """name TEXT, kind TEXT, status TEXT, requested_by TEXT, company TEXT, reference_doctype TEXT,
            reference_name TEXT, holds_document INTEGER DEFAULT 1, priority INTEGER DEFAULT 5, live_key TEXT,
            request_digest TEXT, idempotency_key TEXT, retry_of TEXT, chunk_size INTEGER,
            options TEXT, total INTEGER, processed INTEGER, succeeded INTEGER, failed INTEGER,
            to_undo INTEGER, undone INTEGER, undo_failed INTEGER, epoch INTEGER, lease_holder TEXT,
            lease_expires_at TEXT, lease_seconds REAL, joinable INTEGER, stalls INTEGER, wake_at TEXT, rung_at TEXT,
            cancel_requested_by TEXT, result TEXT, error TEXT, created_at TEXT, started_at TEXT, ended_at TEXT,
            worked_seconds REAL DEFAULT 0"""
        ),
        ("name",),
        unique=(("live_key",), ("requested_by", "idempotency_key")),
        indexes=(("status",), ("request_digest",), ("retry_of",)),
    ),
    "batch_item": Table(
        _columns(
            """run TEXT, position INTEGER, reference_doctype TEXT, reference_name TEXT, live_key TEXT, amount TEXT,
            status TEXT, attempt INTEGER, retry_at TEXT, result_doctype TEXT, result_name TEXT, error TEXT"""
        ),
        ("run", "position"),
        unique=(("live_key",),),
        indexes=(("run", "status", "position"), ("run", "status", "result_name")),
    ),
}
