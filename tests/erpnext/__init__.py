"""Tests inside ERPNext: run by the bench's own Python, connected to a site. See README.md."""
