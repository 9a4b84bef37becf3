"""What only SQLite can do to a transaction: lose it from under the app."""

# ruff: noqa: PT012  a transaction is more than one statement

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imogi_finance.batch.run import NewRun
from imogi_finance.errors import Conflict
from imogi_finance.sandbox.batch_store import RowsBatchStore
from imogi_finance.sandbox.storage.sqlite import SqliteRows, StorageDamaged
from tests.support.doors import NOON

SETTING = {"name": "a", "value": "1"}


class Interrupt(Exception):
    """As the queue's time-out: an ordinary exception."""


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[SqliteRows]:
    opened = SqliteRows(tmp_path / "company.db", create=True)
    yield opened
    opened.close()


def lose(rows: SqliteRows) -> None:
    """Roll the open transaction back, as SQLite does by itself when the disk is full."""
    rows._connection.execute("ROLLBACK")


def test_a_statement_after_the_transaction_was_lost_does_not_commit_by_itself(rows: SqliteRows) -> None:
    with pytest.raises(Conflict, match="lost"), rows.transaction():
        lose(rows)
        rows.insert("setting", SETTING)
    assert rows.get("setting", "a") is None


def test_many_rows_after_the_transaction_was_lost_do_not_commit_by_themselves(rows: SqliteRows) -> None:
    with pytest.raises(Conflict, match="lost"), rows.transaction():
        lose(rows)
        rows.insert_many("setting", [SETTING])
    assert rows.count("setting") == 0


def test_a_transaction_that_was_lost_unnoticed_is_a_conflict_at_its_end(rows: SqliteRows) -> None:
    with pytest.raises(Conflict, match="lost"), rows.transaction():
        rows.insert("setting", SETTING)
        lose(rows)
    assert rows.get("setting", "a") is None


def test_a_savepoint_that_cannot_be_rolled_back_to_keeps_the_exception(rows: SqliteRows) -> None:
    with pytest.raises(Interrupt), rows.transaction(), rows.savepoint():
        rows._connection.execute("RELEASE s1")
        raise Interrupt
    with rows.transaction():
        rows.insert("setting", SETTING)
    assert rows.get("setting", "a") == SETTING


def test_a_file_that_is_no_database_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "company.db"
    path.write_bytes(b"this is no database, whatever its name says" * 200)
    with pytest.raises(StorageDamaged, match="Restore it"):
        SqliteRows(path)


def test_a_file_of_an_earlier_version_gets_the_columns_that_are_new(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    new = SqliteRows(path, create=True)
    new.query("ALTER TABLE batch_run DROP COLUMN joinable")
    new.close()
    for _ in range(2):
        again = SqliteRows(path)
        assert "joinable" in {row["name"] for row in again.query("PRAGMA table_info(batch_run)")}
        again.close()


def test_a_file_of_an_earlier_version_gets_the_tables_and_columns_that_it_lacks(tmp_path: Path) -> None:
    made = SqliteRows(tmp_path / "old.db", create=True)
    with made.transaction():
        made.insert("company", {"name": "Acme", "currency": "IDR"})
    for statement in (
        "DROP TABLE sales_order",
        "DROP TABLE invoice_line",
        "DROP INDEX invoice_1",
        "ALTER TABLE invoice DROP COLUMN batch_run",
    ):
        made._connection.execute(statement)
    made.close()

    opened = [SqliteRows(tmp_path / "old.db") for _ in range(2)]

    assert opened[0].count("sales_order") == opened[1].count("invoice_line") == 0
    assert opened[0].get("company", "Acme") == {"name": "Acme", "currency": "IDR"}
    assert "batch_run" in {row["name"] for row in opened[1].query("PRAGMA table_info(invoice)")}
    assert "invoice_1" in {row["name"] for row in opened[0].query("SELECT name FROM sqlite_master")}
    for rows in opened:
        rows.close()


def test_a_file_that_is_none_of_ours_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty.db").write_bytes(b"")
    rows = SqliteRows(tmp_path / "empty.db")
    assert rows.query("SELECT name FROM sqlite_master") == []
    rows.close()


def test_a_run_of_an_earlier_version_is_read_as_it_was_meant(tmp_path: Path) -> None:
    """Its document was held, it was of usual urgency, and it was never reopened."""
    path = tmp_path / "old.db"
    old = SqliteRows(path, create=True)
    with old.transaction():
        name = (
            RowsBatchStore(old)
            .insert_run(NewRun("Some Kind", "ana", "Acme", "Bank Transaction", "BT-1", 20), [], NOON)
            .name
        )
    for column in ("holds_document", "priority", "worked_seconds"):
        old.query(f"ALTER TABLE batch_run DROP COLUMN {column}")
    old.close()
    again = SqliteRows(path)
    run = RowsBatchStore(again).run(name)
    assert (run.holds_document, run.priority, run.worked_seconds) == (True, 5, 0.0)
    assert run.live_key == "Bank Transaction:BT-1"
    again.close()
