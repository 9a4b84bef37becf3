"""An auditor who trusts nobody: plain SQL on the database file, none of the app's code.

Returns what is wrong as sentences; an empty list is a clean audit. The invariants are numbered as in
the architecture notes: at most one live payment an item (I1), debits equal credits (I2), the bank
statement adds up (I3), a run is all or nothing (I4), undone means as before (I5), status moves along
the edges (I7, by its counters), every run has ended (I9), in the asking user's name (I10).
"""

# ruff: noqa: E501  SQL reads better in long lines

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

LIVE = "('Pending', 'Processing', 'Undoing')"

# Each query returns one row for each violation; its columns say which.
VIOLATIONS = {
    "I1 an invoice of a run has more than one live payment of that run": """
        SELECT p.batch_run, r.invoice, count(*) FROM payment p JOIN payment_reference r ON r.payment = p.name
        WHERE p.docstatus = 1 AND p.batch_run IS NOT NULL GROUP BY p.batch_run, r.doctype, r.invoice HAVING count(*) > 1""",
    "I1 a live payment of a run is no item's result": """
        SELECT p.name, p.batch_run FROM payment p WHERE p.docstatus = 1 AND p.batch_run IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM batch_item i WHERE i.run = p.batch_run AND i.result_name = p.name
        AND i.status IN ('Succeeded', 'Undo Failed'))""",
    "I1 an item succeeded without a live payment": """
        SELECT i.run, i.position FROM batch_item i LEFT JOIN payment p ON p.name = i.result_name
        WHERE i.status = 'Succeeded' AND i.reference_doctype <> 'Sales Order' AND coalesce(p.docstatus, 0) <> 1""",
    "I1 an item was paid another amount than asked": """
        SELECT i.run, i.position, i.amount, r.allocated FROM batch_item i
        JOIN payment_reference r ON r.payment = i.result_name AND r.doctype = i.reference_doctype AND r.invoice = i.reference_name
        WHERE i.status = 'Succeeded' AND abs(r.allocated) <> round(cast(i.amount AS REAL) * 100)""",
    "I2 a voucher does not balance": """
        SELECT voucher_type, voucher, sum(debit), sum(credit) FROM ledger_entry
        GROUP BY voucher_type, voucher, is_reversal HAVING sum(debit) <> sum(credit)""",
    "I2 a cancelled payment is not reversed in the ledger, or a live one is": """
        SELECT p.name, p.docstatus FROM payment p WHERE (p.docstatus = 2) <> EXISTS (
        SELECT 1 FROM ledger_entry l WHERE l.voucher_type = 'Payment Entry' AND l.voucher = p.name AND l.is_reversal = 1)""",
    "I2 a payment posted another amount to its bank": """
        SELECT p.name FROM payment p JOIN ledger_entry l ON l.voucher_type = 'Payment Entry' AND l.voucher = p.name AND l.account = p.account AND l.is_reversal = 0
        GROUP BY p.name HAVING sum(l.debit + l.credit) <> p.amount""",
    "I3 a bank transaction's rows do not add up": """
        SELECT t.name FROM bank_transaction t LEFT JOIN bank_transaction_payment r ON r.bank_transaction = t.name
        GROUP BY t.name HAVING coalesce(sum(r.allocated), 0) <> t.allocated
        OR t.allocated + t.unallocated <> t.deposit + t.withdrawal OR t.unallocated < 0""",
    "I3 a payment is allocated more than once over": """
        SELECT p.name FROM payment p JOIN bank_transaction_payment r ON r.payment = p.name
        GROUP BY p.name HAVING sum(r.allocated) > p.amount OR p.docstatus <> 1""",
    "I4 a completed run has an item that did not succeed, or is not allocated": """
        SELECT i.run, i.position FROM batch_item i JOIN batch_run b ON b.name = i.run
        LEFT JOIN bank_transaction_payment r ON r.bank_transaction = b.reference_name AND r.payment = i.result_name
        WHERE b.status = 'Completed' AND b.kind = 'Bulk Reconciliation' AND (i.status <> 'Succeeded' OR r.payment IS NULL)""",
    "I4 a run that failed or was cancelled left a payment": """
        SELECT b.name, p.name FROM batch_run b JOIN payment p ON p.batch_run = b.name
        WHERE b.status IN ('Failed', 'Cancelled') AND p.docstatus <> 2""",
    "I4 a run that failed or was cancelled left an item neither undone, failed nor skipped": """
        SELECT b.name, i.position, i.status FROM batch_run b JOIN batch_item i ON i.run = b.name
        WHERE b.status IN ('Failed', 'Cancelled') AND b.kind = 'Bulk Reconciliation' AND i.status NOT IN ('Undone', 'Failed', 'Skipped')""",
    "I5 an invoice's outstanding is not its total less its live payments": """
        SELECT v.name, v.outstanding FROM invoice v LEFT JOIN payment_reference r ON r.doctype = v.doctype AND r.invoice = v.name
        AND (SELECT docstatus FROM payment WHERE name = r.payment) = 1 WHERE v.docstatus = 1
        GROUP BY v.doctype, v.name HAVING v.outstanding <> v.grand_total - coalesce(sum(r.allocated), 0)""",
    "I5 an invoice's outstanding is not what the ledger says": """
        SELECT v.name FROM invoice v JOIN ledger_entry l ON l.against_type = v.doctype AND l.against = v.name
        GROUP BY v.doctype, v.name
        HAVING v.outstanding <> CASE v.doctype WHEN 'Purchase Invoice' THEN sum(l.credit - l.debit) ELSE sum(l.debit - l.credit) END""",
    "I7 a run's counters are not its items": """
        SELECT b.name FROM batch_run b JOIN batch_item i ON i.run = b.name GROUP BY b.name
        HAVING b.total <> count(*) OR b.failed <> sum(i.status = 'Failed') OR b.undone <> sum(i.status = 'Undone')
        OR b.succeeded <> sum(i.status IN ('Succeeded', 'Undone', 'Undo Failed'))""",
    "I9 a run has not ended": f"SELECT name, status FROM batch_run WHERE status IN {LIVE}",
    "I9 a run that ended still holds a lease or a document": f"""
        SELECT b.name FROM batch_run b WHERE b.status NOT IN {LIVE} AND (b.lease_holder IS NOT NULL OR b.live_key IS NOT NULL
        OR EXISTS (SELECT 1 FROM batch_item i WHERE i.run = b.name AND i.live_key IS NOT NULL AND i.status <> 'Undo Failed'))""",
    "I10 a payment was not made in the name of the one who asked": """
        SELECT p.name FROM payment p JOIN batch_run b ON b.name = p.batch_run WHERE p.owner <> b.requested_by""",
    "the rule: a payment's flag is not what its bank transactions say": """
        SELECT p.name FROM payment p JOIN account a ON a.name = p.account WHERE p.awaiting <> (
        p.docstatus = 1 AND a.account_type = 'Bank' AND coalesce((SELECT sum(r.allocated) FROM bank_transaction_payment r
        JOIN bank_transaction t ON t.name = r.bank_transaction AND t.docstatus = 1 WHERE r.payment = p.name), 0) < p.amount)""",
    "the rule: an invoice is Paid before its bank has confirmed, or not Paid after": """
        SELECT v.name, v.status FROM invoice v WHERE v.is_return = 0 AND v.docstatus = 1 AND (v.status = 'Paid') <> (v.outstanding + coalesce((
        SELECT sum(r.allocated) FROM payment_reference r JOIN payment p ON p.name = r.payment AND p.awaiting = 1
        WHERE r.doctype = v.doctype AND r.invoice = v.name), 0) <= 0)""",
}


def audit(database: Path, rules: Mapping[str, str] = VIOLATIONS) -> list[str]:
    """Return every violation found in the file.

    Args:
        rules: queries that return one row for each violation, by what it violates.
    """
    found = []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")
        for rule, query in rules.items():
            found += [f"{rule}: {row}" for row in connection.execute(query).fetchmany(3)]
        damage = connection.execute("PRAGMA integrity_check").fetchone()[0]
    return found if damage == "ok" else [*found, f"the file is damaged: {damage}"]
