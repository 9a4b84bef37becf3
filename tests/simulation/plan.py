"""What a seed means: the size of the world, and every fault that will befall it."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

from imogi_finance.batch.faults import POINTS
from imogi_finance.batch.settings import EngineSettings

COMMITS = ("begin", "commit.before", "commit.after")
INSIDE_A_JOB = tuple(point for point in POINTS if not point.startswith("request."))
RARE = tuple(
    point
    for point in POINTS
    if point.startswith(("undo.", "let_go.", "finish.", "books.after_cancel", "books.after_re"))
)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with one document.

    Args:
        how: refuse, unexpected, conflict, unknown, full, timeout or kill.
        times: how often it happens before it passes.
        after: whether it happens after the work on the document was done, or before it.
    """

    how: str
    times: int
    after: bool


@dataclass
class Plan:
    """Everything a seed decides before the first step."""

    seed: int
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        rng = self.rng = random.Random(self.seed)
        self.calm = rng.random() < 0.08
        self.stormy = rng.random() < 0.25
        self.switch_rate = rng.choice((0.1, 0.3, 0.6, 1.0))
        self.workers = rng.choice((1, 2, 2, 3))
        self.until = rng.choice((5.0, 20.0, 60.0))  # when the faults stop
        self.stand_by = rng.random() < 0.6  # who has nothing else to do
        self.sees_the_dead = rng.random() < 0.6  # all workers are on one machine
        self.most_waiting = rng.choice((0, 0, 1, 2, 10))  # runs of a user
        self.sweep_every = rng.choice((3.0, 10.0, 30.0))
        self.settings = EngineSettings(
            cancel_check_seconds=0.0,
            lease_seconds=rng.choice((5.0, 10.0)),
            chunk_seconds=rng.choice((0.05, 3.0)),
            budget_seconds=rng.choice((0.3, 2.0, 3000.0)),
            max_attempts=rng.choice((2, 3, 5)),
            transient_limit=rng.choice((2, 8)),
            longest_wait=rng.choice((0.2, 2.0)),
            isolate_after=rng.choice((1, 3)),
            max_stalls=rng.choice((4, 10)),
            ring_patience_seconds=rng.choice((5.0, 15.0)),
            workers=rng.choice((1, 1, 2, 3)),
            manners_seconds=rng.choice((0.02, 0.1, 1.0)),
            jitter=rng.random,
        )
        self.crashes = self._at_points((*POINTS, *COMMITS), most=6)
        self.freezes = self._at_points((*POINTS, *COMMITS), most=3)
        self.timeouts = self._at_points(INSIDE_A_JOB, most=2)
        self.deadlocks = self._nth(most=2)
        self.broken_before = self._nth(most=2)
        self.broken_after = self._nth(most=2)
        self.disk_full = self._window(0.08)
        self.no_queue = self._window(0.15)
        faulty_queue = not self.calm and rng.random() < 0.4
        self.ring_lost = rng.choice((0.2, 1.0)) if faulty_queue else 0.0
        self.ring_doubled = 0.3 if faulty_queue else 0.0
        self.ring_late = 0.3 if faulty_queue else 0.0

    def chance(self, probability: float) -> bool:
        """Draw whether something that needs trouble happens."""
        return not self.calm and self.rng.random() < probability

    def pick_trouble(self) -> Trouble:
        """Draw what is wrong with a document."""
        rng = self.rng
        how = rng.choice(("refuse", "refuse", "unexpected", "conflict", "unknown", "full", "timeout", "kill"))
        return Trouble(how, rng.choice((1, 1, 2, 10**9)), rng.random() < 0.5)

    def pick_size(self) -> int:
        """Draw a number of invoices: few as a rule, up to 30."""
        kind = self.rng.random()
        most = (1, 5) if kind < 0.6 else (6, 11) if kind < 0.93 else (12, 30)
        return self.rng.randint(*most)

    def _at_points(self, points: tuple[str, ...], *, most: int) -> dict[str, set[int]]:
        """Choose points, and which passing of each it will be."""
        chosen: dict[str, set[int]] = defaultdict(set)
        count = 0 if self.calm else self.rng.randint(0, most * (3 if self.stormy else 1))
        for _ in range(count):
            point = self.rng.choice(points if self.rng.random() < 0.7 else RARE)
            chosen[point].add(self.rng.choice((1, 1, 2, 3, 5, 8)))
        return chosen

    def _nth(self, *, most: int) -> set[int]:
        """Choose which commits of the whole simulation it will be."""
        if self.calm or self.rng.random() < 0.5:
            return set()
        return {self.rng.randint(1, 40) for _ in range(self.rng.randint(1, most * (3 if self.stormy else 1)))}

    def _window(self, probability: float) -> tuple[float, float]:
        if not self.chance(probability):
            return (0.0, 0.0)
        start = self.rng.random() * 3.0
        return (start, start + self.rng.choice((0.5, 5.0, 40.0)))
