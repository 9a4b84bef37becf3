"""A kind whose items fail where another app's hook tried to end the run's transaction.

The attempt was refused, but a hook may have caught the refusal and gone on as if its own work were committed, or
undone. Neither is so, and the documents of that item are not to be trusted.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from rq.timeouts import JobTimeoutException

from imogi_finance.batch.kind import BatchKind, Result, Unit
from imogi_finance.batch.run import Item, Policy, Run
from imogi_finance.erpnext_adapter.transactions import FrappeTransactions
from imogi_finance.errors import DocumentError, LeaseLost, Transient

_T = TypeVar("_T")


class UndisturbedKind:
    """See ``imogi_finance.batch.kind.BatchKind``; wraps one."""

    def __init__(self, kind: BatchKind, transactions: FrappeTransactions) -> None:
        self._kind = kind
        self._transactions = transactions

    @property
    def name(self) -> str:
        """The kind as stored in its runs."""
        return self._kind.name

    @property
    def policy(self) -> Policy:
        """What a failed item means for the run."""
        return self._kind.policy

    @property
    def event(self) -> str:
        """Prefix of its realtime events."""
        return self._kind.event

    def units(self, run: Run, items: Sequence[Item]) -> Sequence[Unit]:
        """Group a chunk's items into units of work and read what they need."""
        return self._kind.units(run, items)

    def work(self, run: Run, unit: Unit) -> Result:
        """Make the document for the unit, undisturbed."""
        return self._undisturbed(unit.items[0].document, lambda: self._kind.work(run, unit))

    def finish(self, run: Run) -> Mapping[str, Any]:
        """Do the final step, undisturbed."""
        document = f"{run.reference_doctype} {run.reference_name}"
        return self._undisturbed(document, lambda: self._kind.finish(run))

    def undo(self, run: Run, result: Result) -> None:
        """Take back a document that the run made, undisturbed."""
        self._undisturbed(f"{result.doctype} {result.name}", lambda: self._kind.undo(run, result))

    def title(self, run: Run) -> str:
        """Say in a few words what the run was asked for."""
        return self._kind.title(run)

    def message(self, run: Run) -> str:
        """Say in one sentence what the run is doing, or how it ended."""
        return self._kind.message(run)

    def payload(self, run: Run) -> Mapping[str, Any]:
        """Return what the kind adds to status and completion event."""
        return self._kind.payload(run)

    def _undisturbed(self, document: str, act: Callable[[], _T]) -> _T:
        """Do it, and raise where the transaction was disturbed meanwhile.

        Raises:
            DocumentError: another app's code tried to commit, roll back or change tables.
        """
        try:
            made = act()
        except (Transient, LeaseLost, JobTimeoutException):
            raise
        except Exception as error:
            foreign = self._transactions.take_disturbance()
            if foreign is None:
                raise
            raise DocumentError(document, foreign.message, foreign.remedy) from error
        foreign = self._transactions.take_disturbance()
        if foreign is not None:
            raise DocumentError(document, foreign.message, foreign.remedy)
        return made
