"""A work-horse that is stopped, not dead: another worker takes its run, and it must write nothing when it goes on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import wait_for
from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.stage import Stage, gone
from tests.bench.proof.trial import Trial
from tests.bench.proof.workers import send, state_of

GROUP = "stopped past its lease, then continued"
AT_THE_END = 300.0  # seconds after which the server ends the connection of who is silent in the final step
# Between two transactions nobody waits for it. Inside one it holds rows until the server ends its connection.
BETWEEN = (("claim.after_commit", 1), ("work.after_commit", 1), ("work.after_commit", 3))
INSIDE = (("work.before_unit", 5), ("work.before_commit", 2), ("finish.before_commit", 1))
AT_UNDO = (("undo.after_commit", 1), ("undo.before_commit", 2))


@dataclass(frozen=True)
class Zombie:
    """A worker stopped at a point, until the run has ended without it."""

    point: str
    nth: int
    undoing: bool = False
    cancelled: bool = False
    crew: int = 1

    @property
    def is_at_the_end(self) -> bool:
        """Whether it holds the run's row in the final step, which may be long: that is given up only late."""
        return self.point.startswith("finish.")

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(self.crew)
        trial = stage.stored(12, chunk_size=4, spoilt=self.undoing)
        order = stage.order(self.point, "stop", self.nth)
        trial.ring()
        zombie = stopped(stage, order, trial)
        played.kills += 1
        trial.watch.killed("stopped", None)
        if self.cancelled:
            trial.cancel()
        try:
            wanted = "Cancelled" if self.cancelled else "Failed" if self.undoing else "Completed"
            played.add(trial, wanted, seconds=120 + AT_THE_END * self.is_at_the_end)
            trial.watch.until(lambda seen: seen["announced"], "the end to be told")
            before = stage.call("written()")
        finally:
            send(zombie, signal.SIGCONT)
        gone([zombie])
        if stage.call("written()") != before:
            played.wrong.append(f"I6 {trial.run}: a worker that had lost the run wrote when it went on")
        played.wrong += trial.wrong(ended=True)


def two_in_a_row(stage: Stage, played: Played) -> None:
    """The one who took the run over is stopped in turn; both go on at once."""
    stage.set_crew(1)
    trial = stage.stored(12, chunk_size=2)
    order = stage.order("work.after_commit", "stop", 1)
    trial.ring()
    zombies = [stopped(stage, order, trial)]
    try:
        zombies.append(stopped(stage, stage.order("work.after_commit", "stop", 1), trial))
        played.kills += 2
        trial.watch.killed("stopped")
        played.wrong += trial.wrong(ended=False)
    finally:
        for zombie in zombies:
            send(zombie, signal.SIGCONT)
    played.add(trial, "Completed")


def stopped(stage: Stage, order: Path, trial: Trial) -> int:
    """Wait until a horse has taken an order to stop, and has stopped; return its pid."""
    pid, _ = stage.taken(order, trial)
    wait_for(lambda: state_of(pid) == "T", f"{pid} to stop", seconds=10, every=0.01)
    return pid


def cases() -> Iterator[Case]:
    """Yield every way of coming back too late."""
    for point, nth in (*BETWEEN, *INSIDE):
        yield _case(Zombie(point, nth))
    for point, nth in AT_UNDO:
        yield _case(Zombie(point, nth, undoing=True))
    yield _case(Zombie("work.after_commit", 1, cancelled=True))
    yield _case(Zombie("work.after_commit", 1, crew=2))
    yield _case(Zombie("work.before_items", 1, crew=2))
    yield Case("zombie two in a row", GROUP, two_in_a_row, kills=2)


def _case(of: Zombie) -> Case:
    how = " undo" * of.undoing + " cancelled" * of.cancelled + " crew" * (of.crew > 1)
    is_quick = (of.point, of.nth, how) == ("work.after_commit", 1, "")
    return Case(f"zombie {of.point} {of.nth}{how}", GROUP, of, is_quick=is_quick, is_long=of.is_at_the_end)
