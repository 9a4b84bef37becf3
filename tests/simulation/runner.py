"""Runs seeds, on one core or several, and keeps count of what they reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from tests.simulation.orders import order_script
from tests.simulation.plan import Plan
from tests.simulation.script import script
from tests.simulation.world import World


@dataclass(frozen=True)
class Played:
    """What came of a seed: ``problem`` is None where every invariant held."""

    seed: int
    counts: Counter[str]
    problem: str | None
    orders: bool = False

    @property
    def replay(self) -> str:
        """One line that says what happened and plays it again."""
        return f"python -m tests.simulation --seed {self.seed}{' --orders' * self.orders}   # {self.problem}"


def play(seed: int, trace: Callable[[str], None] | None = None, *, orders: bool = False) -> Played:
    """Play one seed.

    Args:
        orders: of batches of orders, instead of reconciliations.
    """
    world = World(Plan(seed), trace)
    problem = None
    try:
        world.play(order_script if orders else script)
    except AssertionError as violation:
        problem = str(violation)
    world.counts["turns"] = world.scheduler.turns
    world.counts["seeds"] = 1
    return Played(seed, world.counts, problem, orders)


def play_all(seeds: Iterable[int], *, jobs: int = 1, orders: bool = False) -> Iterator[Played]:
    """Play seeds in order."""
    one = partial(play, orders=orders)
    if jobs == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(one, seeds, chunksize=25)
