"""A browser's request, made inside the site: what a whitelisted function answers, and with which status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import frappe
from frappe.handler import execute_cmd


@contextmanager
def request(method: str = "POST", user: str = "Administrator") -> Iterator[None]:
    """Be in a web request of a user."""
    frappe.set_user(user)
    frappe.local.request = SimpleNamespace(method=method, headers={}, path="/")
    frappe.local.response = frappe._dict(docs=[])
    try:
        yield
    finally:
        del frappe.local.request
        frappe.set_user("Administrator")


def call(method: str, **arguments: Any) -> Any:
    """Call a whitelisted function as Frappe's handler does."""
    frappe.local.form_dict = frappe._dict(arguments)
    frappe.local.form_dict.cmd = method
    return execute_cmd(method)
