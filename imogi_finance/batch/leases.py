"""Whether a run may be taken: nobody holds it, its lease has run out, or its holder is known to be dead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imogi_finance.batch.run import FARTHEST_SECONDS, Run
from imogi_finance.batch.settings import EngineSettings


def nobody_is_known_to_be_gone(holder: str) -> bool:
    """See ``Leases.is_gone``; where holders are not processes of one machine."""
    return False


@dataclass(frozen=True)
class Leases:
    """Judges the leases of runs.

    Args:
        is_gone: whether a holder is known to be dead; what cannot be known is False.
    """

    settings: EngineSettings = field(default_factory=EngineSettings)
    is_gone: Callable[[str], bool] = nobody_is_known_to_be_gone

    def is_free(self, run: Run, now: datetime) -> bool:
        """Whether a live run may be claimed at this moment."""
        return not run.is_leased(now) or self.is_orphan(run, now)

    def is_orphan(self, run: Run, now: datetime) -> bool:
        """Whether a run's lease has not run out, but the one who took it is dead.

        The first workers that die at one place are followed at once. Then the lease is waited for: what kills them
        may pass, and the item they die at is given up after some of them.
        """
        return run.is_leased(now) and run.stalls <= self.settings.first_deaths and self.has_dead_holder(run)

    def has_dead_holder(self, run: Run) -> bool:
        """Whether the one who holds a run is known to be dead, however long ago."""
        return run.lease_holder is not None and self.is_gone(run.lease_holder)

    def seconds_for(self, run: Run) -> float:
        """Return how long who claims a run may be silent: longer than one who was too slow, not than one who died."""
        if self.has_dead_holder(run):
            return max(self.settings.lease_seconds, run.lease_seconds)
        return max(self.settings.lease_for(run.stalls + 1), run.lease_seconds)

    def is_idle(self, run: Run, now: datetime) -> bool:
        """Whether nobody works a live run, and it is not asleep.

        A time so far ahead that no pause is as long was written by a clock that has jumped: it keeps nobody off.
        """
        farthest = now + timedelta(seconds=FARTHEST_SECONDS)
        is_asleep = run.wake_at is not None and now < run.wake_at <= farthest
        return self.is_free(run, now) and not is_asleep

    def is_abandoned(self, run: Run, now: datetime) -> bool:
        """Whether a live run is idle, and nobody was rung for it lately."""
        since_ring = None if run.rung_at is None else (now - run.rung_at).total_seconds()
        was_rung = since_ring is not None and 0 <= since_ring < self.settings.ring_patience_seconds
        return self.is_idle(run, now) and not was_rung
