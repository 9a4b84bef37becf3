"""Transactions on Frappe's connection, which the store, the books and every hook of every app share."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from rq.timeouts import JobTimeoutException

from imogi_finance.erpnext_adapter import connections, naming, unsent
from imogi_finance.erpnext_adapter.cached_documents import dropped_together
from imogi_finance.erpnext_adapter.database_errors import (
    NO_SUCH_SAVEPOINT,
    number,
    translated,
    translated_commit,
)
from imogi_finance.erpnext_adapter.realtime_log import told_together
from imogi_finance.erpnext_adapter.unsent import Unsent
from imogi_finance.erpnext_adapter.watched_connection import WatchedConnection
from imogi_finance.errors import Conflict, ForeignCommit, ImogiError, Refused, Transient

logger = logging.getLogger(__name__)

_WHOLE = "imogi_whole"
_WATCH = "imogi_watch"
_MANY_WRITES = 10**9
_WRITING = ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION", f"SAVEPOINT {_WHOLE}")
_READING = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


class FrappeTransactions:
    """See ``imogi_finance.batch.doors.Transactions`` for every method.

    Args:
        database: gives Frappe's ``Database``; by default that of this request or job.
    """

    def __init__(self, database: Callable[[], Any] = lambda: frappe.local.db) -> None:
        self._database = database

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit on a normal exit, roll back on any exception; what other code wrote before is not part of it.

        Raises:
            Refused: outside a web request, there are writes that nobody has committed yet.
            ForeignCommit: a hook tried to end the transaction.
            Conflict, OutcomeUnknown, StorageFull: see the door.
        """
        watch = self._begin(_WRITING)
        before = Unsent.as_of_now(watch.database)
        try:
            with _many_writes(watch.database):
                yield
                self._commit(watch)
        except BaseException as error:
            told = _told(error, watch.lost)
            self._roll_back(watch)
            before.forget_since(keep_messages=not isinstance(told, ImogiError))
            if told is error:
                raise
            raise told from error
        self._after_commit(watch)
        before.unsay()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of all rows; the database refuses to write."""
        watch = self._begin(_READING)
        before = Unsent.as_of_now(watch.database)
        try:
            yield
        except BaseException as error:
            told = _told(error, watch.lost)
            self._end_reading(watch, before)
            if told is error:
                raise
            raise told from error
        self._end_reading(watch, before)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Keep rows, callbacks, messages and events on a normal exit; take all of them back on an exception."""
        watch = self._watch()
        if watch is None:
            raise RuntimeError("a savepoint stands inside a transaction")
        before = Unsent.as_of_now(watch.database)
        name = f"imogi_{watch.depth}"
        watch.database.sql(f"SAVEPOINT {name}")
        watch.depth += 1
        try:
            yield
        except BaseException:
            _roll_back_to(name, watch)
            before.take_back_since()
            raise
        else:
            watch.database.sql(f"RELEASE SAVEPOINT {name}")
        finally:
            watch.depth -= 1

    def take_disturbance(self) -> ForeignCommit | None:
        """Return, and forget, the last attempt of other code to end the open transaction."""
        watch = self._watch()
        return None if watch is None else watch.take_disturbance()

    # how it is done

    def _watch(self) -> WatchedConnection | None:
        return getattr(self._database(), _WATCH, None)

    def _begin(self, statements: tuple[str, ...]) -> WatchedConnection:
        database = self._database()
        left = self._watch()
        if left is not None:
            if not left.is_ending:
                raise RuntimeError("a transaction is open already")
            _abandon(left)
        database.value_cache.clear()  # a worker lives long, and settings change meanwhile
        try:
            _settle_what_was_before(database)
            connections.start(database, statements)
        except Exception as error:
            told = translated(error)
            if told is None:
                raise
            raise told from error
        watch = WatchedConnection(database)
        setattr(database, _WATCH, watch)
        watch.begin()
        return watch

    def _commit(self, watch: WatchedConnection) -> None:
        watch.check_whole()
        database = watch.database
        database.before_commit.run()
        watch.check_whole()
        try:
            database.sql(f"RELEASE SAVEPOINT {_WHOLE}")
        except Exception as error:
            if number(error) != NO_SUCH_SAVEPOINT:
                raise
            raise ForeignCommit("Unknown code,", "end the transaction") from error
        try:
            watch.commit()
        except Exception as error:
            told = translated_commit(error)
            if told is None:
                raise
            raise told from error

    def _after_commit(self, watch: WatchedConnection) -> None:
        database = watch.database
        _let_go(watch)
        unsent.taken(database, "before_rollback")
        unsent.taken(database, "after_rollback")
        database.transaction_writes = 0
        connections.begin_anew(database)
        waiting = unsent.taken(database, "after_commit")
        unsent.run_each(told_together(dropped_together(waiting)), "after a commit")
        if unsent.pending(database):  # a callback wrote, and relied on the end of a request or job to commit it
            unsent.run_each([database.commit], "after a commit")

    def _roll_back(self, watch: WatchedConnection) -> None:
        """Roll back whatever has happened, with what was to be done then."""
        database = watch.database
        watch.is_ending = True
        watch.end()
        unsent.run_each(unsent.taken(database, "before_rollback"), "before a rollback")
        _end_transaction(watch)
        unsent.taken(database, "before_commit")
        unsent.taken(database, "after_commit")
        unsent.run_each(unsent.taken(database, "after_rollback"), "after a rollback")

    def _end_reading(self, watch: WatchedConnection, before: Unsent) -> None:
        watch.is_ending = True
        watch.end()
        _end_transaction(watch)
        before.forget_since(keep_messages=True)


def _end_transaction(watch: WatchedConnection) -> None:
    """Roll back, on a connection that is replaced where an interrupt has left it in doubt; raise nothing of its own."""
    database = watch.database
    try:
        if watch.is_in_doubt or not watch.connection.open or database._conn is not watch.connection:
            connections.replace(database, watch.connection)
        else:
            watch.connection.rollback()
    except Exception as error:
        if number(error) is None:
            raise
        logger.warning("the transaction could not be rolled back, so its connection is closed: %s", error)
        connections.close(watch.connection)
    _let_go(watch)
    database.transaction_writes = 0
    connections.begin_anew(database)


def _abandon(watch: WatchedConnection) -> None:
    """Give up a transaction whose rollback an interrupt has cut short: its writes must not pass for those of others."""
    connections.close(watch.connection)
    _let_go(watch)
    watch.database.transaction_writes = 0
    for name in unsent.CALLBACKS:
        unsent.taken(watch.database, name)


def _settle_what_was_before(database: Any) -> None:
    """Commit what a web request, or the beginning of a job of ours, has written so far; elsewhere refuse to decide.

    Raises:
        Refused: there are uncommitted writes.
    """
    if not unsent.pending(database):
        return
    job = getattr(frappe.local, "job", None)
    is_ours = getattr(frappe.local, "request", None) or (job and str(job.method).startswith("imogi_finance."))
    if is_ours or not database.transaction_writes:  # nothing but callbacks that wait for a commit
        database.commit()
        return
    raise Refused.because(
        "Database",
        "uncommitted_changes",
        "There are changes that were not committed yet, and a run commits and rolls back on its own.",
        "Call frappe.db.commit() or frappe.db.rollback() first.",
    )


def _let_go(watch: WatchedConnection) -> None:
    watch.end()
    naming.close()
    if hasattr(watch.database, _WATCH):
        delattr(watch.database, _WATCH)


def _roll_back_to(name: str, watch: WatchedConnection) -> None:
    """Roll back to a savepoint; where that fails, the whole transaction is lost, never the exception."""
    if watch.lost is not None:
        return  # the savepoint went with the transaction
    try:
        watch.database.sql(f"ROLLBACK TO SAVEPOINT {name}")
        watch.database.sql(f"RELEASE SAVEPOINT {name}")
    except Exception as error:
        if number(error) is None and not isinstance(error, Transient):
            raise  # an interrupt
        watch.lose("A savepoint could not be rolled back to.")
        logger.warning("the savepoint could not be rolled back to, so the transaction is lost: %s", error)


@contextmanager
def _many_writes(database: Any) -> Iterator[None]:
    """Let a transaction be as large as its run; Frappe would commit in its middle, or refuse, after 200,000 writes."""
    many = database.auto_commit_on_many_writes
    database.auto_commit_on_many_writes, database.MAX_WRITES_PER_TRANSACTION = 0, _MANY_WRITES
    try:
        yield
    finally:
        database.auto_commit_on_many_writes = many
        database.__dict__.pop("MAX_WRITES_PER_TRANSACTION", None)


def _told(error: BaseException, lost: Transient | None) -> BaseException:
    """Return what the caller is told: where the transaction was lost inside, that, whatever was made of it since."""
    if not isinstance(error, Exception) or isinstance(error, (ImogiError, JobTimeoutException)):
        return error
    if isinstance(error, (frappe.QueryDeadlockError, frappe.QueryTimeoutError)):
        return Conflict(f"A row is held by another transaction: {error}")
    return lost or translated(error) or error
