"""The intake: how many runs of a user may wait, whoever of them is asked for, and in whatever way."""

from __future__ import annotations

import pytest

from imogi_finance.batch.run import RunStatus
from imogi_finance.errors import Refused
from tests.support.office import ANA, BEN, Office


def asked(office: Office, **how: object) -> str:
    """Ask for a run over one new invoice; return its name."""
    return office.ask(office.statement(-100), [office.invoice()], **how).run.name  # type: ignore[arg-type]


def test_one_run_more_than_may_wait_is_refused_and_those_that_do_are_named() -> None:
    office = Office(most_waiting=2)
    first, second = asked(office), asked(office)
    with pytest.raises(Refused) as refused:
        asked(office)
    (problem,) = refused.value.problems
    assert problem.rule == "too_many_waiting"
    assert f"cancel one of {first}, {second}." in problem.remedy
    assert office.rows.count("batch_run") == 2


def test_a_run_that_a_worker_has_begun_waits_no_more() -> None:
    office = Office(most_waiting=1)
    first = asked(office)
    office.work(first)
    second = asked(office)
    assert office.run(second).status is RunStatus.PENDING
    with pytest.raises(Refused):
        asked(office)
    office.app.control.cancel(second, user=ANA)
    asked(office)


def test_the_runs_of_others_do_not_count() -> None:
    office = Office(most_waiting=1)
    asked(office)
    assert office.run(asked(office, user=BEN)).requested_by == BEN


def test_without_a_limit_as_many_wait_as_are_asked_for() -> None:
    office = Office(most_waiting=0)
    assert len({asked(office) for _ in range(12)}) == 12


def test_the_same_request_is_answered_with_its_run_though_no_more_may_wait() -> None:
    office = Office(most_waiting=1)
    statement, invoice = office.statement(-100), office.invoice()
    first = office.ask(statement, [invoice], key="k")
    for key in ("k", None):
        again = office.ask(statement, [invoice], key=key)
        assert (again.run.name, again.is_new) == (first.run.name, False)


def test_a_run_that_was_stored_since_the_first_look_counts_too() -> None:
    """Two ask at once: each sees that one more may wait, and one of them is the last."""
    office = Office(most_waiting=1)
    waiting_runs, looks = office.app.store.waiting_runs, []

    def blind_at_first(user: str) -> object:
        looks.append(user)
        return [] if len(looks) == 1 else ["RUN-OF-ANOTHER", *waiting_runs(user)]

    office.app.store.waiting_runs = blind_at_first  # type: ignore[method-assign,assignment]
    with pytest.raises(Refused, match="RUN-OF-ANOTHER"):
        asked(office)
    assert looks == [ANA, ANA]
    assert office.rows.count("batch_run") == 0, "it was stored, and taken back"
    assert office.queue.rung == []


def test_many_that_wait_are_not_all_named() -> None:
    office = Office(most_waiting=12)
    names = [asked(office) for _ in range(12)]
    with pytest.raises(Refused) as refused:
        asked(office)
    named = [name for name in names if name in refused.value.problems[0].remedy]
    assert named == names[:10]


def test_a_retry_that_asks_again_is_one_more_run() -> None:
    office = Office(most_waiting=1)
    failed = asked(office)
    office.app.control.cancel(failed, user=ANA)
    asked(office)
    with pytest.raises(Refused, match="wait for a worker"):
        office.app.control.retry(failed, user=ANA)
