"""A sandbox with real workers, to be crashed: processes, faults, and ways to wait."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from imogi_finance.bank_reconciliation.request import Options, parse_request
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.company import NewBankTransaction, NewInvoice
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app

USER = "crash-tester"
LEASE_SECONDS = 1.5
PATIENCE_SECONDS = 60.0


@dataclass
class Plant:
    """A home and the processes that work in it."""

    home: Home
    workers: int = 1
    environment: dict[str, str] = field(default_factory=dict)
    supervisor: subprocess.Popen[bytes] | None = None

    @classmethod
    def build(cls, folder: Path, **options: Any) -> Plant:
        """Make a company in the folder."""
        plant = cls(Home.at(folder), **options)
        with open_app(plant.home, create=True) as app, app.rows.transaction():
            app.company.set_up("Toko Uji", currency="IDR", user=USER)
        plant.faults.mkdir()
        return plant

    @property
    def faults(self) -> Path:
        return self.home.path / "faults"

    # processes

    def start(self) -> None:
        """Start the supervisor and wait until its workers listen."""
        code = "import sys; from imogi_finance.sandbox.workers.supervisor import run_workers\n"
        code += "from imogi_finance.sandbox.home import Home\n"
        code += f"run_workers(Home.at(sys.argv[1]), count={self.workers})"
        with (self.home.path / "supervisor.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-c", code, str(self.home.path)],
                env={
                    **os.environ,
                    "IMOGI_FAULTS": str(self.faults),
                    "IMOGI_LEASE_SECONDS": str(LEASE_SECONDS),
                    "IMOGI_SWEEP_SECONDS": "0.1",
                    **self.environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: len(self.rq_workers()) >= self.workers, "the workers to start")

    def stop(self) -> None:
        """Stop everything, whatever state it is in."""
        if self.supervisor is None:
            return
        for pid in self.descendants():
            signal_process(pid, signal.SIGCONT)
        self.supervisor.terminate()
        try:
            self.supervisor.wait(15)
        except subprocess.TimeoutExpired:
            self.supervisor.kill()
            self.supervisor.wait()
        for pid in self.descendants():
            signal_process(pid, signal.SIGKILL)

    def kill_supervisor(self) -> None:
        assert self.supervisor is not None
        self.supervisor.kill()
        self.supervisor.wait()

    def descendants(self) -> list[int]:
        """Return the pids of all processes of this home, the supervisor's and orphans'."""
        found = subprocess.run(["pgrep", "-f", str(self.home.path)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split() if int(pid) != os.getpid()]

    def rq_workers(self) -> list[int]:
        """Return the pids of RQ workers that are not anybody's work-horse."""
        found = subprocess.run(
            ["pgrep", "-f", f"rq_worker {self.home.path}"], capture_output=True, text=True, check=False
        )
        pids = {int(pid) for pid in found.stdout.split()}
        return [pid for pid in pids if parent_of(pid) not in pids]

    # work

    def order(self, action: str, point: str, nth: int) -> Path:
        """Have the next process that passes the point for the nth time do something."""
        order = self.faults / point
        order.write_text(f"{action} {nth}")
        return order

    def wait_for_order(self, order: Path) -> None:
        """Wait until a process has taken the order: else nothing was killed, and nothing tested."""
        wait_until(lambda: not order.exists(), f"a process to pass {order.name}", order.read_text)

    def invoices(self, count: int) -> tuple[str, list[dict[str, str]]]:
        """Enter unpaid invoices and a withdrawal for their sum; return its name and the selection."""
        with open_app(self.home) as app, app.rows.transaction(), app.users.acting_as(USER, undoing=False):
            stamp = app.rows.next_number("plant")
            names = [app.company.add_invoice("Toko Uji", _invoice(stamp, number)) for number in range(count)]
            total = sum((Decimal(1000 + number) for number in range(count)), Decimal(0))
            line = NewBankTransaction("Bank - IDR", date(2026, 1, 31), -total, "IDR", f"Transfer {stamp}")
            transaction = app.company.add_bank_transaction("Toko Uji", line)
        assert transaction is not None
        return transaction, [{"doctype": "Purchase Invoice", "name": name} for name in names]

    def ask(self, count: int, *, per_party: bool = False, chunk_size: int = 20) -> str:
        """Ask for a run over new invoices; return its name."""
        transaction, selection = self.invoices(count)
        options = Options(per_party=per_party, chunk_size=chunk_size)
        with open_app(self.home) as app:
            service = app.reconciliation
            return service.create_payment_entries_bulk(transaction, selection, user=USER, options=options).run.name

    def ask_and_spoil(self, transaction: str, selection: list[dict[str, str]], *, per_party: bool = False) -> str:
        """Ask for a run whose last invoice is paid in cash in the same moment, so that all must be undone."""
        with open_app(self.home) as app:
            with app.rows.transaction(), app.users.acting_as(USER, undoing=False):
                ref = InvoiceRef(selection[-1]["doctype"], selection[-1]["name"])
                request = parse_request(transaction, selection, None, options=Options(per_party=per_party), user=USER)
                run = app.reconciliation.accept_here(request)
                app.company.pay_invoice(ref, account_type="Cash", on=date(2026, 1, 15))
            app.queue.ring(run.name)
        return run.name

    def cancel(self, run: str) -> None:
        with open_app(self.home) as app:
            app.control.cancel(run, user=USER)

    def row(self, run: str) -> dict[str, Any]:
        """Return the run's row, read by plain SQL."""
        with closing(sqlite3.connect(self.home.database, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return dict(connection.execute("SELECT * FROM batch_run WHERE name = ?", (run,)).fetchone())

    def wait_for(self, run: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until something holds of the run's row."""
        wait_until(lambda: holds(self.row(run)), f"something of {run}", lambda: str(self.row(run)))

    def wait_for_end(self, run: str) -> str:
        """Wait until the run has ended; return its status."""
        wait_until(lambda: self.row(run)["ended_at"] is not None, f"{run} to end", lambda: str(self.row(run)))
        return str(self.row(run)["status"])


def _invoice(stamp: int, number: int) -> NewInvoice:
    return NewInvoice(
        "Purchase Invoice",
        f"PT Pemasok {number % 7}",
        date(2026, 1, 2),
        date(2026, 2, 1),
        f"INV/{stamp}/{number}",
        "IDR",
        Decimal(1000 + number),
    )


def wait_until(holds: Callable[[], bool], what: str, explain: Callable[[], str] | None = None) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it did not within the patience.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}: {explain() if explain else ''}"
        time.sleep(0.02)


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def signal_process(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has ended, which is as good


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
