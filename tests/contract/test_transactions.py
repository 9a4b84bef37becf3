"""The contract of Transactions: commit on a normal exit, roll back on any exception, and nothing in between."""

from __future__ import annotations

import pytest

from imogi_finance.errors import Conflict
from imogi_finance.sandbox.storage.rows import Rows
from tests.contract.worlds import OpenSession

SETTING = {"name": "a", "value": "1"}


class Stop(BaseException):
    """Not even an Exception."""


def test_a_transaction_commits_on_a_normal_exit(opening: OpenSession) -> None:
    one, two = opening(), opening()
    with one.transaction():
        one.insert("setting", SETTING)
        assert two.get("setting", "a") is None
    assert two.get("setting", "a") == SETTING


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, Stop])
def test_a_transaction_is_rolled_back_on_any_exception(rows: Rows, error: type[BaseException]) -> None:
    with pytest.raises(error), rows.transaction():  # noqa: PT012
        rows.insert("setting", SETTING)
        raise error
    assert rows.get("setting", "a") is None
    with rows.transaction():
        rows.insert("setting", SETTING)
    assert rows.get("setting", "a") == SETTING


@pytest.mark.parametrize("error", [ValueError, Stop])
def test_a_savepoint_undoes_everything_since_and_nothing_before(rows: Rows, error: type[BaseException]) -> None:
    with rows.transaction():
        rows.insert("setting", SETTING)
        with pytest.raises(error), rows.savepoint():  # noqa: PT012
            rows.insert("setting", {"name": "b", "value": "2"})
            rows.update("setting", ("a",), {"value": "changed"})
            raise error
        rows.insert("setting", {"name": "c", "value": "3"})
    assert [row["name"] for row in rows.select("setting")] == ["a", "c"]
    assert rows.get("setting", "a") == SETTING


def test_savepoints_stand_inside_each_other(rows: Rows) -> None:
    with rows.transaction():
        with rows.savepoint():
            rows.insert("setting", SETTING)
            with pytest.raises(ValueError, match="inner"), rows.savepoint():  # noqa: PT012
                rows.delete_where("setting", {})
                raise ValueError("inner")
        with pytest.raises(ValueError, match="outer"), rows.savepoint():  # noqa: PT012
            with rows.savepoint():
                rows.insert("setting", {"name": "b", "value": "2"})
            raise ValueError("outer")
    assert rows.select("setting") == [SETTING]


def test_a_transaction_inside_a_transaction_is_a_programming_error(rows: Rows) -> None:
    with rows.transaction():
        rows.insert("setting", SETTING)
        with pytest.raises(RuntimeError), rows.transaction():
            pass
    assert rows.get("setting", "a") == SETTING


def test_two_that_change_one_row_at_once_cannot_both_win(opening: OpenSession) -> None:
    """One is lost as a Conflict: when it begins, in the middle or when it commits, as the world has it."""
    one, two = opening(), opening()
    with one.transaction():
        one.insert("setting", SETTING)
    won = []

    def both() -> None:
        with one.transaction():
            assert one.lock("setting", "a") is not None
            one.update("setting", ("a",), {"value": "one"})
            with two.transaction():
                assert two.lock("setting", "a") is not None
                two.update("setting", ("a",), {"value": "two"})
            won.append("two")
        won.append("one")

    with pytest.raises(Conflict):
        both()
    assert len(won) <= 1
    row = one.get("setting", "a")
    assert row is not None
    assert row["value"] == (won[0] if won else "1")


def test_two_that_lock_one_row_at_once_cannot_both_go_on(opening: OpenSession) -> None:
    one, two = opening(), opening()
    with one.transaction():
        one.insert("setting", SETTING)
        one.insert("setting", {"name": "b", "value": ""})

    def both() -> None:
        with one.transaction():
            one.lock("setting", "a")
            with two.transaction():
                two.lock("setting", "a")
                two.update("setting", ("b",), {"value": "two"})
            one.update("setting", ("b",), {"value": "one"})

    with pytest.raises(Conflict):
        both()


def test_a_session_goes_on_after_a_conflict(opening: OpenSession) -> None:
    one, two = opening(), opening()
    with pytest.raises(Conflict), one.transaction():  # noqa: PT012
        one.insert("setting", SETTING)
        with two.transaction():
            two.insert("setting", {**SETTING, "value": "2"})
    for session in (one, two):
        with session.transaction():
            session.delete_where("setting", {})
            session.insert("setting", SETTING)
    assert two.get("setting", "a") == SETTING
