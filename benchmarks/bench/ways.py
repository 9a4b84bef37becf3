"""The ways of paying that are compared, and what each of them costs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import frappe
import redis
from erpnext.accounts.doctype.bank_reconciliation_tool.bank_reconciliation_tool import reconcile_vouchers
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

from benchmarks.bench.twins import DOCTYPE, Twin
from imogi_finance.bank_reconciliation.request import Options, usual_chunk
from imogi_finance.batch.engine import Outcome
from imogi_finance.batch.run import RunStatus
from imogi_finance.batch.settings import EngineSettings
from imogi_finance.erpnext_adapter.composition import App, compose

CHUNK = 20
USER = "Administrator"


class SilentQueue:
    def invite(self, *, last: bool = False) -> None:
        """Nobody stands by."""

    def ring(self, run: str, *, urgently: bool = False) -> None:
        """Nobody listens: the benchmark works its runs itself."""


class SilentRealtime:
    def publish(self, event: str, payload: object, *, run: str, user: str) -> None:
        """Nobody looks."""


@dataclass
class Cost:
    """What something took.

    Args:
        seconds: of wall-clock time.
        processor: seconds of this process's processor time; the database's are not in it.
        statements: SQL statements that reached the database.
        redis: commands to Redis.
    """

    seconds: float = 0.0
    processor: float = 0.0
    statements: int = 0
    redis: int = 0


def plain_loop(twin: Twin) -> None:
    """The baseline: what a consultant would write in the console."""
    transaction = frappe.get_doc("Bank Transaction", twin.transaction)
    made = []
    for number, name in enumerate(twin.invoices, 1):
        payment = get_payment_entry(DOCTYPE, name, bank_account=twin.office.bank_gl)
        payment.reference_no, payment.reference_date = transaction.reference_number, transaction.date
        payment.posting_date, payment.bank_account = transaction.date, transaction.bank_account
        payment.insert()
        payment.submit()
        made.append({"payment_doctype": "Payment Entry", "payment_name": payment.name, "amount": payment.paid_amount})
        if number % CHUNK == 0:
            frappe.db.commit()
    frappe.db.commit()
    reconcile_vouchers(twin.transaction, json.dumps(made, default=str))
    frappe.db.commit()


def one_payment_an_invoice(twin: Twin) -> None:
    """The same as a durable run: request, run, items, leases, savepoints, progress."""
    work(ask(twin))


def one_payment_a_party(twin: Twin) -> None:
    """A durable run that makes one payment for each supplier, or several where one has more invoices than a chunk."""
    work(ask(twin, per_party=True))


def ask(twin: Twin, *, per_party: bool = False) -> str:
    """Ask for a run over all of a twin's invoices; return its name."""
    options = Options(per_party=per_party, chunk_size=usual_chunk(per_party=per_party, usual=CHUNK))
    service = _app().reconciliation
    return service.create_payment_entries_bulk(twin.transaction, twin.selection, user=USER, options=options).run.name


def work(run: str) -> None:
    """Work a run to its end, job by job: a long one leaves its final step to a fresh job."""
    app = _app()
    while app.engine.work(run, holder="benchmark") in (Outcome.CONTINUES, Outcome.WAITING):
        pass
    ended = app.store.run(run)
    assert ended.status is RunStatus.COMPLETED, (ended.status, ended.error)


def _app() -> App:
    return compose(queue=SilentQueue(), realtime=SilentRealtime(), settings=EngineSettings(workers=1))


def cost(of: Callable[[], object]) -> Cost:
    """Return what something costs, as a worker does it: with cold caches of this process."""
    frappe.local.cache = {}
    spent = Cost()
    with _counting(spent):
        started, processor = time.perf_counter(), time.process_time()
        of()
        spent.seconds, spent.processor = time.perf_counter() - started, time.process_time() - processor
    return spent


@contextmanager
def _counting(spent: Cost) -> Iterator[None]:
    """Count the statements that the driver sends, and the commands to Redis."""
    connection = frappe.local.db._conn
    execute = connection._execute_command

    def counted(command: int, sql: str | bytes) -> None:
        spent.statements += 1
        execute(command, sql)

    to_redis = redis.Redis.execute_command

    def counted_command(client: redis.Redis, *command: object, **options: object) -> object:
        spent.redis += 1
        return to_redis(client, *command, **options)

    connection._execute_command = counted
    try:
        with patch.object(redis.Redis, "execute_command", counted_command):
            yield
    finally:
        del connection._execute_command
