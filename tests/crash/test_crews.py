"""SIGKILL of one of two workers that share a run; and each of them finds what the other has left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.audit import audit
from tests.crash.conftest import running
from tests.crash.plant import Plant

CREW_KILLS = [("take_over.before_run", 1), ("work.before_unit", 21), ("work.before_run", 2), ("work.after_commit", 1)]


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    environment = {"IMOGI_WORKERS_A_RUN": "2", "IMOGI_PACE_MS": "4"}
    yield from running(tmp_path_factory.mktemp("home"), workers=2, environment=environment)


@pytest.mark.parametrize(("point", "nth"), CREW_KILLS)
def test_one_of_a_crew_is_killed_and_all_is_paid(crew: Plant, point: str, nth: int) -> None:
    order = crew.order("kill", point, nth)

    run = crew.ask(60, chunk_size=5)

    assert crew.wait_for_end(run) == "Completed"
    crew.wait_for_order(order)
    assert audit(crew.home.database) == []


def test_one_of_a_crew_is_killed_when_it_takes_the_run_over_to_turn_it_back(crew: Plant) -> None:
    order = crew.order("kill", "take_over.before_run", 1)
    transaction, selection = crew.invoices(60)

    run = crew.ask_and_spoil(transaction, selection)

    assert crew.wait_for_end(run) == "Failed"
    crew.wait_for_order(order)
    assert audit(crew.home.database) == []
