"""The endpoints: from a browser's request and from the console, for those who may, with a few queries."""

from __future__ import annotations

import json
from typing import Any

import frappe
import pytest

from imogi_finance.bank_reconciliation import api
from imogi_finance.errors import Refused
from imogi_finance.setting_up.roles import RECONCILER
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import PURCHASE, SALES, Desk, row, with_invoices
from tests.erpnext.web_request import call, request

UNROUNDED = {"disable_rounded_total": 1}
CREATE = "imogi_finance.bank_reconciliation.api.create_payment_entries_bulk"


def test_a_small_selection_is_worked_before_the_answer(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-60.5), with_invoices(office, PURCHASE, [20, 40.5], **UNROUNDED)
    with request():
        answer = call(CREATE, bank_transaction_name=transaction, invoices=json.dumps(invoices), per_party="0")
    assert (answer["status"], answer["succeeded"], answer["amount"], answer["currency"]) == (
        "Completed",
        2,
        6050,
        "IDR",
    )
    assert office.status("Bank Transaction", transaction) == "Reconciled"
    assert frappe.get_all("Notification Log", {"document_name": answer["job_id"], "for_user": "Administrator"})
    with request():
        again = call(CREATE, bank_transaction_name=transaction, invoices=json.dumps(invoices), per_party="0")
    assert again["job_id"] == answer["job_id"]


def test_get_is_refused_and_changes_nothing(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-20), with_invoices(office, PURCHASE, [20])
    before = desk.dump()
    with request("GET"), pytest.raises(frappe.PermissionError):
        call(CREATE, bank_transaction_name=transaction, invoices=json.dumps(invoices))
    assert desk.dump() == before


def test_a_refusal_is_answered_with_its_problems(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-20), with_invoices(office, PURCHASE, [21])
    before = desk.dump()
    for asked, rule in ((invoices, "above_unallocated"), ("no rows", "malformed"), ([1], "malformed")):
        text = asked if isinstance(asked, str) else json.dumps(asked)
        with request():
            assert call(CREATE, bank_transaction_name=transaction, invoices=text) is None
            response = frappe.local.response
        assert response["http_status_code"] == 422
        assert [problem["rule"] for problem in response["error"]["problems"]] == [rule]
    assert desk.dump() == before


def test_the_console_gets_the_exception_itself_and_the_same_answer(desk: Desk, office: ErpOffice) -> None:
    transaction, invoices = office.bank_transaction(-20), with_invoices(office, SALES, [20])
    with pytest.raises(Refused, match="does not pay"):
        api.create_payment_entries_bulk(transaction, invoices)
    deposit = office.bank_transaction(20)
    answer = api.create_payment_entries_bulk(deposit, [row(SALES, invoices[0]["name"], 12.5)])
    assert (answer["status"], answer["amount"]) == ("Completed", 1250)
    assert office.outstanding(SALES, invoices[0]["name"]) == 7.5


def test_a_job_works_the_run_it_is_rung_for_and_twice_is_once(desk: Desk, office: ErpOffice) -> None:
    run = desk.ask(office.bank_transaction(-20), with_invoices(office, PURCHASE, [20]))
    for _ in range(2):
        api.process_bulk_reconciliation(run=run)
        assert desk.run(run).status.value == "Completed"
    desk.check_books(run)
    assert len(frappe.get_all("Notification Log", {"document_name": run})) == 1


def test_what_the_dialog_is_shown(desk: Desk, office: ErpOffice) -> None:
    supplier, customer = office.supplier("Shown Supplier"), office.customer("Shown Customer")
    late = office.purchase_invoice(30.25, supplier=supplier, posting_date="2026-01-05", bill_no="B-77", **UNROUNDED)
    returned = office.sales_invoice(12, customer=customer, is_return=1)
    office.purchase_invoice(10, supplier=supplier, submit=False)
    office.sales_invoice(10, customer=customer)
    voucher = office.pay(PURCHASE, office.purchase_invoice(55, supplier=supplier), amount=40)
    transaction = office.bank_transaction(-100.5)
    run = desk.ask(office.bank_transaction(-1), [row(PURCHASE, late, 1)])
    found = api.unpaid_invoices(transaction)
    of_it = found["transaction"]
    assert (of_it["direction"], of_it["unallocated"], of_it["exponent"]) == ("withdrawal", 10050, 2)
    shown = {of["name"]: of for of in found["invoices"] if of["party"] in (supplier, customer)}
    assert shown[late] == {
        "doctype": PURCHASE,
        "name": late,
        "party": supplier,
        "party_name": supplier,
        "posting_date": "2026-01-05",
        "due_date": "2026-01-05",
        "reference": "B-77",
        "currency": "IDR",
        "exponent": 2,
        "grand_total": 3025,
        "outstanding": 3025,
        "payable": 3025,
        "status": "Overdue",
        "is_return": False,
        "in_run": run,
    }
    refund = shown[returned]
    assert (refund["outstanding"], refund["payable"], refund["is_return"]) == (-1200, 1200, True)
    assert {of["doctype"] for of in shown.values() if not of["is_return"]} == {PURCHASE}
    vouchers = {of["name"]: of for of in api.open_vouchers(transaction)["vouchers"]}
    open_one = vouchers[voucher]
    assert (open_one["amount"], open_one["party"], open_one["in_run"]) == (4000, supplier, None)
    desk.reconcile(office.bank_transaction(-15), [], [row("Payment Entry", voucher, 15)])
    vouchers = {of["name"]: of for of in api.open_vouchers(transaction)["vouchers"]}
    assert vouchers[voucher]["amount"] == 2500
    desk.work(run)


def test_lists_show_only_what_the_user_may_read(desk: Desk, office: ErpOffice) -> None:
    mine, other = office.supplier("Mine"), office.supplier("Not Mine")
    user = office.user("tari", RECONCILER, "Accounts User")
    if not frappe.db.exists("User Permission", {"user": user}):
        allowed = {"doctype": "User Permission", "user": user, "allow": "Supplier", "for_value": mine}
        frappe.get_doc(allowed).insert()
    own, foreign = office.purchase_invoice(10, supplier=mine), office.purchase_invoice(10, supplier=other)
    transaction = office.bank_transaction(-20)
    with request("GET", user):
        found = call(f"{api.__name__}.unpaid_invoices", bank_transaction_name=transaction)
        call(f"{api.__name__}.open_vouchers", bank_transaction_name=transaction)
    names = {of["name"] for of in found["invoices"]}
    assert own in names
    assert foreign not in names
    nobody = office.user("nobody")
    with request("GET", nobody):
        assert call(f"{api.__name__}.unpaid_invoices", bank_transaction_name=transaction) is None
        assert frappe.local.response["error"]["problems"][0]["rule"] == "unknown_transaction"


def test_the_checks_load_no_document_and_ask_the_same_few_questions_for_any_number(
    desk: Desk, office: ErpOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoices = with_invoices(office, PURCHASE, [10] * 12)
    loaded: list[Any] = []
    connection = frappe.local.db._conn
    execute, statements = connection._execute_command, [0]

    def counted(command: int, sql: Any) -> Any:
        statements[0] += 1
        text = sql.decode() if isinstance(sql, (bytes, bytearray)) else sql
        loaded.extend([text] if "SELECT * FROM `tabPurchase Invoice" in text else [])
        return execute(command, sql)

    monkeypatch.setattr(connection, "_execute_command", counted)
    asked = []
    for chosen in (invoices[:2], invoices[2:]):
        transaction = office.bank_transaction(-1000)
        statements[0] = 0
        desk.ask(transaction, chosen)
        asked.append(statements[0])
    assert loaded == []
    assert abs(asked[0] - asked[1]) <= 3, asked
