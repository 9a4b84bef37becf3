"""Where the time goes: what each phase of paying costs of its own, without the phases inside it.

While it is measured, and only then, functions of ERPNext and of the app are wrapped by name. The wrapping costs a
little itself, so what is measured here is for shares, not for rates.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from unittest.mock import patch

import frappe

_PAYMENT = "erpnext.accounts.doctype.payment_entry.payment_entry"
_APP = "imogi_finance.erpnext_adapter"
# phase, and the functions that it begins with: module, and what is wrapped in it
Phases = Mapping[str, tuple[tuple[str, str], ...]]
PHASES: dict[str, tuple[tuple[str, str], ...]] = {
    "checks and the stored run": (("benchmarks.bench.ways", "ask"),),
    "lock and read invoices": (("imogi_finance.bank_reconciliation.kind", "BulkReconciliationKind.units"),),
    "get_payment_entry": (
        (f"{_APP}.books.payments", "get_payment_entry"),
        ("benchmarks.bench.ways", "get_payment_entry"),
    ),
    "validate": ((_PAYMENT, "PaymentEntry.validate"),),
    "ledger rows": ((_PAYMENT, "PaymentEntry.make_gl_entries"),),
    "outstanding and status": (
        ("erpnext.accounts.doctype.payment_ledger_entry.payment_ledger_entry", "update_voucher_outstanding"),
        (_PAYMENT, "PaymentEntry.update_outstanding_amounts"),
    ),
    "the rule about cash and bank": (
        ("imogi_finance.events.invoice", "on_change"),
        *(("imogi_finance.events.payment_entry", name) for name in ("validate", "before_submit", "on_submit")),
        *(("imogi_finance.events.bank_transaction", name) for name in ("lock_payments", "refresh_payments")),
    ),
    "the payment's own rows": ((_PAYMENT, "PaymentEntry.insert"), (_PAYMENT, "PaymentEntry.save")),
    "items and run": (
        *((f"{_APP}.batch_store.items", f"ItemRows.{name}") for name in ("due_items", "save_items", "release_keys")),
        *((f"{_APP}.batch_store.runs", f"RunRows.{name}") for name in ("claim", "held", "save", "cancel_requested")),
    ),
    "commit": (
        (f"{_APP}.transactions", "FrappeTransactions._commit"),
        (f"{_APP}.transactions", "FrappeTransactions._after_commit"),
        ("frappe.database.database", "Database.commit"),
    ),
    "allocate to the bank transaction": (
        (f"{_APP}.books.statement", "allocate"),
        ("benchmarks.bench.ways", "reconcile_vouchers"),
    ),
}
REST = "everything else"


@dataclass
class Spent:
    """What a phase took of its own.

    Args:
        seconds, processor: of wall-clock time, and of this process's processor time.
        statements: SQL statements that reached the database.
    """

    seconds: float = 0.0
    processor: float = 0.0
    statements: int = 0


@dataclass
class _Meter:
    by_phase: dict[str, Spent]
    inside: list[str] = field(default_factory=lambda: [REST])
    statements: int = 0
    _last: tuple[float, float, int] = (0.0, 0.0, 0)

    def turn(self) -> None:
        """Charge what was spent since the last turn to the phase that is under way."""
        now = (time.perf_counter(), time.process_time(), self.statements)
        if self._last[0]:
            spent, before = self.by_phase[self.inside[-1]], self._last
            spent.seconds += now[0] - before[0]
            spent.processor += now[1] - before[1]
            spent.statements += now[2] - before[2]
        self._last = now

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self.turn()
        self.inside.append(name)
        try:
            yield
        finally:
            self.turn()
            self.inside.pop()


def measured(act: Callable[[], object], of: Phases = PHASES) -> dict[str, Spent]:
    """Do it, and return what each phase took of its own."""
    meter = _Meter({name: Spent() for name in (*of, REST)})
    with ExitStack() as wrapped:
        for phase, functions in of.items():
            for module, path in functions:
                _wrap(wrapped, meter, phase, module, path)
        wrapped.enter_context(_counted(meter))
        meter.turn()
        act()
        meter.turn()
    return meter.by_phase


def an_item(measured: Mapping[str, Spent], size: int) -> dict[str, dict[str, float]]:
    """Return milliseconds and statements of each phase for each of so many items."""
    return {
        phase: {
            "milliseconds": 1000 * spent.seconds / size,
            "processor_milliseconds": 1000 * spent.processor / size,
            "statements": spent.statements / size,
        }
        for phase, spent in measured.items()
    }


def _wrap(wrapped: ExitStack, meter: _Meter, phase: str, module: str, path: str) -> None:
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for inner in classes:
        owner = getattr(owner, inner)
    original = getattr(owner, name)

    @wraps(original)
    def timed(*args: Any, **kwargs: Any) -> Any:
        with meter.phase(phase):
            return original(*args, **kwargs)

    wrapped.enter_context(patch.object(owner, name, timed))


@contextmanager
def _counted(meter: _Meter) -> Iterator[None]:
    connection = frappe.local.db._conn
    execute = connection._execute_command

    def counted(command: int, sql: str | bytes) -> None:
        meter.statements += 1
        execute(command, sql)

    connection._execute_command = counted
    try:
        yield
    finally:
        del connection._execute_command
