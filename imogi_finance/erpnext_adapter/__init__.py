"""The doors onto ERPNext: books, batch store, queue, realtime. It mirrors ``imogi_finance.sandbox``."""
