"""Random sequences of everything a user can do, on benches of their own; what is driven is in tests/erpnext/fuzz."""
