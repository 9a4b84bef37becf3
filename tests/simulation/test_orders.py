"""Seeds of the simulation that invoice orders: whatever befalls the workers, no order is billed twice.

And a few ways to break what guards it, each of which must be seen.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from imogi_finance.sandbox.books import invoicing
from imogi_finance.sandbox.books.orders import Orders
from imogi_finance.sandbox.storage.memory import MemoryRows
from tests.simulation.runner import Played, play

SEEDS = 300
MOST_SEEDS = 1000
OUTCOMES = ("Completed", "Completed with Errors", "Cancelled")
DONE = ("order held", "order closed", "order billed by hand", "order drafted by hand", "order cancelled")
DONE += ("order mended", "order delivered", "invoice of a run cancelled", "draft of a run submitted")
DONE += ("credit limit set", "order's period closed", "seller disabled")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def played(seed: int) -> Played:
    return play(seed, orders=True)


def test_no_order_is_billed_twice_whatever_befalls_the_workers() -> None:
    counts: Counter[str] = Counter()
    failed = []
    for seed in range(1, SEEDS + 1):
        found = played(seed)
        counts += found.counts
        failed += [found.replay] if found.problem else []
    assert not failed, "\n".join(failed)
    assert [outcome for outcome in OUTCOMES if not counts[f"outcome: {outcome}"]] == []
    assert [what for what in DONE if not counts[f"other: {what}"]] == []
    reached = ("orders: accepted", "orders: known already", "retry: accepted", "retry: resumed", "fault: crash")
    assert [what for what in (*reached, "run joined", "item: Failed from the start") if not counts[what]] == []


def _orders_are_not_locked(patch: pytest.MonkeyPatch) -> None:
    lock = MemoryRows.lock

    def unlocked(self: MemoryRows, table: str, *key: Any) -> Any:
        return self.get(table, *key) if table == "sales_order" else lock(self, table, *key)

    patch.setattr(MemoryRows, "lock", unlocked)


def _orders_are_not_looked_at_when_their_turn_comes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(invoicing, "check_order", lambda *_, **__: None)


def _drafts_are_not_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Orders, "drafts", lambda self, names: {})


@pytest.mark.parametrize(
    "mutate", [_orders_are_not_locked, _orders_are_not_looked_at_when_their_turn_comes, _drafts_are_not_seen]
)
def test_the_simulation_sees_that(mutate: Callable[[pytest.MonkeyPatch], None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        mutate(patch)
        caught = next((found for found in map(played, range(1, MOST_SEEDS + 1)) if found.problem), None)
    assert caught is not None, f"{MOST_SEEDS} seeds did not see it"
    assert played(caught.seed).problem is None  # it was the mutation, and it is gone
