"""Runs seeds, on one core or several, and keeps count of what they reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.simulation.plan import Plan
from tests.simulation.script import script
from tests.simulation.world import World


@dataclass(frozen=True)
class Played:
    """What came of a seed: ``problem`` is None where every invariant held."""

    seed: int
    counts: Counter[str]
    problem: str | None

    @property
    def replay(self) -> str:
        """One line that says what happened and plays it again."""
        return f"python -m tests.simulation --seed {self.seed}   # {self.problem}"


def play(seed: int, trace: Callable[[str], None] | None = None, script: Callable[[World], None] = script) -> Played:
    """Play one seed.

    Args:
        script: sends everybody on their way.
    """
    world = World(Plan(seed), trace)
    problem = None
    try:
        world.play(script)
    except AssertionError as violation:
        problem = str(violation)
    world.counts["turns"] = world.scheduler.turns
    world.counts["seeds"] = 1
    return Played(seed, world.counts, problem)


def play_all(seeds: Iterable[int], *, jobs: int = 1) -> Iterator[Played]:
    """Play seeds in order."""
    if jobs == 1:
        yield from map(play, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(play, seeds, chunksize=25)
