"""What is refused up front: document, rule and remedy are named, and nothing in the database has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from imogi_finance.errors import IdempotencyConflict, NotPermitted, Problem, Refused
from tests.support.office import ANA, CASH, VIC, Office


def refused(office: Office, ask: Callable[[], Any]) -> tuple[Problem, ...]:
    """Assert that a request is refused and changes nothing; return its problems."""
    before = office.dump()
    with pytest.raises(Refused) as error:
        ask()
    assert office.dump() == before
    assert office.queue.rung == []
    assert all(
        problem.document and problem.rule and problem.message and problem.remedy for problem in error.value.problems
    )
    return error.value.problems


def only(problems: tuple[Problem, ...]) -> tuple[str, str]:
    assert len(problems) == 1, problems
    return problems[0].document, problems[0].rule


def test_an_unknown_bank_transaction() -> None:
    office = Office()
    ref = office.invoice()
    assert only(refused(office, lambda: office.ask("BT-9", [ref]))) == ("Bank Transaction BT-9", "unknown_transaction")


@pytest.mark.parametrize("docstatus", [0, 2])
def test_a_bank_transaction_that_is_not_submitted(docstatus: int) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    office.put("bank_transaction", [statement], docstatus=docstatus)
    assert only(refused(office, lambda: office.ask(statement, [ref])))[1] == "transaction_not_submitted"


def test_a_bank_transaction_with_nothing_unallocated() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    office.allocate(statement, office.pay(office.invoice()))
    assert only(refused(office, lambda: office.ask(statement, [ref])))[1] == "nothing_unallocated"


def test_an_unknown_invoice_and_an_unknown_voucher() -> None:
    office = Office()
    statement = office.statement(-100)
    rows = [{"doctype": "Purchase Invoice", "name": "PINV-9"}]
    problems = refused(office, lambda: office.ask(statement, rows, [office.voucher("PAY-9")]))
    assert [(p.document, p.rule) for p in problems] == [
        ("Purchase Invoice PINV-9", "unknown_invoice"),
        ("Payment Entry PAY-9", "unknown_voucher"),
    ]


@pytest.mark.parametrize("docstatus", [0, 2])
def test_an_invoice_or_voucher_that_is_not_submitted(docstatus: int) -> None:
    office = Office()
    ref, statement, payment = office.invoice(), office.statement(-200), office.pay(office.invoice())
    office.put("invoice", ref, docstatus=docstatus)
    office.put("payment", [payment], docstatus=docstatus)
    problems = refused(office, lambda: office.ask(statement, [ref], [office.voucher(payment)]))
    assert [problem.rule for problem in problems] == ["invoice_not_submitted", "voucher_not_submitted"]


@pytest.mark.parametrize("amounts", [(None, None), (1, 2), (None, 50), ("50", "50.00")])
def test_an_invoice_selected_twice_whatever_the_amounts(amounts: tuple[object, object]) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-500)
    rows = [office.row(ref, amount) for amount in amounts]
    assert only(refused(office, lambda: office.ask(statement, rows))) == (str(ref), "selected_twice")


def test_a_voucher_selected_twice() -> None:
    office = Office()
    statement, payment = office.statement(-500), office.pay(office.invoice())
    rows = [office.voucher(payment), office.voucher(payment)]
    assert "selected_twice" in [p.rule for p in refused(office, lambda: office.ask(statement, [], rows))]


def test_documents_in_a_live_run() -> None:
    office = Office()
    shared, other = office.invoice(), office.invoice()
    payment = office.pay(office.invoice())
    first, second = office.statement(-200), office.statement(-300)
    run = office.ask(first, [shared], [office.voucher(payment)]).run.name
    office.queue.rung.clear()
    problems = refused(office, lambda: office.ask(second, [shared, other], [office.voucher(payment)]))
    assert {(p.document, p.rule) for p in problems} == {
        (str(shared), "in_live_run"),
        (f"Payment Entry {payment}", "in_live_run"),
    }
    assert all(run in problem.message for problem in problems)
    assert only(refused(office, lambda: office.ask(first, [other]))) == (f"Bank Transaction {first}", "in_live_run")


def test_another_company() -> None:
    office = Office()
    with office.rows.transaction():
        office.rows.insert("company", {"name": "Zenith", "currency": "IDR"})
    ref, statement = office.invoice(company="Zenith"), office.statement(-100)
    assert only(refused(office, lambda: office.ask(statement, [ref]))) == (str(ref), "other_company")


def test_another_currency() -> None:
    office = Office()
    ref, statement = office.invoice(currency="USD"), office.statement(-100)
    assert only(refused(office, lambda: office.ask(statement, [ref]))) == (str(ref), "other_currency")


@pytest.mark.parametrize(
    ("amount", "doctype", "is_return"),
    [
        (100, "Purchase Invoice", False),
        (-100, "Sales Invoice", False),
        (-100, "Purchase Invoice", True),
        (100, "Sales Invoice", True),
    ],
)
def test_money_that_goes_the_other_way(amount: int, doctype: str, is_return: bool) -> None:
    office = Office()
    ref, statement = office.invoice(doctype=doctype, is_return=is_return), office.statement(amount)
    assert only(refused(office, lambda: office.ask(statement, [ref]))) == (str(ref), "wrong_direction")
    accepted = office.ask(office.statement(-amount), [ref])
    office.work(accepted.run.name)
    assert office.run(accepted.run.name).status.value == "Completed"
    office.check_books()


def test_a_voucher_that_goes_the_other_way_or_is_on_another_account() -> None:
    office = Office()
    payment, statement = office.pay(office.invoice()), office.statement(100)
    assert only(refused(office, lambda: office.ask(statement, [], [office.voucher(payment)])))[1] == "wrong_direction"
    cash, elsewhere = office.pay(office.invoice(), account=CASH), office.statement(-100, account="Other Bank - IDR")
    problem = only(refused(office, lambda: office.ask(elsewhere, [], [office.voucher(cash)])))
    assert problem == (f"Payment Entry {cash}", "other_bank_account")


@pytest.mark.parametrize(
    ("amount", "rule"),
    [
        (0, "amount_not_positive"),
        ("-1", "amount_not_positive"),
        ("100.01", "above_outstanding"),
        ("99.999", "too_many_decimals"),
    ],
)
def test_an_amount_that_cannot_be_paid(amount: object, rule: str) -> None:
    office = Office()
    statement = office.statement(-5000)
    for ref in (office.invoice(), office.invoice(doctype="Sales Invoice", is_return=True)):
        assert only(refused(office, lambda: office.ask(statement, [office.row(ref, amount)]))) == (str(ref), rule)  # noqa: B023


@pytest.mark.parametrize(
    ("amount", "rule"),
    [(0, "amount_not_positive"), ("100.01", "above_open_amount"), ("0.001", "too_many_decimals")],
)
def test_an_amount_that_cannot_be_allocated(amount: object, rule: str) -> None:
    office = Office()
    statement, payment = office.statement(-5000), office.pay(office.invoice())
    rows = [office.voucher(payment, amount)]
    assert only(refused(office, lambda: office.ask(statement, [], rows))) == (f"Payment Entry {payment}", rule)


def test_nothing_outstanding_and_nothing_open() -> None:
    office = Office()
    paid = office.invoice()
    payment = office.pay(paid)
    office.allocate(office.statement(-100), payment)
    statement = office.statement(-100)
    problems = refused(office, lambda: office.ask(statement, [paid], [office.voucher(payment)]))
    assert [problem.rule for problem in problems] == ["nothing_outstanding", "nothing_open"]


def test_a_selection_above_what_is_unallocated() -> None:
    office = Office()
    refs, statement = office.invoices(3, "40.01"), office.statement(-120)
    assert only(refused(office, lambda: office.ask(statement, refs))) == (
        f"Bank Transaction {statement}",
        "above_unallocated",
    )


def test_every_problem_is_named_at_once() -> None:
    office = Office()
    statement, good, dear, sale = (
        office.statement(-150),
        office.invoice(),
        office.invoice(),
        office.invoice(doctype="Sales Invoice"),
    )
    rows = [good, office.row(dear, 101), sale, {"doctype": "Purchase Invoice", "name": "PINV-9"}]
    problems = refused(office, lambda: office.ask(statement, rows))
    assert {problem.rule for problem in problems} == {
        "above_outstanding",
        "wrong_direction",
        "unknown_invoice",
        "above_unallocated",
    }


@pytest.mark.parametrize("user", ["nobody", "gone"])
def test_a_user_who_is_unknown_or_disabled(user: str) -> None:
    office = Office()
    with office.rows.transaction():
        office.rows.insert("user", {"name": "gone", "role": "Accounts Manager", "enabled": 0})
    ref, statement = office.invoice(), office.statement(-100)
    before = office.dump()
    with pytest.raises(NotPermitted):
        office.ask(statement, [ref], user=user)
    assert office.dump() == before


def test_a_user_who_may_look_but_not_pay() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    problem = only(refused(office, lambda: office.ask(statement, [ref], user=VIC)))
    assert problem == (f"Bank Transaction {statement}", "not_permitted")


@pytest.mark.parametrize("key", ["", "x" * 141, 5])
def test_a_key_that_cannot_be_used(key: Any) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    assert only(refused(office, lambda: office.ask(statement, [ref], key=key)))[1] == "idempotency_key"


def test_a_key_that_was_used_with_other_parameters() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    run = office.ask(statement, [ref], key="k").run.name
    office.queue.rung.clear()
    assert only(refused(office, lambda: office.ask(statement, [office.row(ref, 50)], key="k"))) == (
        f"Batch Run {run}",
        "idempotency_key_reused",
    )
    with pytest.raises(IdempotencyConflict):
        office.ask(statement, [ref], key="k", chunk_size=5, user=ANA)


@pytest.mark.parametrize(("docstatus", "words"), [(0, "It is a draft."), (2, "It is cancelled.")])
def test_a_document_that_is_not_submitted_is_told_apart_as_draft_or_cancelled(docstatus: int, words: str) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    office.put("invoice", ref, docstatus=docstatus)
    with pytest.raises(Refused) as refused:
        office.ask(statement, [ref])
    assert [problem.message for problem in refused.value.problems if problem.document == str(ref)] == [words]


def test_what_the_books_object_to_is_refused_with_everything_else() -> None:
    office = Office()
    statement, ref = office.statement(-100), office.invoice()
    with office.rows.transaction():
        office.rows.insert("setting", {"name": "closed_until", "value": "2026-03-31"})
    problems = refused(office, lambda: office.ask(statement, [office.row(ref, "100.01")]))
    assert {problem.rule for problem in problems} == {"above_unallocated", "above_outstanding", "period_closed"}
