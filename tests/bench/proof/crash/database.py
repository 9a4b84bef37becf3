"""The database against a run: connections cut or killed at a commit, rows held by others, a deadlock, a dead server."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.crash.wire import wire
from tests.bench.proof.crash.zombies import stopped
from tests.bench.proof.stage import Stage
from tests.bench.proof.workers import send

CUT = "connection cut at a commit"
KILLED = "connection killed"
HELD = "rows held by a second session"
SERVER = "MariaDB killed in a commit"
ROWS, CHUNK = 12, 4
_SESSIONS = "__import__('tests.bench.proof.sessions', fromlist=['sessions'])"


@dataclass(frozen=True)
class Cut:
    """The wire is cut at the n-th commit of a worker.

    Args:
        arrives: the commit had arrived; only its answer was lost.
    """

    nth: int
    arrives: bool
    undoing: bool = False

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(1)
        with (
            wire(int(stage.bench.config()["db_port"])) as between,
            stage.other_workers(FRAPPE_DB_PORT=str(between.port)),
        ):
            trial = stage.stored(ROWS, chunk_size=CHUNK, spoilt=self.undoing)
            between.cut_at_commit(after=self.nth - 1, arrives=self.arrives)
            trial.ring()
            trial.watch.until(lambda _: between.cut.is_set(), "the cut")
            played.kills += 1
            trial.watch.killed("connection")
            played.add(trial, "Failed" if self.undoing else "Completed")


@dataclass(frozen=True)
class KilledConnection:
    """A second session kills a worker's connection while the worker stands at a point.

    Args:
        committing: it is killed in the middle of its commit: a global lock holds that up.
    """

    point: str
    nth: int
    committing: bool = False
    undoing: bool = False

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(1)
        trial = stage.stored(ROWS, chunk_size=CHUNK, spoilt=self.undoing)
        order = stage.order(self.point, "stop", self.nth)
        trial.ring()
        worker = stopped(stage, order, trial)
        try:
            if self.committing:
                stage.second(f"{_SESSIONS}.hold_up_commits()")
            else:
                stage.second(f"{_SESSIONS}.kill_writer()")
        finally:
            send(worker, signal.SIGCONT)
        if self.committing:
            stage.second(f"{_SESSIONS}.kill_who_commits()")
        played.kills += 1
        trial.watch.killed("connection")
        played.add(trial, "Failed" if self.undoing else "Completed")


def waits_for_a_lock(stage: Stage, played: Played) -> None:
    """A second session holds an invoice for longer than a worker waits for it."""
    stage.set_crew(1)
    trial = stage.stored(ROWS, chunk_size=CHUNK)
    stage.second(f"{_SESSIONS}.hold(invoice)", invoice=max(trial.invoices[CHUNK : 2 * CHUNK]))
    trial.ring()
    stage.second(f"{_SESSIONS}.wait_until_somebody_waits()")
    before = trial.watch.look()
    time.sleep(7.0)  # a worker waits five
    waited = trial.watch.look()
    stage.second(f"{_SESSIONS}.let_go()")
    assert before["processed"] == waited["processed"] < ROWS, f"nobody waited for the row: {waited}"
    played.add(trial, "Completed")


def deadlocks(stage: Stage, played: Played) -> None:
    """A second session holds a row that the worker waits for, then wants one that the worker holds, and wins."""
    stage.set_crew(1)
    trial = stage.stored(ROWS, chunk_size=CHUNK)
    second_chunk = sorted(trial.invoices[CHUNK : 2 * CHUNK])  # rows are locked in this order
    stage.second(f"{_SESSIONS}.hold_and_weigh(invoice)", invoice=second_chunk[-1])
    trial.ring()
    stage.second(f"{_SESSIONS}.wait_until_somebody_waits()")
    outcome = stage.second(f"answer = {_SESSIONS}.want(invoice)", invoice=second_chunk[0])
    played.kills += 1
    assert outcome == "won", f"the second session {outcome}"
    played.add(trial, "Completed")


@dataclass(frozen=True)
class ServerKilled:
    """mariadbd is killed around the commit of a chunk, and is started again.

    Args:
        seed: how soon after the worker has gone on to its commit.
    """

    seed: int
    point: str = "work.before_commit"
    undoing: bool = False
    crew: int = 1

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(self.crew)
        trial = stage.stored(ROWS, chunk_size=CHUNK, spoilt=self.undoing)
        order = stage.order(self.point, "stop", 1)
        trial.ring()
        worker = stopped(stage, order, trial)
        send(worker, signal.SIGCONT)
        time.sleep(random.Random(self.seed).uniform(0.0, 0.006))
        stage.bench.kill_server("database")
        when = time.time()
        played.kills += 1
        stage.bench.reconnect()
        stage.forget_second()
        stage.bench.start_database_again()
        trial.watch.killed("database", when)
        played.add(trial, "Failed" if self.undoing else "Completed", seconds=180)


def cases() -> Iterator[Case]:
    """Yield everything that the database does."""
    for nth in (1, 2, 3, 4, 5):
        for arrives in (True, False):
            name = f"cut at commit {nth}, {'its answer lost' if arrives else 'it never arrived'}"
            yield Case(name, CUT, Cut(nth, arrives), is_quick=nth == 2)
    for nth in (6, 7):
        for arrives in (True, False):
            yield Case(f"cut at commit {nth} of an undo, {arrives}", CUT, Cut(nth, arrives, undoing=True))
    for point, nth, undoing in (
        ("books.after_ledger", 5, False),
        ("work.before_items", 2, False),
        ("finish.after_documents", 1, False),
        ("books.after_reversal", 5, True),
    ):
        yield Case(f"connection killed at {point}", KILLED, KilledConnection(point, nth, undoing=undoing))
    for point, undoing in (
        ("work.before_commit", False),
        ("finish.before_commit", False),
        ("undo.before_commit", True),
    ):
        case = KilledConnection(point, 1, committing=True, undoing=undoing)
        yield Case(
            f"connection killed during the commit at {point}", KILLED, case, is_quick=point == "work.before_commit"
        )
    yield Case("a row is held for long", HELD, waits_for_a_lock, kills=0)
    yield Case("a deadlock", HELD, deadlocks)
    for seed in range(6):
        yield Case(f"server killed {seed}", SERVER, ServerKilled(seed))
    for seed, point, undoing, crew in (
        (6, "finish.before_commit", False, 1),
        (7, "undo.before_commit", True, 1),
        (8, "work.before_commit", False, 2),
    ):
        yield Case(f"server killed at {point}{' crew' * (crew > 1)}", SERVER, ServerKilled(seed, point, undoing, crew))
