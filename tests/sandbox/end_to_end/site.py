"""A real ``imogi-finance serve`` with its Redis and its workers, on a home of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.clock import SystemClock
from imogi_finance.sandbox.company import NewBankTransaction, NewInvoice
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app
from imogi_finance.sandbox.sample import make_sample
from imogi_finance.sandbox.users import current_user
from tests.crash.audit import audit

PACE_MS = 20  # 300 invoices take six to eight seconds
PATIENCE_SECONDS = 60.0
Json = dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """A bank transaction, and the unpaid invoices that are exactly its sum."""

    transaction: str
    invoices: tuple[str, ...]

    @property
    def rows(self) -> list[Json]:
        return [{"doctype": "Purchase Invoice", "name": name} for name in self.invoices]


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    body: Any


@dataclass
class Site:
    """A served home."""

    home: Home
    sample: Desk
    process: subprocess.Popen[str]
    address: str

    # the process

    @classmethod
    def build(cls, folder: Path, *, invoices: int = 300, orders: int = 0) -> Site:
        """Make a sample home; it is served by ``start``."""
        home = Home.at(folder)
        with open_app(home, create=True) as app, app.rows.transaction():
            made = make_sample(app, invoices=invoices, orders=orders, user=current_user(), today=today())
        return cls(home, Desk(made.withdrawal, made.unpaid), process=None, address="")  # type: ignore[arg-type]

    def start(self, *, workers: int = 2, pace_ms: int = PACE_MS) -> None:
        """Serve on a free port and wait until the workers listen."""
        command = [sys.executable, "-m", "imogi_finance.sandbox.cli", "serve", "--json", "--home", str(self.home.path)]
        command += ["--port", "0", "--workers", str(workers), "--pace", str(pace_ms)]
        self._faults.mkdir(exist_ok=True)
        with (self.home.path / "serve.log").open("a") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "IMOGI_SWEEP_SECONDS": "0.2", "IMOGI_FAULTS": str(self._faults)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        try:
            first = self.process.stdout.readline()
            assert first, (self.home.path / "serve.log").read_text()
            self.address = json.loads(first)["address"]
            self.wait_until(lambda: self.get("/api/company")["queue"]["workers"] == workers, "the workers to listen")
        except BaseException:
            self.stop()  # nobody else would
            raise

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask the server to end; return its exit code."""
        self.process.send_signal(number)
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.returncode

    def processes(self) -> list[str]:
        """Return the command lines of every process of this home."""
        found = subprocess.run(["pgrep", "-af", str(self.home.path)], capture_output=True, text=True, check=False)
        own = str(os.getpid())
        return [line for line in found.stdout.splitlines() if line.split()[0] != own]

    def stop_at_chunk(self, number: int) -> None:
        """Have the worker of the next run stop itself when it has committed so many chunks, of which it tells one less.

        ``held`` lets it go on. Before that its lease runs out, and another worker may go on with its run.
        """
        (self._faults / "work.after_commit").write_text(f"stop {number}")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have the workers stand still for the block, so that a run which is looked at has not ended meanwhile.

        One that was told to stop itself has done so before the block begins.
        """
        order = self._faults / "work.after_commit"
        self.wait_until(lambda: not order.exists(), "the worker to stop itself")
        workers = [int(line.split()[0]) for line in self.processes() if "workers.rq_worker" in line]
        _send(workers, signal.SIGSTOP)
        try:
            yield
        finally:
            _send(workers, signal.SIGCONT)

    @property
    def _faults(self) -> Path:
        return self.home.path / "faults"

    @property
    def port(self) -> int:
        port = urlsplit(self.address).port
        assert port is not None
        return port

    # the API

    def ask(self, path: str, body: object = None, *, method: str | None = None) -> Answer:
        """Ask the API; a body makes it a POST."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address.rstrip("/") + path, data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:
                return Answer(response.status, json.load(response))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, json.load(error))

    def get(self, path: str) -> Any:
        answer = self.ask(path)
        assert answer.status == 200, answer
        return answer.body

    def reconcile(self, desk: Desk, **options: object) -> Json:
        """Ask for a run of all of a desk's invoices; return its status."""
        answer = self.ask("/api/reconcile", request_for(desk, **options))
        assert answer.status == 202, answer
        return answer.body  # type: ignore[no-any-return]

    def wait_for_end(self, job: str) -> Json:
        """Wait until a run has ended; return its status."""
        self.wait_until(lambda: self.get(f"/api/runs/{job}")["phase"] == "ended", f"{job} to end")
        return self.get(f"/api/runs/{job}")  # type: ignore[no-any-return]

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"waited in vain for {what}; {self.last_words()}"
            time.sleep(0.05)

    def last_words(self) -> str:
        """Return the end of the server's and the workers' logs."""
        logs = (self.home.path / "serve.log", self.home.path / "worker.log")
        return "\n".join(log.read_text()[-1500:] for log in logs if log.exists())

    # the books

    @contextmanager
    def books(self) -> Iterator[App]:
        """Change the books behind everybody's back, in one transaction."""
        with open_app(self.home) as app, app.rows.transaction(), app.users.acting_as(current_user(), undoing=False):
            yield app

    def desk(self, count: int) -> Desk:
        """Enter invoices and the withdrawal that pays them, of a company of their own: no other list shows them."""
        with self.books() as app:
            stamp = app.rows.next_number("desk")
            company, bank = f"PT Meja {stamp}", f"Bank {stamp} - IDR"
            app.rows.insert("company", {"name": company, "currency": "IDR"})
            app.company.add_account(company, bank, "Bank", "IDR")
            app.company.add_account(company, f"Cash {stamp} - IDR", "Cash", "IDR")
            amounts = [Decimal(250_000 + 1_750 * number) for number in range(count)]
            invoices = [app.company.add_invoice(company, _bill(number, of)) for number, of in enumerate(amounts)]
            line = NewBankTransaction(bank, today(), -sum(amounts, Decimal(0)), "IDR", f"TRSF BATCH {stamp}")
            transaction = app.company.add_bank_transaction(company, line)
        assert transaction is not None
        return Desk(transaction, tuple(invoices))

    def pay_in_cash(self, invoice: str) -> None:
        """Pay an invoice that a run may be about to pay."""
        with self.books() as app:
            ref = InvoiceRef("Purchase Invoice", invoice)
            app.company.pay_invoice(ref, account_type="Cash", on=today())

    def statuses(self, desk: Desk) -> dict[str, str]:
        """Return the status of each of a desk's invoices, by plain SQL."""
        with closing(sqlite3.connect(self.home.database, timeout=30)) as connection:
            rows = connection.execute("SELECT name, status FROM invoice WHERE doctype = 'Purchase Invoice'").fetchall()
        wanted = set(desk.invoices)
        return {name: status for name, status in rows if name in wanted}

    def audit(self) -> list[str]:
        """Return what an independent auditor finds wrong in the database."""
        return audit(self.home.database)


def _send(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):  # a job that has just ended
            os.kill(process, number)


def today() -> date:
    return SystemClock().now().date()


def request_for(desk: Desk, **options: object) -> Json:
    """Return the body of a request to reconcile all of a desk's invoices."""
    return {
        "bank_transaction_name": desk.transaction,
        "invoices": desk.rows,
        "regular_vouchers": [],
        "idempotency_key": str(uuid.uuid4()),
        **options,
    }


def _bill(number: int, amount: Decimal) -> NewInvoice:
    posted = today() - timedelta(days=10)
    return NewInvoice(
        doctype="Purchase Invoice",
        party=f"CV Pemasok {number % 9 + 1}",
        posting_date=posted,
        due_date=posted + timedelta(days=30),
        reference=f"INV/{uuid.uuid4().hex[:12]}",
        currency="IDR",
        total=amount,
    )
