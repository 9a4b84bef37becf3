"""What is said against orders on ERPNext: document, rule and remedy are named, and a refusal leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
import pytest
from frappe.permissions import add_permission, reset_perms
from frappe.utils import add_days, getdate, nowdate

from imogi_finance.batch.run import RunStatus
from imogi_finance.batch_invoicing import api
from imogi_finance.batch_invoicing.judging import Judgement
from imogi_finance.errors import NotPermitted, Refused, UnknownRun
from imogi_finance.setting_up.roles import WATCHER
from tests.erpnext.invoicing.seller import ORDER, Seller
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.test_refusals import changed

SELLS = ("Sales User", "Accounts User")  # who may read orders, and make and submit invoices


@pytest.fixture(autouse=True)
def _nobody_waits(seller: Seller) -> None:
    """Take the runs away that earlier tests left waiting: a user may have ten of them only."""
    for run in frappe.get_all("Batch Run", {"status": "Pending"}, ["name", "requested_by"]):
        seller.app.control.cancel(run.name, user="Administrator")


def rules(judged: Judgement) -> dict[str, list[str]]:
    """Return the rules that each bad order breaks; each is said of it, in words and with a remedy."""
    for name, problems in judged.problems.items():
        for problem in problems:
            assert problem.document == f"{ORDER} {name}"
            assert problem.message
            assert problem.remedy
    return {name: [problem.rule for problem in problems] for name, problems in judged.problems.items()}


def test_every_order_that_cannot_be_invoiced_is_named_and_the_others_go_through(seller: Seller) -> None:
    office, other = seller.office, ErpOffice("Second Bench Co")
    good, held, closed, billed, drafted, cancelled = seller.orders(6)
    draft, foreign = office.sales_order(submit=False), other.sales_order()
    seller.turn(held, "On Hold")
    seller.turn(closed, "Closed")
    seller.bill(billed)
    in_the_way = seller.bill(drafted, submit=False)
    frappe.get_doc(ORDER, cancelled).cancel()
    frappe.db.commit()
    expected = {
        held: ["on_hold"],
        closed: ["closed"],
        billed: ["fully_billed"],
        drafted: ["has_draft_invoice"],
        cancelled: ["order_not_submitted"],
        draft: ["order_not_submitted"],
        foreign: ["other_company"],
        "SO-NONE": ["unknown_order"],
    }
    judged = seller.judge([good, *expected])
    assert rules(judged) == expected
    assert in_the_way in judged.problems[drafted][0].message
    run = seller.invoice([good, *expected])
    assert (run.status, run.succeeded, run.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 1, 8)
    errors = seller.errors(run.name)
    assert errors == {name: str(judged.problems[name][0]) for name in expected}


def test_the_mended_go_through_on_retry_and_the_others_are_told_todays_reason(seller: Seller) -> None:
    office, other = seller.office, ErpOffice("Second Bench Co")
    good, held, closed, drafted, billed = seller.orders(5)
    draft, foreign = office.sales_order(submit=False), other.sales_order()
    seller.turn(held, "On Hold")
    seller.turn(closed, "Closed")
    in_the_way = seller.bill(drafted, submit=False)
    run = seller.invoice([good, held, closed, drafted, billed, draft, foreign, "SO-NONE"])
    assert (run.succeeded, run.failed) == (2, 6)
    made = {name: seller.billing(name) for name in (good, billed)}
    seller.turn(held, "Draft")
    seller.turn(closed, "Draft")
    frappe.delete_doc("Sales Invoice", in_the_way)
    frappe.get_doc(ORDER, draft).submit()
    frappe.db.commit()
    seller.app.control.retry(run.name, user="Administrator")
    ended = seller.work(run.name)
    assert (ended.succeeded, ended.failed) == (6, 2)
    assert {name: seller.billing(name) for name in (good, billed)} == made
    assert [len(seller.billing(name)) for name in (held, closed, drafted, draft)] == [1, 1, 1, 1]
    errors = seller.errors(run.name)
    assert set(errors) == {foreign, "SO-NONE"}
    assert "Second Bench Co" in errors[foreign]
    assert seller.billing(foreign) == []


def test_a_request_that_leaves_nothing_to_do_changes_nothing(seller: Seller) -> None:
    (held,) = seller.orders(1)
    draft = seller.office.sales_order(submit=False)
    seller.turn(held, "On Hold")
    problems = seller.refused(lambda: seller.accept([held, draft, "SO-NONE"], leave_out_held=True))
    assert [problem.rule for problem in problems] == ["order_not_submitted", "unknown_order", "on_hold"]


def test_a_strict_request_is_refused_for_one_bad_order(seller: Seller) -> None:
    names = [*seller.orders(2), "SO-NONE"]
    (problem,) = seller.refused(lambda: seller.accept(names, strict=True))
    assert problem.document == f"{ORDER} SO-NONE"


def test_the_request_itself(seller: Seller) -> None:
    other = ErpOffice("Second Bench Co")
    (name,) = seller.orders(1)
    foreign = other.sales_order()
    for ask, rule in (
        (lambda: seller.accept([name], company="Nowhere Ltd"), "unknown_company"),
        (lambda: seller.app.invoicing.create_invoices_bulk([name, foreign], user="Administrator"), "several_companies"),
        (lambda: seller.accept([name, name]), "selected_twice"),
        (lambda: seller.accept([]), "empty_selection"),
    ):
        (problem,) = seller.refused(ask)
        assert problem.rule == rule


def test_a_day_on_which_nothing_may_be_posted_refuses_all(seller: Seller) -> None:
    names = seller.orders(2)
    with changed("Accounts Settings", "Accounts Settings", acc_frozen_upto=nowdate()):
        (problem,) = seller.refused(lambda: seller.accept(names))
        assert problem.rule == "books_frozen"
        # A draft posts nothing.
        assert seller.judge(names, submit=False).problems == {}
    (problem,) = seller.refused(lambda: seller.accept(names, posting_date=getdate("2019-05-05")))
    assert problem.rule == "no_fiscal_year"


def test_a_credit_limit_is_counted_order_by_order_and_a_raised_one_lets_the_rest_through(seller: Seller) -> None:
    customer = seller.office.customer(f"Limited {frappe.generate_hash(length=6)}")
    document = frappe.get_doc("Customer", customer)
    limit = {"company": seller.office.company, "credit_limit": 250, "bypass_credit_limit_check": 1}
    document.append("credit_limits", limit)
    document.save()
    frappe.db.commit()
    names = seller.orders(4, 100, customer=customer)
    judged = seller.judge(names)
    assert rules(judged) == {names[2]: ["credit_limit"], names[3]: ["credit_limit"]}
    run = seller.invoice(names)
    assert (run.succeeded, run.failed) == (2, 2)
    document.reload()
    document.credit_limits[0].credit_limit = 400
    document.save()
    frappe.db.commit()
    seller.app.control.retry(run.name, user="Administrator")
    assert seller.work(run.name).status is RunStatus.COMPLETED


def test_an_order_in_a_live_run_is_bad_and_the_run_named(seller: Seller) -> None:
    names = seller.orders(3)
    first = seller.accept(names[:2])
    second = seller.accept(names[1:])
    assert first in seller.errors(second)[names[1]]
    (problem,) = seller.refused(lambda: seller.accept(names[:1]))
    assert problem.rule == "in_live_run"
    for run in (second, first):
        seller.work(run)
    assert [len(seller.billing(name)) for name in names] == [1, 1, 1]


def test_more_runs_than_a_user_may_have_waiting(seller: Seller) -> None:
    names = seller.orders(11)
    runs = [seller.accept([name]) for name in names[:10]]
    (problem,) = seller.refused(lambda: seller.accept(names[10:]))
    assert problem.rule == "too_many_waiting"
    assert runs[0] in problem.remedy
    with changed("IMOGI Finance Settings", "IMOGI Finance Settings", most_waiting=0):
        seller.app = seller.compose()
        assert seller.accept(names[10:])


# who may


def test_who_may_make_no_invoices_is_refused(seller: Seller) -> None:
    names = seller.orders(1)
    user = seller.office.user("orders.only", "Sales User")
    problems = seller.refused(lambda: seller.accept(names, user=user))
    assert [problem.rule for problem in problems] == ["not_permitted"]


def test_orders_that_are_not_for_a_user_do_not_exist(seller: Seller) -> None:
    user = seller.office.user("one.customer", *SELLS)
    mine, other = seller.office.customer("Mine To Sell"), seller.office.customer("Not Mine To Sell")
    if not frappe.db.exists("User Permission", {"user": user}):
        allowed = {"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": mine}
        frappe.get_doc(allowed).insert()
        frappe.db.commit()
    own, foreign, held = seller.orders(1, customer=mine)[0], *seller.orders(2, customer=other)
    seller.turn(held, "On Hold")
    judged = seller.judge([own, foreign, held, "SO-NONE"], user=user)
    said = {str(judged.problems[name][0]).replace(name, "…") for name in (foreign, held, "SO-NONE")}
    assert said == {"Sales Order …: It does not exist. Refresh the list and select again."}
    run = seller.invoice([own, foreign, held], user=user)
    assert (run.succeeded, run.failed) == (1, 2)
    seller.app.control.retry(run.name, user=user)
    assert seller.work(run.name).failed == 2
    assert seller.billing(foreign) == seller.billing(held) == []
    (invoice,) = seller.billing(own)
    assert frappe.db.get_value("Sales Invoice", invoice, "owner") == user


def test_a_company_that_is_not_for_a_user_does_not_exist(seller: Seller) -> None:
    other = ErpOffice("Second Bench Co")
    user = seller.office.user("second.only", *SELLS)
    if not frappe.db.exists("User Permission", {"user": user}):
        allowed = {"doctype": "User Permission", "user": user, "allow": "Company", "for_value": other.company}
        frappe.get_doc(allowed).insert()
        frappe.db.commit()
    names = seller.orders(1)
    (problem,) = seller.refused(lambda: seller.accept(names, user=user))
    assert problem.rule == "unknown_company"
    run = seller.invoice([other.sales_order()], user=user, company=other.company)
    assert run.status is RunStatus.COMPLETED


@contextmanager
def signed_in(user: str) -> Iterator[None]:
    frappe.set_user(user)
    try:
        yield
    finally:
        frappe.set_user("Administrator")


def listed(user: str, run: str) -> bool:
    """Whether a user finds a run in the list, which must be what opening it says too."""
    with signed_in(user):
        found = bool(frappe.get_list("Batch Run", {"name": run}))
        assert frappe.has_permission("Batch Run", "read", doc=frappe.get_doc("Batch Run", run), user=user) == found
    return found


def in_history(user: str) -> list[str]:
    """Return the runs that a user finds in the history."""
    with signed_in(user):
        return [run["job_id"] for run in api.history(days=1)["runs"]]


@pytest.fixture
def looking_only(site: str) -> Iterator[str]:
    """A role that may read Sales Invoices and make none: ERPNext has no such role of its own."""
    add_permission("Sales Invoice", "Auditor")
    frappe.db.commit()
    yield "Auditor"
    reset_perms("Sales Invoice")
    frappe.db.commit()


def test_who_sees_a_run_of_a_company_and_who_may_act_on_it(seller: Seller, looking_only: str) -> None:
    """Nearly everybody may read a company; its runs show orders and invoices."""
    office, control = seller.office, seller.app.control
    asker, colleague = office.user("asker", *SELLS), office.user("colleague", *SELLS, WATCHER)
    no_sales = office.user("no.sales", WATCHER, "Purchase User")
    auditor = office.user("sales.auditor", WATCHER, looking_only, "Purchase User")
    run = seller.accept(seller.orders(2), user=asker)
    seen = {user: listed(user, run) for user in (asker, colleague, no_sales, auditor)}
    assert seen == {asker: True, colleague: True, no_sales: False, auditor: True}
    assert {user: run in in_history(user) for user in seen} == seen
    with pytest.raises(UnknownRun):
        control.status(run, user=no_sales)
    with pytest.raises(UnknownRun):
        control.cancel(run, user=no_sales)
    with pytest.raises(NotPermitted, match="right to create"):
        control.cancel(run, user=auditor)
    assert control.cancel(run, user=colleague).status is RunStatus.CANCELLED
    assert control.retry(run, user=asker).status is RunStatus.PENDING
    assert seller.work(run).status is RunStatus.COMPLETED


def test_who_loses_the_right_meanwhile_makes_no_more_invoices(seller: Seller) -> None:
    asker = seller.office.user("loses.it", *SELLS)
    names = seller.orders(2)
    run = seller.accept(names, user=asker)
    seller.office.user("loses.it", "Sales User")
    ended = seller.work(run)
    assert (ended.status, ended.succeeded, ended.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 0, 2)
    assert [seller.billing(name) for name in names] == [[], []]
    with pytest.raises(Refused):
        seller.app.control.retry(run, user=asker)
    seller.office.user("loses.it", *SELLS)
    seller.app.control.retry(run, user=asker)
    assert seller.work(run).status is RunStatus.COMPLETED


def test_a_posting_date_before_today_is_kept_for_the_whole_run(seller: Seller) -> None:
    day = add_days(nowdate(), -2)
    names: list[Any] = seller.orders(2)
    run = seller.invoice(names, posting_date=getdate(day))
    assert run.status is RunStatus.COMPLETED
    dates = {frappe.db.get_value("Sales Invoice", seller.billing(name)[0], "posting_date") for name in names}
    assert dates == {getdate(day)}
