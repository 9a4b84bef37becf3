"""The short form: some of the cases that ``make bench-crash`` plays all of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from imogi_finance.batch import faults
from tests.bench.proof.crash import kills
from tests.bench.proof.crash.case import Case, play
from tests.bench.proof.crash.table import all_cases, storms
from tests.bench.proof.stage import Stage, stage
from tests.bench.session import Session

QUICK = [case for case in (*all_cases(), *storms(3, seed=1)) if case.is_quick]


@pytest.fixture(scope="module")
def usable(bench_session: Session) -> Iterator[Callable[[], Stage]]:
    """Give the stage that all cases share, or a new one after a case that went wrong."""
    undo = ExitStack()
    made: list[Stage] = []

    def give() -> Stage:
        if not made or not made[-1].is_usable:
            undo.close()
            made.append(undo.enter_context(stage(undo.enter_context(bench_session.fresh()))))
        return made[-1]

    with undo:
        yield give


@pytest.mark.parametrize("case", QUICK, ids=[case.name for case in QUICK])
def test_whatever_is_killed_the_run_ends_and_the_books_are_right(case: Case, usable: Callable[[], Stage]) -> None:
    on = usable()
    played = play(case, on)
    assert played.wrong == [], on.bench.logs()


def test_every_fault_point_of_the_product_is_killed_somewhere() -> None:
    at_points = {point for point, _ in (*kills.AT_WORK, *kills.AT_UNDO, *kills.AS_A_CREW)}
    assert at_points | kills.ELSEWHERE == set(faults.POINTS)
    for point in kills.ELSEWHERE:
        assert [case for case in all_cases() if point in case.name], f"{point} is killed nowhere"


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in all_cases()]
    assert len(names) == len(set(names))
    assert sum(case.kills for case in all_cases()) > 300
