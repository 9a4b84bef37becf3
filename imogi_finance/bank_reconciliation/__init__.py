"""Bulk reconciliation: one bank transaction against hundreds of unpaid invoices, as one durable run.

The service is portable: standard library only.
"""
