"""The one tree of exceptions.

::

    ImogiError
    ├── Refused                bad input: names document, rule and remedy; nothing was changed
    │   ├── UnknownRun         no such run
    │   ├── NotPermitted       the user may not do this
    │   └── IdempotencyConflict  the key was used before with other parameters
    ├── DocumentError          one document cannot be made or undone: the item fails for good
    ├── Transient              the same call may pass later; the whole transaction is lost
    │   ├── Conflict           deadlock, lock wait, database busy
    │   ├── StorageFull        no room on the disk
    │   └── OutcomeUnknown     the connection broke during commit: it may or may not have happened
    ├── LiveKeyTaken           a document is already in a live run
    ├── LeaseLost              another worker holds the run: this one may write nothing more
    ├── IllegalTransition      a status may not follow the other
    ├── ForeignCommit          another app's code tried to end a transaction of ours
    └── QueueUnavailable       the queue could not be rung; the run is stored all the same
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a request.

    Args:
        document: the document it concerns, as doctype and name ("Purchase Invoice PINV-00012").
        rule: a stable, machine-readable name of the rule that was broken ("above_outstanding").
        message: what is wrong, in one sentence.
        remedy: what the user can do about it, in one sentence.
    """

    document: str
    rule: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.document}: {self.message} {self.remedy}"


class ImogiError(Exception):
    """Base of every error this app raises on purpose."""


class Refused(ImogiError):
    """The request was refused up front and nothing was changed.

    Args:
        problems: at least one problem; every one found is given, so that all can be mended at once.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("a refusal names at least one problem")
        self.problems = tuple(problems)
        super().__init__(str(self))

    @classmethod
    def because(cls, document: str, rule: str, message: str, remedy: str) -> Refused:
        return cls([Problem(document, rule, message, remedy)])

    def __str__(self) -> str:
        first = str(self.problems[0])
        more = len(self.problems) - 1
        return first if not more else f"{first} (and {more} more)"


class UnknownRun(Refused):
    """There is no such run, or none that this user may see."""

    def __init__(self, name: str) -> None:
        super().__init__(
            [
                Problem(
                    f"Batch Run {name:.140}",
                    "unknown_run",
                    "There is no such run.",
                    "Check the name in the run history.",
                )
            ]
        )


class NotPermitted(Refused):
    """The user lacks the right to do this."""

    def __init__(self, document: str, message: str, remedy: str = "Ask your administrator for the role.") -> None:
        super().__init__([Problem(document, "not_permitted", message, remedy)])


class IdempotencyConflict(Refused):
    """An idempotency key came a second time with other parameters."""

    def __init__(self, key: str, run: str) -> None:
        super().__init__(
            [
                Problem(
                    f"Batch Run {run}",
                    "idempotency_key_reused",
                    f"The idempotency key {key} was used for this run with other parameters.",
                    "Send the request with a new key.",
                )
            ]
        )


class DocumentError(ImogiError):
    """One document cannot be made, allocated or undone, now or later.

    Args:
        document: doctype and name of the document at fault.
        message: what is wrong, in one sentence.
        remedy: what the user can do about it.
    """

    def __init__(self, document: str, message: str, remedy: str = "") -> None:
        self.document = document
        self.message = message
        self.remedy = remedy
        super().__init__(f"{document}: {message} {remedy}".rstrip())


class Transient(ImogiError):
    """The same call may pass later. The whole open transaction is lost with it."""


class Conflict(Transient):
    """Deadlock, lock wait time-out, or a busy database."""


class StorageFull(Transient):
    """The database could not write: its disk is full."""


class OutcomeUnknown(Transient):
    """The connection broke while committing: only the rows can tell what happened."""


class LiveKeyTaken(ImogiError):
    """A document is already an item of a live run.

    Args:
        key: the live key, "doctype:name".
        run: the run that holds it.
    """

    def __init__(self, key: str, run: str) -> None:
        self.key = key
        self.run = run
        super().__init__(f"{key} is held by {run}")


class LeaseLost(ImogiError):
    """Another worker has claimed the run since; this worker may write nothing more."""


class IllegalTransition(ImogiError):
    """A run's status moves only along the drawn edges."""


class ForeignCommit(ImogiError):
    """Other code tried to commit, roll back or change tables inside a transaction that is not its own.

    Args:
        culprit: where that code stands ("some_app.hooks.on_submit, line 12").
        statement: what it tried ("COMMIT").
    """

    remedy = "Take that statement out of the hook, or hand the work to frappe.db.after_commit."

    def __init__(self, culprit: str, statement: str) -> None:
        self.message = f"{culprit} tried to {statement} in the middle of a run, which could then not be undone."
        super().__init__(f"{self.message} {self.remedy}")


class QueueUnavailable(ImogiError):
    """The queue could not be rung. The run is stored, and the sweeper rings it later."""
