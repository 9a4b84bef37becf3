"""Rows in tables, in transactions: in a SQLite file for the sandbox, in memory for the simulation."""
