"""The phases of invoicing, and the functions of ERPNext and of the app that each begins with."""

from __future__ import annotations

from benchmarks.bench.phases import PHASES as OF_PAYING

_INVOICE = "erpnext.accounts.doctype.sales_invoice.sales_invoice"
_APP = "imogi_finance.erpnext_adapter"

PHASES: dict[str, tuple[tuple[str, str], ...]] = {
    "checks and the stored run": (("benchmarks.orders.ways", "ask"),),
    "lock and read orders": (("imogi_finance.batch_invoicing.kind", "BatchInvoicingKind.units"),),
    "make_sales_invoice": (
        (f"{_APP}.invoicing.making", "make_sales_invoice"),
        ("benchmarks.orders.ways", "make_sales_invoice"),
        ("erpnext.selling.doctype.sales_order.sales_order", "make_sales_invoice"),
    ),
    "validate": ((_INVOICE, "SalesInvoice.validate"),),
    "ledger rows": ((_INVOICE, "SalesInvoice.make_gl_entries"),),
    "outstanding and status": (
        ("erpnext.accounts.doctype.payment_ledger_entry.payment_ledger_entry", "update_voucher_outstanding"),
    ),
    "what the order is billed": ((_INVOICE, "SalesInvoice.update_prevdoc_status"),),
    "the company's month": (
        (_INVOICE, "update_company_current_month_sales"),
        (f"{_APP}.invoicing.company_sales", "update_company_current_month_sales"),
    ),
    "the rule about cash and bank": (("imogi_finance.events.invoice", "on_change"),),
    "log and job status": (
        ("erpnext.utilities.bulk_transaction", "create_log"),
        ("erpnext.utilities.bulk_transaction", "show_job_status"),
    ),
    "the invoice's own rows": ((_INVOICE, "SalesInvoice.insert"), (_INVOICE, "SalesInvoice.save")),
    **{name: OF_PAYING[name] for name in ("items and run", "commit")},
}
