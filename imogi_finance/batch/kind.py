"""What a kind of batch brings to the engine: how one unit of work is done, finished and undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from imogi_finance.batch.run import Item, Policy, Run


@dataclass(frozen=True)
class Unit:
    """Items that are worked together, inside one savepoint; often just one.

    Args:
        items: at least one item.
        facts: what the kind has read for them, so that a chunk is read set-based.
    """

    items: tuple[Item, ...]
    facts: Any = None


@dataclass(frozen=True)
class Result:
    """The document that a unit of work made or found."""

    doctype: str
    name: str


class BatchKind(Protocol):
    """One use of the engine. Every method runs inside the engine's transaction.

    ``work``, ``finish`` and ``undo`` raise ``DocumentError`` when a document cannot be done for
    good, and ``Transient`` when the same may pass later.
    """

    @property
    def name(self) -> str:
        """The kind as stored in its runs."""

    @property
    def policy(self) -> Policy:
        """What a failed item means for the run."""

    @property
    def event(self) -> str:
        """Prefix of its realtime events: ``<event>_progress`` and ``<event>_complete``."""

    def units(self, run: Run, items: Sequence[Item]) -> Sequence[Unit]:
        """Group a chunk's items into units of work and read what they need."""

    def work(self, run: Run, unit: Unit) -> Result:
        """Make the document for the unit."""

    def finish(self, run: Run) -> Mapping[str, Any]:
        """Do the final step, when every item has succeeded (or been decided); return the run's result."""

    def undo(self, run: Run, result: Result) -> None:
        """Take back a document that the run made. Doing it twice is doing it once."""

    def title(self, run: Run) -> str:
        """Say in a few words what the run was asked for ("Reconcile 150 documents with BT-1")."""

    def message(self, run: Run) -> str:
        """Say in one sentence what the run is doing, or how it ended."""

    def payload(self, run: Run) -> Mapping[str, Any]:
        """Return what the kind adds to status and completion event (``bank_transaction``)."""
