"""The auditor's rules about sales orders: plain SQL on the database file, none of the app's code."""

# ruff: noqa: E501  SQL reads better in long lines

from __future__ import annotations

from pathlib import Path

from tests.crash.audit import audit

# Each query returns one row for each violation; its columns say which.
VIOLATIONS = {
    "an order's line is billed more than once over": """
        SELECT l.sales_order, l.order_line FROM invoice_line l JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice AND v.docstatus < 2
        JOIN sales_order_line o ON o.sales_order = l.sales_order AND o.line = l.order_line
        GROUP BY l.sales_order, l.order_line HAVING sum(l.qty) > o.qty""",
    "two invoices of runs bill one order of which all was billed": """
        SELECT l.sales_order, count(DISTINCT v.name) FROM invoice_line l JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice AND v.docstatus < 2
        WHERE v.batch_run IS NOT NULL GROUP BY l.sales_order HAVING count(DISTINCT v.name) > 1""",
    "an order's line counts another quantity or amount as billed than its invoices bill": """
        SELECT o.sales_order, o.line FROM sales_order_line o
        LEFT JOIN invoice_line l ON l.sales_order = o.sales_order AND l.order_line = o.line
        AND EXISTS (SELECT 1 FROM invoice v WHERE v.doctype = 'Sales Invoice' AND v.name = l.invoice AND v.docstatus = 1)
        GROUP BY o.sales_order, o.line HAVING o.billed <> coalesce(sum(l.qty), 0) OR o.billed_amount <> coalesce(sum(l.amount), 0)""",
    "an order's unbilled amount is not its total less what is billed": """
        SELECT o.name FROM sales_order o JOIN sales_order_line l ON l.sales_order = o.name
        GROUP BY o.name HAVING o.unbilled <> o.grand_total - sum(l.billed_amount)""",
    "an item succeeded without an invoice of its run that bills its order, or with several": """
        SELECT i.run, i.position FROM batch_item i WHERE i.reference_doctype = 'Sales Order' AND i.status = 'Succeeded' AND 1 <> (
        SELECT count(DISTINCT v.name) FROM invoice v JOIN invoice_line l ON l.invoice = v.name AND l.sales_order = i.reference_name
        WHERE v.doctype = 'Sales Invoice' AND v.docstatus < 2 AND v.batch_run = i.run AND v.name = i.result_name)""",
    "an item that did not succeed has an invoice of its run": """
        SELECT i.run, i.position, v.name FROM batch_item i JOIN invoice_line l ON l.sales_order = i.reference_name
        JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice AND v.docstatus < 2 AND v.batch_run = i.run
        WHERE i.reference_doctype = 'Sales Order' AND i.status <> 'Succeeded'""",
    "an invoice of a run bills an order that is no succeeded item of it": """
        SELECT v.name, l.sales_order FROM invoice v JOIN invoice_line l ON l.invoice = v.name
        WHERE v.doctype = 'Sales Invoice' AND v.docstatus < 2 AND v.batch_run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM batch_item i
        WHERE i.run = v.batch_run AND i.reference_name = l.sales_order AND i.status = 'Succeeded' AND i.result_name = v.name)""",
    "an invoice is not the sum of its lines": """
        SELECT v.name FROM invoice v JOIN invoice_line l ON l.invoice = v.name
        WHERE v.doctype = 'Sales Invoice' GROUP BY v.name HAVING v.grand_total <> sum(l.amount)""",
    "a submitted invoice of orders is not posted in full, or a draft is": """
        SELECT v.name FROM invoice v WHERE v.doctype = 'Sales Invoice' AND EXISTS (SELECT 1 FROM invoice_line l WHERE l.invoice = v.name)
        AND v.grand_total * (v.docstatus = 1) <> coalesce((SELECT sum(g.debit - g.credit) FROM ledger_entry g
        WHERE g.voucher_type = 'Sales Invoice' AND g.voucher = v.name AND g.account = v.party_account), 0)""",
    "an invoice was not made in the name of the one who asked": """
        SELECT v.name FROM invoice v JOIN batch_run b ON b.name = v.batch_run WHERE v.owner <> b.requested_by""",
    "an invoice is left without lines, or a line without an invoice": """
        SELECT l.invoice FROM invoice_line l LEFT JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice WHERE v.name IS NULL
        UNION SELECT v.name FROM invoice v WHERE v.batch_run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invoice_line l WHERE l.invoice = v.name)""",
    "a failed item does not say why": """
        SELECT run, position FROM batch_item WHERE reference_doctype = 'Sales Order' AND status = 'Failed' AND coalesce(error, '') NOT LIKE 'Sales Order %'""",
}


def audit_orders(database: Path) -> list[str]:
    """Return every violation found in the file."""
    return audit(database, VIOLATIONS)
