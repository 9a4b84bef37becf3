"""The short form of the recovery command: a killed run goes on, with nobody but its bench's workers to notice.

No scheduler runs here. So a run that goes on at all does so by RQ's retry, by who stands by, by the job that is left
for a new worker, or by the look before any job; how soon is measured by ``make bench-recovery``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench.proof.recovery import CASES, Case, try_case
from tests.bench.proof.stage import Stage, stage
from tests.bench.session import Session

QUICK = [case for case in CASES if case.name in ("horse", "both", "undo", "busy", "all-2", "redis")]


@pytest.fixture(scope="module")
def on(bench_session: Session) -> Iterator[Stage]:
    """A stage that all cases share."""
    with bench_session.fresh() as bench, stage(bench) as made:
        yield made


@pytest.mark.parametrize("case", QUICK, ids=[case.name for case in QUICK])
def test_a_killed_run_goes_on_without_any_scheduler(case: Case, on: Stage) -> None:
    assert try_case(on, case).wrong == [], on.bench.logs()
