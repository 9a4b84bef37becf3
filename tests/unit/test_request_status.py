"""Which status an Expense Request shows: from its approval, its invoice, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from imogi_finance.expense_requests.status import InvoiceFacts, RequestStatus, live_invoice, request_status


def invoice(status: str = "Unpaid", *, docstatus: int = 1, name: str = "PINV-1", returned: str = "0") -> InvoiceFacts:
    return InvoiceFacts(name, docstatus, status, total=Decimal(100), returned=Decimal(returned))


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (None, "Draft"),
        ("", "Draft"),
        ("Draft", "Draft"),
        ("Pending Review", "Pending Review"),
        ("Rejected", "Rejected"),
        ("Waiting for the Director", "Pending Review"),  # a state that the site added
    ],
)
def test_before_approval_a_request_shows_where_its_approval_stands(state: str | None, shown: str) -> None:
    assert request_status(0, state).value == shown


@pytest.mark.parametrize("state", ["Approved", "Released", None])
def test_a_submitted_request_is_approved_whatever_the_site_calls_it(state: str | None) -> None:
    assert request_status(1, state) is RequestStatus.APPROVED


@pytest.mark.parametrize(
    "status", ["Unpaid", "Overdue", "Partly Paid", "Submitted", "Internal Transfer", "Return", "Anything new"]
)
def test_a_request_whose_invoice_is_not_wholly_paid_and_confirmed_is_not_paid(status: str) -> None:
    assert request_status(1, "Approved", invoice(status)) is RequestStatus.PI_CREATED


def test_a_request_is_paid_when_its_invoice_shows_paid() -> None:
    assert request_status(1, "Approved", invoice("Paid")) is RequestStatus.PAID


@pytest.mark.parametrize("status", ["Draft", "Paid", "Debit Note Issued"])
def test_a_draft_invoice_pays_nothing_whatever_it_says(status: str) -> None:
    assert request_status(1, "Approved", invoice(status, docstatus=0)) is RequestStatus.PI_CREATED


def test_a_cancelled_invoice_leaves_the_request_approved() -> None:
    assert request_status(1, "Approved", invoice("Cancelled", docstatus=2)) is RequestStatus.APPROVED
    assert request_status(1, "Approved", None) is RequestStatus.APPROVED


@pytest.mark.parametrize(("returned", "shown"), [("0.01", "Paid"), ("99.99", "Paid"), ("100", "Returned")])
def test_a_debit_note_pays_nothing_by_itself(returned: str, shown: str) -> None:
    settled = invoice("Debit Note Issued", returned=returned)
    assert request_status(1, "Approved", settled).value == shown


@pytest.mark.parametrize("state", ["Approved", "Cancelled", None])
def test_a_cancelled_request_shows_nothing_else(state: str | None) -> None:
    assert request_status(2, state, invoice("Paid")) is RequestStatus.CANCELLED


def test_an_invoice_says_nothing_about_a_request_that_is_not_approved() -> None:
    assert request_status(0, "Pending Review", invoice("Paid")) is RequestStatus.PENDING_REVIEW


def test_the_live_invoice_is_the_one_that_is_not_cancelled() -> None:
    cancelled, draft = invoice("Cancelled", docstatus=2, name="PINV-1"), invoice("Draft", docstatus=0, name="PINV-1-1")
    assert live_invoice([cancelled, draft]) == draft
    assert live_invoice([cancelled]) is None
    assert live_invoice([]) is None


def test_of_two_live_invoices_the_submitted_one_counts_in_any_order() -> None:
    submitted, draft = invoice("Paid", name="PINV-1"), invoice("Draft", docstatus=0, name="PINV-2")
    assert live_invoice([submitted, draft]) == live_invoice([draft, submitted]) == submitted
