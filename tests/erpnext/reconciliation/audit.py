"""What must always be true of a run's books, in plain SQL that shares no code with the app.

I1: at most one live payment an item. I2: debits equal credits. I3: allocations add up. I4: all or nothing. I5: what
was undone is as before.
"""

from __future__ import annotations

from typing import Any

import frappe

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
    found = [*_ledger(run), *_allocations(run), *_payments_of_items(run)]
    after = outstanding_of(run)
    if status == "Completed":
        found += _all_done(run, before, after)
    elif status in ("Failed", "Cancelled"):
        found += _all_undone(run, before, after)
    else:
        found.append(f"I4: {run} is {status}")
    return found


def _payments_of_items(run: str) -> list[str]:
    rows = _rows(
        """select r.reference_name as name, count(distinct p.name) as payments from `tabPayment Entry Reference` r
        join `tabPayment Entry` p on p.name = r.parent and p.docstatus = 1 where p.batch_run = %s
        group by r.reference_doctype, r.reference_name having payments > 1""",
        run,
    )
    return [f"I1: {row.name} has {row.payments} live payments" for row in rows]


def _ledger(run: str) -> list[str]:
    unbalanced = _rows(
        """select g.voucher_no as name from `tabGL Entry` g join `tabPayment Entry` p on p.name = g.voucher_no
        where g.voucher_type = 'Payment Entry' and p.batch_run = %s
        group by g.voucher_no having abs(sum(g.debit) - sum(g.credit)) > 0.001""",
        run,
    )
    unposted = _rows(
        """select p.name from `tabPayment Entry` p where p.batch_run = %s and p.docstatus = 1 and not
            (select coalesce(sum(g.debit), 0) = p.base_paid_amount from `tabGL Entry` g
            where g.voucher_type = 'Payment Entry' and g.voucher_no = p.name and g.is_cancelled = 0)""",
        run,
    )
    left = _rows(
        """select p.name from `tabPayment Entry` p join `tabGL Entry` g on g.voucher_type = 'Payment Entry'
        and g.voucher_no = p.name and g.is_cancelled = 0 where p.batch_run = %s and p.docstatus = 2""",
        run,
    )
    return [
        *(f"I2: debits and credits of {row.name} differ" for row in unbalanced),
        *(f"I2: {row.name} is submitted but not posted for its amount" for row in unposted),
        *(f"I2: {row.name} is cancelled but has live ledger rows" for row in left),
    ]


def _allocations(run: str) -> list[str]:
    [transaction] = _rows(
        """select t.name, t.deposit + t.withdrawal as amount, t.unallocated_amount as unallocated, t.allocated_amount,
            (select coalesce(sum(x.allocated_amount), 0) from `tabBank Transaction Payments` x
                where x.parent = t.name) as rows_
        from `tabBank Transaction` t join `tabBatch Run` r on r.reference_name = t.name where r.name = %s""",
        run,
    )
    found = []
    if abs(transaction.rows_ + transaction.unallocated - transaction.amount) > 0.001:
        found.append(f"I3: {transaction.name}: {transaction.rows_} + {transaction.unallocated} != {transaction.amount}")
    over = _rows(
        """select p.name from `tabPayment Entry` p join `tabBank Transaction Payments` x on x.payment_entry = p.name
        join `tabBank Transaction` t on t.name = x.parent and t.docstatus = 1 where p.batch_run = %s
        group by p.name, p.paid_amount having sum(x.allocated_amount) > p.paid_amount + 0.001""",
        run,
    )
    dead = _rows(
        """select p.name from `tabPayment Entry` p join `tabBank Transaction Payments` x on x.payment_entry = p.name
        where p.batch_run = %s and p.docstatus != 1""",
        run,
    )
    found += [f"I3: more than {row.name} is allocated" for row in over]
    return found + [f"I3: {row.name} is allocated but not submitted" for row in dead]


def _all_done(run: str, before: Outstanding, after: Outstanding) -> list[str]:
    rows = _rows(
        """select x.reference_doctype as doctype, x.reference_name as name, x.amount, x.status, p.docstatus,
            (select coalesce(sum(abs(f.allocated_amount)), 0) from `tabPayment Entry Reference` f
                where f.parent = p.name and f.reference_doctype = x.reference_doctype
                and f.reference_name = x.reference_name) as paid,
            (select count(*) from `tabBank Transaction Payments` b join `tabBatch Run` r on r.reference_name = b.parent
                where r.name = x.run and b.payment_entry = x.result_name) as allocated
        from `tabBatch Run Item` x left join `tabPayment Entry` p on p.name = x.result_name where x.run = %s""",
        run,
    )
    found = []
    for row in rows:
        key, amount = (row.doctype, row.name), float(row.amount)
        if (row.status, row.docstatus, row.allocated) != ("Succeeded", 1, 1):
            found.append(f"I4: {row.name} is {row.status}, docstatus {row.docstatus}, allocated {row.allocated}x")
        if key in before:
            if abs(row.paid - amount) > 0.001:
                found.append(f"I4: {row.name} was to be paid {amount}, and {row.paid} was")
            if abs(abs(before[key]) - abs(after[key]) - amount) > 0.001:
                found.append(f"I5: {row.name} has {after[key]} outstanding, of {before[key]} less {amount}")
    return found


def _all_undone(run: str, before: Outstanding, after: Outstanding) -> list[str]:
    live = _rows("select name from `tabPayment Entry` where batch_run = %s and docstatus != 2", run)
    items = _rows(
        "select reference_name as name, status from `tabBatch Run Item` where run = %s and status not in "
        "('Undone', 'Skipped', 'Failed')",
        run,
    )
    changed = [
        f"I5: {name} has {after.get((kind, name))}, had {was}"
        for (kind, name), was in before.items()
        if after.get((kind, name)) != was
    ]
    return [
        *(f"I4: {row.name} still stands" for row in live),
        *(f"I4: {row.name} is {row.status}" for row in items),
        *changed,
    ]


def _rows(sql: str, *values: Any) -> list[Any]:
    return frappe.db.sql(sql, values, as_dict=True)
