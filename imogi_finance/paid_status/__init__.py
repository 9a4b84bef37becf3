"""Cash pays an invoice at once; a bank payment pays it when the bank statement says so.

``rule.py`` is the rule, in pure functions. ``service.py`` applies it to documents whenever something
about them has changed. Standard library only.
"""
