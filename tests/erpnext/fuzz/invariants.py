"""What must be true of ledgers and runs after every step, in plain SQL that shares no code with the app.

Flags, held statuses, vouchers and bank transactions are the oracle's (``tests/erpnext/paid_status/oracle.py``).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import frappe

# where a run may go from each status
_EDGES: dict[str, set[str]] = {
    "Pending": {"Processing"},
    "Processing": {"Completed", "Completed with Errors", "Undoing", "Cancelled"},
    "Undoing": {"Failed", "Cancelled", "Needs Attention"},
    "Needs Attention": {"Undoing"},
    "Completed with Errors": {"Pending"},
    "Completed": set(),
    "Failed": set(),
    "Cancelled": set(),
}
_EDGES_OF_ITEMS = {**_EDGES, "Cancelled": {"Pending"}}  # where items stand for themselves, a run is resumed
_OF_ITEMS = "Batch Invoicing"


def ledger_problems(company: str, since: str) -> list[str]:
    """Return what is wrong with a company's ledgers in rows made since a moment."""
    found = []
    [(debit, credit)] = frappe.db.sql(
        """select coalesce(sum(debit), 0), coalesce(sum(credit), 0) from `tabGL Entry`
        where company = %s and creation >= %s and is_cancelled = 0""",
        (company, since),
    )
    if abs(debit - credit) > 0.005:
        found.append(f"{company} has debits of {debit} and credits of {credit}")
    for name, voucher_type in _rows(
        """select distinct g.voucher_no, g.voucher_type from `tabGL Entry` g
        left join `tabPayment Entry` p on g.voucher_type = 'Payment Entry' and p.name = g.voucher_no
        left join `tabJournal Entry` j on g.voucher_type = 'Journal Entry' and j.name = g.voucher_no
        where g.company = %s and g.creation >= %s and g.is_cancelled = 0
            and g.voucher_type in ('Payment Entry', 'Journal Entry') and coalesce(p.docstatus, j.docstatus, 2) != 1""",
        company,
        since,
    ):
        found.append(f"{voucher_type} {name} is not submitted and has live ledger rows")
    for name, row, docstatus in _rows(
        """select t.name, r.payment_entry, p.docstatus from `tabBank Transaction Payments` r
        join `tabBank Transaction` t on t.name = r.parent and t.docstatus = 1
        left join `tabPayment Entry` p on p.name = r.payment_entry
        where t.company = %s and t.creation >= %s and r.payment_document = 'Payment Entry'
            and coalesce(p.docstatus, 2) = 2""",
        company,
        since,
    ):
        found.append(f"Bank Transaction {name} has a row of {row}, which is {docstatus}")
    for account, party, general, payment in _rows(
        """select l.account, l.party, coalesce((select sum(if(l.account_type = 'Payable', g.credit - g.debit,
                g.debit - g.credit)) from `tabGL Entry` g where g.account = l.account and g.party = l.party
                and g.is_cancelled = 0), 0) as general, sum(l.amount) as payment
        from `tabPayment Ledger Entry` l where l.company = %s and l.delinked = 0
            and l.party in (select m.party from `tabPayment Ledger Entry` m where m.creation >= %s)
        group by l.account, l.account_type, l.party having abs(general - payment) > 0.01""",
        company,
        since,
    ):
        found.append(f"{party} has {general} in the general ledger on {account}, {payment} in the payment ledger")
    return found


def run_problems(since: str) -> list[str]:
    """Return what is wrong with the runs made since a moment."""
    found = []
    for row in _dicts(
        """select r.name, r.kind, r.status, r.total, r.processed, r.succeeded, r.failed, r.to_undo, r.undone,
            r.undo_failed, r.error, count(i.name) as stored, coalesce(sum(i.status = 'Pending'), 0) as pending,
            coalesce(sum(i.status = 'Succeeded'), 0) as now_succeeded,
            coalesce(sum(i.status = 'Failed'), 0) as now_failed, coalesce(sum(i.status = 'Undone'), 0) as now_undone,
            coalesce(sum(i.status = 'Undo Failed'), 0) as now_undo_failed,
            coalesce(sum(i.live_key is not null), 0) as holding, group_concat(i.error separator ' ') as errors
        from `tabBatch Run` r left join `tabBatch Run Item` i on i.run = r.name
        where r.creation >= %s group by r.name""",
        since,
    ):
        found += [f"Batch Run {row.name} {problem}: {dict(row)}" for problem in _wrong_counts(row)]
    for run, invoice, count in _rows(
        """select p.batch_run, f.reference_name, count(distinct p.name) as payments from `tabPayment Entry Reference` f
        join `tabPayment Entry` p on p.name = f.parent and p.docstatus = 1
        where p.creation >= %s and coalesce(p.batch_run, '') != ''
        group by p.batch_run, f.reference_doctype, f.reference_name having payments > 1""",
        since,
    ):
        found.append(f"Batch Run {run} has {count} live payments of {invoice}")
    return found


def _wrong_counts(row: Any) -> list[str]:
    made = row.now_succeeded + row.now_undone + row.now_undo_failed
    ended = row.status not in ("Pending", "Processing", "Undoing")
    wrong = {
        "lost items": row.stored != row.total,
        "counts its failed items wrongly": row.failed != row.now_failed,
        "counts its undone items wrongly": row.undone != row.now_undone,
        "counts the items that could not be undone wrongly": row.undo_failed != row.now_undo_failed,
        "counts its succeeded items wrongly": row.succeeded != made,
        "is past its total": row.processed > row.total,
        "has ended with items to do": ended and row.pending,
        "was undone and has items left": row.kind != _OF_ITEMS
        and row.status in ("Failed", "Cancelled")
        and row.now_succeeded,
        "holds documents though it has ended": ended and row.status != "Needs Attention" and row.holding,
        "met an unexpected error": "nexpected error" in f"{row.error} {row.errors}",
    }
    return [problem for problem, is_so in wrong.items() if is_so]


def status_problems(run: str, statuses: list[str], *, of_items: bool = False) -> list[str]:
    """Return the moves of a run that its edges do not allow, one transaction making several at most.

    Args:
        of_items: whether each of its items stands for itself, so that nothing is undone.
    """
    edges = _EDGES_OF_ITEMS if of_items else _EDGES
    return [
        f"Batch Run {run} went from {before} to {after}"
        for before, after in pairwise(statuses)
        if after not in _reachable(before, edges)
    ]


def _reachable(status: str, edges: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [status]
    while ahead:
        for following in edges[ahead.pop()] - found:
            found.add(following)
            ahead.append(following)
    return found


def _rows(sql: str, *values: Any) -> list[Any]:
    return list(frappe.db.sql(sql, values))


def _dicts(sql: str, *values: Any) -> list[Any]:
    return list(frappe.db.sql(sql, values, as_dict=True))
