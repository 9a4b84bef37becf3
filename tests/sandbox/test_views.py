"""The screens show the books as they are, in the shapes of the page's contract."""

from __future__ import annotations

import pytest

from imogi_finance.batch.presenting import items_json, run_json
from imogi_finance.errors import Refused
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox import views
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.sample import Sample
from imogi_finance.sandbox.storage.sqlite import SqliteRows

from .conftest import SampleMaker
from .terminal import TODAY

INVOICE_KEYS = {
    *("doctype", "name", "party", "posting_date", "due_date", "reference", "grand_total", "outstanding", "payable"),
    *("status", "is_return", "in_run"),
}
TRANSACTION_KEYS = {
    *("name", "date", "company", "description", "reference_number", "bank_account", "currency", "exponent"),
    *("direction", "amount", "allocated", "unallocated", "status", "live_run"),
}
STATUS_KEYS = {
    *("job_id", "kind", "title", "status", "phase", "current", "total", "percentage", "processed", "succeeded"),
    *("failed", "undone", "message", "error", "requested_by", "company", "bank_transaction", "amount", "currency"),
    *("exponent", "created_at", "started_at", "ended_at", "elapsed_seconds", "can_cancel", "can_retry"),
    *("cancel_requested", "failed_items", "failed_items_total"),
}


def rows_of(app: App) -> SqliteRows:
    assert isinstance(app.rows, SqliteRows)
    return app.rows


def ask(app: App, sample: Sample, *names: str, transaction: str | None = None) -> str:
    """Store a run over purchase invoices (all unpaid ones where none is named); return its name."""
    chosen = [{"doctype": "Purchase Invoice", "name": name} for name in names or sample.unpaid]
    return app.reconciliation.create_payment_entries_bulk(
        transaction or sample.withdrawal, chosen, user="budi"
    ).run.name


def pay(app: App, name: str, account_type: str, doctype: str = "Purchase Invoice") -> str:
    with app.rows.transaction(), app.users.acting_as("budi", undoing=False):
        return app.company.pay_invoice(InvoiceRef(doctype, name), account_type=account_type, on=TODAY)


def test_shapes_are_those_of_the_contract(made: SampleMaker) -> None:
    app, sample = made()
    rows = rows_of(app)
    assert set(views.transactions(rows)[0]) == TRANSACTION_KEYS
    assert set(views.fitting_invoices(rows, sample.withdrawal)[0]) >= INVOICE_KEYS
    info = views.company_info(rows, user="budi", threshold=50, chunk_sizes=(20, 50), workers=None)
    assert info["queue"] == {"up": False, "workers": 0}
    assert (info["currency"], info["exponent"]) == ("IDR", 2)
    status = run_json(app.control.status(ask(app, sample), user="budi"))
    assert set(status) >= STATUS_KEYS
    assert isinstance(status["amount"], int)


def test_a_live_run_is_shown_on_its_transaction_and_invoices_and_gone_when_it_ended(made: SampleMaker) -> None:
    app, sample = made()
    rows = rows_of(app)
    run = ask(app, sample, *sample.unpaid[:2])
    in_run = {row["name"]: row["in_run"] for row in views.fitting_invoices(rows, sample.withdrawal)}
    assert {name for name, of in in_run.items() if of == run} == set(sample.unpaid[:2])
    assert views.transaction(rows, sample.withdrawal)["transaction"]["live_run"] == run
    app.control.cancel(run, user="budi")
    assert {row["in_run"] for row in views.fitting_invoices(rows, sample.withdrawal)} == {None}
    assert views.transaction(rows, sample.withdrawal)["transaction"]["live_run"] is None


def test_a_bank_payment_that_waits_fits_as_a_voucher_and_a_cash_payment_does_not(made: SampleMaker) -> None:
    app, sample = made()
    rows = rows_of(app)
    waiting = pay(app, sample.unpaid[0], "Bank")
    pay(app, sample.unpaid[1], "Cash")
    (voucher,) = views.fitting_vouchers(rows, sample.withdrawal)
    assert (voucher["doctype"], voucher["name"], voucher["in_run"]) == ("Payment Entry", waiting, None)
    assert views.fitting_vouchers(rows, sample.deposit) == []
    states = {row["name"]: row["state"] for row in views.payments(rows)["payments"]}
    assert states[waiting] == "waiting for the bank"
    assert sorted(states.values()) == ["paid in cash"] * 5 + ["waiting for the bank"]


def test_a_payment_that_a_live_run_made_is_shown_as_that_runs(made: SampleMaker) -> None:
    app, sample = made()
    rows = rows_of(app)
    run = ask(app, sample)
    payment = pay(app, sample.unpaid[0], "Bank")
    with rows.transaction():
        rows.update("payment", (payment,), {"batch_run": run})
    assert [row["in_run"] for row in views.fitting_vouchers(rows, sample.withdrawal)] == [run]


def test_a_reconciled_transaction_shows_its_rows_and_counts_all_of_them(made: SampleMaker) -> None:
    app, sample = made(invoices=230)
    app.engine.work(ask(app, sample), holder="test")
    shown = views.transaction(rows_of(app), sample.withdrawal)
    assert (len(shown["rows"]), shown["rows_total"]) == (200, 230)
    assert shown["transaction"]["status"] == "Reconciled"
    assert shown["transaction"]["allocated"] == shown["transaction"]["amount"]
    assert views.fitting_invoices(rows_of(app), sample.withdrawal) == []
    assert views.payments(rows_of(app), waiting=True)["total"] == 0


def test_filters_and_pages_cut_the_list_but_not_its_sums(made: SampleMaker) -> None:
    app, _ = made()
    rows = rows_of(app)
    everything = views.invoices(rows, status="Paid")
    page = views.invoices(rows, status="Paid", page=views.Page(2, 1))
    assert page["invoices"] == everything["invoices"][1:3]
    assert (page["total"], page["sums"]) == (4, everything["sums"])
    assert page["sums"][0]["grand_total"] == sum(row["grand_total"] for row in everything["invoices"])


@pytest.mark.parametrize("text", ["'", "%", "_", "\\", "' OR 1=1 --", "x" * 1000])
def test_a_search_text_is_text_not_sql(made: SampleMaker, text: str) -> None:
    app, _ = made()
    assert views.invoices(rows_of(app), party=text)["total"] == 0


def test_the_search_for_a_party_minds_no_capitals(made: SampleMaker) -> None:
    app, _ = made()
    assert views.invoices(rows_of(app), party="nordwind")["total"] == 1


def test_the_trial_balance_adds_up_by_currency_and_says_when_it_does_not(made: SampleMaker) -> None:
    app, _ = made()
    rows = rows_of(app)
    before = views.ledger(rows)
    assert before["balances"]
    assert [total["currency"] for total in before["totals"]] == ["IDR", "USD"]
    assert sum(row["balance"] for row in before["accounts"]) == 0
    with rows.transaction():
        entry = rows.select("ledger_entry", {"currency": "USD"}, limit=1)[0]
        key = (entry["voucher_type"], entry["voucher"], entry["line"])
        rows.update("ledger_entry", key, {"debit": entry["debit"] + 1})
    after = views.ledger(rows)
    assert not after["balances"]
    assert [total["balances"] for total in after["totals"]] == [True, False]


def test_an_unknown_transaction_is_refused(made: SampleMaker) -> None:
    app, _ = made()
    for view in (views.transaction, views.fitting_invoices, views.fitting_vouchers):
        with pytest.raises(Refused, match="BT-99999"):
            view(rows_of(app), "BT-99999")


def test_runs_are_listed_newest_first_and_by_status(made: SampleMaker) -> None:
    app, sample = made()
    first = ask(app, sample, sample.unpaid[0])
    app.control.cancel(first, user="budi")
    second = ask(app, sample, sample.unpaid[1])
    assert [run["job_id"] for run in views.runs(app, user="budi")["runs"]] == [second, first]
    cancelled = views.runs(app, user="budi", status="Cancelled")
    assert ([run["job_id"] for run in cancelled["runs"]], cancelled["total"]) == ([first], 1)


def test_a_yen_has_no_decimals(made: SampleMaker) -> None:
    app, sample = made(currency="JPY")
    status = run_json(app.control.status(ask(app, sample), user="budi"))
    assert (status["amount"], status["exponent"]) == (int(sample.total), 0)
    items = items_json(app.control.items(status["job_id"], user="budi")["items"], currency="JPY")
    assert sum(item["amount"] for item in items) == int(sample.total)
