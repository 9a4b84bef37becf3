"""Two thousand seeds, in chunks that each reach every fault, every fault point and every status."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

import pytest

from imogi_finance.batch import faults
from imogi_finance.batch.run import RunStatus
from tests.simulation.runner import play

SEEDS_A_CHUNK = 1000
FAULTS = {
    "clock back an hour",
    "clock on an hour",
    "commit applied, outcome unknown",
    "commit lost, outcome unknown",
    "connection ended for its silence",
    "crash",
    "deadlock",
    "disk full",
    "frozen past the lease",
    "job timeout",
    "queue unavailable",
    "ring doubled",
    "ring late",
    "ring lost",
}
OTHERS = {
    "bank transaction cancelled",
    "bank transaction unreconciled",
    "invoice cancelled",
    "invoice paid by bank",
    "invoice paid in cash",
    "payment of a run cancelled",
    "period closed",
    "user disabled",
    "voucher allocated",
    "voucher cancelled",
}
TROUBLES = {
    f"{action} {how}"
    for action in ("pay", "allocate", "cancel")
    for how in ("refuse", "unexpected", "conflict", "unknown", "full", "timeout", "kill")
}
ENDS = {status.value for status in RunStatus if not status.is_live}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("chunk", range(2))
def test_every_invariant_holds_whatever_befalls_the_workers(chunk: int, capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[str] = Counter()
    failed = []
    for seed in range(1 + chunk * SEEDS_A_CHUNK, 1 + (chunk + 1) * SEEDS_A_CHUNK):
        played = play(seed)
        counts += played.counts
        failed += [played.replay] if played.problem else []
    with capsys.disabled():
        print(f"\n{_summary(chunk, counts)}")  # noqa: T201
    assert not failed, "\n".join(failed)
    _reached_everything(counts)


def test_fault_points_are_disarmed_after_a_simulation() -> None:
    play(1)
    assert faults._armed is None


def test_a_seed_is_an_interleaving() -> None:
    """The same seed gives the same steps, so that a failure can be replayed."""
    first: list[str] = []
    second: list[str] = []
    play(17, first.append)
    play(17, second.append)
    assert first == second
    assert len(first) > 50


def _reached_everything(counts: Counter[str]) -> None:
    assert {what for what in FAULTS if not counts[f"fault: {what}"]} == set()
    assert {what for what in OTHERS if not counts[f"other: {what}"]} == set()
    assert {what for what in TROUBLES if not counts[f"trouble: {what}"]} == set()
    assert {status for status in ENDS if not counts[f"outcome: {status}"]} == set()
    assert {point for point in faults.POINTS if not counts[f"crash at: {point}"]} == set()
    reached = ("ask: conflict of keys", "ask: known already", "intruder: refused", "retry: accepted", "healed")
    turns = ("worker: went to a more urgent run", "worker: left its run for another", "ask: too many wait")
    decided = ("item: Failed from the start", "item: Skipped from the start", "retry: resumed")
    for what in (*reached, *turns, *decided, "run joined", "run taken over"):
        assert counts[what], f"nothing reached: {what}"


def _summary(chunk: int, counts: Counter[str]) -> str:
    def told(prefix: str) -> str:
        found = sorted((what.removeprefix(prefix), times) for what, times in counts.items() if what.startswith(prefix))
        return ", ".join(f"{what} {times}" for what, times in found)

    return (
        f"simulation {chunk}: {counts['seeds']} seeds, {counts['turns']} turns\n"
        f"  faults: {told('fault: ')}\n  outcomes: {told('outcome: ')}\n  others: {told('other: ')}"
    )
