"""How the engine works a run forward: chunks, savepoints, and what a failing item leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from imogi_finance.bank_reconciliation.request import usual_chunk
from imogi_finance.batch import faults
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.errors import Conflict, DocumentError, OutcomeUnknown
from tests.support.office import Office


@contextmanager
def at(point: str, act: Callable[[int], None]) -> Iterator[Counter[str]]:
    """Do something each time a fault point is passed; yield how often every point was."""
    passed: Counter[str] = Counter()

    def reached(name: str) -> None:
        passed[name] += 1
        if name == point:
            act(passed[name])

    faults.arm(reached)
    try:
        yield passed
    finally:
        faults.arm(None)


def nothing(nth: int) -> None:
    """Let it pass."""


def stop_at(nth: int, error: BaseException) -> Callable[[int], None]:
    def stop(now: int) -> None:
        if now == nth:
            raise error

    return stop


class Killed(BaseException):
    """As if the process had been killed."""


def started(
    count: int, *, spare: int = 0, office: Office | None = None, **options: Any
) -> tuple[Office, str, list[Any]]:
    office = office or Office()
    refs = office.invoices(count)
    run = office.ask(office.statement(-100 * count - spare), refs, **options).run.name
    return office, run, refs


def test_twenty_items_commit_together() -> None:
    office, run, _ = started(45)
    seen: list[int] = []
    with at("work.after_commit", lambda nth: seen.append(office.run(run).processed)) as passed:
        assert office.work(run) is Outcome.ENDED
    assert seen == [20, 40, 45]
    assert passed["work.after_document"] == 45
    assert office.run(run).status is RunStatus.COMPLETED
    office.check_books()


@pytest.mark.parametrize(("size", "chunks"), [(1, 5), (2, 3), (5, 1), (500, 1)])
def test_a_chunk_is_as_large_as_was_asked(size: int, chunks: int) -> None:
    office, run, _ = started(5, chunk_size=size)
    with at("", nothing) as passed:
        office.work(run)
    assert passed["work.after_commit"] == chunks


def test_a_killed_chunk_leaves_nothing_and_a_finished_one_is_not_done_again() -> None:
    office, run, refs = started(5, chunk_size=2)
    with at("work.after_document", stop_at(4, Killed())), pytest.raises(Killed):
        office.work(run)
    assert len(office.live_payments()) == 2
    assert office.item_statuses(run) == ["Succeeded", "Succeeded", "Pending", "Pending", "Pending"]
    office.clock.advance(11)
    with at("", nothing) as passed:
        assert office.work(run, "w2") is Outcome.ENDED
    assert passed["work.after_document"] == 3
    assert len(office.live_payments()) == 5
    assert {office.status_of(ref) for ref in refs} == {"Paid"}


def test_a_deadlock_retries_the_chunk_and_blames_no_item() -> None:
    office, run, _ = started(3)
    with at("work.before_commit", stop_at(1, Conflict("deadlock"))) as passed:
        assert office.work(run) is Outcome.ENDED
    assert passed["work.after_document"] == 6
    assert office.run(run).status is RunStatus.COMPLETED
    assert [row["attempt"] for row in office.rows.select("batch_item", {"run": run})] == [0, 0, 0]
    assert len(office.live_payments()) == 3


def test_a_lock_wait_at_an_item_counts_an_attempt_of_that_item_alone() -> None:
    office, run, _ = started(3)
    attempts: list[list[int]] = []

    def look(nth: int) -> None:
        attempts.append([row["attempt"] for row in office.rows.select("batch_item", {"run": run}, ("position",))])

    with at("books.after_ledger", stop_at(2, Conflict("lock wait"))), pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.clock, "sleep", lambda seconds: (look(0), office.clock.advance(seconds)))
        office.work(run)
    assert [0, 1, 0] in attempts
    assert office.run(run).status is RunStatus.COMPLETED


def test_a_commit_of_unknown_outcome_is_looked_up_not_guessed() -> None:
    for applied in (False, True):
        answers = iter([False, False, False, applied, not applied])  # claim twice, then the chunk before and after

        def broken(answers: Iterator[bool] = answers) -> None:
            if next(answers, False):
                raise OutcomeUnknown("gone")

        office, run, _ = started(3)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(office.rows, "_on_commit", broken)
            assert office.work(run) is Outcome.ENDED
        assert office.run(run).status is RunStatus.COMPLETED
        assert len(office.live_payments()) == 3
        office.check_books()


def test_a_failing_item_leaves_no_document_of_its_chunk() -> None:
    office, run, refs = started(5)
    office.pay(refs[3])
    paid_before = office.live_payments()
    with at("", nothing) as passed:
        office.work(run)
    assert passed["work.after_document"] == 3
    assert passed["undo.before_unit"] == 0
    assert office.live_payments() == paid_before
    assert office.run(run).status is RunStatus.FAILED
    assert str(refs[3]) in (office.run(run).error or "")
    assert office.item_statuses(run) == ["Skipped", "Skipped", "Skipped", "Failed", "Skipped"]


def test_a_failing_item_undoes_the_chunks_before_it() -> None:
    office, run, refs = started(5, chunk_size=2)
    office.pay(refs[4])
    office.work(run)
    assert office.item_statuses(run) == ["Undone"] * 4 + ["Failed"]
    assert [office.outstanding(ref) for ref in refs] == [10000] * 4 + [0]
    assert office.run(run).status is RunStatus.FAILED
    office.check_books()


def test_every_bad_item_is_named_where_the_user_wants_to_know_all() -> None:
    office, run, refs = started(6, chunk_size=2, stop_on_first_error=False)
    office.pay(refs[1])
    office.pay(refs[4])
    office.work(run)
    assert office.item_statuses(run) == ["Skipped", "Failed", "Skipped", "Skipped", "Failed", "Skipped"]
    assert "(and 1 more)" in (office.run(run).error or "")
    assert len(office.live_payments()) == 2
    assert {row["result_name"] for row in office.rows.select("batch_item", {"run": run})} == {None}


def test_an_unexpected_error_fails_its_item_and_says_which() -> None:
    office, run, _ = started(2)
    with at("books.after_payment", stop_at(2, KeyError("oops"))):
        office.work(run)
    assert office.run(run).error == "Unexpected error: KeyError: 'oops'"
    assert office.run(run).status is RunStatus.FAILED
    assert office.live_payments() == []


def test_one_payment_for_each_party_of_a_chunk() -> None:
    office = Office()
    refs = [office.invoice(party=party) for party in ("A", "B", "A", "A", "B")]
    run = office.ask(office.statement(-500), refs, per_party=True).run.name
    office.work(run)
    amounts = sorted(office.payment(name)["amount"] for name in office.live_payments())
    assert amounts == [20000, 30000]
    assert {office.status_of(ref) for ref in refs} == {"Paid"}
    office.check_books()


def test_of_a_party_only_the_guilty_invoice_fails() -> None:
    office = Office()
    refs = office.invoices(3)
    run = office.ask(office.statement(-300), refs, per_party=True, stop_on_first_error=False).run.name
    office.pay(refs[1])
    office.work(run)
    assert office.item_statuses(run) == ["Skipped", "Failed", "Skipped"]


def test_a_slow_chunk_is_committed_before_it_is_full() -> None:
    office, run, _ = started(6, office=Office(settings=EngineSettings(chunk_seconds=3.0)))
    seen: list[int] = []
    with at("books.after_payment", lambda nth: office.clock.advance(2.0)), pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            office.browser,
            "publish",
            lambda event, payload, **_: seen.append(payload.get("processed", -1)),
        )
        office.work(run)
    assert seen[:3] == [2, 4, 6]


def test_a_final_step_that_is_refused_undoes_everything() -> None:
    office, run, refs = started(3)
    with at("books.after_allocation", stop_at(1, DocumentError("Bank Transaction", "It may not be."))):
        office.work(run)
    assert office.run(run).status is RunStatus.FAILED
    assert office.item_statuses(run) == ["Undone"] * 3
    assert {office.status_of(ref) for ref in refs} == {"Unpaid"}
    assert office.rows.count("bank_transaction_payment") == 0


def test_a_party_is_paid_together_however_its_invoices_were_selected() -> None:
    office = Office()
    refs = [office.invoice(party=party) for _ in range(4) for party in ("A", "B", "C")]
    run = office.ask(office.statement(-1200), refs, per_party=True, chunk_size=4).run
    office.work(run.name)
    assert office.run(run.name).status is RunStatus.COMPLETED
    assert len(office.live_payments()) == 3  # each chunk of four is one party's


def test_a_party_at_the_edge_of_a_chunk_is_left_to_the_next() -> None:
    office = Office()
    refs = [office.invoice(party=party) for party in "AAABBBCC"]
    run = office.ask(office.statement(-800), refs, per_party=True, chunk_size=4).run.name
    office.work(run)
    amounts = sorted(office.payment(name)["amount"] for name in office.live_payments())
    assert amounts == [20000, 30000, 30000]  # not one payment more for the B that had room in the first chunk
    office.check_books()


def test_a_party_larger_than_a_chunk_gets_a_payment_a_chunk() -> None:
    office = Office()
    refs = [office.invoice(party=party) for party in "AABBBBBBBB"]
    run = office.ask(office.statement(-1000), refs, per_party=True, chunk_size=3).run.name
    office.work(run)
    amounts = sorted(office.payment(name)["amount"] for name in office.live_payments())
    assert amounts == [20000, 20000, 30000, 30000]
    assert office.run(run).status is RunStatus.COMPLETED


def test_more_is_committed_together_with_one_payment_a_party() -> None:
    assert (usual_chunk(per_party=False), usual_chunk(per_party=True)) == (20, 50)
    assert (usual_chunk(per_party=False, usual=200), usual_chunk(per_party=True, usual=200)) == (200, 200)
