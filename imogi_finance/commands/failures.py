"""Errors that only a bench has, as people and programs read them."""

from __future__ import annotations

import frappe
import pymysql
import redis
from frappe.utils import strip_html

from imogi_finance.errors import Problem
from imogi_finance.terminal.failures import BAD_INPUT, FAILED, Failure
from imogi_finance.terminal.failures import failure_of as failure_anywhere

FORESEEN: tuple[type[Exception], ...] = (
    frappe.PermissionError,
    frappe.ValidationError,
    frappe.IncorrectSitePath,
    pymysql.MySQLError,
)


def failure_of(error: BaseException) -> Failure:
    """Return what is said of an error."""
    site = getattr(frappe.local, "site", None) or "SITE"
    if isinstance(error, frappe.IncorrectSitePath):
        problem = Problem(
            f"Site {site}", "unknown_site", "There is no such site on this bench.", "See: bench list-sites"
        )
        return Failure("Nothing was changed.", (problem,), BAD_INPUT)
    if isinstance(error, frappe.PermissionError):
        said = strip_html(str(error)) or "The user may not do this."
        problem = Problem(f"User {frappe.session.user}", "not_permitted", said, "Ask your administrator for the role.")
        return Failure("Nothing was changed.", (problem,), BAD_INPUT)
    if isinstance(error, frappe.ValidationError):
        return Failure(f"{strip_html(str(error))} Nothing was changed.", (), FAILED)
    if isinstance(error, pymysql.MySQLError):
        return Failure(f"The database of {site} does not answer as it should: {error}", (), FAILED)
    if isinstance(error, redis.RedisError):
        return Failure(f"Redis does not answer: {error}", (), FAILED)
    return failure_anywhere(error)
