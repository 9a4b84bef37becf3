"""Numbers of new documents, drawn apart from the transaction that makes the documents.

A naming series is one row, which the first document of a transaction holds until its commit: workers that share a run
would wait for each other, chunk by chunk. So a number is drawn in a transaction of its own on a second connection, by
Frappe's own naming with every hook that has a say in it, and is taken for good. Where a chunk is then given up, its
numbers are not used again: the series has gaps.

A hook of naming sees what is committed, not what the chunk has written so far; and what it writes stays.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.database import get_db

from imogi_finance.erpnext_adapter import connections
from imogi_finance.erpnext_adapter.database_errors import translated
from imogi_finance.errors import Conflict

_DATABASE = "imogi_numbers"
_TRIES = 3


@contextmanager
def numbered_apart(document: Any) -> Iterator[None]:
    """Have a new document, which is inserted inside the block, numbered in a transaction of its own.

    Args:
        document: a Frappe document that has no name yet.

    Raises:
        Conflict: the series was held for too long, or the second connection was lost.
    """
    as_ever = document.set_new_name

    def set_new_name(*args: Any, **kwargs: Any) -> None:
        _draw(lambda: as_ever(*args, **kwargs))

    document.set_new_name = set_new_name  # of this one document
    try:
        yield
    finally:
        document.__dict__.pop("set_new_name", None)


def close() -> None:
    """Close the second connection, if there is one: with a word to the server, which would note it as broken off."""
    database = _given_up()
    if database is not None:
        connections.take_leave(database._conn)


def _break_off() -> None:
    """Close the second connection where it is in doubt."""
    database = _given_up()
    if database is not None:
        connections.close(database._conn)


def _given_up() -> Any:
    database = getattr(frappe.local, _DATABASE, None)
    if database is not None:
        delattr(frappe.local, _DATABASE)
    return database


def _draw(name: Callable[[], None]) -> None:
    """Name on the second connection and commit; two that begin the same series at once try again."""
    for tried in range(1, _TRIES + 1):
        try:
            with _second_connection() as database:
                name()
                database.commit()
            return
        except Exception as error:
            _break_off()
            if frappe.db.is_duplicate_entry(error) and tried < _TRIES:
                continue
            if isinstance(error, (frappe.QueryDeadlockError, frappe.QueryTimeoutError)):
                raise Conflict(f"The numbering was held by another transaction: {error}") from error
            told = translated(error)
            if told is None:
                raise
            raise told from error
        except BaseException:  # an interrupt: the connection is in doubt
            _break_off()
            raise


@contextmanager
def _second_connection() -> Iterator[Any]:
    """Have ``frappe.db`` be the second connection for the block."""
    database = getattr(frappe.local, _DATABASE, None) or _opened()
    database.begin()
    of_the_run, frappe.local.db = frappe.local.db, database
    try:
        yield database
    finally:
        frappe.local.db = of_the_run


def _opened() -> Any:
    conf = frappe.conf
    database = get_db(
        socket=conf.db_socket,
        host=conf.db_host,
        port=conf.db_port,
        user=conf.db_name,
        password=conf.db_password,
        cur_db_name=conf.db_name,
    )
    setattr(frappe.local, _DATABASE, database)
    database.connect()
    database.sql(f"set innodb_lock_wait_timeout = {connections.LOCK_WAIT_SECONDS}")
    return database
