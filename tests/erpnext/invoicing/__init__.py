"""Batch invoicing on ERPNext: runs, refusals, permissions, the rows they write, and what they cost."""
