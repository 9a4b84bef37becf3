"""The doorbell: jobs delivered twice or cut off by their time-out, and Redis killed, with and without what it kept."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.crash.zombies import stopped
from tests.bench.proof.stage import Stage, gone
from tests.bench.proof.workers import send

TIMED_OUT = "job timed out inside an item"
REDIS = "Redis killed"


@dataclass(frozen=True)
class TimedOut:
    """A job's time is up while its worker is inside an item: RQ's alarm goes off while it stands there.

    Args:
        then: the fault point at which it is killed as it lets the run go; "": it is not.
    """

    point: str
    nth: int
    undoing: bool = False
    then: str = ""

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(1)
        trial = stage.stored(12, chunk_size=4, spoilt=self.undoing)
        order = stage.order(self.point, "stop", self.nth)
        trial.ring()
        worker = stopped(stage, order, trial)
        before = stage.logged("JobTimeoutException")
        second = stage.order(self.then, "kill", 1) if self.then else None
        send(worker, signal.SIGALRM)
        send(worker, signal.SIGCONT)
        played.kills += 1
        trial.watch.killed("timeout")
        if second is not None:
            _, when = stage.taken(second, trial)
            played.kills += 1
            trial.watch.killed("horse", when)
        gone([worker])
        played.add(trial, "Failed" if self.undoing else "Completed")
        if not self.then and stage.logged("JobTimeoutException") == before:
            played.wrong.append(f"The alarm did not end the job of {trial.run}: nothing was tried")


def delivered_twice(stage: Stage, played: Played) -> None:
    """Three jobs for one run, and two workers that take them at once."""
    stage.set_crew(1)
    trial = stage.stored(12, chunk_size=2)
    stage.call("ring(run, times=3)", run=trial.run)
    played.add(trial, "Completed")
    if trial.watch.last["epoch"] != 1:
        played.wrong.append(f"{trial.run} was claimed {trial.watch.last['epoch']} times; one claim was enough")


def delivered_late(stage: Stage, played: Played) -> None:
    """A job for a run that has ended is none."""
    stage.set_crew(1)
    trial = stage.stored(4, chunk_size=4)
    trial.ring()
    played.add(trial, "Completed")
    stage.workers.wait_until_idle()
    before = stage.call("written()")
    trial.ring()
    time.sleep(1.0)
    stage.workers.wait_until_idle()
    if stage.call("written()") != before:
        played.wrong.append(f"A job for {trial.run}, which has ended, wrote something")


@dataclass(frozen=True)
class RedisKilled:
    """Redis is killed at a moment of a run, and comes back some seconds later.

    Args:
        keeps: it had written its queue down (appendonly), and has it again.
        waiting: nobody works yet: the job waits in the queue.
        away: for how many seconds it is gone.
    """

    keeps: bool
    waiting: bool = False
    undoing: bool = False
    away: float = 2.0

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(1)
        self._begin(stage)
        trial = stage.stored(24, chunk_size=3, spoilt=self.undoing)
        if self.waiting:
            stage.workers.kill_all()
            trial.ring()
        else:
            trial.ring()
            trial.watch.until(lambda seen: seen["undone" if self.undoing else "processed"] >= 3, "some progress")
        stage.bench.kill_server("redis")
        played.kills += 1
        trial.watch.killed("Redis")
        until = time.monotonic() + self.away
        while time.monotonic() < until:
            trial.watch.look()
            time.sleep(0.1)
        stage.bench.start_redis_again(keeps=self.keeps)
        played.add(trial, "Failed" if self.undoing else "Completed", seconds=180)
        self._begin(stage)  # workers that outlived it are not known to the new one

    def _begin(self, stage: Stage) -> None:
        stage.workers.kill_all()
        stage.bench.start_redis_again(keeps=self.keeps)
        stage.workers.wait_until_listening()


def cases() -> Iterator[Case]:
    """Yield everything that happens to the bell."""
    for point, nth, undoing in (
        ("books.after_ledger", 5, False),
        ("work.before_commit", 2, False),
        ("finish.after_documents", 1, False),
        ("books.after_reversal", 5, True),
    ):
        yield Case(
            f"timed out {point} {nth}", TIMED_OUT, TimedOut(point, nth, undoing), is_quick=point == "books.after_ledger"
        )
    for then in ("let_go.before_commit", "let_go.after_commit", "ring.before", "ring.after"):
        yield Case(f"timed out and killed at {then}", TIMED_OUT, TimedOut("work.after_document", 6, then=then), kills=2)
    yield Case("delivered three times", "job delivered again", delivered_twice, kills=0, is_quick=True)
    yield Case("delivered after the end", "job delivered again", delivered_late, kills=0)
    yield Case("Redis killed at work, nothing kept", REDIS, RedisKilled(keeps=False))
    yield Case("Redis killed at work, queue kept", REDIS, RedisKilled(keeps=True))
    yield Case("Redis killed at the undo, nothing kept", REDIS, RedisKilled(keeps=False, undoing=True))
    yield Case("Redis killed while a job waits, queue kept", REDIS, RedisKilled(keeps=True, waiting=True))
