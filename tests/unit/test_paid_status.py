"""Each row of the paid-status table (design, section 4), through the sandbox's books."""

from __future__ import annotations

import pytest

from imogi_finance.errors import DocumentError
from imogi_finance.sandbox.books.paid_status_books import CONFIRMED
from tests.support.office import ANA, BANK, CASH, COMPANY, OVERDUE, VIC, Office


def awaiting(office: Office, payment: str) -> int:
    return int(office.payment(payment)["awaiting"])


def test_a_cash_payment_pays_at_once() -> None:
    office = Office()
    ref = office.invoice()
    payment = office.pay(ref, account=CASH)
    assert (office.status_of(ref), awaiting(office, payment), office.outstanding(ref)) == ("Paid", 0, 0)
    office.check_books()


@pytest.mark.parametrize("doctype", ["Purchase Invoice", "Sales Invoice"])
def test_a_bank_payment_pays_when_the_statement_says_so(doctype: str) -> None:
    office = Office()
    ref = office.invoice(doctype=doctype)
    outgoing = doctype == "Purchase Invoice"
    payment = office.pay(ref, outgoing=outgoing)
    assert (office.status_of(ref), awaiting(office, payment)) == ("Unpaid", 1)
    assert office.outstanding(ref) == 0  # the ledger is never faked
    office.allocate(office.statement(-100 if outgoing else 100), payment)
    assert (office.status_of(ref), awaiting(office, payment)) == ("Paid", 0)
    comments = office.rows.select("comment", {"name": payment})
    assert [row["text"] for row in comments] == [CONFIRMED]
    office.check_books()


def test_an_overdue_invoice_stays_overdue_while_its_payment_is_held() -> None:
    office = Office()
    ref = office.invoice(due=OVERDUE)
    payment = office.pay(ref)
    assert office.status_of(ref) == "Overdue"
    office.allocate(office.statement(-100), payment)
    assert office.status_of(ref) == "Paid"


def test_an_invoice_becomes_overdue_while_its_payment_is_held() -> None:
    office = Office()
    ref = office.invoice(due=office.clock.now().date())
    office.pay(ref)
    assert office.status_of(ref) == "Unpaid"
    office.clock.advance(24 * 3600)
    office.write(office.app.company.refresh_all)
    assert office.status_of(ref) == "Overdue"


def test_bank_and_cash_on_one_invoice_are_partly_paid_until_the_bank_confirms() -> None:
    office = Office()
    ref = office.invoice()
    office.pay(ref, account=CASH, amount=40)
    bank = office.pay(ref)
    assert (office.status_of(ref), office.outstanding(ref)) == ("Partly Paid", 0)
    office.allocate(office.statement(-60), bank)
    assert office.status_of(ref) == "Paid"
    office.check_books()


def test_one_transaction_confirms_several_payments() -> None:
    office = Office()
    refs = office.invoices(3)
    payments = [office.pay(ref) for ref in refs]
    statement = office.statement(-300)
    for ref, payment in zip(refs, payments, strict=True):
        assert office.status_of(ref) == "Unpaid"
        office.allocate(statement, payment)
        assert office.status_of(ref) == "Paid"
    office.check_books()


def test_a_payment_over_two_transactions_waits_for_the_second() -> None:
    office = Office()
    ref = office.invoice()
    payment = office.pay(ref)
    office.allocate(office.statement(-60), payment, 60)
    assert (office.status_of(ref), awaiting(office, payment)) == ("Unpaid", 1)
    assert office.rows.select("bank_transaction")[0]["status"] == "Reconciled"  # which confirms nothing
    office.allocate(office.statement(-500), payment, 40)
    assert (office.status_of(ref), awaiting(office, payment)) == ("Paid", 0)
    assert office.rows.select("bank_transaction")[1]["status"] == "Unreconciled"
    office.check_books()


def test_one_payment_of_several_invoices_confirms_them_all() -> None:
    office = Office()
    refs = office.invoices(3)
    payment = office.pay(*refs)
    assert {office.status_of(ref) for ref in refs} == {"Unpaid"}
    office.allocate(office.statement(-300), payment)
    assert {office.status_of(ref) for ref in refs} == {"Paid"}


@pytest.mark.parametrize("act", ["unreconcile", "cancel_transaction"])
def test_a_statement_taken_back_takes_the_status_back(act: str) -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    payment = office.pay(ref)
    office.allocate(statement, payment)
    office.write(lambda: getattr(office.app.books, act)(statement))
    assert (office.status_of(ref), awaiting(office, payment), office.outstanding(ref)) == ("Unpaid", 1, 0)
    office.check_books()


def test_a_cancelled_payment_leaves_its_statement_and_its_invoice() -> None:
    office = Office()
    ref, statement = office.invoice(), office.statement(-100)
    payment = office.pay(ref)
    office.allocate(statement, payment)
    office.write(lambda: office.app.books.cancel_payment(payment))
    office.write(lambda: office.app.books.cancel_payment(payment))  # twice is once
    assert (office.status_of(ref), awaiting(office, payment), office.outstanding(ref)) == ("Unpaid", 0, 10000)
    row = office.rows.get("bank_transaction", statement)
    assert row is not None
    assert (row["status"], row["unallocated"]) == ("Unreconciled", 10000)
    assert office.rows.count("bank_transaction_payment") == 0
    office.check_books()


def test_a_held_payment_that_is_cancelled_was_never_there() -> None:
    office = Office()
    ref = office.invoice()
    payment = office.pay(ref)
    office.write(lambda: office.app.books.cancel_payment(payment))
    assert (office.status_of(ref), awaiting(office, payment)) == ("Unpaid", 0)


@pytest.mark.parametrize("doctype", ["Purchase Invoice", "Sales Invoice"])
def test_a_return_is_refunded_by_money_that_goes_the_other_way(doctype: str) -> None:
    office = Office()
    ref = office.invoice(doctype=doctype, is_return=True)
    outgoing = doctype == "Sales Invoice"
    payment = office.pay(ref, outgoing=outgoing)
    assert (office.status_of(ref), awaiting(office, payment), office.outstanding(ref)) == ("Return", 1, 0)
    office.allocate(office.statement(-100 if outgoing else 100), payment)
    assert (office.status_of(ref), awaiting(office, payment)) == ("Return", 0)
    office.check_books()


def test_a_bank_account_in_another_currency_follows_the_same_rule() -> None:
    office = Office()
    with office.rows.transaction():
        office.app.company.add_account(COMPANY, "Bank - JPY", "Bank", "JPY")
    ref = office.invoice(5000, currency="JPY")
    payment = office.pay(ref, account="Bank - JPY")
    assert (office.status_of(ref), office.payment(payment)["amount"]) == ("Unpaid", 5000)
    office.allocate(office.statement(-5000, account="Bank - JPY", currency="JPY"), payment)
    assert office.status_of(ref) == "Paid"
    office.check_books()


def test_with_the_rule_off_a_bank_payment_pays_at_once() -> None:
    office = Office()
    with office.rows.transaction():
        office.rows.insert("setting", {"name": "paid_status_rule", "value": "off"})
    ref = office.invoice()
    payment = office.pay(ref)
    assert (office.status_of(ref), awaiting(office, payment)) == ("Paid", 0)
    office.check_books()


def test_switching_the_rule_on_holds_what_is_refreshed() -> None:
    office = Office()
    with office.rows.transaction():
        office.rows.insert("setting", {"name": "paid_status_rule", "value": "off"})
    ref = office.invoice()
    payment = office.pay(ref)
    office.put("setting", ["paid_status_rule"], value="on")
    office.write(lambda: office.app.paid_status.refresh_payments([payment]))
    assert (office.status_of(ref), awaiting(office, payment)) == ("Unpaid", 1)


def test_refreshing_again_changes_nothing() -> None:
    office = Office()
    refs = office.invoices(3)
    payments = [office.pay(ref) for ref in refs]
    office.allocate(office.statement(-100), payments[0])
    before = office.dump()
    for _ in range(2):
        office.write(lambda: office.app.paid_status.refresh_payments(payments))
        office.write(office.app.company.refresh_all, ANA)
    assert office.dump() == before


def test_a_transaction_on_another_account_confirms_nothing() -> None:
    office = Office()
    ref = office.invoice()
    payment = office.pay(ref)
    statement = office.statement(-100, account="Other Bank - IDR")
    with office.rows.transaction():  # as only somebody with the database at hand could
        row = {"bank_transaction": statement, "line": 1, "doctype": "Payment Entry", "payment": payment}
        office.rows.insert("bank_transaction_payment", {**row, "allocated": 10000})
    office.write(lambda: office.app.paid_status.refresh_payments([payment]))
    assert office.status_of(ref) == "Unpaid"
    assert office.payment(payment)["account"] == BANK


def test_who_may_only_look_takes_nothing_off_a_statement() -> None:
    office = Office()
    statement, payment = office.statement(-100), office.pay(office.invoice())
    office.allocate(statement, payment)
    before = office.dump()
    with pytest.raises(DocumentError, match="may not change"):
        office.write(lambda: office.app.books.unreconcile(statement), VIC)
    assert office.dump() == before
