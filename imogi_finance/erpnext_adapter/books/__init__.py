"""ERPNext's books: documents read set-based, payments made by ERPNext's own functions, the bank statement followed."""

from imogi_finance.erpnext_adapter.books.books import ERPNextBooks

__all__ = ["ERPNextBooks"]
