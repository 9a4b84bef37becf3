"""How a run has ended, against what was outstanding before: all of it paid, or all of it as it was."""

from __future__ import annotations

from typing import Any

import frappe

from tests.erpnext.audit.invariants import violations

Outstanding = dict[tuple[str, str], float]


def outstanding_of(run: str) -> Outstanding:
    """Return what is outstanding of each invoice of a run, from the invoices' rows."""
    found: Outstanding = {}
    for doctype in ("Purchase Invoice", "Sales Invoice"):
        rows = _rows(
            f"""select i.name, round(i.outstanding_amount, 2) as amount from `tab{doctype}` i
            join `tabBatch Run Item` x on x.reference_doctype = %s and x.reference_name = i.name where x.run = %s""",
            doctype,
            run,
        )
        found |= {(doctype, row.name): float(row.amount) for row in rows}
    return found


def broken(run: str, *, before: Outstanding) -> list[str]:
    """Return every rule that a run which has ended breaks; empty where its books are sound.

    Args:
        before: what was outstanding before it began.
    """
    [status] = [row.status for row in _rows("select status from `tabBatch Run` where name = %s", run)]
    found = violations([run], ended=True)
    after = outstanding_of(run)
    if status == "Completed":
        found += _all_done(run, before, after)
    elif status in ("Failed", "Cancelled"):
        found += _all_undone(before, after)
    else:
        found.append(f"I4: {run} is {status}")
    return found


def _all_done(run: str, before: Outstanding, after: Outstanding) -> list[str]:
    rows = _rows("select reference_doctype, reference_name, amount from `tabBatch Run Item` where run = %s", run)
    found = []
    for row in rows:
        key, amount = (row.reference_doctype, row.reference_name), float(row.amount)
        if key in before and abs(abs(before[key]) - abs(after[key]) - amount) > 0.001:
            found.append(f"I5: {key[1]} has {after[key]} outstanding, of {before[key]} less {amount}")
    return found


def _all_undone(before: Outstanding, after: Outstanding) -> list[str]:
    return [
        f"I5: {key[1]} has {after.get(key)} outstanding, had {was}"
        for key, was in before.items()
        if after.get(key) != was
    ]


def _rows(sql: str, *values: Any) -> list[Any]:
    return frappe.db.sql(sql, values, as_dict=True)
