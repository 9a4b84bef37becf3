"""Requests to invoice orders, on the sandbox's books: what is stored, what is refused, what asking again means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from imogi_finance.batch.run import RunStatus
from imogi_finance.errors import IdempotencyConflict, NotPermitted, Problem, Refused
from tests.support.office import ANA, BEN, COMPANY, POSTED, VIC
from tests.support.shop import Shop


def refused(shop: Shop, ask: Callable[[], Any]) -> tuple[Problem, ...]:
    """Assert that a request is refused and changes nothing; return its problems."""
    before, rung = shop.dump(), list(shop.queue.rung)
    with pytest.raises(Refused) as error:
        ask()
    assert shop.dump() == before
    assert shop.queue.rung == rung
    assert all(
        problem.document and problem.rule and problem.message and problem.remedy for problem in error.value.problems
    )
    return error.value.problems


def test_orders_are_invoiced_by_a_run_that_a_worker_is_rung_for() -> None:
    shop = Shop()
    names = shop.orders(3)
    accepted = shop.invoice_orders(names, priority=7)
    run = accepted.run
    assert (run.status, run.total, run.processed, run.priority) == (RunStatus.PENDING, 3, 0, 7)
    assert (run.company, run.reference_doctype, run.reference_name) == (COMPANY, "Company", COMPANY)
    assert (run.live_key, run.options["amount"], run.options["currency"]) == (None, "300.00", "IDR")
    assert (accepted.is_new, accepted.rung, shop.queue.rung) == (True, True, [run.name])
    assert shop.sales_invoices() == []
    shop.work(run.name)
    assert shop.run(run.name).status is RunStatus.COMPLETED
    assert {name: len(shop.billing(name)) for name in names} == dict.fromkeys(names, 1)
    shop.check_books()


def test_bad_orders_are_items_that_have_failed_and_the_others_are_invoiced() -> None:
    shop = Shop()
    good, held, draft = shop.order(), shop.order(), shop.order(submit=False)
    billed, drafted = shop.order(), shop.order()
    shop.hold(held)
    shop.bill(billed)
    in_the_way = shop.bill(drafted, submit=False)
    run = shop.invoice_orders([good, held, draft, billed, drafted, "SO-9"]).run
    assert (run.total, run.processed, run.failed) == (6, 5, 5)
    shop.work(run.name)
    ended = shop.run(run.name)
    assert (ended.status, ended.succeeded, ended.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 1, 5)
    errors = {name: str(error) for name, error in shop.errors(run.name).items()}
    assert set(errors) == {held, draft, billed, drafted, "SO-9"}
    assert all(error.startswith(f"Sales Order {name}: ") for name, error in errors.items())
    assert in_the_way in errors[drafted]
    shop.check_books()


def test_mended_orders_go_through_on_retry_and_todays_reason_is_said_of_the_others() -> None:
    shop = Shop()
    good, held, draft = shop.order(), shop.order(), shop.order(submit=False)
    shop.hold(held)
    run = shop.invoice_orders([good, held, draft]).run.name
    shop.work(run)
    shop.reopen(held)
    shop.write(lambda: shop.app.selling.submit_order(draft))
    shop.close(draft)
    shop.app.control.retry(run, user=BEN)
    shop.work(run)
    assert (shop.run(run).succeeded, shop.run(run).failed) == (2, 1)
    assert "It is closed." in str(shop.errors(run)[draft])
    assert [len(shop.billing(name)) for name in (good, held, draft)] == [1, 1, 0]


def test_orders_that_are_left_out_are_skipped_said_so_and_never_taken_up_by_a_resume() -> None:
    shop = Shop()
    first, second, held, closed = shop.orders(4)
    shop.hold(held)
    shop.close(closed)
    run = shop.invoice_orders([first, held, closed, second], leave_out_held=True, chunk_size=1).run
    assert (run.total, run.processed, run.failed) == (4, 2, 0)
    shop.app.control.cancel(run.name, user=ANA)
    assert shop.run(run.name).status is RunStatus.CANCELLED
    shop.reopen(held)
    shop.app.control.retry(run.name, user=ANA)
    shop.work(run.name)
    assert shop.run(run.name).status is RunStatus.COMPLETED
    assert shop.item_statuses(run.name) == ["Succeeded", "Skipped", "Skipped", "Succeeded"]
    assert {name: "left out" in str(error) for name, error in shop.errors(run.name).items()} == {
        held: True,
        closed: True,
    }


def test_a_request_that_leaves_nothing_to_do_is_refused_with_every_reason() -> None:
    shop = Shop()
    held, draft = shop.order(), shop.order(submit=False)
    shop.hold(held)
    problems = refused(shop, lambda: shop.invoice_orders([held, draft, "SO-9"], leave_out_held=True))
    assert [(problem.document, problem.rule) for problem in problems] == [
        (f"Sales Order {draft}", "order_not_submitted"),
        ("Sales Order SO-9", "unknown_order"),
        (f"Sales Order {held}", "on_hold"),
    ]


def test_a_strict_request_is_refused_for_one_bad_order() -> None:
    shop = Shop()
    names = [*shop.orders(2), shop.order(submit=False)]
    (problem,) = refused(shop, lambda: shop.invoice_orders(names, strict=True))
    assert problem.rule == "order_not_submitted"


def test_a_closed_period_refuses_all() -> None:
    shop = Shop()
    names = shop.orders(2)
    shop.close_books()
    (problem,) = refused(shop, lambda: shop.invoice_orders(names))
    assert (problem.document, problem.rule) == (f"Company {COMPANY}", "period_closed")


def test_what_the_world_cannot_do_is_refused() -> None:
    shop = Shop()
    names = shop.orders(1)
    (problem,) = refused(shop, lambda: shop.invoice_orders(names, update_stock=True))
    assert problem.rule == "no_stock"


def test_a_credit_limit_fails_the_orders_that_would_pass_it_up_front() -> None:
    shop = Shop()
    names = shop.orders(4)
    shop.limit("250.00")
    run = shop.invoice_orders(names).run
    assert (run.total, run.failed) == (4, 2)
    shop.work(run.name)
    assert shop.item_statuses(run.name) == ["Succeeded", "Succeeded", "Failed", "Failed"]
    shop.limit("400.00")
    shop.app.control.retry(run.name, user=ANA)
    shop.work(run.name)
    assert shop.run(run.name).status is RunStatus.COMPLETED


def test_who_may_not_make_invoices() -> None:
    shop = Shop()
    names = shop.orders(1)
    before = shop.dump()
    with pytest.raises(NotPermitted):
        shop.invoice_orders(names, user=VIC)
    assert shop.dump() == before


def test_no_posting_date_is_the_day_of_the_request_for_the_whole_run() -> None:
    shop = Shop()
    names = shop.orders(2)
    run = shop.invoice_orders(names, posting_date=None).run
    shop.clock.advance(3 * 24 * 3600)
    shop.work(run.name)
    assert {shop.posted_on(invoice) for name in names for invoice in shop.billing(name)} == {date(2026, 3, 16)}


def test_two_requests_that_share_an_order_bill_it_once() -> None:
    shop = Shop()
    names = shop.orders(3)
    first = shop.invoice_orders(names[:2]).run.name
    second = shop.invoice_orders(names[1:]).run
    assert (second.total, second.failed) == (2, 1)
    assert first in str(shop.errors(second.name)[names[1]])
    for run in (second.name, first):
        shop.work(run)
    assert [len(shop.billing(name)) for name in names] == [1, 1, 1]


def test_an_order_billed_or_drafted_by_hand_meanwhile_is_not_billed_again() -> None:
    shop = Shop()
    billed, drafted, other = shop.orders(3)
    run = shop.invoice_orders([billed, drafted, other]).run.name
    by_hand = shop.bill(billed), shop.bill(drafted, submit=False)
    shop.work(run)
    assert shop.item_statuses(run) == ["Failed", "Failed", "Succeeded"]
    assert [shop.billing(name) for name in (billed, drafted)] == [[by_hand[0]], [by_hand[1]]]
    shop.check_books()


def test_drafts_are_made_where_they_are_asked_for_and_asking_again_makes_no_second() -> None:
    shop = Shop()
    names = shop.orders(2)
    run = shop.invoice_orders(names, submit=False).run.name
    shop.work(run)
    assert (len(shop.sales_invoices(0)), shop.sales_invoices()) == (2, [])
    problems = refused(shop, lambda: shop.invoice_orders(names))
    assert {problem.rule for problem in problems} == {"has_draft_invoice"}


# asking again


def test_the_same_request_while_its_run_is_live_is_the_same_run() -> None:
    shop = Shop()
    names = shop.orders(2)
    first, again = shop.invoice_orders(names), shop.invoice_orders(reversed(names))
    assert (again.run.name, again.is_new) == (first.run.name, False)
    assert shop.rows.count("batch_run") == 1


def test_the_same_request_after_its_orders_were_billed_answers_with_the_run_that_did_it() -> None:
    shop = Shop()
    names = shop.orders(2)
    run = shop.invoice_orders(names).run.name
    shop.work(run)
    again = shop.invoice_orders(names)
    assert (again.run.name, again.is_new, again.rung) == (run, False, False)
    assert len(shop.sales_invoices()) == 2


def test_the_same_request_is_a_new_one_where_more_was_delivered_since() -> None:
    shop = Shop()
    name = shop.order(delivered=4)
    run = shop.invoice_orders([name], only_delivered=True).run.name
    shop.work(run)
    assert shop.invoice_orders([name], only_delivered=True).run.name == run
    shop.deliver(name)
    again = shop.invoice_orders([name], only_delivered=True)
    assert again.is_new
    shop.work(again.run.name)
    assert shop.known(name).unbilled == 0
    assert len(shop.billing(name)) == 2


def test_the_same_request_is_refused_where_more_is_to_bill_that_may_not_be() -> None:
    """The run that billed a part of it is no answer: somebody has closed the order since."""
    shop = Shop()
    name = shop.order(delivered=4)
    shop.work(shop.invoice_orders([name], only_delivered=True).run.name)
    shop.deliver(name)
    shop.close(name)
    shop.queue.rung.clear()
    (problem,) = refused(shop, lambda: shop.invoice_orders([name], only_delivered=True))
    assert problem.rule == "closed"


def test_a_key_always_gets_the_same_run_and_is_not_used_for_another_request() -> None:
    shop = Shop()
    names = shop.orders(2)
    run = shop.invoice_orders(names, key="k").run.name
    shop.work(run)
    assert shop.invoice_orders(names, key="k").run.name == run
    for changes in ({"submit": False}, {"priority": 9}, {"strict": True}, {"posting_date": date(2026, 3, 11)}):
        with pytest.raises(IdempotencyConflict):
            shop.invoice_orders(names, key="k", **changes)


def test_more_runs_than_a_user_may_have_waiting_are_refused() -> None:
    shop = Shop()
    runs = [shop.invoice_orders([name]).run.name for name in shop.orders(10)]
    names = shop.orders(1)
    (problem,) = refused(shop, lambda: shop.invoice_orders(names))
    assert problem.rule == "too_many_waiting"
    assert runs[0] in problem.remedy
    assert shop.invoice_orders(shop.orders(1), user=BEN).is_new
    shop.work(runs[0])
    assert shop.invoice_orders(shop.orders(1)).is_new


# judging beforehand


def test_a_judgement_says_what_a_request_would_become_and_stores_nothing() -> None:
    shop = Shop()
    good, held, draft = shop.order("70.50"), shop.order(), shop.order(submit=False)
    shop.hold(held)
    before = shop.dump()
    judged = shop.judge([good, held, draft], leave_out_held=True)
    assert shop.dump() == before
    assert [order.name for order in judged.ready] == [good]
    assert (list(judged.left_out), list(judged.problems)) == ([held], [draft])
    run = shop.invoice_orders([good, held, draft], leave_out_held=True).run
    assert [row["status"] for row in shop.rows.select("batch_item", {"run": run.name}, ("position",))] == [
        item.status.value for item in judged.items()
    ]


def test_one_invoice_for_each_customer() -> None:
    shop = Shop()
    names = [shop.order(customer="Ida" if n % 2 else "Joe") for n in range(6)]
    run = shop.invoice_orders(names, one_per_customer=True).run.name
    shop.work(run)
    assert shop.run(run).result == {"invoices": 2, "submitted": True}
    assert len(shop.sales_invoices()) == 2
    assert [shop.known(name).unbilled for name in names] == [0] * 6
    assert {shop.posted_on(invoice) for invoice in shop.sales_invoices()} == {POSTED}
    shop.check_books()
