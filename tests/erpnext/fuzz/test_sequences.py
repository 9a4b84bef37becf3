"""The short form: a few random sequences. ``make bench-fuzz`` drives hundreds."""

from __future__ import annotations

from tests.erpnext.fuzz.driving import Drive, drive
from tests.erpnext.fuzz.footprint import index_creation

SEQUENCES, STEPS, SEED = 5, 16, 20260401


def test_random_sequences_keep_every_rule(site: str) -> None:
    index_creation()
    found = drive(Drive(SEQUENCES, STEPS, SEED, shrink=False))
    assert found.violation is None, found.first
    assert found.tally.steps > SEQUENCES * STEPS / 3
    assert sum(count.done for count in found.tally.rules.values()) > found.tally.steps / 3
