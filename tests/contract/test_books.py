"""The contracts of Books and PaidStatusBooks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from imogi_finance.bank_reconciliation.documents import Allocation, PaymentLine
from imogi_finance.errors import DocumentError, NotPermitted
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.rule import Channel
from tests.support.office import ANA, CASH, VIC, Office

HUNDRED = Decimal(100)


def refused(office: Office, change: Callable[[], Any], match: str, user: str = ANA) -> None:
    """Assert that a change is refused and leaves nothing."""
    before = office.dump()
    with pytest.raises(DocumentError, match=match):
        office.write(change, user)
    assert office.dump() == before


def test_documents_are_read_as_values_and_what_does_not_exist_is_left_out(office: Office) -> None:
    ref, gone, statement = office.invoice(), InvoiceRef("Sales Invoice", "SINV-9"), office.statement("-250.50")
    books = office.app.books
    assert set(books.invoices([ref, gone])) == {ref}
    assert books.invoices([ref])[ref].payable == HUNDRED
    transaction = books.bank_transaction(statement)
    assert transaction is not None
    assert (transaction.withdrawal, transaction.unallocated, transaction.is_withdrawal) == (
        Decimal("250.50"),
        Decimal("250.50"),
        True,
    )
    assert books.bank_transaction("BT-9") is None
    assert books.vouchers(["PAY-9"]) == {}


def test_a_payment_is_submitted_posted_and_says_whose_run_it_is_of(office: Office) -> None:
    refs, statement = office.invoices(2), office.statement(-150)
    transaction = office.app.books.bank_transaction(statement)
    assert transaction is not None
    lines = [PaymentLine(refs[0], HUNDRED), PaymentLine(refs[1], Decimal(50))]
    payment = office.write(lambda: office.app.books.pay(transaction, lines, run=office.a_run))
    row = office.payment(payment)
    assert (row["amount"], row["batch_run"], row["owner"], row["docstatus"]) == (15000, office.a_run, ANA, 1)
    assert [office.outstanding(ref) for ref in refs] == [0, 5000]
    office.check_books()


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda office, ref: office.pay(ref), "Only IDR 0.00 is outstanding"),
        (lambda office, ref: office.pay(ref, amount="0.01"), "Only IDR 99.99 is outstanding"),
        (lambda office, ref: office.cancel_invoice(ref), "cancelled"),
        (lambda office, ref: office.close_books(), r"(?i)period is closed|closed \w+ period"),
    ],
)
def test_an_invoice_that_cannot_be_paid_any_more(
    office: Office, spoil: Callable[[Office, InvoiceRef], object], match: str
) -> None:
    ref, statement = office.invoice(), office.statement(-100)
    transaction = office.app.books.bank_transaction(statement)
    assert transaction is not None
    spoil(office, ref)
    refused(office, lambda: office.app.books.pay(transaction, [PaymentLine(ref, HUNDRED)], run=office.a_run), match)


def test_the_books_object_up_front_to_what_payments_would_stumble_over(office: Office) -> None:
    ref, payment, statement = office.invoice(), office.pay(office.invoice()), office.statement(-100)
    books = office.app.books
    transaction, invoices, vouchers = (
        books.bank_transaction(statement),
        books.invoices([ref]),
        books.vouchers([payment]),
    )
    assert transaction is not None
    assert list(books.objections(transaction, invoices.values(), vouchers.values())) == []
    office.close_books()
    [problem] = books.objections(transaction, invoices.values(), vouchers.values())
    assert (problem.document, problem.rule) == (transaction.document, "period_closed")
    assert list(books.objections(transaction, [], vouchers.values())) == []  # to allocate posts nothing


def test_invoices_that_are_held_are_paid_as_others(office: Office) -> None:
    refs, statement = office.invoices(2), office.statement(-200)
    books = office.app.books
    transaction = books.bank_transaction(statement)
    assert transaction is not None

    def pay_both() -> None:
        held = books.hold(refs)
        for ref in refs:
            books.pay(transaction, [PaymentLine(ref, HUNDRED)], run=office.a_run, held=held)

    office.write(pay_both)
    assert [office.outstanding(ref) for ref in refs] == [0, 0]
    office.check_books()


def test_a_payment_is_of_one_party(office: Office) -> None:
    lines = [PaymentLine(office.invoice(party=party), HUNDRED) for party in ("A", "B")]
    transaction = office.app.books.bank_transaction(office.statement(-200))
    assert transaction is not None
    refused(office, lambda: office.app.books.pay(transaction, lines, run=office.a_run), "another party")


def test_allocations_are_all_made_or_none(office: Office) -> None:
    good, bad = office.pay(office.invoice()), office.pay(office.invoice(), account=CASH)
    transaction = office.app.books.bank_transaction(office.statement(-200))
    assert transaction is not None
    allocations = [Allocation(good, HUNDRED), Allocation(bad, HUNDRED)]
    refused(office, lambda: office.app.books.allocate(transaction, allocations), "another account")


@pytest.mark.parametrize("amount", ["0", "-1", "100.01"])
def test_no_more_of_a_payment_is_allocated_than_it_has(office: Office, amount: str) -> None:
    payment = office.pay(office.invoice())
    transaction = office.app.books.bank_transaction(office.statement(-500))
    assert transaction is not None
    allocation = Allocation(payment, Decimal(amount))
    refused(office, lambda: office.app.books.allocate(transaction, [allocation]), "not covered")
    refused(office, lambda: office.app.books.check_voucher(transaction, allocation), "not covered")


def test_no_more_is_allocated_than_the_transaction_has(office: Office) -> None:
    payments = [office.pay(office.invoice()) for _ in range(2)]
    transaction = office.app.books.bank_transaction(office.statement(-150))
    assert transaction is not None
    allocations = [Allocation(payment, HUNDRED) for payment in payments]
    refused(office, lambda: office.app.books.allocate(transaction, allocations), "above what is unallocated")


def test_a_payment_that_two_transactions_race_for_is_allocated_once(office: Office) -> None:
    payment, first, second = office.pay(office.invoice()), office.statement(-100), office.statement(-100)
    stale = office.app.books.bank_transaction(second)
    assert stale is not None
    office.allocate(first, payment)
    refused(office, lambda: office.app.books.allocate(stale, [Allocation(payment, HUNDRED)]), "Only IDR 0.00")


def test_cancelling_twice_is_cancelling_once(office: Office) -> None:
    payment = office.pay(office.invoice())
    office.write(lambda: office.app.books.cancel_payment(payment))
    before = office.dump()
    office.write(lambda: office.app.books.cancel_payment(payment))
    assert office.dump() == before
    office.check_books()
    refused(office, lambda: office.app.books.cancel_payment("PAY-9"), "does not exist")


def test_who_may_only_look_can_change_nothing(office: Office) -> None:
    ref, payment, statement = office.invoice(), office.pay(office.invoice()), office.statement(-100)
    books, transaction = office.app.books, office.app.books.bank_transaction(statement)
    assert transaction is not None
    for change in (
        lambda: books.pay(transaction, [PaymentLine(ref, HUNDRED)], run=office.a_run),
        lambda: books.allocate(transaction, [Allocation(payment, HUNDRED)]),
        lambda: books.cancel_payment(payment),
    ):
        refused(office, change, "(?i)may not|permission", VIC)
    with pytest.raises(NotPermitted):
        office.write(lambda: books.check_may_pay(transaction), VIC)
    office.write(lambda: books.check_may_pay(transaction))


def test_the_facts_of_payments_and_invoices(office: Office) -> None:
    books = office.app.paid_status.books
    ref = office.invoice()
    payment, cash = office.pay(ref, amount=60), office.pay(ref, amount=40, account=CASH)
    office.allocate(office.statement(-20), payment, 20)
    facts = office.write(lambda: books.payment_facts([payment, cash, "PAY-9"]))
    invoices = office.write(lambda: books.invoice_facts([ref, InvoiceRef("Sales Invoice", "SINV-9")]))
    flags = office.write(lambda: books.awaiting_flags([payment, cash]))
    assert set(facts) == {payment, cash}
    assert (facts[payment].channel, facts[payment].bank_amount, facts[payment].allocated) == (Channel.BANK, 60, 20)
    assert facts[payment].references_invoice
    assert facts[cash].channel is Channel.CASH
    assert flags == {payment: True, cash: False}
    assert set(invoices) == {ref}
    assert (invoices[ref].total, invoices[ref].outstanding, invoices[ref].awaiting) == (100, 0, 60)
    assert books.invoices_of([payment, cash]) == [ref]
