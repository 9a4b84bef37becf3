"""A second session that is in a worker's way: it holds rows, wants others, holds commits up, kills connections.

Run by a Python of its own inside the site; its connections last from one call to the next.
"""

from __future__ import annotations

import time
from typing import Any

import frappe
import pymysql

INVOICE = "Purchase Invoice"
_PATIENCE = 90.0
_mine: dict[str, Any] = {}
ROOT_PASSWORD = "imogi-test"  # of a test's own server; see tests/bench/templates.py


def _connection(name: str, *, root: bool = False) -> Any:
    """Return a connection of this name, opened when first asked for."""
    if name not in _mine:
        conf = frappe.conf
        user, password = ("root", ROOT_PASSWORD) if root else (conf.db_name, conf.db_password)
        _mine[name] = pymysql.connect(
            host="127.0.0.1", port=int(conf.db_port), user=user, password=password, database=conf.db_name
        )
    return _mine[name]


def _rows(sql: str, *values: object, of: str = "root") -> list[tuple[Any, ...]]:
    with _connection(of, root=of == "root").cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


# holding rows


def hold(name: str, doctype: str = INVOICE) -> None:
    """Lock a document's row until ``let_go``."""
    _rows("begin", of="holder")
    _lock(doctype, name)


def _lock(doctype: str, name: str) -> None:
    _rows(f"select name from `tab{doctype}` where name = %s for update", name, of="holder")


def let_go() -> None:
    """Give back what was locked."""
    _connection("holder").rollback()


def hold_and_weigh(name: str, doctype: str = INVOICE, rows: int = 3000) -> None:
    """Lock a document's row in a transaction that has changed so much that a deadlock's victim is the other one."""
    _rows("begin", of="holder")
    _rows(f"insert into `tabError Log` (name) select concat('proof-', uuid()) from seq_1_to_{rows}", of="holder")
    _lock(doctype, name)


def want(name: str, doctype: str = INVOICE) -> str:
    """Wait for a document's row; return "won" when it came, "lost" where the deadlock's victim was this session."""
    try:
        _lock(doctype, name)
    except pymysql.err.OperationalError as error:
        return f"lost: {error}"
    finally:
        _connection("holder").rollback()
    return "won"


def wait_until_somebody_waits() -> None:
    """Wait until another transaction waits for a row."""
    deadline = time.monotonic() + _PATIENCE
    while not _rows("select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT'"):
        assert time.monotonic() < deadline, "nobody waits for a row"
        time.sleep(0.25)  # asked more often than each tenth of a second, InnoDB says the same again and again


# killing


def kill_writer() -> None:
    """Kill the connection that has written most in a transaction that is still open."""
    _rows(f"kill {_writer()}")


def _writer() -> int:
    found = _rows(
        """select trx_mysql_thread_id from information_schema.innodb_trx where trx_rows_modified > 0
        and trx_mysql_thread_id != connection_id() order by trx_rows_modified desc limit 1"""
    )
    assert found, "nobody has written anything"
    return int(found[0][0])


def hold_up_commits() -> None:
    """Let no commit through until ``kill_who_commits``; note who is about to."""
    _mine["writer"] = _writer()
    _rows("flush tables with read lock")


def kill_who_commits() -> None:
    """Wait until the one who was about to commit does, kill its connection, and let the others go on."""
    writer, deadline = _mine.pop("writer"), time.monotonic() + _PATIENCE
    try:
        while not _rows("select 1 from information_schema.processlist where id = %s and info = 'COMMIT'", writer):
            assert time.monotonic() < deadline, "nobody commits"
            time.sleep(0.01)
        _rows(f"kill {writer}")
        while _rows("select 1 from information_schema.processlist where id = %s", writer):
            assert time.monotonic() < deadline, "the connection does not end"
            time.sleep(0.01)
    finally:
        _rows("unlock tables")
