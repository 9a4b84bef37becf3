"""A bench on which runs are asked for and disturbed, and what is to be true of it afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.inside import Inside
from tests.bench.processes import Failed, wait_for
from tests.bench.proof.trial import PaymentTrial, Trial
from tests.bench.proof.watching import ENDED, EVERY_SECONDS, Watch
from tests.bench.proof.workers import Workers, is_alive, send
from tests.bench.workbench import Workbench

_AFTER_THE_END = 5.0  # seconds in which a process may yet come to what stands behind the last commit
_WITHIN = "from tests.bench.proof import within\n"


@dataclass
class Stage:
    """A bench with a company, somebody who asks for runs, and workers that look for faults in a folder.

    Attributes:
        faults: the folder in which workers look for what to do to themselves.
    """

    bench: Workbench
    workers: Workers = field(init=False)
    user: str = field(init=False, default="")
    _second: Inside | None = None
    _crew: int = 0  # what the settings say is not known yet
    _is_spent: bool = False

    def __post_init__(self) -> None:
        self.faults = self.bench.sites / self.bench.site / "private" / "faults"
        self.faults.mkdir(parents=True, exist_ok=True)
        self.workers = Workers(self.bench, 2, {"IMOGI_FAULTS": str(self.faults)})
        self.user = self.call("prepare(office)")

    def close(self) -> None:
        """End everything that was started here, but the bench."""
        self.workers.stop()
        self.forget_second()

    # inside the site

    def call(self, function: str, **values: Any) -> Any:
        """Call a function of ``within`` with values by name; return its answer. What it wrote is committed."""
        return self.bench.inside(f"{_WITHIN}answer = within.{function}", **values)

    @property
    def second(self) -> Inside:
        """Another Python inside the site: a second session, that may hold locks, wait or be killed."""
        if self._second is None:
            self._second = self.another()
        return self._second

    def forget_second(self) -> None:
        if self._second is not None:
            self._second.close()
            self._second = None

    @contextmanager
    def other_workers(self, **environment: str) -> Iterator[None]:
        """Have workers with another environment for the block, instead of those that are here."""
        before = dict(self.workers.environment)
        self.workers.kill_all()
        self.workers.environment |= environment
        try:
            self.workers.wait_until_listening()
            yield
        finally:
            self.workers.kill_all()
            self.workers.environment = before

    # runs

    def line(self, count: int) -> tuple[str, list[str]]:
        """Make unpaid invoices and a bank transaction for the sum of them; return its name and theirs."""
        code = "from tests.bench.proof.soak import stock; answer = stock.line(office, count)"
        made = self.bench.inside(code, count=count)
        return made["transaction"], made["invoices"]

    def stored(self, count: int, *, chunk_size: int, per_party: bool = False, spoilt: bool = False) -> PaymentTrial:
        """Ask for a run over new invoices that nobody is rung for yet.

        Args:
            spoilt: its last invoice is paid in cash as soon as it is stored.
        """
        transaction, invoices, before = self._ready(count)
        run = self.call(
            "store(transaction, invoices, user, per_party=per_party, chunk_size=chunk_size)",
            transaction=transaction,
            invoices=invoices,
            user=self.user,
            per_party=per_party,
            chunk_size=chunk_size,
        )
        trial = self._trial(run, transaction, invoices, before)
        if spoilt:
            trial.spoil()
        return trial

    def asked(self, count: int, *, chunk_size: int, through: Inside) -> PaymentTrial | None:
        """Ask for a run over new invoices as the Desk does, through a process that may die of it.

        Returns:
            The run that was stored; None where none was.
        """
        transaction, invoices, before = self._ready(count)
        code = f"{_WITHIN}within.ask(transaction, invoices, user, per_party=False, chunk_size=chunk_size)"
        values = {"transaction": transaction, "invoices": invoices, "user": self.user, "chunk_size": chunk_size}
        with suppress(Failed):
            through(code, **values)
        run = self.call("run_about(transaction)", transaction=transaction)
        return None if run is None else self._trial(run, transaction, invoices, before)

    def another(self, **environment: str) -> Inside:
        """Start another Python inside the site, with an environment of its own; the caller closes it."""
        log = self.bench.folder / "logs" / "another.log"
        mixed = self.bench.environment | {"IMOGI_FAULTS": str(self.faults)} | environment
        return Inside(str(self.bench.host.python), self.bench.sites, mixed, log)

    def _ready(self, count: int) -> tuple[str, list[str], dict[str, Any]]:
        transaction, invoices = self.line(count)
        before = self.call("snapshot(office, invoices, transaction)", invoices=invoices, transaction=transaction)
        return transaction, invoices, before

    def _trial(self, run: str, transaction: str, invoices: list[str], before: dict[str, Any]) -> PaymentTrial:
        return PaymentTrial(self, run, before, self.watch(run), transaction=transaction, invoices=invoices)

    def watch(self, run: str) -> Watch:
        """Watch a run from now on, with workers in the place of those that end."""
        watch = Watch(self.bench, run, tend=self.workers.tend)
        watch.look()
        return watch

    # faults

    def order(self, point: str, action: str, nth: int) -> Path:
        """Have the next process that passes a fault point for the nth time do something to itself."""
        order = self.faults / point
        order.write_text(f"{action} {nth}")
        return order

    def taken(self, order: Path, trial: Trial, *, seconds: float = 120.0) -> tuple[int, float]:
        """Wait until a process has taken an order; return its pid, and when that was by the wall clock.

        Raises:
            Failed: nobody passed the point before the run had ended, so that nothing was tried.
        """
        deadline = time.monotonic() + seconds
        while order.exists():
            self.workers.tend()
            seen = trial.watch.look()
            if seen["status"] in ENDED and seen["lease_holder"] is None:  # who ended it may be about to pass the point
                deadline = min(deadline, time.monotonic() + _AFTER_THE_END)
            if time.monotonic() > deadline:
                raise Failed(f"Nobody passed {order.name} as often as {order.read_text()!r}; {trial.run} is {seen}")
            time.sleep(EVERY_SECONDS)
        [taken] = order.parent.glob(order.with_suffix(".taken-*").name)
        pid, when = int(taken.name.rpartition("-")[2]), taken.stat().st_ctime
        taken.unlink()
        return pid, when

    def set_crew(self, workers: int) -> None:
        """Let so many workers work one run."""
        if workers != self._crew:
            self.call("set_workers(count)", count=workers)
            self._crew = workers

    @property
    def is_usable(self) -> bool:
        """Whether further cases may be played here: no case has left something that would make the next one fail."""
        return not self._is_spent

    def spend(self) -> None:
        """Have further cases played on another bench."""
        self._is_spent = True

    def logged(self, *words: str) -> int:
        """Return how many lines of the site's logs, and of its workers', have all of these words."""
        folders = (self.bench.sites / self.bench.site / "logs", self.bench.folder / "logs")
        texts = (path.read_text(errors="replace") for folder in folders for path in folder.glob("*.log"))
        return sum(all(word in line for word in words) for text in texts for line in text.splitlines())

    def settle(self) -> None:
        """Begin with no fault armed, nothing stopped, and workers that listen."""
        for left in self.faults.iterdir():
            left.unlink()
        self.workers.wait_until_listening()


@contextmanager
def stage(bench: Workbench, *, workers: int = 2) -> Iterator[Stage]:
    """Have a stage on a bench for the block, with so many workers."""
    made = Stage(bench)
    made.workers.wanted = workers
    try:
        made.workers.start()
        yield made
    finally:
        made.close()


def gone(pids: Sequence[int]) -> None:
    """Wait until processes have ended."""
    wait_for(lambda: not any(is_alive(pid) for pid in pids), f"processes {list(pids)} to end", seconds=60, every=0.02)


__all__ = ["Stage", "gone", "send", "stage"]
