"""Which orders can be invoiced, which are left out, and what is wrong with the others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from imogi_finance.batch.run import ItemStatus
from imogi_finance.batch_invoicing.judging import Judgement, judge
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.request import parse_request
from imogi_finance.errors import NotPermitted, Problem, Refused
from tests.support.order_book import COMPANY, TODAY, OrderBook, problems_of


class Holders:
    """A store that knows nothing but which keys are in a live run."""

    def __init__(self, **held: str) -> None:
        self.held = {f"Sales Order:{name.replace('_', '-')}": run for name, run in held.items()}

    def holders(self, live_keys: list[str]) -> dict[str, str]:
        return {key: self.held[key] for key in live_keys if key in self.held}


def judged(
    book: OrderBook, names: list[str], *, held: Holders | None = None, company: str | None = COMPANY, **options: Any
) -> Judgement:
    request = parse_request(names, company=company, options=Options(**options), user="ana")
    return judge(request, book, held or Holders())  # type: ignore[arg-type]


def refused(*args: Any, **how: Any) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as error:
        judged(*args, **how)
    assert all(problem.message and problem.remedy for problem in error.value.problems)
    return error.value.problems


def rule_of(judgement: Judgement, name: str) -> str:
    (problem,) = judgement.problems[name]
    assert problem.document == f"Sales Order {name}"
    assert problem.message
    assert problem.remedy
    return problem.rule


def test_a_good_order_is_ready_with_all_that_is_not_billed() -> None:
    book = OrderBook()
    found = judged(book, [book.order("SO-1", "1234.50")])
    assert (found.company, found.currency, found.total()) == (COMPANY, "IDR", Decimal("1234.50"))
    (item,) = found.items()
    assert (item.reference_doctype, item.reference_name, item.amount) == ("Sales Order", "SO-1", "1234.50")
    assert (item.status, item.error) == (ItemStatus.PENDING, None)


@pytest.mark.parametrize(
    ("rule", "how", "options"),
    [
        ("order_not_submitted", {"docstatus": 0}, {}),
        ("order_not_submitted", {"docstatus": 2}, {}),
        ("other_company", {"company": "Zenith"}, {}),
        ("on_hold", {"status": "On Hold"}, {}),
        ("closed", {"status": "Closed"}, {}),
        ("fully_billed", {"unbilled": 0}, {}),
        ("fully_billed", {"unbilled": "-0.01"}, {}),
        ("has_draft_invoice", {"drafts": ("SINV-7",)}, {}),
        ("nothing_delivered", {"delivered_unbilled": Decimal(0)}, {"only_delivered": True}),
    ],
)
def test_a_bad_order_is_an_item_that_has_failed_and_the_others_are_ready(
    rule: str, how: dict[str, Any], options: dict[str, Any]
) -> None:
    book = OrderBook()
    names = [book.order("SO-1"), book.order("SO-2", **how), book.order("SO-3")]
    found = judged(book, names, **options)
    assert [order.name for order in found.ready] == ["SO-1", "SO-3"]
    assert rule_of(found, "SO-2") == rule
    found.check_has_work(strict=False)
    items = found.items()
    assert [item.status.value for item in items] == ["Pending", "Failed", "Pending"]
    assert items[1].error == str(found.problems["SO-2"][0])
    assert items[1].live_key is None


def test_an_unknown_order_and_one_that_is_not_for_this_user_are_said_the_same_of() -> None:
    book = OrderBook()
    names = [book.order("SO-1"), book.order("SO-2", company="Zenith", status="On Hold"), "SO-9"]
    book.hidden = {"SO-2"}
    found = judged(book, names)
    hidden, unknown = (str(found.problems[name][0]).replace(name, "…") for name in ("SO-2", "SO-9"))
    assert hidden == unknown
    assert rule_of(found, "SO-9") == "unknown_order"
    assert found.items()[1].amount == "0"


def test_the_drafts_that_are_in_the_way_are_named() -> None:
    book = OrderBook()
    book.order("SO-1")
    book.order("SO-2", drafts=tuple(f"SINV-{number}" for number in range(1, 6)))
    message = judged(book, ["SO-1", "SO-2"]).problems["SO-2"][0].message
    assert "SINV-1, SINV-2, SINV-3 and 2 more" in message


@pytest.mark.parametrize("status", ["On Hold", "Closed"])
def test_orders_on_hold_or_closed_are_left_out_where_that_is_chosen_and_it_is_said_why(status: str) -> None:
    book = OrderBook()
    names = [book.order("SO-1"), book.order("SO-2", status=status)]
    found = judged(book, names, leave_out_held=True)
    assert (list(found.left_out), list(found.problems)) == (["SO-2"], [])
    item = found.items()[1]
    assert item.status is ItemStatus.SKIPPED
    assert "left out" in str(item.error)
    found.check_has_work(strict=True)


def test_a_closed_draft_or_order_of_others_is_bad_all_the_same() -> None:
    """It is left out for being closed only where nothing else is wrong with it."""
    book = OrderBook()
    names = [book.order("SO-1"), book.order("SO-2", status="Closed", company="Zenith")]
    found = judged(book, names, leave_out_held=True)
    assert rule_of(found, "SO-2") == "other_company"


def test_an_order_in_a_live_run_is_bad_and_the_run_named() -> None:
    book = OrderBook()
    names = book.orders_of(2)
    found = judged(book, names, held=Holders(SO_2="RUN-7"))
    assert rule_of(found, "SO-2") == "in_live_run"
    assert "RUN-7" in found.problems["SO-2"][0].message


def test_nothing_is_said_of_the_runs_of_orders_that_are_not_for_this_user() -> None:
    book = OrderBook()
    names = book.orders_of(2)
    book.hidden = {"SO-2"}
    assert rule_of(judged(book, names, held=Holders(SO_2="RUN-7")), "SO-2") == "unknown_order"


def test_what_the_books_have_against_an_order_is_the_orders_and_all_of_it_is_said() -> None:
    book = OrderBook()
    names = book.orders_of(2)
    book.objects = [*problems_of(["Sales Order SO-2"]), *problems_of(["Sales Order SO-2"], "disabled_item")]
    found = judged(book, names)
    assert [problem.rule for problem in found.problems["SO-2"]] == ["credit_limit", "disabled_item"]
    assert str(found.items()[1].error).count("Too much is owed already.") == 2
    assert str(found.items()[1].error).count("Sales Order SO-2") == 1


def test_what_the_books_have_against_the_whole_request_refuses_it() -> None:
    book = OrderBook()
    names = book.orders_of(2)
    book.objects = [*problems_of(["Company Acme"], "period_closed"), *problems_of(["Sales Order SO-2"])]
    assert [problem.rule for problem in refused(book, names)] == ["period_closed"]


def test_the_books_are_asked_about_the_orders_that_are_left_and_about_the_day() -> None:
    asked: list[tuple[list[str], date | None]] = []

    class Asked(OrderBook):
        def objections(self, company: Any, orders: Any, options: Options) -> Any:
            asked.append(([order.name for order in orders], options.posting_date))
            return []

    book = Asked()
    names = [book.order("SO-1"), book.order("SO-2", docstatus=0), book.order("SO-3")]
    judged(book, names, held=Holders(SO_3="RUN-1"))
    judged(book, names, posting_date=date(2026, 3, 1))
    assert asked == [(["SO-1"], TODAY), (["SO-1", "SO-3"], date(2026, 3, 1))]


def test_a_company_that_does_not_exist_or_is_not_for_this_user() -> None:
    book = OrderBook()
    assert [problem.rule for problem in refused(book, book.orders_of(1), company="Nowhere")] == ["unknown_company"]


def test_a_user_who_may_make_no_invoices_of_the_company() -> None:
    book = OrderBook()
    names = book.orders_of(1)
    book.barred = {COMPANY}
    with pytest.raises(NotPermitted):
        judged(book, names)


def test_the_company_is_that_of_the_orders_where_none_is_named() -> None:
    book = OrderBook()
    book.currencies["Zenith"] = "USD"
    names = [book.order("SO-1", company="Zenith"), "SO-9"]
    assert judged(book, names, company=None).company == "Zenith"


def test_orders_of_several_companies_are_refused_where_none_is_named() -> None:
    book = OrderBook()
    names = [*book.orders_of(2), book.order("SO-3", company="Zenith")]
    (problem,) = refused(book, names, company=None)
    assert problem.rule == "several_companies"
    assert "Acme (2), Zenith (1)" in problem.message


def test_orders_of_which_none_exists_are_refused_and_named() -> None:
    problems = refused(OrderBook(), ["SO-1", "SO-2"], company=None)
    assert [(problem.document, problem.rule) for problem in problems] == [
        ("Sales Order SO-1", "unknown_order"),
        ("Sales Order SO-2", "unknown_order"),
    ]


def test_a_request_that_leaves_nothing_to_do_is_refused_with_every_reason() -> None:
    book = OrderBook()
    names = [book.order("SO-1", status="On Hold"), book.order("SO-2", docstatus=0)]
    found = judged(book, names, leave_out_held=True)
    with pytest.raises(Refused) as error:
        found.check_has_work(strict=False)
    assert [problem.rule for problem in error.value.problems] == ["order_not_submitted", "on_hold"]


def test_a_strict_request_is_refused_for_one_bad_order() -> None:
    book = OrderBook()
    names = [book.order("SO-1"), book.order("SO-2", docstatus=0)]
    found = judged(book, names)
    with pytest.raises(Refused, match="SO-2"):
        found.check_has_work(strict=True)


def test_of_many_problems_the_first_hundred_are_named_and_the_rest_counted() -> None:
    book = OrderBook()
    found = judged(book, book.orders_of(1234, docstatus=0))
    with pytest.raises(Refused) as error:
        found.check_has_work(strict=False)
    *named, last = error.value.problems
    assert [problem.document for problem in named] == [f"Sales Order SO-{number}" for number in range(1, 101)]
    assert "1,134 more" in last.message


def test_amounts_are_in_the_companys_currency_with_its_decimals() -> None:
    book = OrderBook()
    names = [book.order("SO-1", "10.00", currency="USD", rate=Decimal("16543.217")), book.order("SO-2", "1.00")]
    book.currencies[COMPANY] = "JPY"
    found = judged(book, names)
    assert [item.amount for item in found.items()] == ["165432", "1"]
    assert found.total() == 165433


def test_only_what_is_delivered_counts_where_that_is_chosen() -> None:
    book = OrderBook()
    names = [book.order("SO-1", "100.00", delivered_unbilled=Decimal("40.00"))]
    assert judged(book, names, only_delivered=True).total() == 40
    assert judged(book, names).total() == 100


def test_orders_that_one_invoice_may_bill_come_together_where_that_is_chosen() -> None:
    book = OrderBook()
    names = [book.order(f"SO-{n}", customer="Ida" if n % 2 else "Joe") for n in range(1, 6)]
    names[2:2] = ["SO-9"]
    grouped = judged(book, names, one_per_customer=True)
    assert [item.reference_name for item in grouped.items()] == ["SO-1", "SO-3", "SO-5", "SO-2", "SO-4", "SO-9"]
    assert [item.reference_name for item in judged(book, names).items()] == names
