"""All rows of a company that a run has no business with, as one checksum for each kind of them.

What the run works on is left out, with the vouchers it has made and those that somebody else made meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe

# by what they are called: doctype, columns, and which are left out
_ROWS = {
    "ledger rows": (  # without their names: ERPNext gives them others, later, by a job of its own
        "GL Entry",
        "account, party, voucher_type, voucher_no, against_voucher, debit, credit, posting_date, is_cancelled",
        "voucher_no not in %(vouchers)s",
    ),
    "payment ledger rows": (
        "Payment Ledger Entry",
        "name, account, party, voucher_no, against_voucher_no, amount, posting_date, delinked",
        "voucher_no not in %(vouchers)s",
    ),
    "payments": (
        "Payment Entry",
        "name, docstatus, paid_amount, unallocated_amount, status",
        "name not in %(vouchers)s",
    ),
    "invoices": ("Purchase Invoice", "name, docstatus, outstanding_amount, status", "name not in %(invoices)s"),
    "sales invoices": (
        "Sales Invoice",
        "name, docstatus, grand_total, outstanding_amount, status",
        "name not in %(invoices)s and name not in %(vouchers)s",
    ),
    "sales orders": (
        "Sales Order",
        "name, docstatus, per_billed, billing_status, advance_paid, status",
        "name not in %(orders)s",
    ),
    "bank transactions": (
        "Bank Transaction",
        "name, docstatus, allocated_amount, unallocated_amount, status",
        "name not in %(transactions)s",
    ),
}


def rest_of(company: str, **but: Sequence[str]) -> dict[str, list[str]]:
    """Return a checksum of all rows of a company, but for some.

    Args:
        but: names of ``vouchers``, ``invoices``, ``orders`` and ``transactions`` that are left out.
    """
    kinds = ("vouchers", "invoices", "orders", "transactions")
    values = {"company": company, **{kind: [*but.get(kind, ()), ""] for kind in kinds}}
    return {
        what: _checksum(doctype, columns, f"company = %(company)s and {others}", values)
        for what, (doctype, columns, others) in _ROWS.items()
    }


def rows_of_each(vouchers: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Return a checksum of the rows that each voucher has in both ledgers, by what they are called and its name."""
    return {what: _of_each(*_ROWS[what][:2], vouchers) for what in ("ledger rows", "payment ledger rows")}


def changes_of_others(before: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> list[str]:
    """Return the kinds of rows that have changed, as sentences."""
    return [f"{what} of others changed: {was}, now {now[what]}" for what, was in before.items() if now[what] != was]


def _of_each(doctype: str, columns: str, vouchers: Sequence[str]) -> dict[str, list[str]]:
    rows = frappe.db.sql(
        f"""select voucher_no, count(*), sum({_digest(columns)}) from `tab{doctype}`
        where voucher_no in %(vouchers)s group by voucher_no""",
        {"vouchers": [*vouchers, ""]},
    )
    return {name: [str(count), str(number)] for name, count, number in rows}


def _checksum(doctype: str, columns: str, where: str, values: dict[str, Any]) -> list[str]:
    """Return how many rows there are, and a number that any change of one of them changes."""
    [[count, number]] = frappe.db.sql(
        f"select count(*), coalesce(sum({_digest(columns)}), 0) from `tab{doctype}` where {where}", values
    )
    return [str(count), str(number)]


def _digest(columns: str) -> str:
    shown = ", ".join(f"coalesce({column}, '-')" for column in columns.split(", "))
    return f"cast(conv(left(md5(concat_ws('|', {shown})), 12), 16, 10) as unsigned)"
