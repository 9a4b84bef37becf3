"""Has the app's log lines, which carry run and epoch, written beside Frappe's own: ``logs/imogi_finance.log``."""

import logging

import frappe

_NAME = "imogi_finance"


def attach() -> None:
    """Attach Frappe's log file of this bench to the app's loggers, once a process."""
    ours = logging.getLogger(_NAME)
    if not ours.handlers:
        for handler in frappe.logger(_NAME, allow_site=False, file_count=10).handlers:
            ours.addHandler(handler)
        ours.setLevel(logging.INFO)
