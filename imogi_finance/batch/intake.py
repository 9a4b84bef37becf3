"""The intake: a request becomes a run, once, in one transaction; then a worker is rung. The same for every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from imogi_finance.batch.doorbell import ring_or_leave
from imogi_finance.batch.doors import BatchStore, Clock, Queue, Transactions, Users
from imogi_finance.batch.faults import reach
from imogi_finance.batch.run import NewItem, NewRun, Run
from imogi_finance.batch.same_request import SameRequest
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.errors import Conflict, LiveKeyTaken, Refused

MOST_WAITING = 10  # runs of a user that no worker has begun, where nobody has set another number
_TRIES = 8
_LONGEST_KEY = 140
_MOST_NAMED = 10

Prepared = tuple[NewRun, Sequence[NewItem]]


@dataclass(frozen=True)
class Accepted:
    """The answer to a request.

    Args:
        run: the run that does what was asked; its name is the ``job_id``.
        is_new: False where the very same request had been accepted before.
        rung: whether a worker could be rung; if not, the sweeper rings one later.
    """

    run: Run
    is_new: bool
    rung: bool


class Asked(Protocol):
    """A request of some kind, read and well formed."""

    @property
    def user(self) -> str:
        """Who asks, and in whose name everything is done."""

    def digest(self) -> str:
        """Return what two requests have in common only when they ask for the same."""


@dataclass
class Intake:
    """Stores the runs of requests.

    Args:
        most_waiting: how many runs a user may have that no worker has begun; 0 is as many as they like.
    """

    transactions: Transactions
    store: BatchStore
    queue: Queue
    clock: Clock
    users: Users
    settings: EngineSettings = field(default_factory=EngineSettings)
    most_waiting: int = 0

    def accept(
        self,
        request: Asked,
        *,
        key: str | None,
        prepare: Callable[[], Prepared],
        stands: Callable[[Run], bool],
        retry_of: str | None = None,
    ) -> tuple[Run, bool]:
        """Judge a request and store its run, in one transaction and in the name of who asks.

        Where others are in its way for a moment, it is done again from the start.

        Args:
            key: the caller's idempotency key, or None.
            prepare: reads what the request names and returns the run and its items; raises ``Refused``, with every
                problem found, where nothing is to be stored. Digest, key and ``retry_of`` of the run are not its
                business.
            stands: whether what a completed run made has not been taken back since; see ``SameRequest``.
            retry_of: the run that is to be tried again.

        Returns:
            The run that does what was asked, and whether it is new.

        Raises:
            Refused: the request breaks a rule, or too many runs of the user wait; nothing was changed.
            IdempotencyConflict: the key was used for another request.
            Conflict, LiveKeyTaken: others were in its way each time.
        """
        check_key(key)
        for attempt in range(1, _TRIES + 1):
            try:
                with self.transactions.transaction():
                    with self.users.acting_as(request.user, undoing=False):
                        found = self.accept_here(request, key=key, prepare=prepare, stands=stands, retry_of=retry_of)
                    reach("request.before_commit")
                return found
            except (Conflict, LiveKeyTaken):
                if attempt == _TRIES:
                    raise
                self.clock.sleep(self.settings.transient_pause(attempt))
        raise AssertionError("unreachable")

    def accept_here(
        self,
        request: Asked,
        *,
        key: str | None,
        prepare: Callable[[], Prepared],
        stands: Callable[[Run], bool],
        retry_of: str | None = None,
    ) -> tuple[Run, bool]:
        """Do what ``accept`` does, in the caller's own transaction and name."""
        same = SameRequest(
            self.store, user=request.user, digest=request.digest(), key=key, retry_of=retry_of, stands=stands
        )
        if (known := same.run(done=key is None)) is not None:
            return known, False
        try:
            self._check_waiting(request.user)  # before much is read for nothing
            run, items = prepare()
        except Refused:
            # What stands in its way may be the very same request: done before, or stored since the first look.
            if (known := same.run(done=True)) is not None:
                return known, False
            raise
        reach("request.before_store")
        new = replace(run, request_digest=same.digest, idempotency_key=key, retry_of=retry_of)
        made = self.store.insert_run(new, items, self.clock.now())
        same.check_first(made)
        self._check_waiting(request.user, but=made.name)
        return made, True

    def _check_waiting(self, user: str, *, but: str | None = None) -> None:
        """Refuse one more run where the user has as many waiting as they may, without counting that one.

        Asked again once it is stored, when nobody else stores one meanwhile: then the count is exact.
        """
        waiting = [name for name in self.store.waiting_runs(user) if name != but] if self.most_waiting > 0 else []
        if len(waiting) < max(self.most_waiting, 1):
            return
        named = ", ".join(waiting[:_MOST_NAMED]) + (" …" if len(waiting) > _MOST_NAMED else "")
        raise Refused.because(
            "Request",
            "too_many_waiting",
            f"{len(waiting)} of your runs wait for a worker, and {self.most_waiting} may.",
            f"Wait until one of them has begun, or cancel one of {named}.",
        )

    def ring(self, run: Run, *, is_new: bool) -> Accepted:
        """Ring a worker for an accepted run, unless it has ended."""
        return Accepted(run, is_new, rung=run.status.is_live and ring_or_leave(self.queue, run.name))


def check_key(key: object) -> None:
    """Make sure that an idempotency key is one.

    Raises:
        Refused: it is no text of 1 to 140 characters.
    """
    if key is not None and not (isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY):
        raise Refused.because(
            "Request", "idempotency_key", "The idempotency key is not usable.", f"Send 1 to {_LONGEST_KEY} characters."
        )
