"""What Frappe keeps beside an open transaction, to do or to say at its end; and how to take it back.

A rollback to a savepoint takes back rows only. The callbacks, messages, events and cached documents that came with
those rows would tell of documents that do not exist.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import frappe
from rq.timeouts import JobTimeoutException

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unsent:
    """How much there was of everything at one moment.

    Args:
        database: Frappe's ``Database``.
        events: the realtime events that wait for the commit; None where the list did not exist.
    """

    database: Any
    counts: dict[str, int]
    messages: int
    events: list[Any] | None
    saving: list[Any]
    writes: int

    @classmethod
    def as_of_now(cls, database: Any) -> "Unsent":
        """Return what there is at this moment."""
        events = getattr(frappe.local, "_realtime_log", None)
        return cls(
            database=database,
            counts={name: len(_functions(database, name)) for name in CALLBACKS},
            messages=len(frappe.local.message_log),
            events=None if events is None else list(events),
            saving=list(frappe.flags.currently_saving or []),
            writes=database.transaction_writes,
        )

    def take_back_since(self) -> None:
        """Forget what was added since a savepoint; run what was to be done on a rollback of it."""
        undone = _cut(self.database, "after_rollback", self.counts["after_rollback"])
        run_each(undone, "after a rollback")
        self.forget_since(keep_messages=False)
        self.database.transaction_writes = self.writes

    def forget_since(self, *, keep_messages: bool) -> None:
        """Forget the callbacks and events since; the messages too, but for an error that Frappe itself will tell."""
        for name in CALLBACKS:
            _cut(self.database, name, self.counts[name])
        if not keep_messages:
            self.unsay()
        if self.events is not None:
            frappe.local._realtime_log = list(self.events)
        elif hasattr(frappe.local, "_realtime_log"):
            del frappe.local._realtime_log
        frappe.flags.currently_saving = list(self.saving)
        self.database.value_cache.clear()

    def unsay(self) -> None:
        """Drop the messages since: what ERPNext says of each of a thousand documents is for nobody's screen."""
        del frappe.local.message_log[self.messages :]


CALLBACKS = ("before_commit", "after_commit", "before_rollback", "after_rollback")


def _functions(database: Any, name: str) -> Any:
    return getattr(database, name)._functions


def _cut(database: Any, name: str, length: int) -> list[Callable[[], Any]]:
    """Take off, and return, the callbacks past the length."""
    functions = _functions(database, name)
    taken = [functions.pop() for _ in range(len(functions) - length)]
    return taken[::-1]


def pending(database: Any) -> bool:
    """Return whether there is something that a rollback would lose."""
    return bool(database.transaction_writes) or any(
        _functions(database, name) for name in ("before_commit", "after_commit")
    )


def taken(database: Any, name: str) -> list[Callable[[], Any]]:
    """Take all callbacks of a name off the database and return them."""
    return _cut(database, name, 0)


def run_each(callbacks: Iterable[Callable[[], Any]], when: str) -> None:
    """Run callbacks; one that fails is logged, and the others are run all the same.

    Raises:
        JobTimeoutException: the job's time is up, which is no callback's fault.
    """
    for callback in callbacks:
        try:
            callback()
        except JobTimeoutException:
            raise
        except Exception:
            logger.exception("a callback failed %s: %r", when, callback)
