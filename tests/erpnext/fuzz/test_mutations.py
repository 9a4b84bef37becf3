"""The shortest sequence for each mutation: nothing is wrong after it, but where the app is broken in that way.

That random sequences come upon them too is what ``make bench-fuzz FUZZ=--mutations`` shows.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch_invoicing.options import Options as InvoicingOptions
from tests.erpnext.fuzz.machine import Books
from tests.erpnext.fuzz.mutations import MUTATIONS, mutated
from tests.erpnext.fuzz.sequence import Paper, Sequence, Violation
from tests.erpnext.fuzz.shelf import ORDER, PURCHASE
from tests.erpnext.fuzz.tally import Tally


def _cancelled_line(books: Books) -> None:
    invoice = books.new_invoice(side=0, doctype=PURCHASE, sort="plain", amount=100, party=1)
    payment = books.pay(invoice=invoice, money="Bank", part=1)
    line = books.line_of_payment(payment=payment, part=1)
    books.reconcile(line=line, numbers=[0], fitting=True)
    books.cancel_line(line=line)


def _refunded_return(books: Books) -> None:
    invoice = books.new_invoice(side=0, doctype=PURCHASE, sort="plain", amount=100, party=1)
    note = books.make_return(invoice=invoice, part=1, against=False)
    books.pay(invoice=note, money="Bank", part=1)


def _journal_beside_a_payment(books: Books) -> None:
    invoice = books.new_invoice(side=0, doctype=PURCHASE, sort="plain", amount=100, party=1)
    books.pay(invoice=invoice, money="Bank", part=0.4)
    books.pay_by_journal(invoice=invoice)


def _run_with_a_voucher(books: Books) -> None:
    run = books.ask(side=0, doctype=PURCHASE, count=1, extra=True, options=Options())
    books.work_to_the_end(run=run)


def _second_company(books: Books) -> None:
    books.change_settings(which=1, clearance=False)
    invoice = books.new_invoice(side=1, doctype=PURCHASE, sort="plain", amount=100, party=1)
    books.pay(invoice=invoice, money="Bank", part=1)


def _order_on_a_draft(books: Books) -> None:
    order = books.new_order(side=0, amount=100, party=1)
    books.draft_order(order=order)
    _invoiced(books, order, books.new_order(side=0, amount=100, party=2))


def _draft_after_the_request(books: Books) -> None:
    order = books.new_order(side=0, amount=100, party=1)
    _invoiced(books, order, then=lambda: books.draft_order(order=order))


def _invoiced(books: Books, *orders: Paper, then: Callable[[], None] = lambda: None) -> None:
    numbers = [books.of(ORDER, side=0).index(order) for order in orders]
    run = books.ask_for_orders(orders=numbers, side=0, options=InvoicingOptions(submit=True))
    then()
    books.work_to_the_end(run=run)


SHORTEST: dict[str, Callable[[Books], None]] = {
    "cancelled lines keep confirming": _cancelled_line,
    "returns of the wrong sign": _refunded_return,
    "journals ignored": _journal_beside_a_payment,
    "vouchers not allocated": _run_with_a_voucher,
    "one rule for all companies": _second_company,
    "drafts of orders overlooked": _order_on_a_draft,
    "orders not looked at again": _draft_after_the_request,
}


@pytest.fixture
def books(site: str) -> Books:
    """A sequence whose steps a test takes itself."""
    Sequence.tally = Tally()
    return Books()


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_found_by_its_shortest_sequence(books: Books, name: str) -> None:
    SHORTEST[name](books)
    assert books.tally.rules
    assert {rule: count.refused + count.idle for rule, count in books.tally.rules.items() if not count.done} == {}
    books.must(books.problems())

    def broken() -> None:
        again = Books()
        with mutated(name):
            SHORTEST[name](again)
            again.must(again.problems())

    with pytest.raises(Violation):
        broken()
