"""The ERPNext world of the contract suites: fixtures of the names that ``tests/contract/conftest.py`` has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timezone

import frappe
import frappe.share
import pytest
from frappe.utils.background_jobs import get_queue

from imogi_finance.batch.doors import BatchStore
from imogi_finance.batch.run import NewRun
from imogi_finance.erpnext_adapter import connections
from imogi_finance.erpnext_adapter.batch_history import FrappeBatchHistory
from imogi_finance.erpnext_adapter.batch_store import FrappeBatchStore
from imogi_finance.erpnext_adapter.queue import JOB, FrappeQueue
from imogi_finance.erpnext_adapter.realtime import FrappeRealtime
from imogi_finance.erpnext_adapter.transactions import FrappeTransactions
from imogi_finance.erpnext_adapter.users import FrappeUsers
from imogi_finance.setting_up.roles import RECONCILER, WATCHER
from tests.contract.test_batch_history import KIND as COUNTED
from tests.contract.test_batch_history import Counted
from tests.erpnext.contract.session import ErpSession, drop_tables, make_tables
from tests.erpnext.office import ErpOffice
from tests.erpnext.private_redis import PrivateRedis, private_redis
from tests.support.bells import Bells
from tests.support.staff import Staff


class Undone(Exception):
    """Takes back what a test of the store wrote."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up waiting for a row after a second: some tests wait for nothing."""
    monkeypatch.setattr(connections, "LOCK_WAIT_SECONDS", 1)


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


@pytest.fixture
def counted(company: ErpOffice) -> Iterator[Counted]:
    """Runs that are counted, by one who sees all of them; they are taken away after the test."""
    yield Counted(FrappeTransactions(), FrappeBatchStore(), FrappeBatchHistory(), "Administrator", company.company)
    frappe.db.rollback()
    names = frappe.get_all("Batch Run", filters={"kind": COUNTED}, pluck="name")
    for doctype, field in (("Batch Run Item", "run"), ("Batch Run Signal", "name"), ("Batch Run", "name")):
        frappe.db.delete(doctype, {field: ("in", names)})
    frappe.db.commit()


@pytest.fixture(scope="session")
def company(site: str) -> ErpOffice:
    """The company of the site that people and runs of the contracts are in."""
    return ErpOffice()


@pytest.fixture
def staff(company: ErpOffice) -> Iterator[Staff]:
    """People with ERPNext's roles and the app's; around them is a guest, who may do nothing."""
    accountant = ("Accounts User", "Accounts Manager")
    manager = company.user("manager.contract", *accountant, RECONCILER)
    watcher = company.user("watcher.contract", WATCHER)
    stranger = company.user("stranger.contract", *accountant)
    users, transactions_of_site = FrappeUsers(), FrappeTransactions()

    def disable(user: str) -> None:
        frappe.db.set_value("User", user, "enabled", 0)
        frappe.db.commit()

    transaction = company.bank_transaction(-1)
    frappe.share.add("Bank Transaction", transaction, watcher, read=1, notify=0)
    frappe.db.commit()
    new = NewRun("Some Kind", manager, company.company, "Bank Transaction", transaction, 20, "digest")
    with transactions_of_site.transaction():
        run = FrappeBatchStore().insert_run(new, [], datetime.now(timezone.utc))
    frappe.set_user("Guest")
    yield Staff(
        transactions=transactions_of_site,
        users=users,
        run=run,
        manager=manager,
        watcher=watcher,
        stranger=stranger,
        acting=lambda: None if frappe.session.user == "Guest" else frappe.session.user,
        may_pay_or_undo=lambda: users.undoing or bool(frappe.has_permission("Payment Entry", "submit")),
        disable=disable,
    )
    frappe.set_user("Administrator")
    frappe.db.set_value("User", manager, "enabled", 1)
    frappe.db.delete("Batch Run", {"name": run.name})
    frappe.db.commit()


class FrappeBells:
    """See ``Bells``: a Redis of the tests' own, in the place of the bench's."""

    def __init__(self, redis: PrivateRedis) -> None:
        self._redis = redis
        self.queue, self.realtime = FrappeQueue("long"), FrappeRealtime()

    def rung(self) -> list[str]:
        return [job.kwargs["kwargs"]["run"] for job in get_queue("long").jobs if job.kwargs["method"] == JOB]

    def rooms(self, publish: Callable[[], None]) -> list[str]:
        with self._redis.client() as client:
            channel = client.pubsub(ignore_subscribe_messages=True)
            channel.subscribe("events")
            channel.get_message(timeout=1)
            publish()
            rooms = []
            while message := channel.get_message(timeout=0.5):
                rooms.append(json.loads(message["data"])["room"])
            channel.close()
        return rooms

    def room_of(self, run: str) -> str:
        return f"doc:Batch Run/{run}"

    def rooms_of(self, user: str) -> list[str]:
        return [f"user:{user}"]

    def away(self) -> AbstractContextManager[None]:
        return self._redis.away()


@pytest.fixture
def bells(site: str) -> Iterator[Bells]:
    """Frappe's bells; a task seems to be running, whose room anybody may join."""
    with private_redis() as mine:
        frappe.local.task_id = "some-task"
        yield FrappeBells(mine)
        frappe.local.task_id = None
