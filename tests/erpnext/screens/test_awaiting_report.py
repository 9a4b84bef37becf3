"""*Payments Awaiting Bank Reconciliation*: its figures against rows reckoned by hand, and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
import pytest
from frappe.desk.query_report import run as run_report

from tests.erpnext.screens.conftest import DOLLAR_RATE, Books

REPORT = "Payments Awaiting Bank Reconciliation"


@pytest.fixture(scope="module")
def books(new_books: Callable[[], Books]) -> Books:
    return new_books()


@pytest.fixture(scope="module")
def paid(books: Books) -> dict[str, str]:
    """Payments by a name that tells what the report must make of them."""
    made = {
        "fresh": books.pay("Purchase Invoice", 100, days=3),
        "partly covered": books.pay("Purchase Invoice", 250, days=10),
        "received": books.pay("Sales Invoice", 400, days=20, account=books.second_gl),
        "dollars": books.pay("Purchase Invoice", 10 * DOLLAR_RATE, days=40, account=books.dollar_gl),
        "confirmed since": books.pay("Purchase Invoice", 70, days=12),
        "draft": books.pay("Purchase Invoice", 999, days=12, submit=False),
        "cash": books.pay("Purchase Invoice", 888, days=12, account=books.office.cash_gl),
    }
    books.cover(made["partly covered"], 100, days=5)
    books.cover(made["dollars"], 4, days=30, bank_account=books.dollar_bank, currency="USD")
    books.cover(made["confirmed since"], 70, days=2)
    return made


def _run(books: Books, **filters: Any) -> dict[str, Any]:
    chosen = {"company": books.office.company, "as_on": str(books.today), "range": "7, 14, 30", **filters}
    return run_report(REPORT, filters=frappe.as_json(chosen), ignore_prepared_report=True)


def _lines(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["payment_entry"]: row for row in report["result"] if not row.get("is_total")}


def _totals(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["payment_entry"]: row for row in report["result"] if row.get("is_total")}


def test_each_payment_shows_what_is_covered_and_what_is_awaited(books: Books, paid: dict[str, str]) -> None:
    lines = _lines(_run(books))

    assert set(lines) == {paid[name] for name in ("fresh", "partly covered", "received", "dollars")}
    expected = {  # days, amount, covered, awaited, awaited in company currency, bucket
        "fresh": (3, 100, 0, 100, 100, "range1"),
        "partly covered": (10, 250, 100, 150, 150, "range2"),
        "received": (20, 400, 0, 400, 400, "range3"),
        "dollars": (40, 10, 4, 6, 6 * DOLLAR_RATE, "range4"),
    }
    for name, (days, amount, covered, awaited, base, bucket) in expected.items():
        row = lines[paid[name]]
        found = [row[field] for field in ("days", "amount", "covered", "awaited", "base_awaited")]
        assert found == [days, amount, covered, awaited, base], name
        filled = [field for field in ("range1", "range2", "range3", "range4") if row[field] is not None]
        assert (filled, row[bucket]) == ([bucket], base), name
    assert lines[paid["dollars"]]["currency"] == "USD"
    invoice = frappe.db.get_value("Payment Entry Reference", {"parent": paid["fresh"]}, "reference_name")
    assert lines[paid["fresh"]]["invoices"] == invoice


def test_totals_are_by_bank_account_and_over_all(books: Books, paid: dict[str, str]) -> None:
    report = _run(books, group_by_bank_account=1)

    totals = _totals(report)
    dollars = totals["Dollar Account (1)"]
    assert (dollars["awaited"], dollars["currency"], dollars["base_awaited"]) == (6, "USD", 90_000)
    first = totals["Current Account (2)"]
    assert (first["amount"], first["covered"], first["awaited"]) == (350, 100, 250)
    every = totals["Total (4)"]
    assert (every["base_awaited"], every["range1"], every["range2"], every["range3"], every["range4"]) == (
        90_650,
        100,
        150,
        400,
        90_000,
    )
    assert every["awaited"] is None  # rupiah and dollars do not add up
    # The chart says the same, the most awaited first.
    data = report["chart"]["data"]
    assert data["labels"] == ["Dollar Account", "Second Account", "Current Account"]
    assert [one["values"] for one in data["datasets"]] == [[0, 0, 100], [0, 0, 150], [0, 400, 0], [90_000, 0, 0]]
    summary = {one["label"]: one["value"] for one in report["report_summary"]}
    assert list(summary.values()) == [4, 90_650, 90_000, 40]


def test_a_day_in_the_past_shows_what_waited_then(books: Books, paid: dict[str, str]) -> None:
    # Three days back "confirmed since" was not covered, "fresh" was paid that very day; six days back the statement
    # had nothing for "partly covered" either, and "fresh" was not there yet.
    three = _lines(_run(books, as_on=str(books.day(3))))
    assert set(three) == {paid[name] for name in ("fresh", "partly covered", "received", "dollars", "confirmed since")}
    assert (three[paid["confirmed since"]]["awaited"], three[paid["confirmed since"]]["days"]) == (70, 9)
    assert three[paid["fresh"]]["days"] == 0

    six = _lines(_run(books, as_on=str(books.day(6))))
    assert set(six) == {paid[name] for name in ("partly covered", "received", "dollars", "confirmed since")}
    assert six[paid["partly covered"]]["awaited"] == 250

    two = _lines(_run(books, as_on=str(books.day(2))))
    assert paid["confirmed since"] not in two


def test_filters_narrow_it(books: Books, paid: dict[str, str]) -> None:
    assert set(_lines(_run(books, bank_account=books.second_bank))) == {paid["received"]}
    assert set(_lines(_run(books, party_type="Customer"))) == {paid["received"]}
    supplier = books.office.supplier()
    assert set(_lines(_run(books, party_type="Supplier", party=[supplier]))) == {
        paid[name] for name in ("fresh", "partly covered", "dollars")
    }
    assert _run(books, party_type="Supplier", party=["Nobody At All"])["result"] == []


def test_the_ageing_range_may_be_any_rising_days(books: Books, paid: dict[str, str]) -> None:
    report = _run(books, range="3, 21")
    labels = [column["label"] for column in report["columns"] if column["fieldname"].startswith("range")]
    assert labels == ["0-3 days (IDR)", "4-21 days (IDR)", "22+ days (IDR)"]
    every = _totals(report)["Total (4)"]
    assert (every["range1"], every["range2"], every["range3"]) == (100, 550, 90_000)
    for wrong in ("30, 7", "7, 7", "a week", "-3", ","):
        with pytest.raises(frappe.ValidationError, match="7, 14, 30"):
            _run(books, range=wrong)


def test_user_permissions_are_kept(books: Books, paid: dict[str, str]) -> None:
    clerk = books.office.user("report-clerk", "Accounts User")
    frappe.db.delete("User Permission", {"user": clerk})
    permission = frappe.get_doc(
        {"doctype": "User Permission", "user": clerk, "allow": "Bank Account", "for_value": books.second_bank}
    ).insert()
    frappe.db.commit()
    frappe.set_user(clerk)
    assert set(_lines(_run(books))) == {paid["received"]}

    frappe.set_user("Administrator")
    permission.delete()
    elsewhere = {"doctype": "User Permission", "user": clerk, "allow": "Company"}
    frappe.get_doc({**elsewhere, "for_value": _other_company(books)}).insert()
    frappe.db.commit()
    frappe.set_user(clerk)
    assert _run(books)["result"] == []


def test_who_may_not_read_payments_gets_no_report(books: Books, paid: dict[str, str]) -> None:
    stranger = books.office.user("report-stranger", "Stock User")
    watcher = books.office.user("report-watcher", "Bulk Reconciliation Viewer")
    frappe.set_user(stranger)
    with pytest.raises(frappe.PermissionError):
        _run(books)
    # A watcher of runs may open the report only as far as Payment Entry lets him.
    frappe.set_user(watcher)
    with pytest.raises(frappe.PermissionError):
        _run(books)


def test_the_number_of_queries_does_not_grow_with_the_payments(books: Books, paid: dict[str, str]) -> None:
    from imogi_finance.erpnext_adapter.awaiting_payments import awaiting_payments

    def queries(as_on: Any) -> int:
        asked: list[str] = []
        real = frappe.db.sql

        def counting(query: Any, *args: Any, **kwargs: Any) -> Any:
            asked.append(str(query))
            return real(query, *args, **kwargs)

        frappe.db.sql = counting
        try:
            awaiting_payments(company=books.office.company, as_on=as_on)
        finally:
            del frappe.db.sql
        return len(asked)

    queries(books.day(1))  # whatever is cached is cached now
    one, five = queries(books.day(25)), queries(books.day(3))
    assert one == five <= 10


def test_a_ledger_account_without_a_bank_account_is_named(books: Books, paid: dict[str, str]) -> None:
    orphan = books.office.gl_account("Orphan Ledger", "Bank")
    frappe.db.commit()
    payment = books.pay("Purchase Invoice", 50, days=1, account=orphan)

    report = _run(books)

    assert orphan in report["message"]
    row = _lines(report)[payment]
    assert (row["bank_account"], row["account"], row["awaited"]) == (None, orphan, 50)
    assert report["chart"]["data"]["labels"][-1] == "Orphan Ledger"  # the least is last


def _other_company(books: Books) -> str:
    return str(frappe.db.get_value("Company", {"name": ("!=", books.office.company)}, "name"))
