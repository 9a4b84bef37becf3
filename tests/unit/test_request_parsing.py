"""The request as it comes from outside: anything at all is either understood or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imogi_finance.bank_reconciliation.request import MOST_ROWS, Options, Request, parse_request
from imogi_finance.errors import Refused

ROW = {"doctype": "Purchase Invoice", "name": "PINV-1"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["doctype", "name", "amount", "x"]), inner)
    ),
    max_leaves=8,
)


def parse(invoices: object, vouchers: object = None, transaction: object = "BT-1", **options: Any) -> Request:
    return parse_request(transaction, invoices, vouchers, options=Options(**options), user="ana")


def rule_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    problem = refused.value.problems[0]
    assert problem.document
    assert problem.message
    assert problem.remedy
    return problem.rule


@given(JSON, JSON, JSON)
def test_anything_at_all_is_understood_or_refused(transaction: object, invoices: object, vouchers: object) -> None:
    try:
        request = parse(invoices, vouchers, transaction)
    except Refused as error:
        problems = error.problems
    else:
        problems = ()
        assert request.invoices or request.vouchers
    assert all(problem.document and problem.remedy for problem in problems)


@given(st.lists(st.decimals(Decimal("0.01"), 10**6, places=2), min_size=1, max_size=5))
def test_amounts_are_read_exactly(amounts: list[Decimal]) -> None:
    rows = [{**ROW, "name": f"PINV-{n}", "amount": str(amount)} for n, amount in enumerate(amounts)]
    assert [row.amount for row in parse(rows).invoices] == amounts


@pytest.mark.parametrize(
    ("invoices", "vouchers", "rule"),
    [
        ([], [], "empty_selection"),
        ([], None, "empty_selection"),
        (None, None, "malformed"),
        ("PINV-1", None, "malformed"),
        ({"doctype": "Purchase Invoice"}, None, "malformed"),
        (["PINV-1"], None, "malformed"),
        ([{"doctype": "Purchase Invoice"}], None, "malformed"),
        ([{**ROW, "colour": "red"}], None, "malformed"),
        ([{**ROW, "doctype": "Journal Entry"}], None, "malformed"),
        ([{**ROW, "name": "  "}], None, "malformed"),
        ([{**ROW, "name": 7}], None, "malformed"),
        ([{**ROW, "amount": "a lot"}], None, "malformed"),
        ([{**ROW, "amount": True}], None, "malformed"),
        ([{**ROW, "amount": float("nan")}], None, "malformed"),
        ([ROW], [ROW], "malformed"),
        ([{"doctype": "Payment Entry", "name": "PAY-1"}], None, "malformed"),
        ([ROW], "PAY-1", "malformed"),
    ],
)
def test_what_is_refused(invoices: object, vouchers: object, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(invoices, vouchers)
    assert rule_of(refused) == rule


@pytest.mark.parametrize("transaction", ["", "  ", None, 5, ["BT-1"]])
def test_a_request_names_its_bank_transaction(transaction: object) -> None:
    with pytest.raises(Refused) as refused:
        parse([ROW], transaction=transaction)
    assert rule_of(refused) == "no_bank_transaction"


@pytest.mark.parametrize("size", [0, -1, 501, True, "20", 1.5, None])
def test_a_chunk_holds_1_to_500_items(size: object) -> None:
    with pytest.raises(Refused) as refused:
        parse([ROW], chunk_size=size)
    assert rule_of(refused) == "chunk_size"


def test_every_malformed_row_is_named() -> None:
    with pytest.raises(Refused) as refused:
        parse([ROW, "x", {**ROW, "amount": "?"}, {**ROW, "name": ""}])
    assert len(refused.value.problems) == 3
    assert "Row 2" in refused.value.problems[0].message
    assert refused.value.problems[1].document == "Purchase Invoice PINV-1"


def test_one_hundred_thousand_rows_are_the_most() -> None:
    most = [ROW] * MOST_ROWS
    assert len(parse(most).invoices) == MOST_ROWS
    with pytest.raises(Refused) as refused:
        parse(most, [{"doctype": "Payment Entry", "name": "PAY-1"}])
    assert rule_of(refused) == "too_many_rows"
    assert "100,001" in str(refused.value)


def test_the_same_request_has_the_same_digest_in_any_order_and_notation() -> None:
    other = {"doctype": "Sales Invoice", "name": "SINV-1", "amount": "100"}
    first = parse([ROW, other])
    assert parse([{**other, "amount": "100.00"}, ROW]).digest() == first.digest()
    assert parse([{**other, "amount": 100.0}, ROW]).digest() == first.digest()
    assert parse([{**ROW, "amount": None}, {**other, "amount": Decimal("1E+2")}]).digest() == first.digest()


@pytest.mark.parametrize(
    "other",
    [
        parse([ROW], transaction="BT-2"),
        parse([{**ROW, "amount": 1}]),
        parse([{**ROW, "name": "PINV-2"}]),
        parse([ROW, ROW]),
        parse([ROW], [{"doctype": "Payment Entry", "name": "PAY-1"}]),
        parse([ROW], per_party=True),
        parse([ROW], chunk_size=5),
        parse([ROW], stop_on_first_error=False),
        parse_request("BT-1", [ROW], None, options=Options(), user="ben"),
    ],
)
def test_other_parameters_have_another_digest(other: Request) -> None:
    assert other.digest() != parse([ROW]).digest()
