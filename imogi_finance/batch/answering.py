"""Answering a ring: what a worker does that is rung for a run."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from imogi_finance.batch.engine import BatchEngine, Outcome
from imogi_finance.errors import Transient, UnknownRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answered:
    """What became of a ring.

    Args:
        run: the run that was worked, or was to be.
        outcome: how that went.
    """

    run: str
    outcome: Outcome


def answer_ring(engine: BatchEngine, name: str, *, holder: str) -> Answered:
    """Work the run that was rung for; or, first, a more urgent one that waits, and ring for the other again.

    Args:
        holder: who this worker is.

    Raises:
        UnknownRun, Transient: see ``BatchEngine.work``.
    """
    for urgent in engine.precedence.before(name):
        try:
            outcome = engine.work(urgent, holder=holder, instead_of=name)
        except (UnknownRun, Transient) as error:  # deleted, or not to be had just now: no reason to leave the other
            logger.warning("run=%s could not be gone to before %s: %s", urgent, name, error)
            continue
        if outcome is not Outcome.NOT_CLAIMED:
            return Answered(urgent, outcome)
    return Answered(name, engine.work(name, holder=holder))
