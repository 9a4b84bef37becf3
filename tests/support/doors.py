"""Doors for tests: a clock that stands still until told, a bell and a browser that keep what they got."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from imogi_finance.errors import QueueUnavailable

NOON = datetime(2026, 3, 16, 12, 0, tzinfo=timezone.utc)


class FixedClock:
    """Moves only when somebody sleeps, or when told."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class SilentQueue:
    """Keeps what was rung; ``is_down`` makes it unavailable."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.urgent: list[str] = []
        self.invitations = 0
        self.is_down = False

    def ring(self, run: str, *, urgently: bool = False) -> None:
        if self.is_down:
            raise QueueUnavailable("the queue is down")
        self.rung.append(run)
        if urgently:
            self.urgent.append(run)

    def invite(self, *, last: bool = False) -> None:
        if self.is_down:
            raise QueueUnavailable("the queue is down")
        self.invitations += 1


class Silence:
    """Keeps the events that the browser would have got."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Mapping[str, Any], str, str]] = []

    def publish(self, event: str, payload: Mapping[str, Any], *, run: str, user: str) -> None:
        self.events.append((event, payload, run, user))
