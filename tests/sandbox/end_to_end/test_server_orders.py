"""The API for orders: shapes, refusals, and that a request to look changes nothing."""

from __future__ import annotations

import uuid

import pytest

from tests.sandbox.end_to_end import contract
from tests.sandbox.end_to_end.contract import faults
from tests.sandbox.end_to_end.listener import Listener
from tests.sandbox.end_to_end.order_book import audit_orders, enter_orders, invoices_of, request_to_invoice
from tests.sandbox.end_to_end.site import Answer, Json, Site


def rules(answer: Answer) -> set[str]:
    assert answer.status == 422, answer
    assert faults(answer.body, contract.ERROR) == []
    return {problem["rule"] for problem in answer.body["error"]["problems"]}


def invoice(site: Site, **request: object) -> Json:
    answer = site.ask("/api/orders/invoice", request)
    assert answer.status == 202, answer
    assert faults(answer.body, contract.INVOICING_STATUS) == []
    return dict(answer.body)


def test_the_orders_that_have_something_to_bill(order_site: Site) -> None:
    basket = enter_orders(order_site, 3, delivered=1)
    with order_site.books() as app:
        app.selling.close_order(basket.names[0])
        draft = app.selling.bill_by_hand([basket.names[1]], on=app.paid_status.books.today(), submit=False)
        app.selling.bill_by_hand([basket.names[2]], on=app.paid_status.books.today(), submit=True)

    answer = order_site.get("/api/orders")

    assert faults(answer, {"orders": [contract.ORDER], "total": int}) == []
    assert answer["total"] == len(answer["orders"])
    own = {row["name"]: row for row in answer["orders"] if row["customer"] == basket.customer}
    assert set(own) == set(basket.names[:2])
    assert (own[basket.names[0]]["status"], own[basket.names[0]]["drafts"]) == ("Closed", "")
    assert (own[basket.names[1]]["unbilled"], own[basket.names[1]]["delivered_unbilled"]) == (15_000_000, 7_500_000)
    assert own[basket.names[1]]["drafts"] == draft


def test_a_request_is_judged_and_nothing_is_stored(order_site: Site) -> None:
    basket = enter_orders(order_site, 4)
    with order_site.books() as app:
        app.selling.hold_order(basket.names[0])
    before = order_site.get("/api/runs")["total"]
    names = [*basket.names, "SO-NONE"]

    left_out = order_site.ask("/api/orders/check", {"sales_orders": names}).body
    bad = order_site.ask("/api/orders/check", {"sales_orders": names, "leave_out_held": False}).body

    assert faults([left_out, bad], [contract.JUDGEMENT]) == []
    assert (left_out["orders"], left_out["ready"], left_out["amount"]) == (5, 3, 3 * 15_000_000)
    assert [problem["rule"] for problem in left_out["left_out"]] == ["on_hold"]
    assert [problem["rule"] for problem in left_out["problems"]] == ["unknown_order"]
    assert (bad["left_out_total"], bad["problems_total"]) == (0, 2)
    assert order_site.get("/api/runs")["total"] == before
    assert invoices_of(order_site, basket) == []


def test_a_run_invoices_the_orders_and_is_told_from_the_start_to_the_end(order_site: Site) -> None:
    basket = enter_orders(order_site, 45)
    asked = {**request_to_invoice(basket), "priority": 8, "chunk_size": 10, "posting_date": "2026-01-31"}

    started = invoice(order_site, **asked)

    assert (started["total"], started["priority"], started["amount"]) == (45, 8, 45 * 15_000_000)
    assert started["options"]["posting_date"] == "2026-01-31"
    while (status := order_site.get(f"/api/runs/{started['job_id']}"))["phase"] != "ended":
        assert faults(status, contract.INVOICING_STATUS) == []
    assert (status["status"], status["succeeded"]) == ("Completed", 45)
    items = order_site.get(f"/api/runs/{started['job_id']}/items")["items"]
    assert faults(items, [contract.ITEM]) == []
    assert [item["name"] for item in items] == list(basket.names)
    assert items[0]["result"].startswith("Sales Invoice SINV-")
    assert [docstatus for _, docstatus, _ in invoices_of(order_site, basket)] == [1] * 45
    assert audit_orders(order_site) == []


def test_bad_orders_fail_with_their_reason_and_strictness_refuses_all(order_site: Site) -> None:
    basket = enter_orders(order_site, 3)
    names = [*basket.names, "SO-NONE"]

    refused = order_site.ask("/api/orders/invoice", {"sales_orders": names, "strict": True})
    assert rules(refused) == {"unknown_order"}
    assert invoices_of(order_site, basket) == []
    started = invoice(order_site, sales_orders=names)

    ended = order_site.wait_for_end(started["job_id"])
    assert (ended["status"], ended["succeeded"], ended["failed"]) == ("Completed with Errors", 3, 1)
    assert ended["can_retry"] is True
    (failed,) = ended["failed_items"]
    assert failed["name"] == "SO-NONE"
    assert "does not exist" in failed["error"]
    assert rules(order_site.ask("/api/orders/invoice", {"sales_orders": ["SO-NONE"]})) == {"unknown_order"}


def test_the_same_key_gets_the_same_run_and_other_parameters_are_refused(order_site: Site) -> None:
    basket, key = enter_orders(order_site, 3), str(uuid.uuid4())
    first = invoice(order_site, **request_to_invoice(basket, idempotency_key=key))
    again = invoice(order_site, **request_to_invoice(basket, idempotency_key=key))
    other = order_site.ask("/api/orders/invoice", request_to_invoice(basket, idempotency_key=key, submit=False))

    assert again["job_id"] == first["job_id"]
    assert rules(other) == {"idempotency_key_reused"}
    order_site.wait_for_end(first["job_id"])
    assert len(invoices_of(order_site, basket)) == 3


def test_two_requests_that_share_an_order_do_not_both_invoice_it(order_site: Site) -> None:
    basket = enter_orders(order_site, 40)
    with order_site.held():
        first = invoice(order_site, sales_orders=basket.names[:30])
        second = invoice(order_site, sales_orders=basket.names[20:])
    ends = [order_site.wait_for_end(run["job_id"]) for run in (first, second)]

    assert [(end["succeeded"], end["failed"]) for end in ends] == [(30, 0), (10, 10)]
    assert first["job_id"] in ends[1]["failed_items"][0]["error"]
    assert len(invoices_of(order_site, basket)) == 40
    assert audit_orders(order_site) == []


@pytest.mark.parametrize("path", ["/api/orders/check", "/api/orders/invoice"])
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"sales_orders": None}, "malformed"),
        ({"sales_orders": "SO-00001"}, "malformed"),
        ({"sales_orders": [None]}, "malformed"),
        ({"sales_orders": [["SO-00001"]]}, "malformed"),
        ({"sales_orders": []}, "empty_selection"),
        ({"sales_orders": ["SO-00001", "SO-00001"]}, "selected_twice"),
        ({"submit": "yes"}, "malformed"),
        ({"one_per_customer": 1}, "malformed"),
        ({"only_delivered": None}, "malformed"),
        ({"leave_out_held": "no"}, "malformed"),
        ({"posting_date": "31.12.2026"}, "malformed"),
        ({"posting_date": 20261231}, "malformed"),
        ({"chunk_size": 0}, "chunk_size"),
        ({"chunk_size": "20"}, "chunk_size"),
        ({"chunk_size": True}, "chunk_size"),
        ({"update_stock": True}, "no_stock"),
        ({"company": "PT Lain"}, "malformed"),
    ],
)
def test_what_is_malformed_is_refused_and_named(
    order_site: Site, path: str, change: dict[str, object], rule: str
) -> None:
    basket = enter_orders(order_site, 1)

    assert rules(order_site.ask(path, {**request_to_invoice(basket), **change})) == {rule}
    assert invoices_of(order_site, basket) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"priority": 0}, "priority"),
        ({"priority": 10}, "priority"),
        ({"priority": "5"}, "priority"),
        ({"strict": 1}, "malformed"),
        ({"idempotency_key": ""}, "idempotency_key"),
    ],
)
def test_what_only_a_request_to_start_has_is_read_as_strictly(
    order_site: Site, change: dict[str, object], rule: str
) -> None:
    basket = enter_orders(order_site, 1)

    assert rules(order_site.ask("/api/orders/invoice", {**request_to_invoice(basket), **change})) == {rule}
    assert invoices_of(order_site, basket) == []


def test_the_history_tells_of_invoicing_runs_only(order_site: Site) -> None:
    basket = enter_orders(order_site, 2)
    order_site.wait_for_end(invoice(order_site, sales_orders=[*basket.names, "SO-NONE"])["job_id"])
    desk = order_site.desk(2)
    reconciled = order_site.wait_for_end(order_site.reconcile(desk)["job_id"])

    answer = order_site.get("/api/history?days=7")

    assert faults(answer, contract.HISTORY) == []
    assert reconciled["job_id"] not in {run["job_id"] for run in answer["runs"]}
    assert 0 < answer["success_rate"] < 1
    assert any("does not exist" in error["reason"] for error in answer["errors"])
    assert sum(day["runs"] for day in answer["days"]) >= 1


@pytest.mark.parametrize("days", ["0", "367", "-1", "x", ""])
def test_a_period_that_is_none_is_refused(order_site: Site, days: str) -> None:
    assert order_site.ask(f"/api/history?days={days}").status == 422


def test_progress_and_the_end_are_told_over_the_socket(order_site: Site) -> None:
    basket = enter_orders(order_site, 100)
    listener = Listener.connect(order_site.address)
    try:
        with order_site.held():
            job = invoice(order_site, sales_orders=[*basket.names, "SO-NONE"])["job_id"]
            assert listener.subscribe(job)["job_id"] == job
        order_site.wait_until(lambda: bool(listener.told("batch_invoicing_complete")), "the end to be told")
        told = listener.told("batch_invoicing_progress")
        currents = [event["current"] for event in told]
        assert currents == sorted(currents)
        assert (currents[-1], told[-1]["failed"], {event["policy"] for event in told}) == (101, 1, {"Per Item"})
        assert listener.told("batch_invoicing_complete")[0]["status"] == "Completed with Errors"
        assert listener.told("bulk_reconciliation_complete") == []
    finally:
        listener.close()
