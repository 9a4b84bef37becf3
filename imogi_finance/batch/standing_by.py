"""Standing by: a worker with nothing else to do watches the live runs, and takes over where another has died.

The queue alone tells nobody that a worker has died: RQ notices after a minute and a half at the earliest, and what it
does then is to fail the job. So one worker of a site stands by while runs are live. It is asked to when a run is rung
for, and again while a run is worked. It is never in anybody's way: it goes as soon as other work waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from imogi_finance.batch.answering import Answered, answer_ring
from imogi_finance.batch.doorbell import invite_or_leave
from imogi_finance.batch.doors import StandbyPlace
from imogi_finance.batch.engine import BatchEngine, Outcome
from imogi_finance.batch.precedence import by_urgency
from imogi_finance.batch.run import Run
from imogi_finance.errors import Transient

logger = logging.getLogger(__name__)


@dataclass
class StandingBy:
    """Stands by. One for a process.

    Args:
        engine: takes over; its settings say how long and how often it looks.
    """

    engine: BatchEngine
    place: StandbyPlace

    def answer(self, name: str, *, holder: str) -> Answered:
        """Answer a ring. Where it is for a run that must wait for the lease of a dead worker, stand by meanwhile.

        Raises:
            UnknownRun, Transient: see ``BatchEngine.work``.
        """
        invite_or_leave(self.engine.queue)  # who was asked with the ring may have died since
        answered = answer_ring(self.engine, name, holder=holder)
        if answered.outcome is Outcome.NOT_CLAIMED and self._is_held_by_the_dead(name):
            worked = self.watch(holder=holder)
            return answered if worked is None else Answered(worked, Outcome.ENDED)
        return answered

    def watch(self, *, holder: str) -> str | None:
        """Watch the live runs until one can be taken, and work that one.

        It ends without when no run is live, other work waits, another worker stands by, or its time is up: then it
        asks for the next. Between two looks no transaction is open.

        Args:
            holder: who this worker is.

        Returns:
            The run that was worked; None where none was.
        """
        engine, is_first_look, is_called_away, is_relieved = self.engine, True, False, False
        until = engine.clock.now() + timedelta(seconds=engine.settings.standby_seconds)
        try:
            while self.place.take(holder):
                is_relieved = engine.clock.now() >= until
                if is_relieved:
                    break
                try:
                    live = self._live_runs()
                    if not live:
                        break
                    is_called_away = self.place.is_wanted_elsewhere()
                    if is_called_away:
                        break
                    if is_first_look:  # where nobody is left to come, a job waits for who is started should all die
                        is_first_look = False
                        invite_or_leave(engine.queue)
                    for run in self._to_be_taken(live):
                        self.place.leave(holder)  # for the one who is asked while this one works
                        if engine.work(run.name, holder=holder) is not Outcome.NOT_CLAIMED:
                            return run.name
                except Transient as error:
                    logger.warning("standing by, the database did not answer: %s", error)
                is_called_away = not self._sleep()
                if is_called_away:
                    break
        finally:
            self.place.leave(holder)
        # The run's worker may be stopped, or at a step too long to ask for the next. Who is called away comes back
        # when all other work is done: asked for sooner, it would be called away again, and that work never done.
        if is_called_away or is_relieved:
            invite_or_leave(engine.queue, last=is_called_away)
        return None

    def _is_held_by_the_dead(self, name: str) -> bool:
        with self.engine.transactions.reading():
            run = self.engine.store.run(name)
        return run.status.is_live and self.engine.leases.has_dead_holder(run)

    def _live_runs(self) -> Sequence[Run]:
        """Return the live runs of the kinds that this worker knows."""
        with self.engine.transactions.reading():
            return [run for run in self.engine.store.live_runs() if run.kind in self.engine.kinds]

    def _to_be_taken(self, live: Sequence[Run]) -> Sequence[Run]:
        """Return the runs that nobody works; a new one is left a moment to the worker that was rung for it."""
        now, settings = self.engine.clock.now(), self.engine.settings
        return [
            run
            for run in by_urgency(live)
            if not (run.epoch == 0 and 0 <= (now - run.created_at).total_seconds() < settings.standby_manners_seconds)
            and self.engine.leases.is_idle(run, now)
        ]

    def _sleep(self) -> bool:
        """Wait for the next look; False where other work has come meanwhile."""
        settings = self.engine.settings
        for _ in range(settings.standby_glances):
            self.engine.clock.sleep(settings.standby_look_seconds / settings.standby_glances)
            if self.place.is_wanted_elsewhere():
                return False
        return True
