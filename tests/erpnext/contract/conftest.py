"""The ERPNext world of the contract suites: fixtures of the names that ``tests/contract/conftest.py`` has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import frappe
import pytest

from imogi_finance.batch.doors import BatchStore
from imogi_finance.erpnext_adapter import transactions
from imogi_finance.erpnext_adapter.batch_store import FrappeBatchStore
from imogi_finance.erpnext_adapter.transactions import FrappeTransactions
from tests.erpnext.contract.session import ErpSession, drop_tables, make_tables


class Undone(Exception):
    """Takes back what a test of the store wrote."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up waiting for a row after a second: some tests wait for nothing."""
    monkeypatch.setattr(transactions, "LOCK_WAIT_SECONDS", 1)


@pytest.fixture(scope="module")
def _tables(site: str) -> Iterator[None]:
    make_tables()
    yield
    drop_tables()


@pytest.fixture
def opening(_tables: None) -> Iterator[Callable[[], ErpSession]]:
    """How to open sessions on empty tables; they are closed after the test."""
    opened: list[ErpSession] = []

    def open_session() -> ErpSession:
        opened.append(ErpSession())
        return opened[-1]

    first = open_session()
    with first.transaction():
        first.delete_where("setting", {})
    yield open_session
    for session in opened:
        session.close()


@pytest.fixture
def rows(opening: Callable[[], ErpSession]) -> ErpSession:
    """One session."""
    return opening()


@pytest.fixture
def store(site: str) -> Iterator[BatchStore]:
    """A store inside a transaction, which the test's end takes back: the site has runs of other tests."""
    try:
        with FrappeTransactions().transaction():
            yield FrappeBatchStore()
            raise Undone
    except Undone:
        frappe.db.rollback()
