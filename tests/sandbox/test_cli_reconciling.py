"""``reconcile`` in this process: what it selects, what it refuses, and how a run is looked at afterwards."""

from __future__ import annotations

import pytest

from .terminal import Terminal


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    terminal.json("init", "--sample", "20")
    return terminal


def reconcile(shop: Terminal, *words: str, code: int = 0) -> dict[str, object]:
    return shop.json("reconcile", "BT-00001", *words, "--in-process", code=code)


def test_all_that_fits_is_paid_and_the_transaction_reconciled(shop: Terminal) -> None:
    answer = reconcile(shop, "--all")
    assert (answer["status"], answer["succeeded"], answer["is_new"]) == ("Completed", 20, True)
    (withdrawal,) = shop.json("show", "transactions", "--direction", "withdrawal")["transactions"]
    assert (withdrawal["status"], withdrawal["unallocated"]) == ("Reconciled", 0)
    assert shop.json("show", "ledger")["balances"]


def test_the_end_is_told_to_people(shop: Terminal) -> None:
    result = shop.run("reconcile", "BT-00001", "--all", "--in-process")
    assert result.exit_code == 0
    assert "✓ 20 documents for IDR" in result.stdout


def test_named_invoices_and_amounts_are_paid_and_no_others(shop: Terminal) -> None:
    answer = reconcile(shop, "--invoice", "PINV-00001", "--invoice", "PINV-00002=1000.50")
    assert answer["succeeded"] == 2
    amounts = [row["amount"] for row in shop.json("show", "payments", "--run", str(answer["job_id"]))["payments"]]
    assert 100_050 in amounts
    assert len(amounts) == 2


def test_one_payment_for_each_party(shop: Terminal) -> None:
    answer = reconcile(shop, "--all", "--per-party")
    parties = shop.query("SELECT count(DISTINCT party) AS n FROM invoice WHERE name <= 'PINV-00020'")[0]["n"]
    assert answer["result"]["payments"] == parties  # type: ignore[index]


def test_a_payment_that_exists_is_allocated_as_well(shop: Terminal) -> None:
    payment = shop.json("pay", "PINV-00003", "--from", "bank")["payment"]
    answer = reconcile(shop, "--all", "--voucher", payment)
    assert answer["succeeded"] == 20
    assert shop.json("show", "payments", "--waiting")["total"] == 0


def test_the_same_key_gets_the_same_run_and_pays_nothing_twice(shop: Terminal) -> None:
    first = reconcile(shop, "--all", "--key", "oktober")
    payments = shop.json("show", "payments")["total"]
    again = reconcile(shop, "--all", "--key", "oktober")
    assert (again["job_id"], again["is_new"]) == (first["job_id"], False)
    assert shop.json("show", "payments")["total"] == payments


def test_the_same_key_with_other_parameters_is_refused(shop: Terminal) -> None:
    reconcile(shop, "--invoice", "PINV-00001", "--key", "k")
    words = ("reconcile", "BT-00001", "--in-process", "--key", "k", "--invoice", "PINV-00002")
    shop.refused(*words, rule="idempotency_key_reused")


REFUSED = {
    "unknown transaction": (("BT-99999", "--all"), "unknown_transaction"),
    "more than is unallocated": (("BT-00002", "--all"), "above_unallocated"),
    "unknown invoice": (("BT-00001", "--invoice", "PINV-99999"), "unknown_invoice"),
    "wrong direction": (("BT-00001", "--invoice", "SINV-00001"), "wrong_direction"),
    "no amount": (("BT-00001", "--invoice", "PINV-00001=much"), "malformed"),
    "empty amount": (("BT-00001", "--invoice", "PINV-00001="), "malformed"),
    "more than outstanding": (("BT-00001", "--invoice", "PINV-00001=99999999999"), "above_outstanding"),
    "selected twice": (("BT-00001", "--invoice", "PINV-00001", "--invoice", "PINV-00001"), "selected_twice"),
    "other currency": (("BT-00001", "--invoice", "PINV-00025"), "other_currency"),
    "unknown voucher": (("BT-00001", "--voucher", "PAY-99999"), "unknown_voucher"),
    "cash voucher": (("BT-00001", "--voucher", "PAY-00001"), "other_bank_account"),
    "key too long": (("BT-00001", "--all", "--key", "k" * 200), "idempotency_key"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_breaks_a_rule_is_refused_and_nothing_changed(shop: Terminal, kind: str) -> None:
    words, rule = REFUSED[kind]
    shop.refused("reconcile", *words, "--in-process", rule=rule)


def test_too_much_is_refused_with_the_difference(shop: Terminal) -> None:
    words = shop.refused("reconcile", "BT-00002", "--all", rule="above_unallocated")
    assert "more than is unallocated" in words


def test_nothing_that_fits_is_said(shop: Terminal) -> None:
    reconcile(shop, "--invoice", "PINV-00001=1")
    rows = shop.rows()
    with rows.transaction():
        rows.update_where("invoice", {"doctype": "Purchase Invoice"}, {"outstanding": 0})
    rows.close()
    shop.refused("reconcile", "BT-00001", "--all", rule="nothing_fits")


def test_without_waiting_a_run_is_stored_and_the_way_on_is_told(shop: Terminal) -> None:
    result = shop.run("reconcile", "BT-00001", "--all", "--no-wait")
    assert result.exit_code == 0
    assert "No worker is alive" in result.stdout
    assert "run status RUN-00001 --watch" in result.stdout
    assert shop.json("run", "status", "RUN-00001")["status"] == "Pending"
    assert "Run RUN-00001 is working on it" in shop.refused("reconcile", "BT-00001", "--all", rule="in_live_run")


def test_a_run_that_nobody_took_up_is_cancelled_at_once(shop: Terminal) -> None:
    shop.json("reconcile", "BT-00001", "--all", "--no-wait")
    assert shop.json("run", "cancel", "RUN-00001")["status"] == "Cancelled"
    shop.refused("run", "cancel", "RUN-00001", rule="not_cancellable")
    items = shop.json("run", "items", "RUN-00001", "--status", "skipped", "--limit", "5")
    assert (len(items["items"]), items["total"]) == (5, 20)
    assert all(isinstance(item["amount"], int) for item in items["items"])


def test_a_run_that_fails_is_undone_told_and_exits_with_1(shop: Terminal) -> None:
    shop.json("reconcile", "BT-00001", "--all", "--no-wait")
    shop.json("pay", "PINV-00003", "--from", "cash")
    before = shop.json("show", "invoices")["sums"]
    rows = shop.rows()
    rows.close()
    work_here(shop, "RUN-00001")
    answer = shop.json("run", "status", "RUN-00001", "--watch", code=1)
    assert answer["status"] == "Failed"
    assert answer["failed_items"][0]["name"] == "PINV-00003"
    result = shop.run("run", "status", "RUN-00001", "--watch")
    assert result.exit_code == 1
    assert "Everything was undone, because: Purchase Invoice PINV-00003" in result.stdout
    assert shop.json("show", "invoices")["sums"] == before
    assert shop.json("show", "ledger")["balances"]
    shop.refused("run", "retry", "RUN-00001", rule="nothing_outstanding")


def work_here(shop: Terminal, run: str) -> None:
    from imogi_finance.sandbox.opening import open_app

    with open_app(shop.home) as app:
        app.engine.work(run, holder="test")


@pytest.mark.parametrize("words", [("status",), ("cancel",), ("retry",), ("items",)])
def test_an_unknown_run_is_refused(shop: Terminal, words: tuple[str, ...]) -> None:
    shop.refused("run", *words, "RUN-99999", rule="unknown_run")
