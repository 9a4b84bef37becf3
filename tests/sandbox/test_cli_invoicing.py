"""``invoice`` and what follows it: which orders it takes, what it refuses, errors, cancel, retry, orders by hand."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from .terminal import Terminal, write
from .test_cli_reconciling import work_here


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    """A company with forty orders, of which two are held and four bad."""
    terminal.json("init", "--sample", "3", "--orders", "40")
    return terminal


def stored(shop: Terminal, *words: str) -> str:
    """Have orders invoiced by a run that nobody works yet; return its name."""
    return str(shop.json("invoice", *words, "--no-wait")["job_id"])


def worked(shop: Terminal, *words: str) -> dict[str, Any]:
    """Have orders invoiced by a run that is worked here; return how it ended."""
    name = stored(shop, *words)
    work_here(shop, name)
    return shop.json("run", "status", name)


def orders(shop: Terminal, status: str) -> list[str]:
    found = shop.json("show", "orders", "--status", status, "--limit", "100")["orders"]
    return [row["name"] for row in found]


def bad_orders(shop: Terminal, run: str) -> dict[str, str]:
    return {row["name"]: row["error"] for row in shop.json("run", "errors", run)["errors"]}


def test_all_open_orders_are_invoiced_and_each_bad_one_is_named(shop: Terminal) -> None:
    ended = worked(shop, "--all", "--submit")
    assert (ended["status"], ended["succeeded"], ended["left_out"]) == ("Completed with Errors", 34, 2)
    assert ended["succeeded"] + ended["failed"] + ended["left_out"] == ended["items_total"]
    assert ended["result"] == {"invoices": 34, "submitted": True}
    made = shop.json("show", "invoices", "--run", ended["job_id"])
    assert made["total"] == 34
    assert {row["status"] for row in made["invoices"]} == {"Unpaid"}
    assert sum(row["grand_total"] for row in made["sums"]) == ended["amount"]
    assert shop.json("show", "ledger")["balances"]


def test_without_submit_they_are_drafts_that_can_be_submitted_or_deleted(shop: Terminal) -> None:
    first, second = orders(shop, "To Bill")[:2]
    ended = worked(shop, "--order", first, "--order", second)
    assert (ended["status"], ended["result"]["submitted"]) == ("Completed", False)
    drafts = [row["name"] for row in shop.json("show", "invoices", "--run", ended["job_id"])["invoices"]]
    assert shop.json("show", "orders", "--limit", "100")["total"] == 40
    assert set(orders(shop, "To Bill")) >= {first, second}
    shop.json("submit-invoice", drafts[0])
    shop.json("delete-invoice", drafts[1])
    assert shop.json("order", "show", first)["order"]["status"] == "Completed"
    assert shop.json("order", "show", second)["order"]["drafts"] == ""
    shop.json("cancel-invoice", drafts[0])
    assert shop.json("order", "show", first)["order"]["status"] == "To Bill"
    assert shop.json("show", "ledger")["balances"]


def test_orders_are_taken_from_a_file(shop: Terminal, tmp_path: Path) -> None:
    names = orders(shop, "To Bill")[:3]
    path = write(tmp_path, "names.txt", "\ufeff" + "\r\n".join(names) + "\n\n")
    ended = worked(shop, "--orders-from", path, "--submit")
    assert (ended["status"], ended["succeeded"]) == ("Completed", 3)


def test_one_invoice_a_customer(shop: Terminal) -> None:
    ended = worked(shop, "--all", "--submit", "--one-per-customer")
    customers = {row["customer"] for row in shop.json("show", "orders", "--limit", "100")["orders"]}
    assert ended["succeeded"] == 34
    assert ended["result"]["invoices"] < len(customers)
    parties = [row["party"] for row in shop.json("show", "invoices", "--run", ended["job_id"])["invoices"]]
    assert len(set(parties)) == len(parties)


def test_only_what_is_delivered(shop: Terminal) -> None:
    (name, *_) = orders(shop, "To Deliver and Bill")
    found = shop.json("order", "show", name)
    delivered = found["order"]["delivered_unbilled"]
    if not delivered:
        shop.json("order", "deliver", name, "--share", "0.5")
        delivered = shop.json("order", "show", name)["order"]["delivered_unbilled"]
    ended = worked(shop, "--order", name, "--only-delivered", "--submit", "--posting-date", "2026-02-03")
    (made,) = shop.json("show", "invoices", "--run", ended["job_id"])["invoices"]
    assert (made["grand_total"], made["posting_date"]) == (delivered, "2026-02-03")
    assert ended["amount"] == delivered > 0


def test_what_is_said_beforehand_changes_nothing_and_is_what_happens(shop: Terminal) -> None:
    before = shop.contents()
    judged = shop.json("invoice", "--all", "--submit", "--check", code=1)
    assert shop.contents() == before
    assert (judged["ready"], judged["left_out_total"], judged["bad"]) == (34, 2, 2)
    ended = worked(shop, "--all", "--submit")
    assert (ended["succeeded"], ended["failed"], ended["amount"]) == (34, judged["bad"], judged["amount"])
    people = shop.run("invoice", "--order", "SO-99999", "--check", "--company", "PT Imogi Nusantara")
    assert people.exit_code == 1
    assert "It does not exist." in people.stdout


def test_errors_are_listed_and_written_as_csv(shop: Terminal, tmp_path: Path) -> None:
    run = worked(shop, "--all", "--submit")["job_id"]
    found = bad_orders(shop, run)
    assert len(found) == 2
    path = tmp_path / "errors.csv"
    shop.json("run", "errors", run, "--csv", str(path))
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["Document"]: row["Reason"] for row in rows} == found
    assert all(row["Status"] == "Failed" for row in rows)
    assert len(shop.json("run", "errors", run, "--left-out")["errors"]) == 4
    assert list(tmp_path.glob(".errors*")) == []


def test_mended_orders_go_through_on_retry(shop: Terminal) -> None:
    run = worked(shop, "--all", "--submit")["job_id"]
    for name, error in bad_orders(shop, run).items():
        if "draft invoice" in error:
            shop.json("delete-invoice", shop.json("order", "show", name)["order"]["drafts"])
    shop.json("credit-limit", "UD Kredit Terbatas", "none")
    shop.json("run", "retry", run, "--no-wait")
    work_here(shop, run)
    ended = shop.json("run", "status", run)
    assert (ended["status"], ended["succeeded"], ended["failed"]) == ("Completed", 36, 0)
    assert shop.json("show", "invoices", "--run", run)["total"] == 36


def test_a_cancelled_run_is_resumed_and_invoices_nothing_twice(shop: Terminal) -> None:
    run = stored(shop, "--all", "--submit")
    cancelled = shop.run("run", "cancel", run)
    assert "Cancelled" in cancelled.stdout
    told = shop.run("run", "status", run).stdout
    assert f"To go on: imogi-finance run retry {run}" in told
    again = shop.json("run", "retry", run, "--no-wait")
    assert (again["job_id"], again["status"]) == (run, "Pending")
    work_here(shop, run)
    assert shop.json("run", "status", run)["succeeded"] == 34
    twice = shop.query(
        """SELECT sales_order FROM invoice_line l JOIN invoice v ON v.name = l.invoice AND v.docstatus = 1
        GROUP BY sales_order, order_line HAVING count(*) > 1"""
    )
    assert twice == []


def test_the_end_is_told_to_people(shop: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")  # on a narrower terminal a run's title is cut, so that its numbers are not
    run = worked(shop, "--all", "--submit")["job_id"]
    result = shop.run("run", "status", run, "--watch")
    assert result.exit_code == 1
    for words in ("34 orders of PT Imogi Nusantara are invoiced, 2 failed", "34 invoices in", "2 left out on purpose"):
        assert words in result.stdout
    for name in bad_orders(shop, run):
        assert name in result.stdout
    assert f"Once mended: imogi-finance run retry {run}" in result.stdout
    assert "Invoice 38 orders" in shop.run("show", "runs").stdout


def test_the_same_key_gets_the_same_run(shop: Terminal) -> None:
    first = worked(shop, "--all", "--submit", "--key", "november")["job_id"]
    again = shop.json("invoice", "--all", "--submit", "--key", "november", code=1)
    assert (again["job_id"], again["is_new"]) == (first, False)
    words = ("invoice", "--all", "--key", "november")
    shop.refused(*words, rule="idempotency_key_reused")


def test_strict_starts_nothing_where_an_order_is_bad(shop: Terminal) -> None:
    words = shop.refused("invoice", "--all", "--submit", "--strict", rule="has_draft_invoice")
    assert "Submit or delete that draft" in words


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown order": (("--order", "SO-99999"), "unknown_order"),
    "selected twice": (("--order", "SO-00001", "--order", "SO-00001"), "selected_twice"),
    "other company": (("--order", "SO-00001", "--company", "Nobody"), "unknown_company"),
    "all of nobody": (("--all", "--company", "Nobody"), "unknown_company"),
    "update stock": (("--all", "--update-stock"), "no_stock"),
    "no way": ((), "usage"),
    "two ways": (("--all", "--order", "SO-00001"), "usage"),
    "no day": (("--all", "--posting-date", "tomorrow"), "usage"),
    "priority": (("--all", "--priority", "10"), "usage"),
    "no file": (("--orders-from", "/nowhere/names.txt"), "unreadable"),
    "key too long": (("--all", "--key", "k" * 200), "idempotency_key"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_breaks_a_rule_is_refused_and_nothing_changed(shop: Terminal, kind: str) -> None:
    words, rule = REFUSED[kind]
    shop.refused("invoice", *words, rule=rule)


def test_where_nothing_is_left_to_invoice_it_is_said(shop: Terminal) -> None:
    rows = shop.rows()
    with rows.transaction():
        rows.update_where("sales_order", {}, {"unbilled": 0})
    rows.close()
    shop.refused("invoice", "--all", rule="nothing_to_invoice")


def test_only_so_many_runs_of_a_user_wait(shop: Terminal) -> None:
    names = [*orders(shop, "To Bill"), *orders(shop, "To Deliver and Bill")]
    waiting = [stored(shop, "--order", name) for name in names[:10]]
    words = shop.refused("invoice", "--order", names[10], rule="too_many_waiting")
    assert waiting[0] in words
    shop.json("run", "cancel", waiting[0])
    assert stored(shop, "--order", names[10])


def test_what_people_do_with_orders_by_hand(shop: Terminal) -> None:
    (name, *_) = orders(shop, "To Deliver and Bill")
    for words, status in (("hold", "On Hold"), ("reopen", "To Deliver and Bill"), ("close", "Closed")):
        assert shop.json("order", words, name)["orders"] == [{"name": name, "status": status}]
    shop.refused("bill", name, rule="document")
    shop.refused("order", "deliver", name, rule="document")
    shop.refused("order", "submit", name, rule="document")
    shop.json("order", "reopen", name)
    assert shop.json("order", "deliver", name)["orders"][0]["status"] == "To Bill"
    made = shop.json("bill", name, "--submit")["invoices"][0]
    shop.refused("bill", name, rule="document")
    shop.refused("order", "cancel", name, rule="document")
    shop.json("pay", made, "--from", "cash")
    assert "paid" in shop.refused("cancel-invoice", made, rule="document")
    shop.refused("delete-invoice", made, rule="document")
    (draft,) = orders(shop, "Draft")
    assert shop.json("order", "submit", draft)["orders"][0]["status"].startswith("To ")
    shop.refused("order", "reopen", draft, rule="document")


def test_one_order_that_cannot_be_changed_keeps_all_as_they_were(shop: Terminal) -> None:
    (good, *_), (held,) = orders(shop, "To Bill"), orders(shop, "On Hold")
    shop.refused("order", "reopen", held, good, rule="document")


def test_a_credit_limit_is_set_and_taken_away(shop: Terminal) -> None:
    (limit,) = shop.json("credit-limit", "UD Kredit Terbatas", "1000.50")["limits"]
    assert (limit["customer"], limit["amount"], limit["owed"]) == ("UD Kredit Terbatas", 100_050, 0)
    shop.refused("credit-limit", "Nobody", "10", rule="unknown_customer")
    shop.refused("credit-limit", "UD Kredit Terbatas", "1.001", rule="too_many_decimals")
    shop.refused("credit-limit", "UD Kredit Terbatas", "much", rule="usage")
    assert shop.json("credit-limit", "UD Kredit Terbatas", "none")["limits"] == []
