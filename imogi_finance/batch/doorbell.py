"""Ring a worker, or leave it to the sweeper: a request never fails because the queue is down."""

from __future__ import annotations

import logging

from imogi_finance.batch.doors import Queue
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
    return True
