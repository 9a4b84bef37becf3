"""Bulk reconciliation on ERPNext: runs, refusals, undo, permissions, kills, and the ledger they leave."""
