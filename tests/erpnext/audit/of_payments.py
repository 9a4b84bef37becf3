"""What must be true of runs that pay invoices, on top of what is of every run: one query for each rule.

At most one live payment an item (I1), debits equal credits (I2), bank transactions and allocations add up (I3), all or
nothing (I4), the outstanding amount is the ledger's (I5), in the name of the one who asked (I10).
"""

# ruff: noqa: E501  SQL reads better in long lines

from __future__ import annotations

from collections.abc import Mapping

KIND = "Bulk Reconciliation"

# True of all committed rows at any moment, whatever was killed a moment ago.
AT_ANY_MOMENT: Mapping[str, str] = {
    "I1 an invoice has more than one live payment of a run": """
        select b.name, r.reference_name, count(distinct p.name) as n from `tabBatch Run` b
        join `tabPayment Entry` p on p.batch_run = b.name and p.docstatus = 1
        join `tabPayment Entry Reference` r on r.parent = p.name
        where {mine} group by b.name, r.reference_doctype, r.reference_name having n > 1""",
    "I1 a live payment of a run is no item's result": """
        select b.name, p.name from `tabBatch Run` b join `tabPayment Entry` p on p.batch_run = b.name and p.docstatus = 1
        where {mine} and not exists (select 1 from `tabBatch Run Item` i force index (imogi_result) where i.run = b.name
        and i.result_doctype = 'Payment Entry' and i.result_name = p.name and i.status in ('Succeeded', 'Undo Failed'))""",
    "I1 a run left a draft of a payment": """
        select b.name, p.name from `tabBatch Run` b join `tabPayment Entry` p on p.batch_run = b.name and p.docstatus = 0
        where {mine}""",
    "I1 an item succeeded without a live payment": """
        select b.name, i.position, i.status, i.result_name from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        left join `tabPayment Entry` p on p.name = i.result_name
        where {mine} and i.status in ('Succeeded', 'Undo Failed') and coalesce(p.docstatus, 0) != 1""",
    "I1 an item that is not done has a live payment of the run": """
        select b.name, i.position, i.status, p.name from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        join `tabPayment Entry Reference` r on r.reference_doctype = i.reference_doctype and r.reference_name = i.reference_name
        join `tabPayment Entry` p on p.name = r.parent and p.docstatus = 1 and p.batch_run = b.name
        where {mine} and i.status not in ('Succeeded', 'Undo Failed')""",
    "I1 an item was paid another amount than asked": """
        select b.name, i.position, i.amount, sum(abs(r.allocated_amount)) as paid from `tabBatch Run` b
        join `tabBatch Run Item` i on i.run = b.name
        join `tabPayment Entry Reference` r on r.parent = i.result_name and r.reference_doctype = i.reference_doctype
            and r.reference_name = i.reference_name
        where {mine} and i.status = 'Succeeded' group by b.name, i.position, i.amount
        having abs(paid - cast(i.amount as decimal(21, 9))) > {cent}""",
    "I2 a payment's debits and credits differ": """
        select b.name, g.voucher_no from `tabBatch Run` b join `tabPayment Entry` p on p.batch_run = b.name
        join `tabGL Entry` g on g.voucher_type = 'Payment Entry' and g.voucher_no = p.name
        where {mine} group by b.name, g.voucher_no, g.is_cancelled having abs(sum(g.debit) - sum(g.credit)) > {cent}""",
    "I2 a live payment is not posted for its amount": """
        select b.name, p.name from `tabBatch Run` b join `tabPayment Entry` p on p.batch_run = b.name and p.docstatus = 1
        where {mine} and abs(p.base_paid_amount - (select coalesce(sum(g.debit), 0) from `tabGL Entry` g
            where g.voucher_type = 'Payment Entry' and g.voucher_no = p.name and g.is_cancelled = 0)) > {cent}""",
    "I2 a payment that is not live has live ledger rows": """
        select b.name, i.position, g.voucher_no from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        join `tabGL Entry` g on g.voucher_type = 'Payment Entry' and g.voucher_no = i.result_name and g.is_cancelled = 0
        left join `tabPayment Entry` p on p.name = i.result_name where {mine} and coalesce(p.docstatus, 0) != 1""",
    "I2 the payment ledger is not what the payments say": """
        select b.name, p.name, r.reference_name, r.allocated_amount from `tabBatch Run` b
        join `tabPayment Entry` p on p.batch_run = b.name join `tabPayment Entry Reference` r on r.parent = p.name
        where {mine} and abs(if(p.docstatus = 1, abs(r.allocated_amount), 0) - (select coalesce(sum(abs(l.amount_in_account_currency)), 0)
            from `tabPayment Ledger Entry` l where l.voucher_type = 'Payment Entry' and l.voucher_no = p.name and l.delinked = 0
            and l.against_voucher_type = r.reference_doctype and l.against_voucher_no = r.reference_name)) > {cent}
        and not exists (select 1 from `tabPayment Entry Reference` o where o.parent = p.name and o.name != r.name
            and o.reference_doctype = r.reference_doctype and o.reference_name = r.reference_name)""",
    "I3 a bank transaction's rows do not add up": """
        select b.name, t.name, t.allocated_amount, t.unallocated_amount, coalesce(sum(x.allocated_amount), 0) as in_rows,
            t.deposit + t.withdrawal as amount
        from `tabBatch Run` b join `tabBank Transaction` t on b.reference_doctype = 'Bank Transaction' and t.name = b.reference_name
        left join `tabBank Transaction Payments` x on x.parent = t.name where {mine} and t.docstatus = 1
        group by b.name, t.name having abs(in_rows - t.allocated_amount) > {cent} or t.unallocated_amount < -{cent}
        or abs(t.allocated_amount + t.unallocated_amount - amount) > {cent}""",
    "I3 a payment is allocated more than once over": """
        select b.name, p.name, p.paid_amount, sum(x.allocated_amount) as allocated from `tabBatch Run` b
        join `tabPayment Entry` p on p.batch_run = b.name
        join `tabBank Transaction Payments` x on x.payment_document = 'Payment Entry' and x.payment_entry = p.name
        join `tabBank Transaction` t on t.name = x.parent and t.docstatus = 1
        where {mine} group by b.name, p.name having allocated > p.paid_amount + {cent} or count(*) > 1""",
    "I3 a payment that is not live is allocated": """
        select b.name, p.name, x.parent from `tabBatch Run` b join `tabPayment Entry` p on p.batch_run = b.name and p.docstatus != 1
        join `tabBank Transaction Payments` x on x.payment_document = 'Payment Entry' and x.payment_entry = p.name where {mine}""",
    "I4 a run that is not Completed has allocated": """
        select b.name, b.status, x.payment_entry from `tabBatch Run` b join `tabPayment Entry` p on p.batch_run = b.name
        join `tabBank Transaction Payments` x on x.payment_document = 'Payment Entry' and x.payment_entry = p.name
        and x.parent = b.reference_name where {mine} and b.status not in ('Completed', 'Completed with Errors')""",
    "I5 an invoice's outstanding amount is not what the payment ledger says": """
        select b.name, i.reference_name, coalesce(p.outstanding_amount, s.outstanding_amount) as shown,
            sum(l.amount_in_account_currency) as in_ledger from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        left join `tabPurchase Invoice` p on i.reference_doctype = 'Purchase Invoice' and p.name = i.reference_name and p.docstatus = 1
        left join `tabSales Invoice` s on i.reference_doctype = 'Sales Invoice' and s.name = i.reference_name and s.docstatus = 1
        join `tabPayment Ledger Entry` l force index (against_voucher_no_against_voucher_type_index) on l.against_voucher_type = i.reference_doctype
            and l.against_voucher_no = i.reference_name and l.delinked = 0
        where {mine} group by b.name, i.reference_doctype, i.reference_name having abs(shown - in_ledger) > {cent}""",
    "I10 a payment was not made in the name of the one who asked": """
        select b.name, p.name, p.owner, b.requested_by from `tabBatch Run` b join `tabPayment Entry` p on p.batch_run = b.name
        where {mine} and p.owner != b.requested_by""",
}

# True of a run that nobody works any more, on top.
WHEN_ENDED: Mapping[str, str] = {
    "I4 a completed run has an item that did not succeed, or is not allocated": """
        select b.name, i.position, i.status from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        left join `tabBank Transaction Payments` x on x.parent = b.reference_name and x.payment_document = i.result_doctype
            and x.payment_entry = i.result_name
        where {mine} and b.status = 'Completed' and (i.status != 'Succeeded' or x.name is null)""",
    "I4 a run that failed or was cancelled left a payment": """
        select b.name, b.status, p.name from `tabBatch Run` b join `tabPayment Entry` p on p.batch_run = b.name and p.docstatus != 2
        where {mine} and b.status in ('Failed', 'Cancelled')""",
    "I4 a run that failed or was cancelled left an item": """
        select b.name, b.status, i.position, i.status from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        where {mine} and b.status in ('Failed', 'Cancelled') and i.status not in ('Undone', 'Skipped', 'Failed')""",
    "I4 a run needs attention and does not name each item": """
        select b.name, i.position, i.status, i.error from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        where {mine} and b.status = 'Needs Attention' and (b.undo_failed = 0 or i.status in ('Succeeded', 'Pending')
        or (i.status = 'Undo Failed' and coalesce(i.error, '') = ''))""",
}
