"""Open a sandbox: SQLite, RQ and Socket.IO behind the doors of one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rq.timeouts import BaseTimeoutException

from imogi_finance.batch.holder import is_gone
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.sandbox.clock import SystemClock
from imogi_finance.sandbox.composition import App, compose
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.queue import RqQueue
from imogi_finance.sandbox.realtime import SocketioRealtime
from imogi_finance.sandbox.storage.sqlite import SqliteRows


def pace_from_environment() -> float:
    """Return how many seconds each payment of this process is slowed down (from ``IMOGI_PACE_MS``)."""
    return int(os.environ.get("IMOGI_PACE_MS") or 0) / 1000


def settings_from_environment() -> EngineSettings:
    """Return the engine's settings.

    ``IMOGI_LEASE_SECONDS`` and ``IMOGI_BUDGET_SECONDS`` shorten lease and budget, and ``IMOGI_WORKERS_A_RUN`` lets
    several workers share a run, for tests: SQLite has one writer at a time, so nothing is won by it here.
    """
    lease = float(os.environ.get("IMOGI_LEASE_SECONDS") or EngineSettings.lease_seconds)
    budget = float(os.environ.get("IMOGI_BUDGET_SECONDS") or EngineSettings.budget_seconds)
    chunk = min(lease / 3, EngineSettings.chunk_seconds)
    return EngineSettings(
        lease_seconds=lease,
        chunk_seconds=chunk,
        budget_seconds=budget,
        workers=int(os.environ.get("IMOGI_WORKERS_A_RUN") or EngineSettings.workers),
        ring_patience_seconds=5.0,  # the supervisor sweeps each second, and a ring too many costs nothing here
    )


@contextmanager
def open_app(home: Home, *, create: bool = False) -> Iterator[App]:
    """Open the sandbox at a home; Redis is asked only when the queue is rung.

    Args:
        create: make the database where there is none.

    Raises:
        Refused: there is no sandbox at this home.
    """
    if create:
        home.path.mkdir(parents=True, exist_ok=True)
    else:
        home.check_exists()
    rows = SqliteRows(home.database, create=create)
    try:
        yield compose(
            rows,
            clock=SystemClock(),
            queue=RqQueue(home),
            realtime=SocketioRealtime(home),
            settings=settings_from_environment(),
            is_gone=is_gone,
            interrupts=(BaseTimeoutException,),
            payment_seconds=pace_from_environment(),
        )
    finally:
        rows.close()
