"""Progress: derived from a run's rows, told to the browser at most five times a second."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from imogi_finance.batch.doors import Clock, Realtime
from imogi_finance.batch.kind import BatchKind
from imogi_finance.batch.run import Policy, Run, RunStatus, is_finishing

SECONDS_BETWEEN_EVENTS = 0.2


def phase(run: Run) -> str:
    """Return waiting, working, finishing, undoing or ended."""
    if not run.status.is_live:
        return "ended"
    if run.status is RunStatus.UNDOING:
        return "undoing"
    if run.status is RunStatus.PENDING or run.epoch == 0:
        return "waiting"
    return "finishing" if is_finishing(run) else "working"


def progress(run: Run, policy: Policy) -> dict[str, Any]:
    """Return where the run is: current and total of its phase, and a percentage from 0 to 100.

    While undoing, and after, the documents to be taken back are what is counted. Within a phase
    ``current`` never falls, and it ends at ``total``; but for a per-item run that is cancelled: it stays
    where it was, from where it can be resumed.
    """
    turned_back = policy is Policy.ALL_OR_NOTHING and (
        run.status in (RunStatus.UNDOING, RunStatus.FAILED, RunStatus.NEEDS_ATTENTION)
        or (run.status is RunStatus.CANCELLED and (run.to_undo > 0 or run.processed < run.total))
    )
    current, total = (run.undone + run.undo_failed, run.to_undo) if turned_back else (run.processed, run.total)
    return {
        "phase": phase(run),
        "current": current,
        "total": total,
        "percentage": round(100.0 * current / total, 1) if total else 100.0,
    }


class ProgressPublisher:
    """Publishes a run's progress and completion events."""

    def __init__(self, *, realtime: Realtime, clock: Clock) -> None:
        self._realtime = realtime
        self._clock = clock
        self._last: tuple[str, datetime] | None = None

    def publish(self, run: Run, kind: BatchKind) -> None:
        """Tell the run's room and its user where it is; drop what comes too fast, never the end."""
        if run.status.is_live:
            if self._is_too_soon(run):
                return
            self._send(run, f"{kind.event}_progress", self._progress_event(run, kind))
            return
        self._send(run, f"{kind.event}_progress", self._progress_event(run, kind))
        self._send(run, f"{kind.event}_complete", self._complete_event(run, kind))

    def _is_too_soon(self, run: Run) -> bool:
        now = self._clock.now()
        if self._last is not None and self._last[0] == run.name:
            passed = (now - self._last[1]).total_seconds()
            if 0 <= passed < SECONDS_BETWEEN_EVENTS:
                return True
        self._last = (run.name, now)
        return False

    def _progress_event(self, run: Run, kind: BatchKind) -> dict[str, Any]:
        counts = {name: getattr(run, name) for name in ("processed", "succeeded", "failed", "undone")}
        return {
            "job_id": run.name,
            "policy": kind.policy.value,
            "status": run.status.value,
            "epoch": run.epoch,
            "message": kind.message(run),
            "cancel_requested": run.cancel_requested,
            "at": self._clock.now().isoformat(),
            **progress(run, kind.policy),
            **counts,
        }

    def _complete_event(self, run: Run, kind: BatchKind) -> dict[str, Any]:
        return {
            "job_id": run.name,
            "status": run.status.value,
            "success": run.status is RunStatus.COMPLETED,
            "message": kind.message(run),
            "succeeded": run.succeeded,
            "failed": run.failed,
            **kind.payload(run),
        }

    def _send(self, run: Run, event: str, payload: Mapping[str, Any]) -> None:
        self._realtime.publish(event, payload, run=run.name, user=run.requested_by)
