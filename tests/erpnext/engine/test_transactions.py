"""What FrappeTransactions promises beyond the contract: callbacks, foreign code, interrupts and broken connections."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import frappe
import pymysql
import pytest
from frappe.database.database import Database
from rq.timeouts import JobTimeoutException

from imogi_finance.erpnext_adapter import connections
from imogi_finance.erpnext_adapter.transactions import FrappeTransactions
from imogi_finance.errors import Conflict, ForeignCommit, OutcomeUnknown, Refused
from tests.erpnext.engine.scene import another_connection

TABLE = "imogi_engine_test"


@pytest.fixture(scope="module", autouse=True)
def _table(site: str) -> Iterator[None]:
    frappe.db.sql_ddl(f"drop table if exists {TABLE}")
    frappe.db.sql_ddl(f"create table {TABLE} (name varchar(140) primary key, value int) engine = InnoDB")
    yield
    frappe.db.sql_ddl(f"drop table if exists {TABLE}")


@pytest.fixture(autouse=True)
def _empty(_table: None) -> None:
    frappe.db.sql(f"delete from {TABLE}")
    frappe.db.commit()


@pytest.fixture
def transactions() -> FrappeTransactions:
    return FrappeTransactions()


def insert(name: str, database: Any = None) -> None:
    (database or frappe.db).sql(f"insert into {TABLE} values (%s, 0)", name)


def names() -> list[str]:
    frappe.db.rollback()
    return [row[0] for row in frappe.db.sql(f"select name from {TABLE} order by name")]


# foreign code


@pytest.mark.parametrize(
    "rude",
    [
        lambda: frappe.db.commit(),
        lambda: frappe.db.rollback(),
        lambda: frappe.db.sql("COMMIT"),
        lambda: frappe.db.sql("select 1", auto_commit=1),
        lambda: frappe.db.sql_ddl(f"alter table {TABLE} comment = 'x'"),
        lambda: frappe.db.sql(f"truncate table {TABLE}"),
        lambda: frappe.db.sql("set autocommit = 1"),
        lambda: frappe.db._cursor.execute("-- a remark\n begin"),
        lambda: frappe.db._conn.commit(),
        lambda: frappe.db._conn.rollback(),
    ],
)
@pytest.mark.parametrize("is_caught", [False, True])
def test_nobody_else_ends_the_transaction(
    transactions: FrappeTransactions, rude: Callable[[], Any], is_caught: bool
) -> None:
    with pytest.raises(ForeignCommit, match="test_transactions"), transactions.transaction():  # noqa: PT012
        insert("a")
        with suppress(Exception) if is_caught else nullcontext():
            rude()
        insert("b")
    assert names() == []
    insert("c")
    frappe.db.commit()  # afterwards it is Frappe's own again
    assert names() == ["c"]


def test_what_ends_it_behind_everybody_s_back_is_noticed(transactions: FrappeTransactions) -> None:
    with pytest.raises(ForeignCommit), transactions.transaction():  # noqa: PT012
        insert("a")
        frappe.db._conn._execute_command(3, "COMMIT")  # below everything that is watched
        frappe.db._conn._read_ok_packet()
        insert("b")
    assert names() == ["a"]


def test_a_savepoint_that_went_with_a_transaction_hides_no_error(transactions: FrappeTransactions) -> None:
    with pytest.raises(ForeignCommit), transactions.transaction():  # noqa: PT012
        with pytest.raises(ValueError, match="the reason"), transactions.savepoint():  # noqa: PT012
            insert("a")
            frappe.db._conn._execute_command(3, "COMMIT")
            frappe.db._conn._read_ok_packet()
            raise ValueError("the reason")
        with pytest.raises(Conflict, match="A savepoint could not be rolled back to"):
            insert("b")
        raise ForeignCommit("who knows,", "COMMIT")
    assert names() == ["a"]


def test_writes_of_others_are_neither_taken_along_nor_thrown_away(
    transactions: FrappeTransactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert("before")
    with pytest.raises(Refused, match=r"not committed yet.*frappe\.db\.commit"), transactions.transaction():
        pass
    frappe.db.rollback()
    told: list[str] = []
    frappe.db.after_commit.add(lambda: told.append("by who read only"))
    with transactions.transaction():
        assert told == ["by who read only"]
    insert("before")
    monkeypatch.setattr(frappe.local, "request", object(), raising=False)  # in a web request they are what led here
    with pytest.raises(ValueError, match="ours"), transactions.transaction():  # noqa: PT012
        insert("ours")
        raise ValueError("ours")
    assert names() == ["before"]


def test_a_transaction_is_as_large_as_it_has_to_be(
    transactions: FrappeTransactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "MAX_WRITES_PER_TRANSACTION", 3)
    monkeypatch.setattr(frappe.db, "auto_commit_on_many_writes", 1)
    with pytest.raises(ValueError, match="end"), transactions.transaction():  # noqa: PT012
        for number in range(8):
            insert(str(number))
        raise ValueError("end")
    assert names() == []
    assert (frappe.db.auto_commit_on_many_writes, frappe.db.MAX_WRITES_PER_TRANSACTION) == (1, 3)


# what comes with rows


def test_a_savepoint_takes_callbacks_messages_and_events_back_with_the_rows(transactions: FrappeTransactions) -> None:
    told: list[str] = []
    with transactions.transaction():
        frappe.db.after_commit.add(lambda: told.append("kept"))
        frappe.publish_realtime("kept", user="x", after_commit=True)
        frappe.msgprint("kept")
        with pytest.raises(ValueError, match="no"), transactions.savepoint():  # noqa: PT012
            frappe.db.after_commit.add(lambda: told.append("of a document that is gone"))
            frappe.db.after_rollback.add(lambda: told.append("file removed"))
            frappe.publish_realtime("gone", user="x", after_commit=True)
            frappe.msgprint("gone")
            insert("gone")
            raise ValueError("no")
        assert told == ["file removed"]
        assert [event for event, _, _ in frappe.local._realtime_log] == ["kept"]
        assert [message.message for message in frappe.message_log] == ["kept"]
        insert("kept")
    assert told == ["file removed", "kept"]
    assert names() == ["kept"]
    assert frappe.message_log == []  # what is said of a run's documents is for nobody's screen


def test_a_callback_that_fails_after_the_commit_keeps_nobody_from_theirs(
    transactions: FrappeTransactions, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def fail() -> None:
        raise ValueError("after")

    with transactions.transaction():
        insert("a")
        frappe.db.after_commit.add(fail)
        frappe.db.after_commit.add(lambda: (insert("by a callback"), told.append("second")))  # type: ignore[func-returns-value]
    assert told == ["second"]
    assert names() == ["a", "by a callback"]
    assert "a callback failed after a commit" in caplog.text


def test_each_statement_sees_what_others_have_committed_by_then(transactions: FrappeTransactions) -> None:
    frappe.db.sql(f"select count(*) from {TABLE}")  # an old view, from before
    with another_connection() as other:
        insert("a", other)
        other.commit()
        with transactions.transaction():
            assert frappe.db.sql(f"select count(*) from {TABLE}")[0][0] == 1
            insert("b", other)
            other.commit()
            assert frappe.db.sql(f"select count(*) from {TABLE}")[0][0] == 2


def test_reading_sees_one_state_and_cannot_write(transactions: FrappeTransactions) -> None:
    with another_connection() as other, transactions.reading():
        insert("later", other)
        other.commit()
        assert frappe.db.sql(f"select count(*) from {TABLE}")[0][0] == 0
    with pytest.raises(frappe.InReadOnlyMode), transactions.reading():
        insert("mine")
    assert names() == ["later"]


# other transactions


def test_a_deadlock_is_a_conflict_and_whoever_catches_it_writes_nothing_more(transactions: FrappeTransactions) -> None:
    with transactions.transaction():
        insert("a")
        insert("b")
    with another_connection() as other:
        waits = threading.Event()

        def crossing() -> None:
            execute = other._cursor.execute  # a thread has no frappe
            execute(f"update {TABLE} set value = 2 where name = 'b'")
            for number in range(50):  # the heavier one, so that the server gives the other one up
                execute(f"insert into {TABLE} values ('weight {number}', 0)")
            waits.set()
            execute(f"update {TABLE} set value = 2 where name = 'a'")
            execute("commit")

        with pytest.raises(Conflict), transactions.transaction():  # noqa: PT012
            frappe.db.sql(f"update {TABLE} set value = 1 where name = 'a'")
            thread = threading.Thread(target=crossing)
            thread.start()
            waits.wait(5)
            with suppress(Exception):
                frappe.db.sql(f"update {TABLE} set value = 1 where name = 'b'")
            with pytest.raises(Conflict, match="was lost before"):
                insert("as if nothing had happened")
        thread.join(10)
    assert "as if nothing had happened" not in names()
    assert frappe.db.sql(f"select value from {TABLE} where name in ('a', 'b')") == ((2,), (2,))


def test_waiting_for_a_row_ends_before_the_lease_does(
    transactions: FrappeTransactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connections.LOCK_WAIT_SECONDS < 10
    monkeypatch.setattr(connections, "LOCK_WAIT_SECONDS", 1)
    insert("a")
    frappe.db.commit()
    patience = frappe.db.sql("select @@innodb_lock_wait_timeout")
    with another_connection() as other:
        other.sql(f"update {TABLE} set value = 2 where name = 'a'")
        with pytest.raises(Conflict, match="held a row"), transactions.transaction():
            frappe.db.sql(f"update {TABLE} set value = 1 where name = 'a'")
        with transactions.transaction():
            with pytest.raises(frappe.QueryTimeoutError):
                frappe.db.sql(f"select * from {TABLE} where name = 'a' for update nowait")
            insert("not waiting costs nothing")
    assert names() == ["a", "not waiting costs nothing"]
    assert frappe.db.sql("select @@innodb_lock_wait_timeout") == patience


# broken connections and interrupts


def kill_this_connection() -> None:
    thread = frappe.db._conn.thread_id()
    with another_connection() as other:
        other.sql(f"kill {thread}")
    time.sleep(0.05)


def test_a_connection_killed_during_work_is_a_conflict_and_the_next_transaction_has_another(
    transactions: FrappeTransactions,
) -> None:
    with pytest.raises(Conflict, match="connection"), transactions.transaction():  # noqa: PT012
        insert("a")
        kill_this_connection()
        insert("b")
    with transactions.transaction():
        insert("c")
    assert names() == ["c"]


def test_a_connection_that_died_idle_is_replaced_before_anything_is_done(transactions: FrappeTransactions) -> None:
    kill_this_connection()
    with transactions.transaction():
        insert("a")
    assert names() == ["a"]


def test_a_frappe_that_reconnects_by_itself_does_not_write_half(transactions: FrappeTransactions) -> None:
    with pytest.raises(Conflict), transactions.transaction():  # noqa: PT012
        insert("a")
        kill_this_connection()
        with suppress(Exception):
            insert("b")
        with suppress(Exception):
            frappe.db.connect()
        insert("c")
    assert names() == []


@pytest.mark.parametrize("has_happened", [False, True])
def test_a_connection_broken_during_commit_leaves_the_outcome_unknown(
    transactions: FrappeTransactions, monkeypatch: pytest.MonkeyPatch, has_happened: bool
) -> None:
    def breaks(connection: Any) -> None:
        if has_happened:
            plain(connection)
        kill_this_connection()
        plain(connection)

    plain = pymysql.connections.Connection.commit
    with pytest.raises(OutcomeUnknown, match="while committing"), transactions.transaction():  # noqa: PT012
        insert("a")
        monkeypatch.setattr(pymysql.connections.Connection, "commit", breaks)
    monkeypatch.undo()
    assert names() == (["a"] if has_happened else [])
    with transactions.transaction():
        insert("b")


@contextmanager
def time_is_up_after(seconds: float) -> Iterator[None]:
    def alarm(*_: object) -> None:
        raise JobTimeoutException("Task exceeded maximum timeout value")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_timeout_in_the_middle_of_a_rollback_leaves_nothing_that_the_next_transaction_would_commit(
    transactions: FrappeTransactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def time_is_up() -> None:
        raise JobTimeoutException("Task exceeded maximum timeout value")

    with pytest.raises(JobTimeoutException), transactions.transaction():  # noqa: PT012
        insert("half")
        frappe.db.before_rollback.add(time_is_up)
        raise ValueError("which rolls back")
    monkeypatch.setattr(frappe.local, "request", object(), raising=False)  # where what was pending would be committed
    with transactions.transaction():
        insert("whole")
    assert names() == ["whole"]


def test_settings_changed_by_others_are_seen_by_the_next_transaction(transactions: FrappeTransactions) -> None:
    def stale_days() -> int:
        return int(frappe.db.get_single_value("Accounts Settings", "stale_days"))

    before = stale_days()
    with another_connection() as other:
        other.sql("update tabSingles set value = %s where field = 'stale_days'", before + 1)
        other.commit()
    with transactions.transaction():
        assert stale_days() == before + 1
    frappe.db.set_single_value("Accounts Settings", "stale_days", before)
    frappe.db.commit()


@pytest.mark.parametrize("is_caught", [False, True])
def test_a_timeout_in_the_middle_of_a_statement_goes_through_and_frees_the_rows(
    transactions: FrappeTransactions, is_caught: bool
) -> None:
    insert("a")
    frappe.db.commit()
    thread = frappe.db._conn.thread_id()
    expected = Conflict if is_caught else JobTimeoutException
    with time_is_up_after(0.3), pytest.raises(expected), transactions.transaction():  # noqa: PT012
        frappe.db.sql(f"update {TABLE} set value = 1 where name = 'a'")
        with suppress(Exception) if is_caught else nullcontext():
            frappe.db.sql("select benchmark(100000000, md5(1))")  # which notices no closed connection
        insert("b")
    assert frappe.db._conn.thread_id() != thread
    with transactions.transaction():  # the server has let go of the row, whatever its statement had left to do
        frappe.db.sql(f"update {TABLE} set value = 2 where name = 'a'")
    assert names() == ["a"]
