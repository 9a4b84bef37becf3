"""Runs on ERPNext for tests: people, documents, and an app whose clock, bell and patience a test chooses."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import frappe
from frappe.database import get_db

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch import faults
from imogi_finance.batch.run import Run
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.erpnext_adapter.composition import App, compose
from imogi_finance.setting_up.roles import RECONCILER, WATCHER
from tests.erpnext.office import ErpOffice, connect
from tests.erpnext.private_redis import PrivateRedis
from tests.support.doors import Silence, SilentQueue

# Quick where the engine waits for others to be done; as patient as ever where work takes its time.
QUICK = EngineSettings(
    item_backoff_seconds=0.01,
    item_backoff_limit=0.05,
    transient_backoff_seconds=0.01,
    transient_backoff_limit=0.05,
    ring_patience_seconds=0.0,
)


class Scene:
    """People and runs in the shared company.

    Attributes:
        ana: may reconcile in bulk, and so may ben; vic may only watch; eve has ERPNext roles but none of the app's.
    """

    def __init__(self, office: ErpOffice, redis: PrivateRedis) -> None:
        self.office, self.redis = office, redis
        self.ana = office.user("ana.engine", "Accounts User", "Accounts Manager", RECONCILER)
        self.ben = office.user("ben.engine", "Accounts User", "Accounts Manager", RECONCILER)
        self.vic = office.user("vic.engine", "Accounts User", WATCHER)
        self.eve = office.user("eve.engine", "Accounts User", "Accounts Manager")
        self.queue, self.browser = SilentQueue(), Silence()
        self._spare: dict[str, set[str]] = {"Purchase Invoice": set(), "Bank Transaction": set()}
        self._asked: list[Run] = []

    def app(self, **settings: Any) -> App:
        """Compose the app with a bell and a browser that keep what they get."""
        how = {**vars(QUICK), **settings}
        self.queue.rung.clear()
        self.browser.events.clear()
        return compose(queue=self.queue, realtime=self.browser, settings=EngineSettings(**how))

    def asked(self, count: int = 3, *, user: str | None = None, chunk_size: int = 20, amount: int = 100) -> Run:
        """Ask for a run over new invoices and a bank transaction that fits; nobody works it yet."""
        rows = [{"doctype": "Purchase Invoice", "name": self._unpaid(amount)} for _ in range(count)]
        accepted = self.app().reconciliation.create_payment_entries_bulk(
            self._open_transaction(amount * count), rows, user=user or self.ana, options=Options(chunk_size=chunk_size)
        )
        self._asked.append(accepted.run)
        return accepted.run

    def _unpaid(self, amount: int) -> str:
        """Return an unpaid invoice: one that an earlier test's run has given back, or a new one."""
        for name in self._spare["Purchase Invoice"]:
            if self.office.outstanding("Purchase Invoice", name) == amount:
                self._spare["Purchase Invoice"].remove(name)
                return name
        return self.office.purchase_invoice(amount)

    def _open_transaction(self, amount: int) -> str:
        for name in self._spare["Bank Transaction"]:
            if frappe.db.get_value("Bank Transaction", name, "unallocated_amount") == amount:
                self._spare["Bank Transaction"].remove(name)
                return name
        return self.office.bank_transaction(-amount)

    def tidy(self) -> None:
        """End what a test has left live; keep the documents of what was undone for the next test."""
        self.redis.client().flushall()
        frappe.db.rollback()
        live = "status in ('Pending', 'Processing', 'Undoing')"
        frappe.db.sql(f"update `tabBatch Run` set status = 'Failed', announced = 1, live_key = null where {live}")
        frappe.db.sql("update `tabBatch Run` set announced = 1, live_key = null")
        frappe.db.sql("update `tabBatch Run Item` set live_key = null where live_key is not null")
        frappe.db.commit()
        for run in self._asked:
            if frappe.db.exists("Batch Run", run.name) and not self.payments(run.name):
                self._spare["Bank Transaction"].add(run.reference_name)
                self._spare["Purchase Invoice"] |= {item["reference_name"] for item in self.items(run.name)}
        self._asked.clear()

    # looking

    @staticmethod
    def run(name: str) -> Run:
        """Return a run as last committed."""
        frappe.db.rollback()
        return compose().store.run(name)

    @staticmethod
    def items(name: str) -> list[dict[str, Any]]:
        """Return the rows of a run's items by position."""
        frappe.db.rollback()
        fields = ["position", "reference_name", "status", "attempt", "result_name", "error"]
        found = frappe.get_all("Batch Run Item", filters={"run": name}, fields=fields, order_by="position")
        return [dict(row) for row in found]

    @staticmethod
    def payments(run: str, docstatus: int = 1) -> list[str]:
        """Return the Payment Entries that a run made and that have a docstatus."""
        frappe.db.rollback()
        return list(frappe.get_all("Payment Entry", filters={"batch_run": run, "docstatus": docstatus}, pluck="name"))

    def assert_reconciled(self, run: str) -> None:
        """Assert that a run has paid and allocated each invoice once."""
        found = self.run(run)
        names = [item["reference_name"] for item in self.items(run)]
        assert found.status.value == "Completed", found.error
        assert [self.office.status("Purchase Invoice", name) for name in names] == ["Paid"] * len(names)
        assert len(self.payments(run)) == len(names)
        assert frappe.db.get_value("Bank Transaction", found.reference_name, "unallocated_amount") == 0

    def assert_undone(self, run: str) -> None:
        """Assert that nothing of a run is left: no live payment, no ledger row, every outstanding as before."""
        assert self.payments(run) == []
        live_rows = frappe.db.sql(
            """select count(*) from `tabGL Entry` g join `tabPayment Entry` p on p.name = g.voucher_no
            where p.batch_run = %s and g.is_cancelled = 0""",
            run,
        )
        assert live_rows[0][0] == 0
        for item in self.items(run):
            name = item["reference_name"]
            total = frappe.db.get_value("Purchase Invoice", name, "grand_total")
            assert self.office.outstanding("Purchase Invoice", name) == total
        found = self.run(run)
        assert frappe.db.get_value("Bank Transaction", found.reference_name, "allocated_amount") == 0


def hooked(doctype: str, event: str, function: Callable[..., Any]) -> Callable[[], None]:
    """Have a function called on a document event, as a hook of an installed app; return how to take it off."""
    name = f"imogi_finance.hook_of_a_test_{frappe.generate_hash(length=6)}"
    module = ModuleType(name)
    module.__dict__["on_event"] = function
    sys.modules[name] = module
    handlers = frappe.get_doc_hooks().setdefault(doctype, {}).setdefault(event, [])
    path = f"{name}.on_event"
    handlers.append(path)

    def take_off() -> None:
        handlers.remove(path)
        del sys.modules[name]

    return take_off


@contextmanager
def at(point: str, act: Callable[[], None], *, nth: int = 1) -> Iterator[list[int]]:
    """Do something at the nth pass of a fault point; yields the passes so far."""
    passes: list[int] = []

    def reached(passed: str) -> None:
        if passed == point:
            passes.append(len(passes) + 1)
            if len(passes) == nth:
                act()

    faults.arm(reached)
    try:
        yield passes
    finally:
        faults.arm(None)


@contextmanager
def another_connection() -> Iterator[Any]:
    """Yield a Frappe database on a connection of its own; what it has not committed is rolled back."""
    conf = frappe.conf
    database = get_db(
        host=conf.db_host, port=conf.db_port, user=conf.db_name, password=conf.db_password, cur_db_name=conf.db_name
    )
    database.connect()
    try:
        yield database
    finally:
        database.close()


class Elsewhere:
    """Something done in another process's stead: a thread, with a Frappe connection of its own."""

    def __init__(self, act: Callable[[], Any], *, user: str = "Administrator") -> None:
        self.answer: Any = None
        self.error: BaseException | None = None
        self._act, self._user, self._site = act, user, frappe.local.site
        self._conf = frappe.conf.redis_queue
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            connect(self._site)
            frappe.conf.redis_queue = self._conf
            frappe.set_user(self._user)
            self.answer = self._act()
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            self.error = error
        finally:
            frappe.destroy()

    def result(self, seconds: float = 30.0) -> Any:
        """Wait until it is done; return its answer, or raise its error."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "it waits for something"
        if self.error is not None:
            raise self.error
        return self.answer
