"""A world's doorbell and its browser's bell, for their contracts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Protocol

from imogi_finance.batch.doors import Queue, Realtime


class Bells(Protocol):
    """Both bells, and what came of ringing them."""

    queue: Queue
    realtime: Realtime

    def rung(self) -> list[str]:
        """Return the runs that workers were rung for."""

    def rooms(self, publish: Callable[[], None]) -> list[str]:
        """Return the rooms that events are sent to while something is published."""

    def room_of(self, run: str) -> str:
        """Return the room of those who may see a run, and look at it."""

    def rooms_of(self, user: str) -> Collection[str]:
        """Return the rooms where nobody but a user is."""

    def away(self) -> AbstractContextManager[None]:
        """Have Redis not answering for the block."""
