"""The paid-status rule as pure functions (design, section 4)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imogi_finance.paid_status.rule import (
    Channel,
    Instalment,
    InvoiceFacts,
    PaymentFacts,
    channel,
    invoice_status,
    is_awaiting,
    is_confirmed,
)

TODAY = date(2026, 3, 16)
AMOUNTS = st.integers(1, 10**9).map(lambda minor: Decimal(minor) / 100)


def payment(**changes: object) -> PaymentFacts:
    facts = {
        "name": "PAY-1",
        "docstatus": 1,
        "channel": Channel.BANK,
        "references_invoice": True,
        "bank_amount": Decimal(100),
        "allocated": Decimal(0),
    }
    return PaymentFacts(**{**facts, **changes})  # type: ignore[arg-type]


def invoice(total: object, outstanding: object, awaiting: object = 0, **changes: object) -> InvoiceFacts:
    facts = {
        "docstatus": 1,
        "total": Decimal(str(total)),
        "outstanding": Decimal(str(outstanding)),
        "awaiting": Decimal(str(awaiting)),
        "due_date": TODAY + timedelta(days=30),
    }
    return InvoiceFacts(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("payment_type", "paid_from", "paid_to", "wanted"),
    [
        ("Pay", "Bank", "Payable", Channel.BANK),
        ("Pay", "Cash", "Payable", Channel.CASH),
        ("Pay", "Payable", "Bank", Channel.NEITHER),
        ("Receive", "Receivable", "Bank", Channel.BANK),
        ("Receive", "Receivable", "Cash", Channel.CASH),
        ("Receive", "Bank", "Receivable", Channel.NEITHER),
        ("Internal Transfer", "Bank", "Bank", Channel.NEITHER),
        ("Internal Transfer", "Bank", "Cash", Channel.NEITHER),
        ("Pay", None, None, Channel.NEITHER),
        ("Pay", "", "Payable", Channel.NEITHER),
    ],
)
def test_the_company_side_says_how_money_moves(
    payment_type: str, paid_from: str | None, paid_to: str | None, wanted: Channel
) -> None:
    assert channel(payment_type, paid_from, paid_to) is wanted


@given(AMOUNTS, AMOUNTS)
def test_a_payment_is_confirmed_when_the_statement_covers_all_of_it(bank_amount: Decimal, allocated: Decimal) -> None:
    assert is_confirmed(bank_amount, allocated) == (allocated >= bank_amount)


@given(AMOUNTS)
def test_one_unit_less_does_not_confirm(bank_amount: Decimal) -> None:
    assert is_confirmed(bank_amount, bank_amount)
    assert not is_confirmed(bank_amount, bank_amount - Decimal("0.01"))


def test_a_payment_of_nothing_is_never_confirmed() -> None:
    assert not is_confirmed(Decimal(0), Decimal(0))


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_more_allocated_never_unconfirms(bank_amount: Decimal, allocated: Decimal, more: Decimal) -> None:
    before = is_awaiting(payment(bank_amount=bank_amount, allocated=allocated))
    after = is_awaiting(payment(bank_amount=bank_amount, allocated=allocated + more))
    assert before >= after


def test_a_bank_payment_awaits_its_statement_from_before_it_is_submitted() -> None:
    assert is_awaiting(payment(docstatus=0))
    assert is_awaiting(payment(docstatus=1))
    assert is_awaiting(payment(allocated=Decimal("99.99")))


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": Channel.CASH},
        {"channel": Channel.NEITHER},
        {"references_invoice": False},
        {"allocated": Decimal(100)},
        {"allocated": Decimal(101)},
        {"docstatus": 2},
        {"rule_on": False},
    ],
)
def test_what_awaits_nothing(changes: dict[str, object]) -> None:
    assert not is_awaiting(payment(**changes))


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        (invoice(100, 0), "Paid"),
        (invoice(100, 100), "Unpaid"),
        (invoice(100, 40), "Partly Paid"),
        (invoice(100, 0, 100), "Unpaid"),  # a bank payment was submitted
        (invoice(100, 0, 60), "Partly Paid"),  # bank and cash on one invoice
        (invoice(100, 40, 60), "Unpaid"),
        (invoice(100, 0, 100, due_date=TODAY - timedelta(days=1)), "Overdue"),
        (invoice(100, 0, 60, due_date=TODAY - timedelta(days=1)), "Overdue"),
        (invoice(100, 100, due_date=TODAY), "Unpaid"),
        (invoice(100, 0, due_date=TODAY - timedelta(days=1)), "Paid"),
        (invoice(100, 0, 100, docstatus=2), "Cancelled"),
        (invoice(100, 100, docstatus=0), "Draft"),
        (invoice(-100, -100, is_return=True), "Return"),
        (invoice(-100, 0, -100, is_return=True), "Return"),
        (invoice(-100, 0, is_return=True), "Return"),
        (invoice(100, 0, is_returned=True), "Debit Note Issued"),
        (invoice(100, 0, is_returned=True, returned_status="Credit Note Issued"), "Credit Note Issued"),
        (invoice(100, 0, 100, is_returned=True), "Unpaid"),
        (invoice(100, 0, 100, is_internal_transfer=True), "Internal Transfer"),
        (invoice(100, 0, 100, is_discounted=True), "Unpaid and Discounted"),
        (invoice(100, 0, 60, is_discounted=True), "Partly Paid and Discounted"),
        (invoice(100, 0, 100, is_discounted=True, due_date=TODAY - timedelta(days=1)), "Overdue and Discounted"),
        (invoice(100, 0, is_discounted=True), "Paid"),
        (
            invoice(100, 100, due_date=TODAY - timedelta(days=1), schedule=(Instalment(TODAY, Decimal(100)),)),
            "Submitted",
        ),
    ],
)
def test_an_invoice_shows_the_status_it_had_without_its_awaiting_payments(facts: InvoiceFacts, wanted: str) -> None:
    assert invoice_status(facts, TODAY) == wanted


@given(AMOUNTS, st.data())
def test_holding_a_payment_is_the_same_as_not_having_it(total: Decimal, data: st.DataObject) -> None:
    paid = data.draw(st.integers(0, int(total * 100)).map(lambda minor: Decimal(minor) / 100))
    due = data.draw(st.sampled_from([TODAY - timedelta(days=1), TODAY + timedelta(days=1)]))
    held = invoice(total, total - paid, paid, due_date=due)
    assert invoice_status(held, TODAY) == invoice_status(invoice(total, total, due_date=due), TODAY)


@given(AMOUNTS, AMOUNTS)
def test_a_bank_payment_alone_never_makes_an_invoice_paid(total: Decimal, part: Decimal) -> None:
    paid = min(total, part)
    assert invoice_status(invoice(total, total - paid, paid), TODAY) == "Unpaid"
    assert (invoice_status(invoice(total, total - paid), TODAY) == "Paid") == (paid == total)


def test_instalments_fall_due_one_by_one() -> None:
    schedule = (Instalment(TODAY - timedelta(days=1), Decimal(40)), Instalment(TODAY + timedelta(days=9), Decimal(60)))
    late = TODAY + timedelta(days=10)
    assert invoice_status(invoice(100, 100, schedule=schedule), TODAY) == "Overdue"
    assert invoice_status(invoice(100, 60, schedule=schedule), TODAY) == "Partly Paid"
    assert invoice_status(invoice(100, 60, 40, schedule=schedule), TODAY) == "Overdue"
    assert invoice_status(invoice(100, 20, 40, schedule=schedule), TODAY) == "Partly Paid"
    assert invoice_status(invoice(100, 60, schedule=schedule), late) == "Overdue"
