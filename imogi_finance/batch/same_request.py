"""The same request twice is one run: by its key, as the retry of a run, or because it asks for the very same."""

from __future__ import annotations

from collections.abc import Callable

from imogi_finance.batch.doors import BatchStore
from imogi_finance.batch.run import Run, RunStatus
from imogi_finance.errors import Conflict, IdempotencyConflict


class SameRequest:
    """What a request has led to before, looked at within the transaction that may store a run for it.

    Others store runs meanwhile, and see nobody in their way until this one is stored. So what is known is looked up
    again where the request seems refused, and once more when its run is stored.

    Args:
        user: who asks.
        digest: what two requests have in common only when they ask for the same.
        key: the caller's idempotency key.
        retry_of: the run that is to be tried again.
        stands: whether what a completed run made has not been taken back since. Without a key, a request equal to
            such a run's is taken for the same one sent twice: nothing must be made again by a second click that
            came late.
    """

    def __init__(
        self,
        store: BatchStore,
        *,
        user: str,
        digest: str,
        key: str | None,
        retry_of: str | None,
        stands: Callable[[Run], bool],
    ) -> None:
        self._store, self._user, self._key, self._retry_of, self._stands = store, user, key, retry_of, stands
        self.digest = digest
        self._at_first = self._newest()

    def run(self, *, done: bool) -> Run | None:
        """Return the run that answers the request.

        Args:
            done: whether one that has completed, and whose documents still stand, answers it too.

        Raises:
            IdempotencyConflict: its key was used for another request.
        """
        if self._retry_of is not None and (retried := self._store.retry_of(self._retry_of)) is not None:
            return retried
        if self._key is not None and (answered := self._answered(self._key)) is not None:
            return answered
        same = self._store.latest_run_by_digest(self.digest)
        if same is not None and (same.status.is_live or (done and self._is_done(same))):
            return self._under_its_key(same)
        return None

    def _is_done(self, run: Run) -> bool:
        return run.status is RunStatus.COMPLETED and self._stands(run)

    def _under_its_key(self, same: Run) -> Run | None:
        """Return a run of the very same request, which answers to this request's key from now on.

        One that answers to another key is not returned: when this key came again, nobody would know.
        """
        if self._key is None or same.idempotency_key == self._key:
            return same
        return self._store.give_key(same, self._key) if same.idempotency_key is None else None

    def check_first(self, made: Run) -> None:
        """Make sure that nobody has stored a run for the very same request since the first look, and ended it.

        From now on the new run's live keys keep others off its documents; until now nothing did.

        Raises:
            Conflict: somebody has. Asked again, that run is the answer.
        """
        if self._newest(but=made.name) != self._at_first:
            raise Conflict(f"the request of {made.document} was accepted a moment before")

    def _newest(self, *, but: str | None = None) -> tuple[str | None, str | None]:
        same = self._store.latest_run_by_digest(self.digest, but=but)
        retried = None if self._retry_of is None else self._store.retry_of(self._retry_of, but=but)
        return same.name if same else None, retried.name if retried else None

    def _answered(self, key: str) -> Run | None:
        by_key = self._store.run_by_idempotency_key(self._user, key)
        if by_key is not None and by_key.request_digest != self.digest:
            raise IdempotencyConflict(key, by_key.name)
        return by_key
