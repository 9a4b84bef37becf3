"""Errors that only the sandbox has, as people and programs read them."""

from __future__ import annotations

import sqlite3

from imogi_finance.sandbox.importing.problems import BadFile
from imogi_finance.terminal.failures import BAD_INPUT, FAILED, Failure
from imogi_finance.terminal.failures import failure_of as failure_anywhere


def failure_of(error: BaseException) -> Failure:
    """Return what is said of an error."""
    if isinstance(error, BadFile):
        return Failure(str(error), error.problems, BAD_INPUT)
    if isinstance(error, sqlite3.Error):
        return Failure(f"The database cannot be used: {error}. Is the home a sandbox of this version?", (), FAILED)
    return failure_anywhere(error)
