"""Reads invoices and bank statements from files. Nothing of a bad file is kept."""
