"""How soon a run goes on whose worker was killed: one case for each way of dying, and for who is left to notice.

``python -m tests.bench.proof.recovery --kills N`` kills N workers a case, real ones on a bench of its own, prints
p50, p95 and max, keeps the figures in artefacts/, and ends with 1 where a bound is missed or a run is not sound.

For another command: ``try_case(stage, case)`` for one, ``measure`` and ``rows`` for all, and ``going_again`` after a
strike of one's own.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.bench.processes import Failed, Process, wait_for
from tests.bench.proof.report import bar, keep, print_table, shown_spread, spread
from tests.bench.proof.stage import Stage, stage
from tests.bench.proof.trial import Trial
from tests.bench.proof.workers import send
from tests.bench.session import session

INVOICES, CHUNK = 60, 5
WITH_A_WORKER, P95, WITH_THE_SCHEDULER = 30.0, 10.0, 90.0  # seconds
_PATIENCE = 150.0
_BUSY_SECONDS = 3


@dataclass(frozen=True)
class Case:
    """One way for a run to lose its worker.

    Args:
        what: for people.
        strike: what happens; it returns when the last of it has happened.
        workers: how many there are at the beginning.
        crew: how many of them may work one run at once.
        bound: seconds within which the run must be going again.
        undoing: whether it happens while the run is undone.
        others: whether somebody else must go on; else the run's own worker may.
        spends: whether the workers that survive are of no use afterwards: stopped, or unknown to Redis.
    """

    name: str
    what: str
    strike: Callable[[Stage, Trial], object]
    workers: int = 2
    crew: int = 1
    bound: float = WITH_A_WORKER
    undoing: bool = False
    others: bool = True
    spends: bool = False


@dataclass
class Outcome:
    """What became of one strike.

    Args:
        claimed: seconds until a new epoch, or until progress where nobody needed to claim.
        moved: seconds until a chunk more was committed.
        wrong: everything that is wrong with the run and the books afterwards.
    """

    claimed: float
    moved: float
    wrong: list[str] = field(default_factory=list)


def holder_pid(seen: Mapping[str, Any]) -> int:
    """Return the process that holds a run, from its row.

    Raises:
        Failed: nobody holds it.
    """
    if not seen["lease_holder"]:
        raise Failed(f"nobody holds the run: {seen}")
    return int(str(seen["lease_holder"]).partition("@")[0].rpartition(":")[2])


def going_again(trial: Trial, was: Mapping[str, Any], since: float, *, others: bool = True) -> Outcome:
    """Wait until a run that was struck goes on; return how long it took, in seconds.

    Args:
        was: its row when it was struck.
        since: when that was, by ``time.monotonic``.
        others: whether somebody else must go on: a new epoch, or another holder at the same.

    Raises:
        Failed: nobody goes on.
    """
    claimed: list[float] = []

    def moved(seen: Mapping[str, Any]) -> bool:
        progress = any(seen[name] > was[name] for name in ("processed", "undone"))
        progress |= seen["status"] != was["status"]
        taken = seen["epoch"] > was["epoch"] or (progress and seen["lease_holder"] != was["lease_holder"])
        if not claimed and (taken or (progress and not others)):
            claimed.append(time.monotonic() - since)
        return bool(claimed) and progress

    trial.watch.until(moved, "that the run goes on", seconds=_PATIENCE)
    return Outcome(claimed[0], time.monotonic() - since)


def try_case(on: Stage, case: Case) -> Outcome:
    """Ask for a run, strike it in its middle, and have it end; return how soon it was going again.

    Raises:
        Failed: it is not going again, or does not end.
    """
    on.workers.be(case.workers)
    on.settle()
    on.set_crew(case.crew)
    trial = on.stored(INVOICES, chunk_size=CHUNK, spoilt=case.undoing)
    trial.ring()
    field_name = "undone" if case.undoing else "processed"
    trial.watch.until(lambda seen: seen[field_name] >= 2 * CHUNK and seen["lease_holder"], "some progress")
    found = _struck(on, trial, case)
    on.workers.wanted = max(case.workers, 1)
    found.wrong += trial.end("Failed" if case.undoing else "Completed", seconds=_PATIENCE)
    if case.spends:
        on.workers.be(0)
    return found


def _struck(on: Stage, trial: Trial, case: Case) -> Outcome:
    was = trial.watch.look()
    if was["status"] not in ("Processing", "Undoing"):
        raise Failed(f"{case.name}: the run was over before it could be struck: {was}")
    case.strike(on, trial)
    since = time.monotonic()
    was = trial.watch.look()
    return going_again(trial, was, since, others=case.others)


# what happens


def _kill(kind: str, *, replaced: bool) -> Callable[[Stage, Trial], None]:
    def strike(on: Stage, trial: Trial) -> None:
        if not replaced and kind != "horse":
            on.workers.wanted -= 1  # nobody starts another one
        on.workers.kill(kind, holder_pid(trial.watch.look()))

    return strike


def _kill_with_the_other_busy(on: Stage, trial: Trial) -> None:
    """Have more jobs of others waiting than the other worker gets done meanwhile."""
    on.call("keep_busy(jobs, seconds)", jobs=6, seconds=_BUSY_SECONDS)
    wait_for(lambda: on.call("busy_workers()") >= 2, "the other worker to be busy with somebody else's job")
    _kill("both", replaced=False)(on, trial)


def _kill_all(on: Stage, trial: Trial) -> None:
    """Kill every worker; new ones start, as a supervisor would have it."""
    on.workers.kill_all()


def _kill_all_and_lose_redis(on: Stage, trial: Trial) -> None:
    """Leave nothing but the database: no worker, no queue."""
    on.workers.kill_all()
    on.bench.lose_redis()


def _lose_redis_and_kill(on: Stage, trial: Trial) -> None:
    """Lose the queue and all that waits in it, and a moment later the worker."""
    on.bench.lose_redis()
    time.sleep(1.0)
    _kill("both", replaced=False)(on, trial)


def _stop(on: Stage, trial: Trial) -> None:
    """Freeze the worker: it holds its lease and its locks, and says nothing."""
    send(holder_pid(trial.watch.look()), signal.SIGSTOP)


CASES = (
    Case("horse", "horse killed, its parent lives, no other worker", _kill("horse", replaced=False), workers=1),
    Case("horse-2", "horse killed, its parent lives, another worker idle", _kill("horse", replaced=False)),
    Case("parent", "parent killed, its horse goes on", _kill("parent", replaced=False), others=False),
    Case("both", "parent and horse killed, another worker idle", _kill("both", replaced=False)),
    Case("undo", "the same while the run is undone", _kill("both", replaced=False), undoing=True),
    Case("busy", "the same, the other worker has other jobs of 3 s", _kill_with_the_other_busy),
    Case("all-1", "the only worker killed, a new one starts", _kill_all, workers=1),
    Case("all-2", "both workers killed, new ones start", _kill_all),
    Case("redis", "Redis restarted empty, then parent and horse killed", _lose_redis_and_kill, spends=True),
    Case("stopped", "horse stopped for good, another worker idle", _stop, spends=True),
    Case("crew", "parent and horse killed, another worker works the same run", _kill("both", replaced=False), crew=2),
)
SCHEDULER_CASE = Case(
    "scheduler",
    "all workers killed and the queue lost: only the scheduler's minute",
    _kill_all_and_lose_redis,
    bound=WITH_THE_SCHEDULER,
    spends=True,
)


@contextmanager
def scheduler(on: Stage) -> Iterator[None]:
    """Have the bench's scheduler for the block, as ``bench schedule`` starts it, at its own pace."""
    on.bench.frappe("enable-scheduler")
    log = on.bench.folder / "logs" / "schedule.log"
    command = on.bench.frappe_command("schedule")
    process = Process(command, folder=on.bench.sites, environment=on.bench.environment, log=log)
    try:
        yield
    finally:
        process.kill()


# the command


def measure(
    on: Stage, cases: Sequence[Case], kills: int, *, scheduled: int, say: Callable[[int, str], object]
) -> list[tuple[Case, list[Outcome]]]:
    """Try each case so many times; return what became of each.

    Args:
        scheduled: how often the scheduler's case, which takes up to 90 s, is tried.
        say: told after each with the steps done and its name.
    """
    found = [(case, [_told(on, case, say) for _ in range(kills)]) for case in cases]
    if scheduled:
        with scheduler(on):
            found.append((SCHEDULER_CASE, [_told(on, SCHEDULER_CASE, say) for _ in range(scheduled)]))
    return found


def _told(on: Stage, case: Case, say: Callable[[int, str], object]) -> Outcome:
    outcome = try_case(on, case)
    say(1, f"{case.name}: {outcome.claimed:.1f} s")
    return outcome


def figures(measured: Sequence[tuple[Case, list[Outcome]]]) -> dict[str, Any]:
    """Return the figures of all cases, and of all kills with a worker alive together."""
    cases = {
        case.name: {
            "what": case.what,
            "bound": case.bound,
            "going": spread([outcome.claimed for outcome in outcomes]),
            "progress": spread([outcome.moved for outcome in outcomes]),
            "wrong": [problem for outcome in outcomes for problem in outcome.wrong],
        }
        for case, outcomes in measured
    }
    alive = [outcome.claimed for case, outcomes in measured if case.bound == WITH_A_WORKER for outcome in outcomes]
    return {"cases": cases, "with_a_worker": spread(alive)}


def missed(of: Mapping[str, Any]) -> list[str]:
    """Return which bounds were missed, and what was wrong with runs and books."""
    found = [f"{name}: {problem}" for name, case in of["cases"].items() for problem in case["wrong"]]
    found += [
        f"{name}: {case['going']['max']:.1f} s, within {case['bound']:.0f} s is wanted"
        for name, case in of["cases"].items()
        if case["going"].get("max", 0.0) > case["bound"]
    ]
    p95 = of["with_a_worker"].get("p95", 0.0)
    return found + ([f"p95 {p95:.1f} s, {P95:.0f} s is wanted"] if p95 > P95 else [])


def rows(of: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the figures as rows of a table: what, measured, wanted."""
    shown = [
        (case["what"], shown_spread(case["going"]), f"within {case['bound']:.0f} s") for case in of["cases"].values()
    ]
    return [*shown, ("all with a worker alive", shown_spread(of["with_a_worker"]), f"p95 within {P95:.0f} s")]


def main() -> int:
    """Kill, measure, print and keep the figures; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.proof.recovery", description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="of each case")
    parser.add_argument("--scheduled", type=int, default=2, help="of the case that waits for the scheduler's minute")
    parser.add_argument("--case", help="only the case of this name")
    args = parser.parse_args()
    chosen = [case for case in CASES if args.case in (None, case.name)]
    total = len(chosen) * args.kills + args.scheduled
    with session() as prepared, prepared.fresh() as bench, stage(bench) as on, bar("recovery", total) as progress:
        measured = measure(on, chosen, args.kills, scheduled=args.scheduled, say=progress.advance)
    found = figures(measured)
    print_table("How soon a killed run is going again", rows(found))
    problems = missed(found)
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    print(f"figures: {keep('bench-recovery', found)}")  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
