"""The database connection while a transaction of ours is open on it: nobody else may end that transaction.

Frappe gives every hook of every app the same connection, and its ``commit`` is one statement away. So the driver's
own ``query``, ``commit`` and ``rollback`` are shadowed on this one connection object for the time of the block. What
would end the transaction is refused and named. An error that takes the transaction with it (deadlock, lock wait, lost
connection) is remembered: every later statement fails, instead of writing into a transaction that nobody asked for.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

from imogi_finance.erpnext_adapter.database_errors import LOCK_WAIT, begun_elsewhere, number, translated
from imogi_finance.errors import Conflict, ForeignCommit, Transient

# The statements that end a transaction in MariaDB, said or unsaid ("implicit commit").
_ENDING = frozenset(
    [
        *("alter", "analyze", "begin", "change", "check", "commit", "create", "drop", "flush", "grant", "install"),
        *("lock", "optimize", "rename", "repair", "reset", "revoke", "rollback", "shutdown", "start", "truncate"),
        *("uninstall", "unlock", "xa"),
    ]
)
_WORDS = re.compile(r"(?:\s|/\*.*?\*/|(?:--|#)[^\n]*\n)*([a-z]+)\s*([a-z]*)\s*([a-z]*)", re.IGNORECASE | re.DOTALL)
_NO_WAIT = re.compile(r"\b(nowait|skip\s+locked)\b", re.IGNORECASE)
_SEEN = 300  # enough of a statement to know what it is
_PASSED_THROUGH = ("/frappe/database/", "/pymysql/", "/MySQLdb/", "/imogi_finance/erpnext_adapter/")


class WatchedConnection:
    """One transaction on the connection of a Frappe database.

    Args:
        database: Frappe's ``Database``; it must be connected.
    """

    def __init__(self, database: Any) -> None:
        self.database = database
        self.connection = database._conn
        self.depth = 0  # of savepoints
        self.is_ending = False  # it is being rolled back
        self._lost: Transient | None = None
        self._foreign: ForeignCommit | None = None
        self._is_in_flight = False
        self._query: Callable[..., Any] = self.connection.query

    # watching

    def begin(self) -> None:
        """Shadow what could end the transaction."""
        connection, database = self.connection, self.database
        connection.query = self._watched_query
        connection.commit = self._refusing("COMMIT")
        connection.rollback = self._refusing("ROLLBACK")
        connection.begin = self._refusing("BEGIN")
        database.commit = self._refusing("COMMIT")
        database.rollback = self._rollback_of_others
        database.connect = self._refuse_to_reconnect
        database.check_implicit_commit = lambda query: None  # what it would refuse is refused, and named, below

    def end(self) -> None:
        """Give connection and database back as they were."""
        for name in ("query", "commit", "rollback", "begin"):
            self.connection.__dict__.pop(name, None)
        for name in ("commit", "rollback", "connect", "check_implicit_commit"):
            self.database.__dict__.pop(name, None)

    @property
    def is_in_doubt(self) -> bool:
        """Whether an interrupt came in the middle of a statement: its answer is still on the way."""
        return self._is_in_flight

    @property
    def lost(self) -> Transient | None:
        """Why the transaction is gone; None while it stands."""
        if self._is_in_flight and self._lost is None:
            self._lost = Conflict("A statement was interrupted, and the transaction is lost with it.")
        return self._lost

    def lose(self, why: str) -> None:
        """Have every later statement fail."""
        self._lost = self.lost or Conflict(why)

    def take_disturbance(self) -> ForeignCommit | None:
        """Return, and forget, the attempt of other code to end the transaction."""
        foreign, self._foreign = self._foreign, None
        return foreign

    def check_whole(self) -> None:
        """Raise unless the transaction stands as we have begun it.

        Raises:
            Transient: it was lost, and somebody caught the error that said so.
            ForeignCommit: other code tried to end it, and somebody caught the refusal.
        """
        if self.lost is not None:
            raise self.lost
        if self._foreign is not None:
            raise self._foreign

    def commit(self) -> None:
        """Commit, as the one who may. Where an interrupt comes meanwhile, the connection is in doubt."""
        self.end()
        self._is_in_flight = True
        try:
            self.connection.commit()
        except Exception as error:
            self._is_in_flight = number(error) is None
            raise
        self._is_in_flight = False

    # what stands in the connection's place

    def _watched_query(self, sql: str | bytes, *more: Any, **named: Any) -> Any:
        if self.lost is not None:
            raise Conflict(f"The transaction was lost before: {self.lost}") from self.lost
        statement = sql[:_SEEN].decode("latin-1") if isinstance(sql, bytes) else sql[:_SEEN]
        ending = _ending(statement)
        if ending is not None:
            self._refuse(ending)
        self._is_in_flight = True
        try:
            answer = self._query(sql, *more, **named)
        except Exception as error:
            code = number(error)
            if code is None:
                raise  # an interrupt: the statement's answer has not come
            self._is_in_flight = False
            waits_not = code == LOCK_WAIT and _NO_WAIT.search(_text(sql)) is not None
            self._lost = None if waits_not else translated(error) or begun_elsewhere(error, statement)
            if self._lost is not None:
                raise self._lost from error
            raise
        self._is_in_flight = False
        return answer

    def _refusing(self, statement: str) -> Callable[..., Any]:
        def refuse(*_: Any, **__: Any) -> None:
            self._refuse(statement)

        return refuse

    def _refuse(self, statement: str) -> None:
        self._foreign = ForeignCommit(_culprit(), statement)
        raise self._foreign

    def _rollback_of_others(self, *, save_point: str | None = None) -> None:
        if save_point is None:
            self._refuse("ROLLBACK")
        type(self.database).rollback(self.database, save_point=save_point)

    def _refuse_to_reconnect(self) -> None:
        self.lose("The connection to the database was lost.")
        self.check_whole()


def _ending(statement: str) -> str | None:
    """Return the statement's name if it ends a transaction."""
    words = _WORDS.match(statement)
    if words is None:
        return None
    first, second, third = (word.lower() for word in words.groups())
    if first == "set":
        return "SET AUTOCOMMIT" if "autocommit" in statement.lower() else None
    if first not in _ENDING or "temporary" in (second, third):
        return None
    if first == "rollback" and "to" in (second, third):
        return None
    return first.upper()


def _text(sql: str | bytes) -> str:
    return sql.decode("latin-1") if isinstance(sql, bytes) else sql


def _culprit() -> str:
    """Return the code that has called the database: the nearest frame that is neither ours nor the driver's."""
    frame = sys._getframe(2)
    while frame.f_back is not None and any(part in frame.f_code.co_filename for part in _PASSED_THROUGH):
        frame = frame.f_back
    return f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_name}, line {frame.f_lineno},"
