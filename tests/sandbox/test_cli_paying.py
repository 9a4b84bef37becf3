"""Single payments from the command line follow the rule: cash at once, bank when the statement says so."""

from __future__ import annotations

import pytest

from .terminal import Terminal


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    terminal.json("init", "--sample", "6")
    return terminal


def test_cash_pays_an_invoice_at_once(shop: Terminal) -> None:
    answer = shop.json("pay", "PINV-00001", "--from", "cash")
    assert (answer["waiting"], answer["status"]) == (False, "Paid")


def test_a_bank_payment_waits_and_the_invoice_is_not_paid(shop: Terminal) -> None:
    answer = shop.json("pay", "PINV-00001", "--from", "bank")
    assert answer["waiting"]
    assert answer["status"] in ("Unpaid", "Overdue")
    shown = shop.run("show", "payments", "--waiting").stdout
    assert "waiting for the bank" in shown
    assert "1 of them wait for the bank" in shown


def test_part_of_an_invoice_is_paid_on_a_given_day(shop: Terminal) -> None:
    before = shop.json("show", "invoices", "--status", "unpaid")["invoices"][0]
    shop.json("pay", before["name"], "--from", "cash", "--amount", "1000.50", "--date", "2026-01-31")
    (row,) = [row for row in shop.json("show", "invoices")["invoices"] if row["name"] == before["name"]]
    assert row["outstanding"] == before["outstanding"] - 100_050
    assert row["status"] == "Partly Paid"
    assert shop.query("SELECT posting_date FROM payment ORDER BY name DESC LIMIT 1")[0]["posting_date"] == "2026-01-31"


def test_a_sales_invoice_is_paid_into_the_account(shop: Terminal) -> None:
    assert shop.json("pay", "SINV-00001", "--from", "cash")["status"] == "Paid"
    assert shop.json("show", "ledger")["balances"]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("PINV-99999", "--from", "cash"), "unknown_invoice"),
        (("PINV-00001", "--from", "cash", "--amount", "much"), "malformed"),
        (("PINV-00001", "--from", "cash", "--amount", "0"), "above_outstanding"),
        (("PINV-00001", "--from", "cash", "--amount", "-5"), "above_outstanding"),
        (("PINV-00001", "--from", "cash", "--amount", "99999999999"), "above_outstanding"),
        (("PINV-00001", "--from", "cash", "--amount", "1.001"), "too_many_decimals"),
        (("PINV-00011", "--from", "bank"), "no_account"),
        (("PINV-00007", "--from", "cash"), "above_outstanding"),
    ],
)
def test_a_payment_that_is_not_possible_is_refused(shop: Terminal, words: tuple[str, ...], rule: str) -> None:
    shop.refused("pay", *words, rule=rule)


def test_a_closed_period_refuses_payments_and_their_cancelling(shop: Terminal) -> None:
    rows = shop.rows()
    with rows.transaction():
        rows.insert("setting", {"name": "closed_until", "value": "2999-12-31"})
    rows.close()
    shop.refused("pay", "PINV-00001", "--from", "cash", rule="document")
    shop.refused("cancel-payment", "PAY-00001", rule="document")


def test_cancelling_a_payment_opens_its_invoice_again(shop: Terminal) -> None:
    payment = shop.json("pay", "PINV-00001", "--from", "cash")["payment"]
    answer = shop.json("cancel-payment", payment)
    assert not answer["was_cancelled_before"]
    assert answer["invoices"][0]["name"] == "PINV-00001"
    assert answer["invoices"][0]["status"] in ("Unpaid", "Overdue")
    assert shop.json("cancel-payment", payment)["was_cancelled_before"]
    assert shop.json("show", "ledger")["balances"]


def test_a_payment_that_does_not_exist_is_refused(shop: Terminal) -> None:
    shop.json("pay", "PINV-00001", "--from", "cash")
    before = shop.contents()
    assert shop.json("cancel-payment", "PAY-99999", code=2)["error"]["problems"][0]["rule"] == "document"
    assert shop.contents() == before


def test_unreconciling_names_the_payments_that_wait_again(shop: Terminal) -> None:
    shop.json("reconcile", "BT-00001", "--all", "--in-process")
    assert shop.json("show", "payments", "--waiting")["total"] == 0
    answer = shop.json("unreconcile", "BT-00001")
    assert len(answer["payments"]) == 6
    assert answer["waiting"] == answer["payments"]
    assert shop.json("show", "payments", "--waiting")["total"] == 6
    assert shop.json("show", "transactions", "--status", "unreconciled")["total"] == 2
    assert "Nothing was reconciled" in shop.run("unreconcile", "BT-00001").stdout


def test_an_unknown_transaction_cannot_be_unreconciled(shop: Terminal) -> None:
    shop.refused("unreconcile", "BT-99999", rule="unknown_transaction")
