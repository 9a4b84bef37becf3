"""MariaDB's errors in the app's words. The numbers are MariaDB's; both of Frappe's drivers carry them first."""

import re

from imogi_finance.errors import Conflict, OutcomeUnknown, StorageFull, Transient

LOCK_WAIT = 1205
NO_SUCH_SAVEPOINT = 1305
_DUPLICATE = 1062
_FIRST_OF_A_SERIES = re.compile(r"\s*insert\s+into\s+`?tabSeries`?", re.IGNORECASE)
_DEADLOCK = (1213, 1020)  # 1020: the row has changed since the snapshot was taken
_FULL = (1021, 1026, 1114)
_LOST = (
    *(0, 1053, 1152, 1158, 1159, 1160, 1161, 1184),  # 0: the driver's own, on a closed connection
    *(1927, 2006, 2013, 2014, 2055),
)
_UNREACHABLE = (1040, 1203, 2002, 2003, 1290, 1836)  # too many connections, no server, read-only while it fails over
_STOPPED = (1317, 1969)  # the statement was killed, or ran too long


def number(error: BaseException) -> int | None:
    """Return the number of a database error; None for any other exception."""
    if type(error).__module__.partition(".")[0] not in ("pymysql", "MySQLdb"):
        return None
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def is_connection_lost(error: BaseException) -> bool:
    """Return whether the connection is gone, and the transaction with it."""
    return number(error) in _LOST


def translated(error: BaseException) -> Transient | None:
    """Return what a database error means for the open transaction; None where the statement alone has failed."""
    code = number(error)
    if code is None:
        return None
    if code in _DEADLOCK:
        return Conflict("Two transactions waited for each other, and this one was given up.")
    if code == LOCK_WAIT:
        return Conflict("Another transaction held a row for too long.")
    if code in _FULL:
        return StorageFull("The database cannot write: its disk is full. Free some room and the run goes on by itself.")
    if code in _LOST:
        return Conflict(f"The connection to the database was lost: {_text(error)}.")
    if code in _UNREACHABLE:
        return Conflict(f"The database cannot be reached for writing: {_text(error)}.")
    if code in _STOPPED:
        return Conflict(f"The database stopped a statement: {_text(error)}.")
    return None


def begun_elsewhere(error: BaseException, statement: str) -> Conflict | None:
    """Return what it means that another transaction has begun the same naming series a moment before: try again.

    Frappe looks for the series' row and inserts it where there is none. Two that draw a first number, of a new site or
    of a new year, both find none.
    """
    if number(error) == _DUPLICATE and _FIRST_OF_A_SERIES.match(statement):
        return Conflict("Another transaction drew the first number of the same series.")
    return None


def translated_commit(error: BaseException) -> Transient | None:
    """Return what an error during COMMIT means: where the connection broke, nobody knows whether it has happened."""
    if is_connection_lost(error):
        return OutcomeUnknown(f"The connection broke while committing: {_text(error)}.")
    return translated(error)


def _text(error: BaseException) -> str:
    return str(error.args[1] if len(error.args) > 1 else error).rstrip(".")
