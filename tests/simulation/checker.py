"""Looks at every commit and every event, and at the whole world at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from imogi_finance.batch.run import Lease
from imogi_finance.batch_invoicing.kind import KIND as INVOICING
from imogi_finance.sandbox.storage.rows import Row
from tests.simulation.per_item import CASH_KIND
from tests.simulation.precedence import PrecedenceChecker
from tests.simulation.scheduler import Process
from tests.support.oracle import BOOKS, broken_books
from tests.support.run_oracle import LIVE, broken_run, shared_documents, unreconciled, wrong_edge

if TYPE_CHECKING:
    from tests.simulation.world import World

PER_ITEM = frozenset({CASH_KIND, INVOICING})
FROM_OUTSIDE = ({"cancel_requested_by"}, {"rung_at"}, {"idempotency_key"})  # what others than the lease's holder write
TODAY = "2026-03-16"


class Violation(AssertionError):
    """Something that must always be true is not."""


class Checker:
    """Raises Violation at the commit after which an invariant does not hold."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.commits = 0
        self._precedence = PrecedenceChecker(world, self._fail)
        self._began: dict[Process, int] = {}
        self._began_at: dict[Process, datetime] = {}
        self._epochs: dict[tuple[Process, str], int] = {}
        self._members: dict[tuple[str, int], set[Process]] = defaultdict(set)
        self._joinable: set[tuple[str, int]] = set()
        self._cancelled: dict[str, int] = {}
        self._heard: dict[tuple[Process, str, int, str], tuple[int, int]] = {}
        self._last: dict[str, Mapping[str, Any]] = {}
        self.bad_endings: dict[str, int] = defaultdict(int)
        self.soft_endings: dict[str, int] = defaultdict(int)
        self.committed: dict[Process, int] = defaultdict(int)

    # commits

    def began(self, process: Process) -> None:
        self._began[process] = self.commits
        self._began_at[process] = self._world.time_of(process)

    def committed_by(self, process: Process) -> None:
        """Check what a commit has changed."""
        changes, self._world.database.changes = self._world.database.changes, []
        self.commits += 1
        if not changes:
            return
        self.committed[process] += 1
        runs: set[str] = set()
        tables = {table for table, *_ in changes}
        for table, _, old, new in changes:
            if table == "batch_run" and new is not None:
                runs.add(new["name"])
                self._run_changed(process, old, new)
        self._precedence.committed_by(process, changes, self.commits)
        for table, _, old, new in changes:
            if table == "batch_item" and new is not None:
                runs.add(new["run"])
                self._item_changed(process, old, new)
            elif table == "payment" and new is not None:
                self._payment_changed(process, old, new)
            elif table == "invoice" and old is None and new is not None and new["batch_run"]:
                self._invoice_made(process, new)
        self._sound(runs, tables)

    def _sound(self, runs: set[str], changed: set[str]) -> None:
        tables = self._world.database.tables
        if changed & BOOKS:
            for problem in broken_books(tables, today=TODAY):
                self._fail(problem)
        for name in runs:
            for problem in broken_run(tables, name, per_item=tables["batch_run"][name,]["kind"] in PER_ITEM):
                self._fail(problem)
        if runs:
            for problem in shared_documents(tables, PER_ITEM):
                self._fail(problem)

    def _run_changed(self, process: Process, old: Row | None, new: Row) -> None:
        name = new["name"]
        self._world.count(f"status: {new['status']}")
        if old is None:
            if (new["status"], new["epoch"]) != ("Pending", 0):
                self._fail(f"{name} starts as {new['status']} at epoch {new['epoch']}")
            self._check_waiting(new)
            return
        changed = {column for column in new if new[column] != old[column]}
        edge = (old["status"], new["status"])
        at_once = edge in (("Pending", "Cancelled"), ("Pending", "Undoing"))  # cancelled before any work
        if old["status"] != new["status"] and wrong_edge(*edge, per_item=new["kind"] in PER_ITEM) and not at_once:
            self._fail(f"I7: {name} went from {edge[0]} to {edge[1]}")
        if "cancel_requested_by" in changed and new["cancel_requested_by"]:
            self._cancelled[name] = self.commits
        if new["epoch"] not in (old["epoch"], old["epoch"] + 1):
            self._fail(f"I6: {name} went from epoch {old['epoch']} to {new['epoch']}")
        if "epoch" in changed:
            if old["joinable"] and self._epochs.get((process, name)) == old["epoch"]:
                self._world.count("run taken over")
            else:
                self._check_lease_was_free(process, old)
                if old["lease_holder"] is not None:  # not given back: its holder was killed, or frozen
                    self.bad_endings[name] += 1
            self._epochs[process, name] = new["epoch"]
            self._members[name, new["epoch"]].add(process)
            if new["joinable"]:
                self._joinable.add((name, new["epoch"]))
        elif old["status"] not in LIVE:
            if not process.name.startswith("user"):
                self._fail(f"{process.name} wrote {sorted(changed)} of {name}, which had ended")
        elif changed not in FROM_OUTSIDE:
            self._check_holds(process, new, f"wrote {sorted(changed)}")
        if old["status"] == "Processing" and new["status"] != "Processing":
            self._check_alone(process, old)
        if old["status"] != new["status"] and new["status"] in ("Completed", "Completed with Errors"):
            self._check_completed(process, new)

    def _check_waiting(self, new: Row) -> None:
        """Whoever stores a run has no more of them waiting than they may; those reopened since do not count."""
        runs = self._world.database.tables["batch_run"].values()
        mine = [row for row in runs if row["requested_by"] == new["requested_by"]]
        waiting = [row["name"] for row in mine if row["status"] == "Pending" and row["epoch"] == 0]
        if 0 < self._world.plan.most_waiting < len(waiting):
            self._fail(f"{new['requested_by']} has {waiting} waiting")

    def holds(self, process: Process, lease: Lease) -> None:
        """Note that a process holds a lease: one that it has claimed, or that it shares with who did."""
        key = (lease.run, lease.epoch)
        if process not in self._members[key]:
            if key not in self._joinable:
                self._fail(f"{process.name} joined {lease.run} at epoch {lease.epoch}, which is not joinable")
            self._members[key].add(process)
            self._epochs[process, lease.run] = lease.epoch
            self._precedence.joined(process, lease.run)
            self._world.count("run joined")

    def _check_alone(self, process: Process, old: Row) -> None:
        """Whoever turns a run back, or ends it, must be the only one who may work it."""
        others = self._members[old["name"], old["epoch"]] - {process}
        if others or old["joinable"]:
            names = sorted(other.name for other in others)
            self._fail(f"{process.name} left Processing of {old['name']} at epoch {old['epoch']}, beside {names}")

    def _check_completed(self, process: Process, run: Row) -> None:
        if run["cancel_requested_by"] and self._cancelled[run["name"]] <= self._began[process]:
            self._fail(f"{run['name']} completed, though it had been cancelled before its last step began")
        if run["kind"] not in PER_ITEM:
            for problem in unreconciled(self._world.database.tables, run["name"]):
                self._fail(problem)

    def _check_lease_was_free(self, process: Process, old: Row) -> None:
        expires = old["lease_expires_at"]
        if old["lease_holder"] in (None, process.name) or expires is None:  # its own, of a claim that was in doubt
            return
        if self._world.is_gone(old["lease_holder"]):
            return
        patience = timedelta(seconds=old["lease_seconds"] + 60)  # 60 s: it may have read the clock before
        read = (self._began_at[process], self._world.time_of(process))  # clocks are turned meanwhile
        if all(now < datetime.fromisoformat(expires) <= now + patience for now in read):
            self._fail(f"{process.name} claimed {old['name']} while {old['lease_holder']} had it until {expires}")

    def _check_holds(self, process: Process, run: Row, did: str) -> None:
        mine = self._epochs.get((process, run["name"]))
        if mine != run["epoch"]:
            self._fail(f"I6: {process.name} at epoch {mine} {did} of {run['name']} at {run['epoch']}")

    def _item_changed(self, process: Process, old: Row | None, new: Row) -> None:
        run = self._world.database.tables["batch_run"][new["run"],]
        if old is None and new["status"] != "Pending":
            self._world.count(f"item: {new['status']} from the start")
            if new["live_key"] is not None:
                self._fail(f"item {new['position']} of {new['run']} is decided and holds {new['live_key']}")
        left_out = old is not None and old["status"] == "Skipped" and old["error"] is not None
        if left_out and new["status"] != "Skipped":
            self._fail(f"item {new['position']} of {new['run']} was left out for a reason, and is {new['status']}")
        if old is None or (process.name.startswith("user") and run["status"] in ("Pending", "Undoing")):
            return
        self._check_holds(process, run, f"wrote item {new['position']}")
        error = new["error"] or ""
        if new["status"] in ("Failed", "Undo Failed") and "JobTimeout" in error:
            self._fail(f"the job's time-out became an error of {new['run']}: {error}")
        if "workers in a row" in error and self.bad_endings[new["run"]] < self._world.plan.settings.max_stalls:
            self._fail(f"{new['run']} was given up after {self.bad_endings[new['run']]} bad endings: {error}")

    def _payment_changed(self, process: Process, old: Row | None, new: Row) -> None:
        if process.name.startswith("other") or (old is not None and old["docstatus"] == new["docstatus"]):
            return
        if new["batch_run"] is None:
            self._fail(f"{process.name} made or cancelled {new['name']}, which no run made")
        run = self._world.database.tables["batch_run"][new["batch_run"],]
        self._check_holds(process, run, f"wrote {new['name']}")

    def _invoice_made(self, process: Process, new: Row) -> None:
        """A run invoices under its lease, and never beside a draft that bills the order already."""
        tables = self._world.database.tables
        self._check_holds(process, tables["batch_run"][new["batch_run"],], f"made {new['name']}")
        lines = tables["invoice_line"].values()
        orders = {line["sales_order"] for line in lines if line["invoice"] == new["name"]}
        for line in lines:
            other = tables["invoice"]["Sales Invoice", line["invoice"]]
            if line["sales_order"] in orders and other["docstatus"] == 0 and other["name"] != new["name"]:
                self._fail(f"{new['name']} bills {line['sales_order']}, which the draft {other['name']} bills")

    # events

    def heard(self, process: Process, event: str, payload: Mapping[str, Any], *, run: str, user: str) -> None:
        """Check an event: to the right user, and never back within a phase (I8).

        Those of several workers may come in any order; the browser leaves out what is behind.
        """
        row = self._world.database.tables["batch_run"][run,]
        if user != row["requested_by"]:
            self._fail(f"I12: an event of {run} went to {user}")
        if not event.endswith("_progress"):
            return
        current, total = payload["current"], payload["total"]
        key = (process, run, payload["epoch"], payload["phase"])
        before = self._heard.get(key, (0, total))
        if current < before[0] or total != before[1] or current > total:
            self._fail(f"I8: {key[1:]} went from {before} to {(current, total)}")
        self._heard[key] = (current, total)
        if payload["phase"] == "ended":
            self._last[run] = payload
            nothing_undone = payload["status"] == "Cancelled" and (row["kind"] in PER_ITEM or not row["to_undo"])
            if current != total and not nothing_undone:
                self._fail(f"I8: {run} ended as {payload['status']} at {current} of {total}")

    # the end

    def at_the_end(self) -> None:
        """Check everything, whether it was touched or not."""
        tables = self._world.database.tables
        self._sound({name for (name,) in tables["batch_run"]}, set(BOOKS))
        for run in tables["batch_run"].values():
            if not self._world.healing:
                self._world.count(f"outcome: {run['status']}")
            if run["error"] and "final step was begun" in run["error"]:
                ended = self.bad_endings[run["name"]] + self.soft_endings[run["name"]]
                if ended < self._world.plan.settings.max_stalls:
                    self._fail(f"{run['name']} was given up after {ended} endings")
            told = self._last.get(run["name"])
            if told is not None and told["epoch"] == run["epoch"] and told["status"] != run["status"]:
                self._fail(f"{run['name']} is {run['status']}, the last event said {told['status']}")
        self._answers_kept()

    def _answers_kept(self) -> None:
        """I11, and what was accepted is stored: one run for each key, and never another request's."""
        by_key: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for user, key, asked, run in self._world.accepted:
            if (run,) not in self._world.database.tables["batch_run"]:
                self._fail(f"{run} was accepted and does not exist")
            if key is not None:
                by_key[user, key].add((asked, run))
        for (user, key), answers in by_key.items():
            if len(answers) > 1:
                self._fail(f"I11: the key {key} of {user} was answered by {sorted(answers)}")

    def _fail(self, problem: str) -> None:
        violation = Violation(problem)
        self._world.fail(violation)  # it counts even where the code under test swallows it
        raise violation
