"""The connection below a Frappe database: begun on, left as Frappe leaves it, and replaced when broken or in doubt."""

import logging
from typing import Any

from imogi_finance.erpnext_adapter.database_errors import is_connection_lost, number, translated

logger = logging.getLogger(__name__)

# Shorter than a lease: a worker that waits longer for a row would lose its run meanwhile.
LOCK_WAIT_SECONDS = 5
# Longer than any honest pause between two statements of a chunk: after this long the server ends a worker's connection.
SILENT_SECONDS = 30
# The same for the final step: with 10,000 payments ERPNext says nothing for up to a second on an idle machine.
SILENT_SECONDS_AT_THE_END = 300
_PATIENCE = "imogi_patience"


def start(database: Any, statements: tuple[str, ...]) -> None:
    """Open a transaction on a connection that answers; one that does not is replaced once, as nothing is lost yet.

    Args:
        database: Frappe's ``Database``; nothing is pending on it.
        statements: what begins the transaction.
    """
    for is_last in (False, True):
        try:
            if not _is_open(database._conn):
                database.connect()
            connection = database._conn
            connection.rollback()
            _be_impatient(database)
            for statement in statements:
                connection.query(statement)
        except Exception as error:
            if is_last or not is_connection_lost(error):
                raise
            close(database._conn)
        else:
            return


def begin_anew(database: Any) -> None:
    """Leave the connection as Frappe leaves it after a commit: in a new transaction, with the site's own patience."""
    try:
        if not _is_open(database._conn):
            database.connect()
        patience = getattr(database._conn, _PATIENCE, None)
        if patience is not None:
            lock_wait, silence = patience
            database._conn.query(f"SET innodb_lock_wait_timeout = {lock_wait}, idle_transaction_timeout = {silence}")
        database.begin()
    except Exception as error:
        if translated(error) is None:
            raise
        logger.warning("the connection is gone, the next transaction opens another: %s", error)
        close(database._conn)


def replace(database: Any, old: Any) -> None:
    """Open a new connection, and have the server end the old one: it may still hold the rows that it has locked."""
    thread = old.thread_id()
    close(old)
    if database._conn is old or not _is_open(database._conn):
        database.connect()
    try:
        database._conn.query(f"KILL {int(thread)}")
    except Exception as error:
        if number(error) is None:
            raise
        logger.info("connection %s had ended by itself: %s", thread, error)


def close(connection: Any) -> None:
    """Close without a word to the server, which may be in the middle of a statement."""
    if _is_open(connection):
        (getattr(connection, "_force_close", None) or connection.close)()


def take_leave(connection: Any) -> None:
    """Close a connection on which nothing is open; the server would note one that is broken off in its log."""
    if _is_open(connection):
        connection.close()


def _is_open(connection: Any) -> bool:
    return connection is not None and bool(connection.open)


def _be_impatient(database: Any) -> None:
    """Wait for rows no longer than a run may; the site's own patience is kept beside its connection."""
    connection = database._conn
    if not hasattr(connection, _PATIENCE):
        found = database.sql("select @@innodb_lock_wait_timeout, @@idle_transaction_timeout")[0]
        setattr(connection, _PATIENCE, tuple(map(int, found)))
    connection.query(f"SET innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS}")
