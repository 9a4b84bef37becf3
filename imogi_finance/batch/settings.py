"""The engine's numbers, with the reason for each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

MOST_WORKERS = 16


@dataclass(frozen=True)
class EngineSettings:
    """How patient the engine is. Times are in seconds.

    Args:
        lease_seconds: how long a worker may be silent before another may claim its run.
        chunk_seconds: a chunk is committed after this long even when it is not full, so that a
            slow chunk does not outlive its lease.
        cancel_check_seconds: how often, at most, a chunk looks whether a cancel was asked for.
        budget_seconds: after this long a worker goes on in a fresh job, before the queue's
            time-out can interrupt it; so there is no largest run.
        finish_afresh_after: a worker older than this leaves the final step to a fresh job.
        max_attempts: how often an item is tried that fails for reasons that may pass; with the
            pauses between, over about a minute.
        item_backoff_seconds: first pause before such an item is tried again; doubles each time.
        item_backoff_limit: longest such pause.
        transient_limit: how many transactions may fail in a row before the worker lets go and
            leaves the run to the sweeper.
        transient_backoff_seconds: first pause after a failed transaction; doubles each time.
        transient_backoff_limit: longest such pause.
        longest_wait: a worker with nothing due sleeps this long at most, else it lets go.
        shortest_wait: a worker with nothing to take, since others hold what is left, looks again
            after this long.
        workers: how many workers may work one run at once, 1 to ``MOST_WORKERS``.
        isolate_after: claims without progress after which items are worked one by one.
        max_stalls: claims without progress after which the first item is given up: one that
            kills its worker each time must not keep a run alive for ever.
        manners_seconds: how often who works a run looks whether a more urgent one waits. One that waits at two looks in
            a row is gone to: until then it is left to who is idle.
        standby_look_seconds: how often who stands by looks at the live runs.
        standby_glances: how many times between two looks it makes sure that no other work waits for it.
        standby_seconds: how long one worker stands by. With ``budget_seconds`` it fits into the queue's time-out.
        standby_manners_seconds: how long it leaves a new run to the worker that was rung for it.
        invite_seconds: how often, at most, who works a run asks for somebody to stand by. Who stands by may die, and
            then who works, in so little time.
        first_deaths: how many dead workers in a row are followed at once, where they are known to be dead.
        ring_patience_seconds: how long after a ring the sweeper waits before it rings again.
        jitter: a number in [0, 1) that spreads pauses, so that rivals do not meet again.
    """

    lease_seconds: float = 10.0
    chunk_seconds: float = 3.0
    cancel_check_seconds: float = 0.05
    budget_seconds: float = 3000.0
    finish_afresh_after: float = 60.0
    max_attempts: int = 8
    item_backoff_seconds: float = 0.5
    item_backoff_limit: float = 60.0
    transient_limit: int = 8
    transient_backoff_seconds: float = 0.05
    transient_backoff_limit: float = 2.0
    longest_wait: float = 2.0
    shortest_wait: float = 0.1
    workers: int = 1
    isolate_after: int = 3
    max_stalls: int = 10
    manners_seconds: float = 1.0
    standby_look_seconds: float = 1.0
    standby_glances: int = 4
    standby_seconds: float = 500.0
    standby_manners_seconds: float = 3.0
    invite_seconds: float = 0.5
    first_deaths: int = 3
    ring_patience_seconds: float = 15.0
    jitter: Callable[[], float] = random.random

    def item_pause(self, attempt: int) -> float:
        """Return the pause in seconds after the given attempt (1 is the first)."""
        return self._pause(self.item_backoff_seconds, self.item_backoff_limit, attempt)

    def transient_pause(self, failures: int) -> float:
        """Return the pause in seconds after this many failed transactions in a row."""
        return self._pause(self.transient_backoff_seconds, self.transient_backoff_limit, failures)

    def lease_for(self, stalls: int) -> float:
        """Return the lease in seconds; it doubles with each claim that made no progress past the second.

        A chunk slower than its lease would otherwise be stolen for ever.
        """
        return float(self.lease_seconds * 2 ** min(max(stalls - 2, 0), 5))

    def _pause(self, first: float, limit: float, nth: int) -> float:
        whole = min(first * 2.0 ** min(nth - 1, 30), limit)
        return whole * (0.5 + self.jitter() / 2)
