"""The sample company is what it says, always the same, and quickly made."""

from __future__ import annotations

import sqlite3
import sys
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import Refused
from imogi_finance.sandbox import order_views, views
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.storage.sqlite import SqliteRows

from .conftest import SampleMaker
from .terminal import TODAY

SUBMIT = Options(submit=True)


def rows_of(app: App) -> SqliteRows:
    assert isinstance(app.rows, SqliteRows)
    return app.rows


def test_the_withdrawal_is_exactly_the_sum_of_the_unpaid_invoices(made: SampleMaker) -> None:
    app, sample = made()
    fitting = views.fitting_invoices(rows_of(app), sample.withdrawal)
    assert sorted(row["name"] for row in fitting) == sorted(sample.unpaid)
    assert len(fitting) == 40
    withdrawal = views.transaction(rows_of(app), sample.withdrawal)["transaction"]
    assert withdrawal["amount"] == sum(row["payable"] for row in fitting) == int(sample.total * 100)
    assert withdrawal["direction"] == "withdrawal"


def test_a_tenth_more_invoices_are_paid_in_cash_and_paid_at_once(made: SampleMaker) -> None:
    for count, cash in ((40, 4), (5, 3)):
        app, sample = made(invoices=count)
        statuses = {row["name"]: row["status"] for row in views.invoices(rows_of(app))["invoices"]}
        assert [statuses[name] for name in sample.cash] == ["Paid"] * cash
        assert views.payments(rows_of(app), waiting=True)["total"] == 0


def test_some_invoices_are_overdue_and_some_are_not(made: SampleMaker) -> None:
    # The sample is of a day long past for the books' own clock, so due dates are compared instead.
    app, sample = made()
    due = [row["due_date"] for row in views.fitting_invoices(rows_of(app), sample.withdrawal)]
    assert min(due) < TODAY.isoformat() < max(due)


def test_the_deposit_pays_some_sales_invoices_exactly(made: SampleMaker) -> None:
    app, sample = made()
    fitting = {row["name"]: row for row in views.fitting_invoices(rows_of(app), sample.deposit)}
    assert set(fitting) == {*sample.sales, sample.debit_note}
    assert fitting[sample.debit_note]["is_return"]
    assert fitting[sample.debit_note]["outstanding"] == -fitting[sample.debit_note]["payable"] < 0
    paid = sum(fitting[name]["payable"] for name in sample.paid_by_deposit)
    assert paid == views.transaction(rows_of(app), sample.deposit)["transaction"]["amount"]


def test_the_misfits_fit_no_bank_transaction(made: SampleMaker) -> None:
    app, sample = made()
    for transaction in (sample.withdrawal, sample.deposit):
        assert not {row["name"] for row in views.fitting_invoices(rows_of(app), transaction)} & set(sample.misfits)


def test_the_same_seed_makes_the_same_company_and_another_seed_another(made: SampleMaker) -> None:
    companies = []
    for seed in (1, 1, 2):
        app, _ = made(seed=seed)
        companies.append(rows_of(app).query("SELECT * FROM invoice ORDER BY doctype, name"))
    assert companies[0] == companies[1] != companies[2]


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("USD", 2), ("KWD", 3)])
def test_amounts_have_the_decimals_of_the_currency(made: SampleMaker, currency: str, decimals: int) -> None:
    app, sample = made(currency=currency)
    assert sample.total == round(sample.total, decimals) > 0
    assert views.ledger(rows_of(app))["balances"]
    assert len(views.fitting_invoices(rows_of(app), sample.withdrawal)) == 40


def test_one_invoice_is_a_sample_too(made: SampleMaker) -> None:
    _, sample = made(invoices=1)
    assert len(sample.unpaid) == 1
    assert sample.total > Decimal(0)


def test_a_sample_of_no_invoices_is_refused(made: SampleMaker) -> None:
    with pytest.raises(Refused, match="Choose 1 to"):
        made(invoices=0)


def test_orders_are_ready_but_for_six_each_of_another_kind(made: SampleMaker) -> None:
    app, sample = made(orders=40)
    assert sample.orders is not None
    known = {row["name"]: row for row in order_views.orders(rows_of(app))["orders"]}
    ready, held, bad = sample.orders.ready, sample.orders.held, sample.orders.bad
    assert (len(ready), len(held), len(bad)) == (34, 2, 4)
    assert set(known) == {*ready, *held, *bad}
    assert {known[name]["status"] for name in held} == {"On Hold", "Closed"}
    assert all(known[name]["unbilled"] == known[name]["grand_total"] > 0 for name in ready)
    assert sum(known[name]["unbilled"] for name in ready) == int(sample.orders.total * 100)
    assert not any(known[name]["drafts"] for name in ready)
    judged = app.invoicing.check_invoices_bulk([*ready, *held, *bad], user="budi", options=SUBMIT)
    assert [order.name for order in judged.ready] == list(ready)
    rules = {problem.rule for problem in judged.found}
    assert rules == {"on_hold", "closed", "order_not_submitted", "has_draft_invoice", "fully_billed", "credit_limit"}


def test_few_orders_are_all_ready_and_none_are_asked_for_without_a_number(made: SampleMaker) -> None:
    _, sample = made(orders=19)
    assert sample.orders is not None
    assert (len(sample.orders.ready), sample.orders.held, sample.orders.bad) == (19, (), ())
    assert made()[1].orders is None
    with pytest.raises(Refused, match="Choose 1 to"):
        made(orders=100_001)


def test_orders_leave_the_rest_of_the_sample_as_it_is(made: SampleMaker) -> None:
    (plain, without), (_, with_orders) = made(), made(orders=30)
    assert without == replace(with_orders, orders=None)
    assert plain.rows.count("sales_order") == 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="sqlite3 cannot lower its limits before Python 3.11")
def test_every_status_is_refreshed_however_few_values_a_statement_takes(made: SampleMaker) -> None:
    app, _ = made(invoices=1300)
    rows_of(app)._connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 1200)
    with app.rows.transaction():
        assert app.company.refresh_all() > 1300


def test_five_thousand_invoices_take_seconds_and_every_view_of_them_less_than_one(made: SampleMaker) -> None:
    began = time.process_time()
    app, sample = made(invoices=5000)
    assert time.process_time() - began < 15
    rows = rows_of(app)
    for view in (
        lambda: views.fitting_invoices(rows, sample.withdrawal),
        lambda: views.fitting_vouchers(rows, sample.withdrawal),
        lambda: views.invoices(rows),
        lambda: views.payments(rows),
        lambda: views.ledger(rows),
        lambda: views.transactions(rows),
    ):
        began = time.process_time()
        assert view() is not None
        assert time.process_time() - began < 1
