"""SIGKILL of a work-horse, its parent or both at every named fault point, at several positions, at work and undo.

After each kill nobody does anything, but for starting another worker where one has ended, as a supervisor does: the run
must end by itself, and all books must be right.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.processes import Failed
from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.stage import Stage
from tests.bench.proof.trial import Trial
from tests.bench.proof.watching import ENDED
from tests.bench.proof.workers import KINDS

CHUNK = 4
PAYMENTS = 12
ACTIONS = {"horse": "kill", "parent": "kill-parent", "both": "kill-both"}

WORK_UNITS = (
    "work.before_unit",
    "books.after_payment",
    "books.after_ledger",
    "books.after_outstanding",
    "work.after_document",
)
WORK_CHUNKS = ("work.before_items", "work.before_run", "work.before_commit", "work.after_commit")
ENDS = (
    "finish.before_documents",
    "books.after_allocation",
    "books.after_confirmation",
    "finish.after_documents",
    "finish.before_release",
    "finish.before_commit",
    "finish.after_commit",
)
CLAIMS = ("claim.before_commit", "claim.after_commit")
UNDO_UNITS = ("undo.before_unit", "books.after_cancel", "books.after_reversal", "undo.after_document")
UNDO_CHUNKS = ("undo.before_items", "undo.before_run", "undo.before_commit", "undo.after_commit")
CREW = ("take_over.before_run",)  # only where several work one run
ELSEWHERE = {  # what is killed in other files: requests.py, interrupts.py
    "request.before_store",
    "request.before_commit",
    "ring.before",
    "ring.after",
    "let_go.before_commit",
    "let_go.after_commit",
}

AT_WORK = [
    *((point, nth) for point in WORK_UNITS for nth in (1, 4, 5, 12)),
    *((point, nth) for point in WORK_CHUNKS for nth in (1, 2, 3)),
    *((point, 1) for point in (*CLAIMS, *ENDS)),
]
AT_UNDO = [
    ("turn.before_run", 1),
    *((point, nth) for point in UNDO_UNITS for nth in (1, 4, 5, 8)),
    *((point, nth) for point in UNDO_CHUNKS for nth in (1, 2)),
    ("undo.before_run", 3),
    ("undo.before_commit", 3),
    ("undo.after_commit", 3),
]
AS_A_CREW = [
    *((point, nth) for point in (*WORK_UNITS, *WORK_CHUNKS) for nth in (1, 2)),
    *((point, 1) for point in (*CLAIMS, *CREW, *ENDS)),
]
_QUICK = {
    ("books.after_ledger", 5, "horse"),
    ("work.before_commit", 2, "both"),
    ("finish.after_documents", 1, "horse"),
    ("undo.after_document", 4, "horse"),
}


@dataclass(frozen=True)
class PointKill:
    """One kill at a fault point.

    Args:
        kind: what is killed: "horse", "parent" or "both".
        undoing: the run is spoilt from the beginning, and is undone.
        per_party: one payment a party; each of them pays two invoices.
        crew: how many workers may work the run.
    """

    point: str
    nth: int
    kind: str
    undoing: bool = False
    per_party: bool = False
    crew: int = 1

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(self.crew)
        each = 2 if self.per_party else 1
        trial = stage.stored(PAYMENTS * each, chunk_size=CHUNK * each, per_party=self.per_party, spoilt=self.undoing)
        order = stage.order(self.point, ACTIONS[self.kind], self.nth)
        trial.ring()
        _, when = stage.taken(order, trial)
        played.kills += 1
        trial.watch.killed(self.kind, when)
        played.wrong += trial.wrong(ended=trial.watch.last["status"] in ENDED)
        played.add(trial, "Failed" if self.undoing else "Completed")


@dataclass(frozen=True)
class Storm:
    """Kills at random moments, until the run has ended.

    Args:
        seed: of the moments and of what is killed.
        undoing, crew: see ``PointKill``.
    """

    seed: int
    undoing: bool = False
    crew: int = 1
    most: int = 8

    def __call__(self, stage: Stage, played: Played) -> None:
        chance = random.Random(self.seed)
        stage.set_crew(self.crew)
        trial = stage.stored(40, chunk_size=5, per_party=chance.random() < 0.3, spoilt=self.undoing)
        trial.ring()
        for _ in range(self.most):
            if not moment(stage, trial, chance.uniform(0.0, 1.5)):
                break
            kind = chance.choice(KINDS)
            horse = victim(stage, trial, chance)
            if horse is None:
                continue
            stage.workers.kill(kind, horse)
            played.kills += 1
            trial.watch.killed(kind)
            played.wrong += trial.wrong(ended=trial.watch.last["status"] in ENDED)
            trial.watch.until(lambda _: not trial.watch.is_stalled, f"{trial.run} to go on after a kill")
        played.add(trial, "Failed" if self.undoing else "Completed")


def moment(stage: Stage, trial: Trial, seconds: float) -> bool:
    """Wait for a moment; False where the run has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until or not stage.workers.horses():
        stage.workers.tend()
        if trial.watch.look()["status"] in ENDED:
            return False
        if time.monotonic() > until + 120:
            raise Failed(f"Nobody works {trial.run}: {trial.watch.last}")
        time.sleep(0.03)
    return True


def victim(stage: Stage, trial: Trial, chance: random.Random) -> int | None:
    """Return a horse: the one that holds the run, more often than not."""
    horses = stage.workers.horses()
    holder = trial.watch.last.get("lease_holder") or ""
    working = [horse for horse in horses if str(horse) in holder.split(":")]
    return chance.choice(working if working and chance.random() < 0.7 else horses) if horses else None


def cases() -> Iterator[Case]:
    """Yield every kill at a point."""
    for point, nth in AT_WORK:
        for kind in KINDS:
            per_party = (nth + KINDS.index(kind)) % 3 == 0
            yield _case(PointKill(point, nth, kind, per_party=per_party))
    for point, nth in AT_UNDO:
        for kind in KINDS:
            yield _case(PointKill(point, nth, kind, undoing=True, per_party=(nth + KINDS.index(kind)) % 3 == 0))
    for point, nth in AS_A_CREW:
        for kind in ("horse", "both"):
            yield _case(PointKill(point, nth, kind, crew=2))


def storms(count: int, seed: int) -> Iterator[Case]:
    """Yield so many runs that are killed at random moments."""
    for number in range(count):
        storm = Storm(seed + number, undoing=number % 3 == 2, crew=1 + number % 2)
        name = f"storm {storm.seed}{' undo' * storm.undoing}{' crew' * (storm.crew > 1)}"
        yield Case(name, "killed at random moments", storm, kills=5, is_quick=number == 1)


def _case(kill: PointKill) -> Case:
    what = "undo" if kill.undoing else "work"
    name = f"{what} {kill.point} {kill.nth} {kill.kind}{' per-party' * kill.per_party}{' crew' * (kill.crew > 1)}"
    group = f"{kill.kind} killed at a point of the {what}{', two workers' * (kill.crew > 1)}"
    is_quick = kill.crew == 1 and (kill.point, kill.nth, kill.kind) in _QUICK
    return Case(name, group, kill, is_quick=is_quick)
