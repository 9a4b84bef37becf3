"""The engine: claim a run or join it, step it chunk by chunk until it ends, let go when it must.

Every step is one transaction that reads where the run stands from its rows, so a step can be
repeated, taken over or continued by anybody who holds the lease. Nothing is remembered between
steps but the lease.

While a run is worked forward, several workers may hold the same lease. They share the run by its
items: each takes some, which the database holds for it until its transaction ends, and adds to the
run's counters. What concerns the whole run, to turn it back, finish or undo it, is done by one of
them, who first raises the epoch: then the others can write nothing any more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from math import ceil

from imogi_finance.batch.doorbell import Invitations, invite_or_leave, ring_or_leave
from imogi_finance.batch.doors import BatchStore, Clock, Queue, Transactions, Users
from imogi_finance.batch.ending import turn_back
from imogi_finance.batch.faults import reach
from imogi_finance.batch.kind import BatchKind
from imogi_finance.batch.leases import Leases
from imogi_finance.batch.precedence import Manners, Precedence
from imogi_finance.batch.progress import ProgressPublisher
from imogi_finance.batch.run import FARTHEST_SECONDS, Lease, Run, RunStatus, is_finishing
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.batch.step import Step
from imogi_finance.batch.undoing import undo_chunk
from imogi_finance.batch.working import work_chunk
from imogi_finance.errors import LeaseLost, NotPermitted, OutcomeUnknown, Transient, UnknownRun

logger = logging.getLogger(__name__)


class Outcome(str, Enum):
    """Why a worker stopped working a run."""

    ENDED = "ended"
    NOT_CLAIMED = "not claimed"  # ended before, or another worker has it
    LOST = "lost"  # another worker claimed it in the meantime
    CONTINUES = "continues"  # in a fresh job, which was rung
    WAITING = "waiting"  # for a later time; the sweeper rings it then


@dataclass
class _Shift:
    """One worker's time at a run.

    Args:
        lease: what it holds; another one once it has taken the run over.
        helpers: how many others the run has work for.
        is_guest: whether it has joined others, who go on without it.
        waits: whether there was nothing to do for it at last.
    """

    lease: Lease
    helpers: int = 0
    is_guest: bool = False
    waits: bool = False


def _never() -> bool:
    return False


@dataclass
class BatchEngine:
    """Works runs. One for a process.

    Args:
        interrupts: exceptions that end the worker's job and are never an item's fault (the
            queue's time-out). The run is let go and rung, and the exception goes on.
        is_to_stop: whether this worker is asked to end; asked after each step. The run goes on in
            another, so that nobody who stops workers waits for it, or has to kill it.
    """

    transactions: Transactions
    store: BatchStore
    queue: Queue
    clock: Clock
    users: Users
    progress: ProgressPublisher
    kinds: Mapping[str, BatchKind]
    leases: Leases = field(default_factory=Leases)
    interrupts: tuple[type[BaseException], ...] = ()
    is_to_stop: Callable[[], bool] = _never

    @property
    def settings(self) -> EngineSettings:
        """The engine's numbers."""
        return self.leases.settings

    @property
    def precedence(self) -> Precedence:
        """Judges which runs go before others."""
        return Precedence(self.transactions, self.store, self.clock, self.leases, self.kinds.keys())

    def work(self, name: str, *, holder: str, instead_of: str | None = None) -> Outcome:
        """Work a run until it ends, until this worker must stop, or until a more urgent run has waited a moment.

        Args:
            name: the run.
            holder: who this worker is; see ``imogi_finance.batch.holder``.
            instead_of: the run that this worker was rung for: another is rung for it once this one is taken.

        Raises:
            UnknownRun: there is no such run.
            Transient: the database could not even be asked who holds the run, several times.
        """
        shift = self._begin_in_the_end(name, holder)
        if shift is None:
            return Outcome.NOT_CLAIMED
        try:
            if instead_of is not None:
                ring_or_leave(self.queue, instead_of)
            for _ in range(shift.helpers):
                ring_or_leave(self.queue, name)
            if shift.lease.epoch > 1:  # who had it may have died, and so may this one, before any chunk is done
                invite_or_leave(self.queue)
            return self._work_until_it_stops(shift)
        except LeaseLost:
            logger.info("run=%s epoch=%s another worker has it now", name, shift.lease.epoch)
            return Outcome.LOST
        except self.interrupts:
            self._let_go(shift.lease, wake_after=0.0, interrupted=True)
            ring_or_leave(self.queue, name)
            raise
        except Exception:  # a defect outside any item: let others try, and count it
            self._let_go(shift.lease, wake_after=self.settings.transient_backoff_limit, interrupted=True)
            raise

    def _begin_in_the_end(self, name: str, holder: str) -> _Shift | None:
        """Begin; where the database does not answer, again after a pause.

        Where another one claims the run this moment, that is known only to who looks again.
        """
        failures, in_doubt = 0, False
        while True:
            try:
                return self._begin(name, holder, in_doubt) or self._begin(name, holder, in_doubt)
            except Transient as error:
                failures += 1
                in_doubt = in_doubt or isinstance(error, OutcomeUnknown)
                logger.warning("run=%s could not be claimed: %s", name, error)
                if failures > self.settings.transient_limit:
                    raise
                self.clock.sleep(self.settings.transient_pause(failures))

    def _begin(self, name: str, holder: str, in_doubt: bool) -> _Shift | None:
        """Claim a run that is free, or join those who work it; None where neither is possible.

        Args:
            in_doubt: this worker may have claimed it a moment ago: whether that was committed is not known.
        """
        with self.transactions.transaction():
            now = self.clock.now()
            run = self.store.run(name)
            if not run.status.is_live:
                return None
            if run.kind not in self.kinds:
                logger.error("run=%s is a %s, which this worker does not know; a newer one may", name, run.kind)
                return None
            if run.joinable and run.is_leased(now):  # where one of its workers has died, the others work on
                return _Shift(Lease(run.name, run.epoch, holder), is_guest=True)
            if not (self.leases.is_free(run, now) or (in_doubt and run.lease_holder == holder)):
                return None
            helpers, seconds = self._helpers(run), self.leases.seconds_for(run)
            lease = self.store.claim(run, holder=holder, now=now, lease_seconds=seconds, joinable=helpers > 0)
            reach("claim.before_commit")
        reach("claim.after_commit")
        return None if lease is None else _Shift(lease, helpers)

    def _helpers(self, run: Run) -> int:
        """Return how many others may help whoever claims a run now: those for whom there is a chunk to work.

        Nobody may while it is worked item by item, to find the one that its workers die at.
        """
        left = run.total - run.processed
        if run.status is RunStatus.UNDOING or run.cancel_requested or run.stalls >= self.settings.isolate_after:
            return 0
        return max(0, min(self.settings.workers, ceil(left / run.chunk_size)) - 1)

    def _work_until_it_stops(self, shift: _Shift) -> Outcome:
        started = self.clock.now()
        deadline = started + timedelta(seconds=self.settings.budget_seconds)
        settings = self.settings
        invitations = Invitations(self.queue, self.clock, settings.invite_seconds)
        manners = Manners(self.precedence, settings.manners_seconds, shift.is_guest)
        failures = 0
        while self.clock.now() < deadline:
            step = self._step_for(shift.lease)
            try:
                run = self._take(step)
                shift.lease, shift.waits = step.next_lease, step.waits
                going_on = not step.waits or self._wait(shift.lease, run)
                failures = 0
            except Transient as error:
                failures += 1
                told = (step.lease.run, step.lease.epoch, step.chunk, error)
                logger.warning("run=%s epoch=%s chunk=%s transaction failed: %s", *told)
                if failures > self.settings.transient_limit:
                    self._let_go(shift.lease, wake_after=self.settings.transient_backoff_limit)
                    return Outcome.WAITING
                self.clock.sleep(self.settings.transient_pause(failures))
                step.count_attempt(error)
                continue
            if not run.status.is_live:
                return Outcome.ENDED
            invitations.consider()
            if not going_on:
                return Outcome.WAITING
            if is_finishing(run) and self.clock.now() > started + timedelta(seconds=self.settings.finish_afresh_after):
                break  # the final step is one transaction: it gets the whole time of a job
            if self.is_to_stop():
                break
            if run.status is RunStatus.PROCESSING and not is_finishing(run) and manners.are_to_leave(run):
                logger.info("run=%s epoch=%s left to others: a more urgent run waits", run.name, shift.lease.epoch)
                break
        self._let_go(shift.lease, wake_after=0.0, waited=shift.waits)
        ring_or_leave(self.queue, shift.lease.run)
        return Outcome.CONTINUES

    def _step_for(self, lease: Lease) -> Step:
        return Step(
            store=self.store,
            transactions=self.transactions,
            clock=self.clock,
            settings=self.settings,
            interrupts=self.interrupts,
            lease=lease,
        )

    def _take(self, step: Step) -> Run:
        """Do one step in one transaction; tell the browser once it is committed."""
        with self.transactions.transaction():
            run = self.store.held(step.lease)
            step.kind = self.kinds[run.kind]
            undoing = run.status is RunStatus.UNDOING
            point = "undo" if undoing else "work"
            with ExitStack() as stack:
                try:
                    stack.enter_context(self.users.acting_as(run.requested_by, undoing=undoing))
                    if not undoing:
                        self.users.check_may_act(run.requested_by, run)  # roles are taken away meanwhile too
                except (NotPermitted, UnknownRun) as error:
                    run = turn_back(step, run, error=None if run.cancel_requested else str(error))
                else:
                    run = undo_chunk(step, run) if undoing else work_chunk(step, run)
            point = "finish" if run.status in (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS) else point
            reach(f"{point}.before_commit")
        reach(f"{point}.after_commit")
        self.progress.publish(run, step.kind)
        return run

    def _wait(self, lease: Lease, run: Run) -> bool:
        """Sleep until the next item is due, or may be free; False when that is so far off that the run was let go."""
        with self.transactions.reading():
            undoing = run.status is RunStatus.UNDOING
            due = self.store.next_undo(run.name) if undoing else self.store.next_retry(run.name)
        seconds = 0.0 if due is None else (due - self.clock.now()).total_seconds()
        if seconds > FARTHEST_SECONDS:
            seconds = 0.0  # the clock has jumped: the item counts as due
        if seconds > self.settings.longest_wait:
            self._let_go(lease, wake_after=seconds, waited=True, asleep=True)
            return False
        self.clock.sleep(max(seconds, self.settings.shortest_wait))
        return True

    def _let_go(
        self,
        lease: Lease,
        *,
        wake_after: float,
        interrupted: bool = False,
        waited: bool = False,
        asleep: bool = False,
    ) -> None:
        """Give the lease back. Where even that cannot be written, it runs out by itself.

        One that others may hold too is left to them, and to those who join: unless nobody has anything to do for
        now, or something is so wrong that it must be counted by the next claim.

        A worker that lets go of its own accord is none that died at an item: such claims may make
        chunks smaller, but never give an item up. The final step has no attempts of its own, so there
        they count.
        """
        try:
            with self.transactions.transaction():
                run = self.store.held(lease)
                counts = interrupted or is_finishing(run)
                stalls = run.stalls if counts else min(run.stalls, self.settings.isolate_after)
                if waited:
                    stalls = max(0, run.stalls - 1)  # as if it had not been claimed
                wake_at = self.clock.now() + timedelta(seconds=wake_after)
                if run.joinable and not (interrupted or asleep):
                    self.store.save(lease, stalls=stalls)
                else:
                    self.store.save(lease, lease_holder=None, lease_expires_at=None, wake_at=wake_at, stalls=stalls)
                reach("let_go.before_commit")
        except (Transient, LeaseLost) as error:
            logger.warning("run=%s epoch=%s lease not given back: %s", lease.run, lease.epoch, error)
        reach("let_go.after_commit")
