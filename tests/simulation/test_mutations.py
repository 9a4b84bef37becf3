"""A simulation that cannot fail proves nothing: it must see each way in which the engine is broken."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.simulation import mutations_of_many_runs  # noqa: F401, which registers them
from tests.simulation.mutations import MUTATIONS, mutated
from tests.simulation.runner import play

SEEDS = 1500
# What needs a rare meeting is looked for from where one is known, so that nobody waits for thousands of seeds.
FIRST = {
    "an_attempt_is_counted_against_items_that_another_has_done_since": 4800,
    "who_works_a_run_stays_until_its_end": 3600,
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_the_simulation_sees_that(name: str) -> None:
    first = FIRST.get(name, 1)
    with mutated(name):
        caught = next((played for played in map(play, range(first, first + SEEDS)) if played.problem), None)
    assert caught is not None, f"{SEEDS} seeds did not see that {name.replace('_', ' ')}"
    assert play(caught.seed).problem is None  # it was the mutation, and it is gone
