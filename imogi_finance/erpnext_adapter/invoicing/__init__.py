"""Sales Orders invoiced on ERPNext: orders read set-based, invoices made by ERPNext's own functions."""

from imogi_finance.erpnext_adapter.invoicing.books import ERPNextInvoicingBooks

__all__ = ["ERPNextInvoicingBooks"]
