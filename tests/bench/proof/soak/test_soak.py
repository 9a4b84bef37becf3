"""The short form of ``make bench-soak``: some hundred invoices under load and under kills."""

from __future__ import annotations

import pytest

from tests.bench.proof.report import bar
from tests.bench.proof.soak.following import Course, Sample
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.orders import BAD
from tests.bench.proof.soak.program import WORKED_AT_ONCE, WORKED_BY_A_WORKER, Sizes, play
from tests.bench.session import Session

SIZES = Sizes.short()


@pytest.fixture(scope="module")
def found(bench_session: Session) -> dict[str, Found]:
    """What all scenarios have found, each on what the one before has left."""
    with bench_session.fresh() as bench, bar("soak", SIZES.steps()) as shown:
        return play(bench, SIZES, shown)


SCENARIOS = (
    "rivals",
    "identical",
    "identical_at_once",
    "runs_at_once",
    "large_run",
    "final_step",
    "killed",
    "orders",
    "identical_orders",
    "rival_orders",
    "audit",
)


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_violated(name: str, found: dict[str, Found]) -> None:
    assert found[name].violations == []


def test_what_was_to_be_tried_was_tried(found: dict[str, Found]) -> None:
    figures = {name: of.figures for name, of in found.items()}
    assert set(figures) == set(SCENARIOS)
    assert figures["rivals"]["rounds"] == figures["rivals"]["refused"] == SIZES.rounds * 3
    assert figures["identical"]["answered"] == figures["identical_at_once"]["answered"] == SIZES.identical
    assert figures["runs_at_once"]["completed"] == SIZES.runs
    assert figures["large_run"]["invoices"] == SIZES.large
    assert figures["final_step"]["payments"] == SIZES.final
    assert figures["killed"]["kills"] >= 1
    assert figures["orders"]["kills"] == 2
    assert (figures["orders"]["invoiced"], figures["orders"]["named"]) == (SIZES.orders - BAD, BAD)
    assert figures["identical_orders"]["answered"] == SIZES.identical
    assert figures["rival_orders"]["rounds"] == 2 * figures["rival_orders"]["refused"] == 2 * SIZES.rounds
    assert figures["killed"]["invoices"] == SIZES.soak
    identical = WORKED_BY_A_WORKER + WORKED_AT_ONCE
    paid = identical + SIZES.runs * SIZES.each + SIZES.large + SIZES.final + SIZES.soak
    assert (figures["audit"]["invoices"], figures["audit"]["out_of_balance"]) == (paid, "0.00")


def course(bytes_an_item: int, *, items: int = 2000, step: int = 100) -> Course:
    """Return the course of a run whose worker keeps so many bytes of each item; its memory also goes up and down."""
    samples = [
        Sample(float(done), "working", done, {7: 90_000_000 + done * bytes_an_item + done % 300 * 150})
        for done in range(0, items + 1, step)
    ]
    return Course([*samples, Sample(items + 1.0, "finishing", items, {7: 300_000_000})])


@pytest.mark.parametrize("kept", [0, 800, 5000])
def test_a_leak_shows_as_bytes_an_item(kept: int) -> None:
    slope = course(kept).bytes_an_item()
    assert slope is not None
    assert abs(slope - kept) < 30


def test_of_a_worker_that_was_hardly_seen_nothing_is_said() -> None:
    assert course(5000, items=400).bytes_an_item() is None
