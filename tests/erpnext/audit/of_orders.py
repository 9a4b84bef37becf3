"""What must be true of runs that invoice Sales Orders, on top of what is of every run: one query for each rule.

No order is invoiced twice or for more than it says (I1), debits equal credits and each invoice is posted for its amount
(I2), a run keeps what it has and says what became of each order (I4), outstanding amounts are the ledger's (I5), in the
name of the one who asked (I10). In each query ``v`` is a Sales Invoice and ``l`` one of its lines.
"""

# ruff: noqa: E501  SQL reads better in long lines

from __future__ import annotations

from collections.abc import Mapping

KIND = "Batch Invoicing"

# True of all committed rows at any moment, whatever was killed a moment ago.
AT_ANY_MOMENT: Mapping[str, str] = {
    "I1 an order has more than one live invoice of a run": """
        select b.name, l.sales_order, count(distinct v.name) as n from `tabBatch Run` b
        join `tabSales Invoice` v on v.batch_run = b.name and v.docstatus < 2 join `tabSales Invoice Item` l on l.parent = v.name
        where {mine} group by b.name, l.sales_order having n > 1""",
    "I1 an order's line is billed for more than it says": """
        select b.name, r.parent, r.amount, sum(l.amount) as billed from `tabBatch Run` b
        join `tabBatch Run Item` i on i.run = b.name and i.reference_doctype = 'Sales Order'
        join `tabSales Order Item` r on r.parent = i.reference_name join `tabSales Invoice Item` l on l.so_detail = r.name
        join `tabSales Invoice` v on v.name = l.parent and (v.docstatus = 1 or (v.docstatus = 0 and coalesce(v.batch_run, '') != ''))
        where {mine} group by b.name, r.name having billed > r.amount + {cent}""",
    "I1 what an order's line says is billed is not what its invoices say": """
        select b.name, r.parent, r.billed_amt, (select coalesce(sum(l.amount), 0) from `tabSales Invoice Item` l
            join `tabSales Invoice` v on v.name = l.parent and v.docstatus = 1 where l.so_detail = r.name) as billed
        from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name and i.reference_doctype = 'Sales Order'
        join `tabSales Order Item` r on r.parent = i.reference_name where {mine}
        and not exists (select 1 from `tabSales Invoice Item` n where n.so_detail = r.name and n.amount < 0 and n.docstatus = 1)
        having abs(billed - r.billed_amt) > {cent}""",
    "I1 a live invoice of a run is no item's result": """
        select b.name, v.name from `tabBatch Run` b join `tabSales Invoice` v on v.batch_run = b.name and v.docstatus < 2
        where {mine} and not exists (select 1 from `tabBatch Run Item` i force index (imogi_result) where i.run = b.name
        and i.result_doctype = 'Sales Invoice' and i.result_name = v.name and i.status = 'Succeeded')""",
    "I1 an item succeeded without the invoice that was asked for": """
        select b.name, i.position, i.status, i.result_name, v.docstatus from `tabBatch Run` b
        join `tabBatch Run Item` i on i.run = b.name left join `tabSales Invoice` v on v.name = i.result_name
        where {mine} and i.status = 'Succeeded' and (i.result_doctype != 'Sales Invoice' or coalesce(v.batch_run, '') != b.name
        or v.docstatus not in (1, if(json_value(b.options, '$.submit'), 1, 0)))""",
    "I1 an item that is not done has a live invoice of the run": """
        select b.name, i.position, i.status, v.name from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        join `tabSales Invoice Item` l on l.sales_order = i.reference_name
        join `tabSales Invoice` v on v.name = l.parent and v.docstatus < 2 and v.batch_run = b.name
        where {mine} and i.status != 'Succeeded'""",
    "I1 an item's invoice does not bill its order": """
        select b.name, i.position, i.reference_name, i.result_name from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        where {mine} and i.status = 'Succeeded' and not exists (select 1 from `tabSales Invoice Item` l
        where l.parent = i.result_name and l.sales_order = i.reference_name)""",
    "I1 a run billed what it was not asked for": """
        select b.name, v.name, l.sales_order from `tabBatch Run` b join `tabSales Invoice` v on v.batch_run = b.name and v.docstatus < 2
        join `tabSales Invoice Item` l on l.parent = v.name where {mine} and not exists (select 1 from `tabBatch Run Item` i
        where i.run = b.name and i.reference_doctype = 'Sales Order' and i.reference_name = l.sales_order and i.result_name = v.name)""",
    "I1 an invoice is another customer's, company's or currency's than its order": """
        select b.name, v.name, o.name from `tabBatch Run` b join `tabSales Invoice` v on v.batch_run = b.name and v.docstatus < 2
        join `tabSales Invoice Item` l on l.parent = v.name join `tabSales Order` o on o.name = l.sales_order
        where {mine} and (v.customer != o.customer or v.company != o.company or v.currency != o.currency or v.company != b.company)""",
    "I2 an invoice's debits and credits differ": """
        select b.name, g.voucher_no from `tabBatch Run` b join `tabSales Invoice` v on v.batch_run = b.name
        join `tabGL Entry` g on g.voucher_type = 'Sales Invoice' and g.voucher_no = v.name
        where {mine} group by b.name, g.voucher_no, g.is_cancelled having abs(sum(g.debit) - sum(g.credit)) > {cent}""",
    "I2 a submitted invoice is not posted for its amount": """
        select b.name, v.name, v.base_grand_total from `tabBatch Run` b join `tabSales Invoice` v on v.batch_run = b.name and v.docstatus = 1
        where {mine} and abs(if(v.disable_rounded_total or not v.base_rounded_total, v.base_grand_total, v.base_rounded_total)
            - (select coalesce(sum(g.debit - g.credit), 0) from `tabGL Entry` g where g.voucher_type = 'Sales Invoice'
            and g.voucher_no = v.name and g.account = v.debit_to and g.is_cancelled = 0)) > {cent}""",
    "I2 an invoice that is not submitted has live ledger rows": """
        select b.name, v.name, g.name from `tabBatch Run` b join `tabSales Invoice` v on v.batch_run = b.name and v.docstatus != 1
        join `tabGL Entry` g on g.voucher_type = 'Sales Invoice' and g.voucher_no = v.name and g.is_cancelled = 0 where {mine}""",
    "I4 a run that keeps what it has was turned back": """
        select b.name, b.status from `tabBatch Run` b
        where {mine} and (b.status in ('Undoing', 'Failed', 'Needs Attention') or b.to_undo or b.undone or b.undo_failed)""",
    "I5 an invoice's outstanding amount is not what the payment ledger says": """
        select b.name, v.name, v.outstanding_amount, (select coalesce(sum(p.amount_in_account_currency), 0)
            from `tabPayment Ledger Entry` p force index (against_voucher_no_against_voucher_type_index)
            where p.against_voucher_type = 'Sales Invoice' and p.against_voucher_no = v.name and p.delinked = 0) as in_ledger
        from `tabBatch Run` b join `tabSales Invoice` v on v.batch_run = b.name and v.docstatus = 1
        where {mine} having abs(v.outstanding_amount - in_ledger) > {cent}""",
    "I10 an invoice was not made in the name of the one who asked": """
        select b.name, v.name, v.owner, b.requested_by from `tabBatch Run` b join `tabSales Invoice` v on v.batch_run = b.name
        where {mine} and v.owner != b.requested_by""",
}

# True of a run that nobody works any more, on top.
WHEN_ENDED: Mapping[str, str] = {
    "I4 an item was neither done, nor failed, nor left out": """
        select b.name, b.status, i.position, i.status from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        where {mine} and i.status not in ('Succeeded', 'Failed', 'Skipped')""",
    "I4 a run that was not cancelled left an item out without a reason": """
        select b.name, b.status, i.position from `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name
        where {mine} and b.status != 'Cancelled' and i.status = 'Skipped' and coalesce(i.error, '') = ''""",
    "I4 a run does not say whether items have failed": """
        select b.name, b.status, b.failed from `tabBatch Run` b
        where {mine} and ((b.status = 'Completed' and b.failed != 0) or (b.status = 'Completed with Errors' and b.failed = 0))""",
}
