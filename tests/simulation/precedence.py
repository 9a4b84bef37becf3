"""What must hold of the order in which runs are worked, seen from outside: from commits and rings alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.simulation.doors import STAND_BY
from tests.simulation.scheduler import Process
from tests.support.oracle import Row

if TYPE_CHECKING:
    from tests.simulation.world import World

_COMMITS_BESIDE = 3  # at which it must have looked twice


class PrecedenceChecker:
    """Fails where somebody begins, or goes on with, a less urgent run than it must.

    Args:
        fail: told what is wrong.
    """

    def __init__(self, world: World, fail: Callable[[str], None]) -> None:
        self._world = world
        self._fail = fail
        self._waits_since: dict[str, int] = {}
        self._guests: set[tuple[Process, str]] = set()
        self._beside: dict[tuple[Process, str], dict[str, tuple[int, float]]] = {}

    def joined(self, process: Process, run: str) -> None:
        """Note that a process works a run that others have claimed."""
        self._guests.add((process, run))

    def committed_by(self, process: Process, changes: Sequence[Any], commits: int) -> None:
        """Check a commit, with all that it has changed."""
        of_runs = [(old, new) for table, _, old, new in changes if table == "batch_run" and new is not None]
        for old, new in of_runs:
            if new["status"] != "Pending":
                self._waits_since.pop(new["name"], None)
            elif old is None or old["status"] != "Pending":
                self._waits_since[new["name"]] = commits
            if old is not None and old["epoch"] != new["epoch"] and old["lease_holder"] != new["lease_holder"]:
                self._guests.discard((process, new["name"]))
                self._check_begun(process, old, new)
        for name in self._chunk_of(changes):
            self._check_going_on(process, self._world.database.tables["batch_run"][name,])

    def _check_begun(self, process: Process, old: Row, new: Row) -> None:
        """Whoever is rung begins nothing less urgent than what has waited since before, and that it could have had."""
        answering = self._world.answering.get(process)
        if answering is None or answering.ring == STAND_BY or old["status"] == "Undoing":
            return
        if answering.ring in answering.tried and answering.ring != new["name"]:
            return  # it stands by since, and leaves new runs to others for a moment
        for other in self._waiting(new["priority"] + 1, process):
            if self._waits_since[other] < answering.since and other not in answering.tried:
                self._fail(f"{process.name} has begun {new['name']}, while {other} waits and is more urgent")

    def _chunk_of(self, changes: Iterable[Any]) -> set[str]:
        """Return the run whose items were worked, if the commit is of a chunk forward."""
        items = [(old, new) for table, _, old, new in changes if table == "batch_item" and old is not None]
        return {new["run"] for old, new in items if old["status"] == "Pending" and new["status"] in _WORKED}

    def _check_going_on(self, process: Process, run: Row) -> None:
        """Whoever works goes on beside a more urgent run that waits for no more than it takes to look twice.

        While there are faults a look may fail, and it may take long.
        """
        key = (process, run["name"])
        before, self._beside[key] = self._beside.get(key, {}), {}
        ends = run["processed"] >= run["total"] or run["status"] != "Processing"
        if self._world.faulty or ends or process not in self._world.answering:
            return
        now, least = self._world.scheduler.now, run["priority"] + (key not in self._guests)
        for other in self._waiting(least, process):
            times, last = before.get(other, (0, -1.0))
            if times >= _COMMITS_BESIDE:
                self._fail(f"{process.name} goes on with {run['name']}, while {other} waits")
            apart = now - last > self._world.plan.settings.manners_seconds
            self._beside[key][other] = (times + 1, now) if apart or not times else (times, last)

    def _waiting(self, least: int, process: Process) -> list[str]:
        """Return the runs of at least some urgency that nobody has begun, and that are not asleep."""
        runs, now = self._world.database.tables["batch_run"], self._world.time_of(process)
        found = [runs[name,] for name in self._waits_since]
        return [
            row["name"]
            for row in found
            if row["priority"] >= least and (row["wake_at"] is None or datetime.fromisoformat(row["wake_at"]) < now)
        ]


_WORKED = ("Succeeded", "Failed")
