"""Batch invoicing: thousands of Sales Orders to Sales Invoices, where one bad order stops none of the rest."""
