"""SIGKILL of those who invoice orders: at every fault point that they pass, and at random moments.

What is invoiced stays, what was not committed is gone, and the run goes on with the next order: no order is invoiced
twice, and none is left out.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.proof.crash.case import Case, Played
from tests.bench.proof.crash.kills import ACTIONS, moment, victim
from tests.bench.proof.crash.zombies import stopped
from tests.bench.proof.order_trial import call, stored
from tests.bench.proof.stage import Stage, gone
from tests.bench.proof.watching import ENDED
from tests.bench.proof.workers import KINDS, send

CHUNK = 4
ORDERS = 12
POINTS = [
    *((point, nth) for point in ("work.before_unit", "work.after_document") for nth in (1, 4, 5, 12)),
    *((point, nth) for point in ("books.after_ledger", "books.after_outstanding") for nth in (1, 5, 12)),
    *((point, nth) for point in ("work.before_items", "work.before_run", "work.before_commit") for nth in (1, 2, 3)),
    ("work.after_commit", 1),
    ("work.after_commit", 3),
    ("claim.before_commit", 1),
    ("claim.after_commit", 1),
    ("finish.before_documents", 1),
    ("finish.after_documents", 1),
    ("finish.before_release", 1),
    ("finish.before_commit", 1),
    ("finish.after_commit", 1),
]
AS_A_CREW = (
    ("work.before_unit", 1),
    ("books.after_ledger", 2),
    ("work.after_document", 2),
    ("work.before_commit", 1),
    ("work.after_commit", 2),
    ("take_over.before_run", 1),
)
_QUICK = {("books.after_ledger", 5), ("work.before_commit", 2)}


@dataclass(frozen=True)
class OrderKill:
    """One kill at a fault point.

    Args:
        kind: what is killed: "horse", "parent" or "both".
        per_customer: one invoice for the orders of a customer.
        submit: each invoice is submitted, else left as a draft.
        crew: how many workers may work the run.
    """

    point: str
    nth: int
    kind: str
    per_customer: bool = False
    submit: bool = True
    crew: int = 1

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(self.crew)
        each = 2 if self.per_customer else 1  # twelve customers in turns: each has two orders, side by side
        how = {"one_per_customer": self.per_customer, "submit": self.submit}
        trial = stored(stage, ORDERS * each, chunk_size=CHUNK * each, **how)
        order = stage.order(self.point, ACTIONS[self.kind], self.nth)
        trial.ring()
        _, when = stage.taken(order, trial)
        played.kills += 1
        trial.watch.killed(self.kind, when)
        played.wrong += trial.wrong(ended=trial.watch.last["status"] in ENDED)
        played.add(trial, "Completed")


@dataclass(frozen=True)
class OrderStorm:
    """Kills at random moments, until the run has ended; some of its orders are bad.

    Args:
        seed: of the moments and of what is killed.
        crew: see ``OrderKill``.
    """

    seed: int
    crew: int = 1
    most: int = 6

    def __call__(self, stage: Stage, played: Played) -> None:
        chance = random.Random(self.seed)
        stage.set_crew(self.crew)
        trial = stored(stage, 42, own=2, chunk_size=5, one_per_customer=chance.random() < 0.3)
        for order, how in zip(trial.orders[-2:], ("closed", "of a disabled item"), strict=True):
            trial.spoil(order, how)
        trial.ring()
        for _ in range(self.most):
            if not moment(stage, trial, chance.uniform(0.0, 1.5)):
                break
            kind, horse = chance.choice(KINDS), victim(stage, trial, chance)
            if horse is None:
                continue
            stage.workers.kill(kind, horse)
            played.kills += 1
            trial.watch.killed(kind)
            played.wrong += trial.wrong(ended=trial.watch.last["status"] in ENDED)
            trial.watch.until(lambda _: not trial.watch.is_stalled, f"{trial.run} to go on after a kill")
        played.add(trial, "Completed with Errors")
        if set(trial.errors()) != set(trial.orders[-2:]):
            played.wrong.append(f"{trial.run} names {trial.errors()}, not {trial.orders[-2:]}")


@dataclass(frozen=True)
class OrderZombie:
    """A worker stopped at a point until the run has ended without it."""

    point: str
    nth: int

    def __call__(self, stage: Stage, played: Played) -> None:
        stage.set_crew(1)
        trial = stored(stage, ORDERS, chunk_size=CHUNK)
        order = stage.order(self.point, "stop", self.nth)
        trial.ring()
        zombie = stopped(stage, order, trial)
        played.kills += 1
        trial.watch.killed("stopped", None)
        try:
            played.add(trial, "Completed")
            trial.watch.until(lambda seen: seen["announced"], "the end to be told")
            before = call(stage, "written()")
        finally:
            send(zombie, signal.SIGCONT)
        gone([zombie])
        if call(stage, "written()") != before:
            played.wrong.append(f"I6 {trial.run}: a worker that had lost the run wrote when it went on")
        played.wrong += trial.wrong(ended=True)


def cases() -> Iterator[Case]:
    """Yield every kill at a point, and every way of coming back too late."""
    for number, (point, nth) in enumerate(POINTS):
        kind = KINDS[number % len(KINDS)]
        yield _case(OrderKill(point, nth, kind))
        if nth > 1:
            yield _case(OrderKill(point, nth if nth < ORDERS else 8, "horse", per_customer=True))
        if point != "books.after_ledger" and nth in (1, 4, 5):
            yield _case(OrderKill(point, nth, "horse", submit=False))
    for point, nth in AS_A_CREW:
        for kind in ("horse", "both"):
            yield _case(OrderKill(point, nth, kind, crew=2))
    for point, nth in (("work.after_commit", 1), ("work.before_unit", 5), ("finish.before_commit", 1)):
        yield Case(
            f"orders zombie {point} {nth}", "orders: stopped past the lease, then continued", OrderZombie(point, nth)
        )


def storms(count: int, seed: int) -> Iterator[Case]:
    """Yield so many runs over orders that are killed at random moments."""
    for number in range(count):
        storm = OrderStorm(seed + number, crew=1 + number % 2)
        name = f"orders storm {storm.seed}{' crew' * (storm.crew > 1)}"
        yield Case(name, "orders: killed at random moments", storm, kills=4)


def _case(kill: OrderKill) -> Case:
    how = " per-customer" * kill.per_customer + " drafts" * (not kill.submit) + " crew" * (kill.crew > 1)
    name = f"orders {kill.point} {kill.nth} {kill.kind}{how}"
    group = f"orders: {kill.kind} killed at a point{', two workers' * (kill.crew > 1)}"
    return Case(name, group, kill, is_quick=not how and (kill.point, kill.nth) in _QUICK)
