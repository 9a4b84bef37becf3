"""Every route answers in the shape that the page relies on."""

from __future__ import annotations

import uuid

import pytest

from tests.sandbox.end_to_end import contract
from tests.sandbox.end_to_end.contract import faults
from tests.sandbox.end_to_end.site import Desk, Site, request_for


@pytest.fixture(scope="module")
def done(site: Site) -> tuple[Desk, str]:
    """A reconciled desk and its run."""
    desk = site.desk(25)
    job = site.reconcile(desk)["job_id"]
    assert site.wait_for_end(job)["status"] == "Completed"
    return desk, job


def test_the_company(site: Site) -> None:
    answer = site.get("/api/company")

    assert faults(answer, contract.COMPANY) == []
    assert answer["queue"] == {"up": True, "workers": 2}
    assert (answer["currency"], answer["exponent"]) == ("IDR", 2)


def test_the_transactions_and_one_of_them(site: Site, done: tuple[Desk, str]) -> None:
    desk, _ = done
    answer = site.get("/api/transactions")
    one = site.get(f"/api/transactions/{desk.transaction}")

    assert faults(answer, {"transactions": [contract.TRANSACTION]}) == []
    assert faults(one, {"transaction": contract.TRANSACTION, "rows": [contract.MATCHED], "rows_total": int}) == []
    assert one["transaction"] in answer["transactions"]
    assert one["transaction"]["status"] == "Reconciled"
    assert one["transaction"]["unallocated"] == 0
    assert (len(one["rows"]), one["rows_total"]) == (25, 25)
    assert sum(row["allocated"] for row in one["rows"]) == one["transaction"]["allocated"]


def test_the_invoices_that_fit_a_withdrawal_and_a_deposit(site: Site) -> None:
    desk = site.desk(3)
    found = site.get(f"/api/transactions/{desk.transaction}/invoices")["invoices"]
    deposits = [row for row in site.get("/api/transactions")["transactions"] if row["direction"] == "deposit"]
    for_deposit = site.get(f"/api/transactions/{deposits[0]['name']}/invoices")["invoices"]

    assert faults([*found, *for_deposit], [contract.INVOICE]) == []
    assert tuple(row["name"] for row in found) == desk.invoices
    assert all(row["payable"] == row["outstanding"] > 0 and row["in_run"] is None for row in found)
    (debit_note,) = [row for row in for_deposit if row["is_return"]]
    assert debit_note["payable"] == -debit_note["outstanding"] > 0


def test_the_vouchers_that_wait_for_the_statement(site: Site) -> None:
    desk = site.desk(2)
    job = site.reconcile(desk)["job_id"]
    site.wait_for_end(job)
    other = site.desk(2)
    with site.books() as app:
        row = app.rows.get("bank_transaction", other.transaction)
        assert row is not None
        app.rows.update("payment", (app.rows.select("payment", {"batch_run": job})[0]["name"],), {"reference_no": "R"})
    answer = site.get(f"/api/transactions/{other.transaction}/vouchers")

    assert faults(answer, {"vouchers": [contract.VOUCHER]}) == []


def test_a_request_is_accepted_and_its_run_told_from_the_start_to_the_end(site: Site) -> None:
    desk = site.desk(45)
    answer = site.ask("/api/reconcile", request_for(desk))
    job = answer.body["job_id"]

    assert answer.status == 202
    assert faults(answer.body, contract.STATUS) == []
    assert answer.body["total"] == 45
    while (status := site.get(f"/api/runs/{job}"))["phase"] != "ended":
        assert faults(status, contract.STATUS) == []
        assert status["can_cancel"] is not status["cancel_requested"]
    assert faults(status, contract.STATUS) == []
    assert (status["status"], status["percentage"], status["bank_transaction"]) == ("Completed", 100, desk.transaction)


def test_the_runs_by_pages(site: Site, done: tuple[Desk, str]) -> None:
    first = site.get("/api/runs?limit=1")
    all_of_them = site.get("/api/runs?limit=1000")
    last = site.get(f"/api/runs?limit=5&offset={all_of_them['total'] - 1}")

    assert faults(all_of_them, {"runs": [contract.RUN], "total": int}) == []
    assert len(all_of_them["runs"]) == first["total"] == all_of_them["total"]
    assert first["runs"][0]["job_id"] == all_of_them["runs"][0]["job_id"]
    assert [run["job_id"] for run in last["runs"]] == [all_of_them["runs"][-1]["job_id"]]


def test_the_items_of_a_run_by_pages_and_status(site: Site, done: tuple[Desk, str]) -> None:
    desk, job = done
    everything = site.get(f"/api/runs/{job}/items")
    page = site.get(f"/api/runs/{job}/items?offset=20&limit=10")

    assert faults(everything, {"items": [contract.ITEM], "total": int}) == []
    assert tuple(item["name"] for item in everything["items"]) == desk.invoices
    assert [item["position"] for item in page["items"]] == [21, 22, 23, 24, 25]
    assert page["total"] == 25
    assert site.get(f"/api/runs/{job}/items?status=Failed") == {"items": [], "total": 0}
    assert site.get(f"/api/runs/{job}/items?status=Succeeded")["total"] == 25
    assert everything["items"][0]["result"].startswith("Payment Entry PAY-")


def test_a_run_is_cancelled_and_tried_again(site: Site) -> None:
    desk = site.desk(160)
    job = site.reconcile(desk)["job_id"]

    cancelled = site.ask(f"/api/runs/{job}/cancel", {})
    assert cancelled.status == 200
    assert faults(cancelled.body, contract.STATUS) == []
    assert cancelled.body["cancel_requested"] is True
    ended = site.wait_for_end(job)
    assert (ended["status"], ended["can_retry"], ended["can_cancel"]) == ("Cancelled", True, False)
    retried = site.ask(f"/api/runs/{job}/retry", {})

    assert retried.status == 200
    assert faults(retried.body, contract.STATUS) == []
    assert retried.body["job_id"] != job
    assert site.wait_for_end(retried.body["job_id"])["status"] == "Completed"
    assert set(site.statuses(desk).values()) == {"Paid"}


def test_a_failed_run_lists_its_failed_items(site: Site) -> None:
    desk = site.desk(60)
    with site.held():  # else the run may be done before the cash is
        job = site.reconcile(desk)["job_id"]
        site.pay_in_cash(desk.invoices[-1])

    status = site.wait_for_end(job)

    assert faults(status, contract.STATUS) == []
    assert status["status"] == "Failed"
    assert status["failed_items_total"] == 1
    assert status["failed_items"][0]["name"] == desk.invoices[-1]
    assert f"Purchase Invoice {desk.invoices[-1]}" in status["error"]
    assert status["failed_items"] == site.get(f"/api/runs/{job}/items?status=Failed")["items"]
    assert site.audit() == []


def test_the_same_key_gets_the_same_run_and_other_parameters_are_refused(site: Site) -> None:
    desk, key = site.desk(3), str(uuid.uuid4())
    first = site.reconcile(desk, idempotency_key=key)
    again = site.reconcile(desk, idempotency_key=key)
    other = site.ask("/api/reconcile", request_for(desk, idempotency_key=key, per_party=True))

    assert again["job_id"] == first["job_id"]
    assert other.status == 422
    assert other.body["error"]["problems"][0]["rule"] == "idempotency_key_reused"
    site.wait_for_end(first["job_id"])


def test_a_part_of_an_invoice_is_paid_in_minor_units(site: Site) -> None:
    desk = site.desk(2)
    first, second = desk.rows
    answer = site.ask("/api/reconcile", request_for(desk, invoices=[{**first, "amount": 10_000_001}, second]))

    assert answer.status == 202
    assert site.wait_for_end(answer.body["job_id"])["status"] == "Completed"
    left = site.get(f"/api/transactions/{desk.transaction}/invoices")["invoices"]
    assert [(row["name"], row["outstanding"], row["status"]) for row in left] == [
        (desk.invoices[0], 25_000_000 - 10_000_001, "Partly Paid")
    ]
    assert site.audit() == []


def test_a_refusal_names_every_problem(site: Site) -> None:
    desk, other = site.desk(3), site.desk(1)
    rows = [*desk.rows, desk.rows[0], {"doctype": "Purchase Invoice", "name": "PINV-X"}, *other.rows]

    answer = site.ask("/api/reconcile", request_for(desk, invoices=rows))

    assert answer.status == 422
    assert faults(answer.body, contract.ERROR) == []
    rules = {problem["rule"] for problem in answer.body["error"]["problems"]}
    assert {"selected_twice", "unknown_invoice", "other_company"} <= rules
