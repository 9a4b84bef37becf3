"""The endpoints of batch invoicing: from a browser's request and from the console, for those who may."""

from __future__ import annotations

import json
from typing import Any

import frappe
import pytest
from frappe.utils import add_days, nowdate

from imogi_finance.batch import api as runs
from imogi_finance.batch_invoicing import api
from imogi_finance.erpnext_adapter.announcing import announce
from imogi_finance.errors import IdempotencyConflict, Refused
from tests.erpnext.invoicing.seller import INVOICE, ORDER, Seller
from tests.erpnext.office import ErpOffice
from tests.erpnext.order_stock import OrderStock
from tests.erpnext.web_request import call, request

CREATE = "imogi_finance.batch_invoicing.api.create_invoices_bulk"
CHECK = "imogi_finance.batch_invoicing.api.check_invoices_bulk"
HISTORY = "imogi_finance.batch_invoicing.api.history"


@pytest.fixture(autouse=True)
def _nobody_waits(site: str) -> None:
    """Take the runs away that earlier tests left waiting: a user may have ten of them only."""
    for name in frappe.get_all("Batch Run", {"status": "Pending"}, pluck="name"):
        runs.cancel(name)


def test_the_answer_comes_at_once_and_a_worker_does_the_rest(seller: Seller) -> None:
    names = seller.orders(2, 40.5)
    with request():
        answer = call(CREATE, sales_orders=json.dumps([*names, "SO-NONE"]), submit="1", priority="7")
    assert (answer["status"], answer["kind"], answer["priority"]) == ("Pending", "Batch Invoicing", 7)
    assert (answer["items_total"], answer["processed"], answer["failed"]) == (3, 1, 1)
    assert (answer["amount"], answer["currency"], answer["company"]) == (8100, "IDR", seller.office.company)
    assert answer["failed_items"][0]["error"].startswith("Sales Order SO-NONE: It does not exist.")
    assert [seller.billing(name) for name in names] == [[], []]
    ended = seller.work(answer["job_id"])
    assert (ended.succeeded, ended.failed) == (2, 1)
    for name in names:
        (invoice,) = seller.billing(name)
        facts = frappe.db.get_value(INVOICE, invoice, ["docstatus", "batch_run", "owner"], as_dict=True)
        assert (facts.docstatus, facts.batch_run, facts.owner) == (1, answer["job_id"], "Administrator")


def test_what_the_settings_say_holds_where_the_request_says_nothing(seller: Seller) -> None:
    names = seller.orders(4)
    by_default = api.create_invoices_bulk(names[:1])
    assert by_default["options"]["submit"] is False
    assert by_default["options"]["posting_date"] == nowdate()
    assert by_default["options"]["leave_out_held"] is True
    settings = frappe.get_doc("IMOGI Finance Settings")
    settings.update({"invoices": "Submitted", "invoicing_chunk_size": 7})
    settings.save()
    frappe.db.commit()
    try:
        asked = [
            api.create_invoices_bulk(names[1:2]),
            api.create_invoices_bulk(names[2:3], one_per_customer=True),
            api.create_invoices_bulk(names[3:], submit=False, chunk_size=3),
        ]
    finally:
        settings.update({"invoices": "Left as drafts", "invoicing_chunk_size": 20})
        settings.save()
        frappe.db.commit()
    chosen = [(run["options"]["submit"], seller.run(run["job_id"]).chunk_size) for run in asked]
    assert chosen == [(True, 7), (True, 50), (False, 3)]


def test_settings_that_were_saved_before_there_was_a_limit_get_it(seller: Seller) -> None:
    frappe.db.delete("Singles", {"doctype": "IMOGI Finance Settings", "field": ("in", ("most_waiting", "invoices"))})
    frappe.get_doc("IMOGI Finance Settings").save()
    frappe.db.commit()
    assert frappe.db.get_single_value("IMOGI Finance Settings", "most_waiting") == 10
    for field, value in (("most_waiting", -1), ("invoicing_chunk_size", 501)):
        settings = frappe.get_doc("IMOGI Finance Settings")
        settings.set(field, value)
        with pytest.raises(frappe.ValidationError):
            settings.save()
        frappe.db.rollback()


def test_all_that_can_be_chosen_is_stored_with_the_run(seller: Seller) -> None:
    names = seller.orders(1)
    day = add_days(nowdate(), -1)
    with request():
        answer = call(
            CREATE,
            sales_orders=names,
            company=seller.office.company,
            submit="0",
            update_stock=1,
            posting_date=day,
            one_per_customer="1",
            only_delivered=0,
            leave_out_held="0",
            chunk_size="9",
            idempotency_key=frappe.generate_hash(length=10),
        )
    assert answer["options"] == {
        "submit": False,
        "update_stock": True,
        "posting_date": day,
        "one_per_customer": True,
        "only_delivered": False,
        "leave_out_held": False,
    }
    assert seller.run(answer["job_id"]).chunk_size == 9


def test_what_a_request_would_become_is_said_beforehand_and_nothing_is_stored(seller: Seller) -> None:
    good, held, draft = (*seller.orders(2, 70.25), seller.office.sales_order(submit=False))
    seller.turn(held, "On Hold")
    before = seller.dump()
    with request():
        found = call(CHECK, sales_orders=[good, held, draft, "SO-NONE"], submit=1)
    assert seller.dump() == before
    assert (found["orders"], found["ready"], found["amount"], found["currency"]) == (4, 1, 7025, "IDR")
    assert [(said["document"], said["rule"]) for said in found["left_out"]] == [(f"{ORDER} {held}", "on_hold")]
    assert [(said["document"], said["rule"]) for said in found["problems"]] == [
        (f"{ORDER} {draft}", "order_not_submitted"),
        (f"{ORDER} SO-NONE", "unknown_order"),
    ]
    assert (found["bad"], found["left_out_total"], found["would_start"]) == (2, 1, True)
    assert api.check_invoices_bulk([good, draft], strict=True)["would_start"] is False
    assert api.check_invoices_bulk([draft])["would_start"] is False
    run = seller.accept([good, held, draft, "SO-NONE"], leave_out_held=True)
    assert [item.status.value for item in seller.items(run)] == ["Pending", "Skipped", "Failed", "Failed"]


def test_get_is_refused_and_changes_nothing(seller: Seller) -> None:
    names = seller.orders(1)
    before = seller.dump()
    for method in (CREATE, CHECK):
        with request("GET"), pytest.raises(frappe.PermissionError):
            call(method, sales_orders=json.dumps(names))
    assert seller.dump() == before
    with request("GET"):
        assert call(HISTORY)["since"]


def test_a_refusal_is_answered_with_its_problems(seller: Seller) -> None:
    names = seller.orders(1)
    before = seller.dump()
    for arguments, rule in (
        ({"sales_orders": "no names"}, "malformed"),
        ({"sales_orders": "[1]"}, "malformed"),
        ({"sales_orders": "[]"}, "empty_selection"),
        ({"sales_orders": names * 2}, "selected_twice"),
        ({"sales_orders": names, "company": "Nowhere"}, "unknown_company"),
        ({"sales_orders": names, "posting_date": "16/03/2026"}, "malformed"),
        ({"sales_orders": names, "chunk_size": 0}, "chunk_size"),
        ({"sales_orders": names, "priority": 10}, "priority"),
        ({"sales_orders": ["SO-NONE"], "company": seller.office.company}, "unknown_order"),
    ):
        with request():
            assert call(CREATE, **arguments) is None
            response = frappe.local.response
        assert response["http_status_code"] == 422
        assert [problem["rule"] for problem in response["error"]["problems"]] == [rule]
    assert seller.dump() == before


def test_the_console_gets_the_exception_itself(seller: Seller) -> None:
    names = seller.orders(2)
    with pytest.raises(Refused, match="is no day"):
        api.create_invoices_bulk(names, posting_date="yesterday")
    key = frappe.generate_hash(length=10)
    first = api.create_invoices_bulk(names, idempotency_key=key)
    assert api.create_invoices_bulk(names, idempotency_key=key)["job_id"] == first["job_id"]
    with pytest.raises(IdempotencyConflict):
        api.create_invoices_bulk(names[:1], idempotency_key=key)


def test_a_cancelled_run_is_resumed_and_no_order_is_billed_twice(seller: Seller) -> None:
    names = seller.orders(3)
    run = seller.accept(names, chunk_size=1)
    with request():
        assert call("imogi_finance.batch.api.cancel", job_id=run)["status"] == "Cancelled"
        shown = call("imogi_finance.batch.api.status", job_id=run)
        assert (shown["can_resume"], shown["can_retry"]) == (True, True)
        assert call("imogi_finance.batch.api.retry", job_id=run)["job_id"] == run
    seller.work(run)
    with request():
        ended = call("imogi_finance.batch.api.status", job_id=run)
    assert (ended["status"], ended["succeeded"], ended["can_retry"]) == ("Completed", 3, False)
    assert [len(seller.billing(name)) for name in names] == [1, 1, 1]


def test_the_items_are_shown_with_what_was_made_of_them(seller: Seller) -> None:
    names = seller.orders(2, 12.5)
    run = seller.invoice([*names, "SO-NONE"]).name
    with request("GET"):
        found = call("imogi_finance.batch.api.items", job_id=run, status="Succeeded")
    assert found["total"] == 2
    assert {item["name"]: item["result"] for item in found["items"]} == {
        name: f"{INVOICE} {seller.billing(name)[0]}" for name in names
    }
    assert {item["amount"] for item in found["items"]} == {1250}


def test_the_end_is_told_once_to_who_asked(seller: Seller) -> None:
    run = seller.invoice([*seller.orders(1), "SO-NONE"]).name
    assert (announce(run), announce(run)) == (True, False)
    (told,) = frappe.get_all(
        "Notification Log", {"document_name": run, "for_user": "Administrator"}, ["subject", "document_type"]
    )
    assert "1 orders of" in told.subject
    assert "Completed with Errors" in told.subject


def test_history_tells_how_runs_have_fared(seller: Seller) -> None:
    of_its_own = ErpOffice("History Bench Co")
    names = [of_its_own.sales_order(50), of_its_own.sales_order(60, submit=False), "SO-NONE"]
    before = today(of_its_own.company)
    run = seller.invoice(names, company=of_its_own.company).name
    with request("GET"):
        found = call(HISTORY, company=of_its_own.company, days=1)
    after = today(of_its_own.company)
    assert [after[counter] - before[counter] for counter in ("runs", "succeeded", "failed")] == [1, 1, 2]
    assert found["success_rate"] == pytest.approx(1 / 3)
    assert found["runs"][0]["job_id"] == run
    assert {run["company"] for run in found["runs"]} == {of_its_own.company}
    assert "It does not exist. Refresh the list and select again." in {said["reason"] for said in found["errors"]}
    with request("GET"):
        assert call(HISTORY, days=0) is None
        assert frappe.local.response["http_status_code"] == 422


def today(company: str) -> dict[str, int]:
    """Return the counters of today."""
    days = api.history(company=company, days=1)["days"]
    return days[-1] if days else {"runs": 0, "succeeded": 0, "failed": 0}


def test_judging_loads_no_order_and_asks_the_same_few_questions_for_any_number(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = OrderStock(seller.office)
    names = stock.more(96)
    loaded: list[Any] = []
    connection = frappe.local.db._conn
    execute, statements = connection._execute_command, [0]

    def counted(command: int, sql: Any) -> Any:
        statements[0] += 1
        text = sql.decode() if isinstance(sql, (bytes, bytearray)) else sql
        loaded.extend([text] if "SELECT * FROM `tabSales Order" in text else [])
        return execute(command, sql)

    monkeypatch.setattr(connection, "_execute_command", counted)
    asked = []
    for chosen in (names[:12], names[12:]):
        statements[0] = 0
        seller.accept(chosen)
        asked.append(statements[0])
    assert loaded == []
    assert abs(asked[0] - asked[1]) <= 3, asked
