"""Ring a worker, or leave it to the sweeper: a request never fails because the queue is down."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imogi_finance.batch.doors import Clock, Queue
from imogi_finance.batch.faults import reach
from imogi_finance.errors import QueueUnavailable

logger = logging.getLogger(__name__)


def ring_or_leave(queue: Queue, run: str) -> bool:
    """Ring for a run whose rows are committed; return whether the bell could be rung."""
    reach("ring.before")
    try:
        queue.ring(run)
    except QueueUnavailable as error:
        logger.warning("run=%s not rung, the sweeper will: %s", run, error)
        return False
    reach("ring.after")
    invite_or_leave(queue)
    return True


def invite_or_leave(queue: Queue, *, last: bool = False) -> bool:
    """Ask a worker to stand by, or leave it to whoever asks next; return whether the queue answered.

    Args:
        last: after all other work; see ``Queue.invite``.
    """
    try:
        queue.invite(last=last)
    except QueueUnavailable as error:
        logger.warning("nobody was asked to stand by: %s", error)
        return False
    return True


@dataclass
class Invitations:
    """Asks for somebody to stand by while a run is worked: not at its start, as a small one is over by then.

    Args:
        seconds: between two times; forty times as long where the queue has not answered.
    """

    queue: Queue
    clock: Clock
    seconds: float
    _next: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._ask_after(self.seconds)

    def consider(self) -> None:
        """Ask where it is time. Between two transactions."""
        if self.clock.now() >= self._next:
            self._ask_after(self.seconds if invite_or_leave(self.queue) else self.seconds * 40)

    def _ask_after(self, seconds: float) -> None:
        self._next = self.clock.now() + timedelta(seconds=seconds)
