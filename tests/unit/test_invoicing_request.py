"""What is asked for, as it comes from outside: anything at all is either understood or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.request import (
    MOST_ORDERS,
    Request,
    options_of,
    parse_date,
    parse_request,
    stored_options,
    usual_chunk,
)
from imogi_finance.errors import Refused

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=8,
)


def parse(orders: object, **how: Any) -> Request:
    return parse_request(orders, **{"options": Options(), "user": "ana", **how})


def rules(orders: object, **how: Any) -> list[str]:
    """Assert that a request is refused, each time with document, message and remedy; return the rules."""
    with pytest.raises(Refused) as refused:
        parse(orders, **how)
    assert all(problem.document and problem.message and problem.remedy for problem in refused.value.problems)
    return [problem.rule for problem in refused.value.problems]


@given(JSON, JSON, JSON, JSON)
def test_anything_at_all_is_understood_or_refused(
    orders: object, company: object, chunk: Any, priority: object
) -> None:
    try:
        request = parse(orders, company=company, priority=priority, options=Options(chunk_size=chunk))
    except Refused as error:
        problems = error.problems
    else:
        problems = ()
        assert request.orders
        assert request.digest()
    assert all(problem.document and problem.remedy for problem in problems)


@pytest.mark.parametrize(
    ("orders", "rule"),
    [
        ([], "empty_selection"),
        (None, "malformed"),
        ("SO-1", "malformed"),
        ({"SO-1": 1}, "malformed"),
        ([None], "malformed"),
        ([["SO-1"]], "malformed"),
        (["  "], "malformed"),
        (["SO-\ud800"], "malformed"),
        (["S" * 141], "malformed"),
        (["SO-1", "SO-2", "SO-1"], "selected_twice"),
        (["SO-1", "so-1"], "selected_twice"),
        (["SO-1", "SO-1 "], "selected_twice"),
        ([f"SO-{number}" for number in range(MOST_ORDERS + 1)], "too_many_rows"),
    ],
)
def test_what_is_refused(orders: object, rule: str) -> None:
    assert rules(orders) == [rule]


@pytest.mark.parametrize("chunk", [0, 501, -1, True, "20", 1.5, None])
def test_a_chunk_that_is_not_possible(chunk: Any) -> None:
    assert rules(["SO-1"], options=Options(chunk_size=chunk)) == ["chunk_size"]


@pytest.mark.parametrize("priority", [0, 10, True, "5", None])
def test_a_priority_that_is_not_possible(priority: object) -> None:
    assert rules(["SO-1"], priority=priority) == ["priority"]


@pytest.mark.parametrize("company", ["  ", 7, "C" * 141])
def test_a_company_that_is_no_name(company: object) -> None:
    assert rules(["SO-1"], company=company) == ["malformed"]


def test_the_first_hundred_malformed_rows_are_named() -> None:
    with pytest.raises(Refused) as refused:
        parse(["SO-1", *[""] * 150])
    assert len(refused.value.problems) == 100
    assert "Row 2 " in refused.value.problems[0].message


def test_no_company_is_that_of_the_orders() -> None:
    assert parse(["SO-1"], company="").company is None
    assert parse(["SO-1"], company="Acme").company == "Acme"


@pytest.mark.parametrize("given_day", ["16-03-2026", "2026-02-30", "today", 20260316, [], "2026-03-16T10:00:00"])
def test_a_day_that_is_none(given_day: object) -> None:
    with pytest.raises(Refused, match="is no day"):
        parse_date(given_day)


def test_a_day_may_be_missing() -> None:
    assert parse_date(None) is parse_date("") is None
    assert parse_date("2026-03-16") == parse_date(date(2026, 3, 16)) == date(2026, 3, 16)


@pytest.mark.parametrize(
    "changes",
    [
        {"orders": ("SO-1",)},
        {"orders": ("SO-1", "SO-3")},
        {"company": "Zenith"},
        {"company": None},
        {"user": "ben"},
        {"priority": 9},
        {"strict": True},
        {"options": Options(submit=True)},
        {"options": Options(update_stock=True)},
        {"options": Options(posting_date=date(2026, 3, 16))},
        {"options": Options(one_per_customer=True)},
        {"options": Options(only_delivered=True)},
        {"options": Options(leave_out_held=True)},
        {"options": Options(chunk_size=21)},
    ],
)
def test_a_request_that_asks_for_something_else_has_another_digest(changes: dict[str, Any]) -> None:
    request = parse(["SO-1", "SO-2"], company="Acme")
    assert replace(request, **changes).digest() != request.digest()


def test_the_sequence_of_the_orders_is_no_other_request() -> None:
    assert parse(["SO-1", "SO-2"]).digest() == parse(("SO-2", "SO-1")).digest()


@given(st.builds(Options, st.booleans(), st.booleans(), st.none() | st.dates(), st.booleans(), chunk_size=st.just(7)))
def test_options_are_read_as_they_were_stored(options: Options) -> None:
    assert options_of(stored_options(options), chunk_size=7) == options


def test_more_orders_commit_together_where_customers_share_an_invoice() -> None:
    assert usual_chunk(one_per_customer=False, usual=20) == 20
    assert usual_chunk(one_per_customer=True, usual=20) == 50
    assert usual_chunk(one_per_customer=True, usual=200) == 200
