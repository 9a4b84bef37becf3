"""The contract of Rows: what a session reads and writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imogi_finance.sandbox.storage.memory import MemoryDatabase
from imogi_finance.sandbox.storage.rows import DuplicateRow, In, Not, Outside, Row, Rows
from imogi_finance.sandbox.storage.schema import TABLES
from imogi_finance.sandbox.storage.sqlite import SqliteRows
from tests.contract.worlds import OpenSession


def comment(line: int, text: str | None = "x", name: str = "PAY-1") -> Row:
    return {"doctype": "Payment Entry", "name": name, "line": line, "text": text}


@pytest.fixture
def written(rows: Rows) -> Iterator[Rows]:
    """A session inside a transaction that has written five rows."""
    with rows.transaction():
        rows.insert_many(
            "comment", [comment(1, "b"), comment(2, "a"), comment(3, None), comment(10, "c"), comment(4, "a")]
        )
        yield rows


def lines(found: list[Row]) -> list[int]:
    return [row["line"] for row in found]


def test_rows_come_in_the_order_of_their_key(written: Rows) -> None:
    assert lines(written.select("comment")) == [1, 2, 3, 4, 10]


def test_rows_come_in_the_order_that_was_asked_for(written: Rows) -> None:
    assert lines(written.select("comment", {"text": Not("b")}, ("-text", "line"))) == [10, 2, 4]
    assert lines(written.select("comment", order_by=("text", "-line"))) == [3, 4, 2, 1, 10]


def test_pages_of_rows(written: Rows) -> None:
    assert lines(written.select("comment", limit=2)) == [1, 2]
    assert lines(written.select("comment", limit=2, offset=3)) == [4, 10]
    assert lines(written.select("comment", limit=0)) == []
    assert lines(written.select("comment", offset=9)) == []


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ({"text": "a"}, [2, 4]),
        ({"text": None}, [3]),
        ({"text": In(("a", "c"))}, [2, 4, 10]),
        ({"text": In(())}, []),
        ({"line": Outside(3, 5)}, [1, 2, 3, 10]),
        ({"line": Outside(3, 10)}, [1, 2, 3]),
        ({"text": Outside("a", "\U0010ffff")}, [2, 4]),
        ({"text": Not("a")}, [1, 10]),
        ({"text": "a", "line": Outside(2, 9)}, [2]),
        ({}, [1, 2, 3, 4, 10]),
    ],
)
def test_conditions(written: Rows, where: dict[str, object], wanted: list[int]) -> None:
    assert lines(written.select("comment", where)) == wanted
    assert written.count("comment", where) == len(wanted)
    assert written.total("comment", "line", where) == sum(wanted)


def test_a_row_is_changed_only_where_it_matches(written: Rows) -> None:
    key = ("Payment Entry", "PAY-1", 1)
    assert not written.update("comment", key, {"text": "new"}, {"text": "other"})
    assert written.update("comment", key, {"text": "new"}, {"text": "b"})
    assert not written.update("comment", ("Payment Entry", "PAY-9", 1), {"text": "new"})
    assert written.get("comment", *key) == comment(1, "new")


def test_many_rows_are_changed_and_deleted_at_once(written: Rows) -> None:
    written.update_many("comment", [(("Payment Entry", "PAY-1", line), {"text": str(line)}) for line in (1, 2, 99)])
    written.update_many("comment", [])
    assert written.update_where("comment", {"text": In(("1", "2"))}, {"text": "z"}) == 2
    assert written.delete_where("comment", {"text": "z"}) == 2
    assert lines(written.select("comment")) == [3, 4, 10]


def test_a_row_that_was_read_is_a_copy(written: Rows) -> None:
    row = written.get("comment", "Payment Entry", "PAY-1", 1)
    assert row is not None
    row["text"] = "scribbled"
    written.select("comment")[0]["text"] = "scribbled"
    assert written.get("comment", "Payment Entry", "PAY-1", 1) == comment(1, "b")


def test_a_taken_key_names_table_and_columns(written: Rows) -> None:
    with pytest.raises(DuplicateRow) as error:
        written.insert("comment", comment(1))
    assert (error.value.table, set(error.value.columns)) == ("comment", {"doctype", "name", "line"})


def run_row(name: str, live_key: str | None) -> Row:
    numbers = {column: 0 for column, kind in TABLES["batch_run"].columns.items() if kind != "TEXT"}
    return {**dict.fromkeys(TABLES["batch_run"].columns), **numbers, "name": name, "live_key": live_key}


def test_a_unique_value_is_taken_only_once_and_null_by_anybody(rows: Rows) -> None:
    with rows.transaction():
        rows.insert("batch_run", run_row("R1", "k"))
        rows.insert("batch_run", run_row("R2", None))
        rows.insert("batch_run", run_row("R3", None))
        with pytest.raises(DuplicateRow) as error:
            rows.insert("batch_run", run_row("R4", "k"))
        assert error.value.columns == ("live_key",)
        with pytest.raises(DuplicateRow):
            rows.update("batch_run", ("R2",), {"live_key": "k"})
        rows.update("batch_run", ("R1",), {"live_key": None})
        rows.update("batch_run", ("R2",), {"live_key": "k"})
    assert [row["live_key"] for row in rows.select("batch_run")] == [None, "k", None]


def test_a_row_needs_every_column(rows: Rows) -> None:
    with pytest.raises(Exception, match=r"missing|value"), rows.transaction():
        rows.insert("comment", {"doctype": "x", "name": "y"})


def test_no_two_callers_get_the_same_number(opening: OpenSession) -> None:
    one, two = opening(), opening()
    numbers = []
    for session in (one, two, one, one, two):
        with session.transaction():
            numbers.append(session.next_number("series"))
    with one.transaction():
        assert one.next_number("other") == 1
    assert sorted(set(numbers)) == sorted(numbers)
    assert numbers == sorted(numbers)
    assert numbers[0] == 1


ROWS = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from([None, "a", "b", "c"]), st.sampled_from(["PAY-1", "PAY-2"])),
    unique_by=lambda row: (row[0], row[2]),
)
WHERES = st.fixed_dictionaries(
    {},
    optional={
        "text": st.sampled_from([None, "a", In(("a", "c")), Outside("b", "\U0010ffff"), Not("a")]),
        "line": st.sampled_from([3, Outside(2, 4), In((1, 2, 5)), Not(2)]),
    },
)
ORDERS = st.sampled_from(
    [(), ("line", "name"), ("-line", "name"), ("text", "-line", "name"), ("-text", "line", "-name")]
)


@given(ROWS, WHERES, ORDERS, st.integers(0, 5), st.integers(0, 3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_memory_answers_as_sqlite_does(
    entries: list[tuple[int, str | None, str]], where: Row, order: tuple[str, ...], limit: int, offset: int
) -> None:
    answers = []
    memory, sqlite = MemoryDatabase().session(), _in_file()
    try:
        for rows in (memory, sqlite):
            with rows.transaction():
                rows.delete_where("comment", {})
                rows.insert_many("comment", [comment(line, text, name) for line, text, name in entries])
                page = rows.select("comment", where, order, limit=limit, offset=offset)
                answers.append((page, rows.count("comment", where), rows.update_where("comment", where, {"text": "z"})))
    finally:
        sqlite.close()
    assert answers[0] == answers[1]


def _in_file() -> SqliteRows:
    return SqliteRows(Path(":memory:"), create=True)
