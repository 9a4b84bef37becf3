"""The same request twice is the same answer and one run; a retry asked for twice is one retry."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from imogi_finance.batch.run import RunStatus
from imogi_finance.errors import Refused
from tests.support.office import ANA, BEN, Office


def test_the_same_request_while_its_run_is_live_is_the_same_run() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    first, second = office.ask(statement, [ref]), office.ask(statement, [ref])
    assert (first.is_new, second.is_new) == (True, False)
    assert first.run.name == second.run.name
    assert office.rows.count("batch_run") == 1


def test_the_same_request_after_it_was_done_answers_with_what_was_done() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    run = office.ask(statement, [ref]).run.name
    office.work(run)
    again = office.ask(statement, [ref])
    assert (again.run.name, again.run.status, again.is_new) == (run, RunStatus.COMPLETED, False)
    assert len(office.live_payments()) == 1


def test_a_key_always_gets_the_same_run_however_it_ended() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    run = office.ask(statement, [office.row(ref, 30)], key="k").run.name
    office.work(run)
    for _ in range(2):
        assert office.ask(statement, [office.row(ref, "30.00")], key="k").run.name == run
    assert office.outstanding(ref) == 7000


def test_keys_of_two_users_are_two_keys() -> None:
    office = Office()
    refs, statement = office.invoices(2), office.statement(-200)
    first = office.ask(statement, refs[:1], key="k").run.name
    office.work(first)
    second = office.ask(statement, refs[1:], key="k", user=BEN)
    assert second.is_new
    assert second.run.name != first


def test_a_request_that_was_undone_may_be_sent_again() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    run = office.ask(statement, [ref]).run.name
    office.app.control.cancel(run, user=BEN)
    assert office.ask(statement, [ref]).is_new


def test_the_ring_that_fails_does_not_fail_the_request() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    office.queue.is_down = True
    accepted = office.ask(statement, [ref])
    assert (accepted.is_new, accepted.rung) == (True, False)
    assert office.run(accepted.run.name).status is RunStatus.PENDING


def test_a_small_request_is_worked_before_it_is_answered() -> None:
    office = Office(threshold=3)
    statement = office.statement(-700)
    small = office.ask(statement, office.invoices(3), in_request=True)
    assert small.run.status is RunStatus.COMPLETED
    large = office.ask(statement, office.invoices(4), in_request=True)
    assert large.run.status is RunStatus.PENDING
    assert office.queue.rung == [large.run.name]


def test_a_small_request_sent_again_while_it_is_worked_is_answered_and_not_worked_by_two() -> None:
    """A hundred clicks would be a hundred workers of one run, and keep as many of the web server's threads."""
    office = Office(threshold=3)
    refs, statement = office.invoices(3), office.statement(-300)
    first = office.ask(statement, refs)
    again = office.ask(statement, refs, in_request=True)
    assert (again.run.name, again.run.status, again.is_new) == (first.run.name, RunStatus.PENDING, False)
    assert again.rung
    assert office.live_payments() == []


def test_a_retry_asked_for_twice_pays_once() -> None:
    """Also where each part alone would be accepted again: half an invoice out of twice the money."""
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    undone = office.ask(statement, [office.row(ref, 50)]).run.name
    office.app.control.cancel(undone, user="ana")
    again = office.app.control.retry(undone, user="ana").name
    office.work(again)
    assert office.app.control.retry(undone, user="ana").name == again
    assert office.outstanding(ref) == 5000
    assert office.rows.count("batch_run") == 2


def test_a_retry_of_a_retry_that_was_undone_too_goes_on_from_there() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    first = office.ask(statement, [ref]).run.name
    office.app.control.cancel(first, user="ana")
    second = office.app.control.retry(first, user="ana").name
    office.app.control.cancel(second, user="ana")
    third = office.app.control.retry(first, user="ana")
    assert third.retry_of == second
    assert third.status is RunStatus.PENDING
    office.work(third.name)
    assert office.status_of(ref) == "Paid"


def test_a_retry_that_would_not_be_accepted_today_is_refused_and_changes_nothing() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    run = office.ask(statement, [ref]).run.name
    office.app.control.cancel(run, user="ana")
    office.pay(ref)
    before = office.dump()
    with pytest.raises(Refused, match="Nothing is outstanding"):
        office.app.control.retry(run, user="ana")
    assert office.dump() == before


def test_a_part_payment_asked_for_again_without_a_key_is_not_made_twice() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    run = office.ask(statement, [office.row(ref, 30)]).run.name
    office.work(run)

    again = office.ask(statement, [office.row(ref, 30)])

    assert (again.run.name, again.is_new) == (run, False)
    assert office.outstanding(ref) == 7000


def test_a_part_payment_with_a_new_key_is_a_new_one() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    office.work(office.ask(statement, [office.row(ref, 30)], key="first").run.name)

    second = office.ask(statement, [office.row(ref, 30)], key="second")
    office.work(second.run.name)

    assert second.is_new
    assert office.outstanding(ref) == 4000


def test_a_request_whose_payments_were_taken_back_since_may_be_sent_again() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    office.work(office.ask(statement, [office.row(ref, 30)]).run.name)
    office.write(lambda: office.app.books.unreconcile(statement))
    office.write(lambda: office.app.books.cancel_payment(office.live_payments()[0]))

    assert office.ask(statement, [office.row(ref, 30)]).is_new


def test_two_users_who_retry_the_same_run_get_the_same_retry() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    run = office.ask(statement, [office.row(ref, 30)]).run.name
    office.app.control.cancel(run, user=ANA)

    first = office.app.control.retry(run, user=ANA).name
    office.work(first)

    assert office.app.control.retry(run, user=BEN).name == first
    assert office.outstanding(ref) == 7000


def commit_after_the_first_look(office: Office, monkeypatch: pytest.MonkeyPatch, look: str) -> None:
    """Have a question to the store answered, until the checks begin, as before the runs that there are by now."""
    known, asked = getattr(office.app.store, look), count()
    looks_before_the_checks = 2

    def answer(*what: Any, **how: Any) -> Any:
        return None if next(asked) < looks_before_the_checks else known(*what, **how)

    monkeypatch.setattr(office.app.store, look, answer)


def test_a_twin_stored_while_a_request_is_checked_is_its_answer_and_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    first = office.ask(statement, [ref])
    commit_after_the_first_look(office, monkeypatch, "latest_run_by_digest")

    second = office.ask(statement, [ref])

    assert (second.run.name, second.is_new) == (first.run.name, False)


def test_a_run_that_answered_a_key_answers_it_for_good() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    row = office.row(ref, 30)
    run = office.ask(statement, [row]).run.name
    assert office.ask(statement, [row], key="k").run.name == run
    office.work(run)

    again = office.ask(statement, [row], key="k")

    assert (again.run.name, again.is_new) == (run, False)
    assert office.outstanding(ref) == 7000


def test_a_live_run_that_answers_to_one_key_does_not_answer_another() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    office.ask(statement, [ref], key="k")
    with pytest.raises(Refused, match="is working on it"):
        office.ask(statement, [ref], key="other")


def test_a_twin_with_a_key_stored_while_a_request_is_checked_is_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    first = office.ask(statement, [ref], key="k")
    for look in ("latest_run_by_digest", "run_by_idempotency_key"):
        commit_after_the_first_look(office, monkeypatch, look)

    assert office.ask(statement, [ref], key="k").run.name == first.run.name


def test_a_part_payment_that_a_twin_made_while_a_request_was_checked_is_not_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    first = office.ask(statement, [office.row(ref, 30)])
    office.work(first.run.name)
    commit_after_the_first_look(office, monkeypatch, "latest_run_by_digest")

    second = office.ask(statement, [office.row(ref, 30)])

    assert (second.run.name, second.is_new) == (first.run.name, False)
    assert office.outstanding(ref) == 7000


def test_a_retry_that_another_has_made_and_ended_since_the_first_look_is_not_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    run = office.ask(statement, [office.row(ref, 30)]).run.name
    office.app.control.cancel(run, user=ANA)
    first = office.app.control.retry(run, user=ANA).name
    office.work(first)
    commit_after_the_first_look(office, monkeypatch, "retry_of")

    assert office.app.control.retry(run, user=BEN).name == first
    assert office.outstanding(ref) == 7000
