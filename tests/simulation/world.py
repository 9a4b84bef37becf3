"""One simulated world: processes on one database, under one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from imogi_finance.batch import faults
from imogi_finance.errors import Conflict, OutcomeUnknown, StorageFull
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.composition import App, compose
from tests.simulation.checker import Checker, Violation
from tests.simulation.doors import (
    JobTimeout,
    RecordingDatabase,
    SimulatedQueue,
    SimulatedRealtime,
    SimulatedRows,
    TroubledBooks,
)
from tests.simulation.per_item import CASH_KIND, CashRoundKind
from tests.simulation.plan import Plan, Trouble
from tests.simulation.scheduler import NEVER, START, Killed, Process, Scheduler, SimulatedClock
from tests.simulation.staff import start_sweeper, start_worker

LONGEST = 4 * 3600.0  # virtual seconds: an hour's jump of the clock, and the longest leases
LIVE = ("Pending", "Processing", "Undoing")
NEEDS_ATTENTION = "Needs Attention"
SILENT_LEASES = 3.0  # as on ERPNext: 30 s, of a lease of 10 s


@dataclass
class Answering:
    """What a worker was rung for.

    Args:
        ring: the run, or to stand by.
        since: how many commits there had been by then.
        tried: the runs that it has tried to work since.
    """

    ring: str
    since: int
    tried: set[str] = field(default_factory=set)


class World:
    """Everything that one seed plays with.

    Args:
        trace: told every step, for ``--trace``.
    """

    def __init__(self, plan: Plan, trace: Callable[[str], None] | None = None) -> None:
        self.plan = plan
        self.scheduler = Scheduler(plan.rng, switch_rate=plan.switch_rate)
        self.database = RecordingDatabase()
        self.queue = SimulatedQueue(self)
        self.checker = Checker(self)
        self.troubles: dict[tuple[str, str], Trouble] = {}
        self.struck: Counter[tuple[str, str]] = Counter()
        self.counts: Counter[str] = Counter()
        self.accepted: list[tuple[str, str | None, str, str]] = []
        self.being_paid: InvoiceRef | None = None
        self.faulty = not plan.calm
        self.healing = False
        self.failure: BaseException | None = None
        self._trace = trace
        self._passed: Counter[str] = Counter()
        self._commits = 0
        self.idle: list[Process] = []
        self._sessions: dict[Process, SimulatedRows] = {}
        self.given: dict[Process, str] = {}
        self.answering: dict[Process, Answering] = {}
        self._waiting: list[tuple[str, int, Process]] = []
        self.workers = 0
        self.place = "", 0.0  # who stands by, and until when unless it is taken again

    # telling

    def count(self, what: str) -> None:
        self.counts[what] += 1

    def note(self, what: str) -> None:
        if self._trace is not None:
            process = self.scheduler.current
            self._trace(f"{self.scheduler.now:9.3f} {process.name if process else '-':<12} {what}")

    def time_of(self, process: Process) -> datetime:
        return START + timedelta(seconds=self.scheduler.now + self.scheduler.clock_offset + process.clock_offset)

    # processes

    def app(self, process: Process) -> App:
        """Compose a process's app on a session of its own."""
        session = SimulatedRows(self, process)
        dies = process.on_kill

        def killed() -> None:
            session.kill()
            dies()

        process.on_kill = killed
        self._sessions[process] = session
        app = compose(
            session,
            clock=SimulatedClock(self.scheduler, process),
            queue=self.queue,
            realtime=SimulatedRealtime(self, process),
            settings=self.plan.settings,
            holder=process.name,
            is_gone=self.is_gone,
            interrupts=(JobTimeout,),
            threshold=3,
            most_waiting=self.plan.most_waiting,
            around_books=lambda books: TroubledBooks(books, self),
        )
        books = app.reconciliation.books
        app.engine.kinds[CASH_KIND] = CashRoundKind(books, "Cash - IDR")  # type: ignore[index]
        begin = app.engine._begin

        def told(name: str, holder: str, in_doubt: bool) -> Any:
            shift = begin(name, holder, in_doubt)
            if shift is not None:
                self.checker.holds(process, shift.lease)
            return shift

        app.engine._begin = told  # type: ignore[method-assign]
        return app

    def spawn(self, name: str, main: Callable[[Process, App], None], *, at: float = 0.0) -> Process:
        def whole(process: Process) -> None:
            app = self.app(process)
            try:
                main(process, app)
            except Killed:
                raise
            except BaseException as error:  # noqa: BLE001, told by run_until
                self.fail(error)

        return self.scheduler.spawn(name, whole, at=at)

    def is_gone(self, holder: str) -> bool:
        """Whether a holder is a dead worker, and on a machine where that can be seen."""
        if not self.plan.sees_the_dead or not holder.startswith("worker-"):
            return False
        return all(process.name != holder for process in self.scheduler.processes if process.alive)

    def fail(self, error: BaseException) -> None:
        """Keep the first failure, which ends the simulation."""
        if self.failure is None:
            self.failure = error

    def wait_for(self, process: Process, point: str, nth: int) -> None:
        """Park a process until a fault point is passed for the nth time; then it goes soon."""
        self._waiting.append((point, nth, process))
        self.scheduler.park(NEVER)

    def wake(self) -> float:
        """Hand due rings to idle workers; return when the next is due."""
        rings = self.queue.rings
        while self.idle and (due := [ring for ring in rings if ring[0] <= self.scheduler.now]):
            ring = due[int(self.plan.rng.random() * len(due))]
            rings.remove(ring)
            process = self.idle.pop(int(self.plan.rng.random() * len(self.idle)))
            self.given[process] = ring[1]
            self.answering[process] = Answering(ring[1], since=self.checker.commits)
            process.ready_at = self.scheduler.now
        return min((at for at, _ in rings), default=NEVER) if self.idle else NEVER

    # faults

    def pause(self, point: str) -> None:
        """A step between two writes: a fault may strike, another process may go first."""
        process = self.scheduler.current
        if process is None:
            return
        if not process.alive:
            raise Killed
        self._passed[point] += 1
        nth = self._passed[point]
        if self._trace is not None:
            self.note(f"{point} #{nth}")
        for waiting in [entry for entry in self._waiting if entry[:2] == (point, nth)] if self._waiting else ():
            self._waiting.remove(waiting)
            waiting[2].ready_at = self.scheduler.now
        if self.faulty and not process.name.startswith("other"):
            self._strike(process, point, nth)
        self.scheduler.give_way()

    def _strike(self, process: Process, point: str, nth: int) -> None:
        plan = self.plan
        if nth in plan.crashes.get(point, ()):
            self.crash(point)
        if nth in plan.freezes.get(point, ()):
            self.count("fault: frozen past the lease")
            leases = plan.rng.choice((1.2, 2.5, 8.0))
            self._freeze(process, leases * plan.settings.lease_seconds)
        if nth in plan.timeouts.get(point, ()) and process in self.given:
            self.interrupt()

    def _freeze(self, process: Process, seconds: float) -> None:
        """Stop the current process; the server ends its connection when it has been silent for too long."""
        self.note(f"frozen for {seconds} s")
        thaws, patience = self.scheduler.now + seconds, SILENT_LEASES * self.plan.settings.lease_seconds
        if seconds > patience:
            self.scheduler.park(self.scheduler.now + patience)
            self._sessions[process].lose()
            self.count("fault: connection ended for its silence")
        self.scheduler.park(thaws)

    def crash(self, point: str) -> None:
        """Kill the current process where it stands."""
        process = self.scheduler.current
        assert process is not None
        self.count("fault: crash")
        self.count(f"crash at: {point}")
        self.note(f"killed at {point}")
        process.kill()
        raise Killed

    def interrupt(self) -> None:
        """Raise the queue's time-out in the current process."""
        process = self.scheduler.current
        if process in self.given:
            self.checker.bad_endings[self.given[process]] += 1
            self.count("fault: job timeout")
            self.note("interrupted by the queue")
            raise JobTimeout("the job took too long")

    def before_commit(self, process: Process) -> None:
        self.pause("commit.before")
        if not self.faulty or process.name.startswith("other"):
            return
        self._commits += 1
        plan = self.plan
        if self._commits in plan.deadlocks:
            self.count("fault: deadlock")
            raise Conflict("deadlock")
        if self._commits in plan.broken_before:
            self.count("fault: commit lost, outcome unknown")
            raise OutcomeUnknown("the connection broke before the commit")
        if plan.disk_full[0] <= self.scheduler.now < plan.disk_full[1]:
            self.count("fault: disk full")
            raise StorageFull("the disk is full")

    def after_commit(self, process: Process) -> None:
        self.checker.committed_by(process)
        if self.faulty and self._commits in self.plan.broken_after and not process.name.startswith("other"):
            self.plan.broken_after.discard(self._commits)
            self.count("fault: commit applied, outcome unknown")
            raise OutcomeUnknown("the connection broke after the commit")
        self.pause("commit.after")

    # running

    def live_runs(self) -> list[str]:
        return [row["name"] for row in self.database.tables["batch_run"].values() if row["status"] in LIVE]

    def run_until(self, done: Callable[[], bool]) -> None:
        """Let the world go on.

        Raises:
            Violation: an invariant was broken, or it did not end.
        """
        start = self.scheduler.now
        self.scheduler.run(lambda: self.failure is not None or done(), before=start + LONGEST, wake=self.wake)
        if self.failure is not None:
            raise self.failure

    def play(self, script: Callable[[World], None]) -> None:
        """Play a script to its end: with faults, then without, then healed of every trouble."""
        faults.arm(self.pause)
        try:
            script(self)
            self.database.changes.clear()
            for _ in range(self.plan.workers):
                start_worker(self)
            start_sweeper(self, at=self.plan.rng.random() * self.plan.sweep_every)
            self.run_until(lambda: self._is_quiet() or self.scheduler.now >= self.plan.until)
            self.faulty = False
            self.scheduler.clock_offset = 0.0
            for process in self.scheduler.processes:
                process.clock_offset = 0.0
            self.note("the faults have stopped")
            self.run_until(self._is_quiet)
            self.checker.at_the_end()
            self._heal()
        except AssertionError:
            raise
        except Exception as error:
            raise Violation(f"{type(error).__name__}: {error}") from error
        finally:
            faults.arm(None)
            self.scheduler.bury()

    def _heal(self) -> None:
        """Mend everything and retry the undo of each run that needs attention: then none does (I4, I5)."""
        waiting = [
            row["name"] for row in self.database.tables["batch_run"].values() if row["status"] == NEEDS_ATTENTION
        ]
        self.healing = True
        for name in waiting:
            self.note(f"healing {name}")
            self.spawn("user-healer", lambda _, app, name=name: _mend(app, name))  # type: ignore[misc]
            self.run_until(self._is_quiet)
            self.count("healed")
            status = self.database.tables["batch_run"][name,]["status"]
            if status not in ("Failed", "Cancelled"):
                raise Violation(f"{name} is {status} after everything was mended and its undo retried")
        if waiting:
            self.checker.at_the_end()

    def _is_quiet(self) -> bool:
        """Whether every user has done what they wanted and every run has ended."""
        for_ever = {process for *_, process in self._waiting}
        busy = (p for p in self.scheduler.processes if p.name.startswith(("user", "other")) and p not in for_ever)
        return not any(busy) and not self.live_runs()


def _mend(app: App, run: str) -> None:
    """Open the period again and retry a run's undo."""
    with app.rows.transaction():
        app.rows.delete_where("setting", {"name": "closed_until"})
    app.control.retry(run, user="ben")
