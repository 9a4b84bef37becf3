"""Whoever asks dies of it, or cannot ring: the run is there or it is not, and what is there ends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.processes import Failed
from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.recovery import scheduler
from tests.bench.proof.stage import Stage

ASKING = "who asks killed"
UNHEARD = "nobody rung: the scheduler alone is left"
_NOBODY = "redis://127.0.0.1:1"  # no server listens there


@dataclass(frozen=True)
class KilledAsking:
    """The process that asks is killed at a point; asked again, the run is one.

    Args:
        stored: whether its run was committed before.
    """

    point: str
    stored: bool

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(1)
        order = stage.order(self.point, "kill", 1)
        asking = stage.another()
        try:
            with scheduler(stage):
                trial = stage.asked(8, chunk_size=4, through=asking)
                if order.exists():
                    raise Failed(f"Nobody passed {self.point}")
                played.kills += 1
                if (trial is not None) != self.stored:
                    played.wrong.append(f"killed at {self.point}: {trial and trial.run} was stored")
                if trial is not None:
                    trial.watch.killed("who asked, before it had rung; the scheduler is left")
                    played.add(trial, "Completed", seconds=150)
        finally:
            asking.close()
        for left in stage.faults.iterdir():
            left.unlink()
        if trial is None:
            again = stage.asked(8, chunk_size=4, through=stage.second)
            if again is None:
                raise Failed("Asked again, there is no run.")
            played.add(again, "Completed")


def queue_is_down(stage: Stage, played: Played) -> None:
    """Redis does not answer the one who asks: the run is stored all the same."""
    stage.set_crew(1)
    asking = stage.another(FRAPPE_REDIS_QUEUE=_NOBODY)
    try:
        with scheduler(stage):
            trial = stage.asked(8, chunk_size=4, through=asking)
            if trial is None:
                raise Failed("Where Redis is down, no run was stored.")
            trial.watch.killed("Redis down at enqueue; the scheduler is left")
            played.kills += 1
            played.add(trial, "Completed", seconds=150)
    finally:
        asking.close()


def queue_is_lost(stage: Stage, played: Played) -> None:
    """Every worker and all that Redis knew are gone; workers start again, and nobody rings them."""
    stage.set_crew(1)
    trial = stage.stored(24, chunk_size=4)
    trial.ring()
    trial.watch.until(lambda seen: seen["processed"] >= 4, "some progress")
    with scheduler(stage):
        stage.workers.kill_all()
        stage.bench.start_redis_again()
        played.kills += 2
        trial.watch.killed("all workers and the queue; the scheduler is left")
        played.add(trial, "Completed", seconds=150)


def cases() -> Iterator[Case]:
    """Yield everything that happens to those who ask."""
    for point, stored in (
        ("request.before_store", False),
        ("request.before_commit", False),
        ("ring.before", True),
        ("ring.after", True),
    ):
        yield Case(f"killed asking, at {point}", ASKING, KilledAsking(point, stored), is_long=point == "ring.before")
    yield Case("Redis down at enqueue", UNHEARD, queue_is_down, is_long=True)
    yield Case("all workers and the queue lost", UNHEARD, queue_is_lost, is_long=True)
