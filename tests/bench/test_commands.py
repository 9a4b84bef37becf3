"""`bench --site SITE imogi-finance …` in processes of its own: answers, exit codes, rights, a bar and Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench.conftest import FreshBench
from tests.bench.processes import SECONDS
from tests.bench.session import Session
from tests.bench.workbench import Workbench


@pytest.fixture(scope="module")
def bench(bench_session: Session) -> Iterator[Workbench]:
    """A bench of this module's own: nobody else's worker takes its runs."""
    with bench_session.workbench() as made:
        yield made


def answer(bench: Workbench, *words: str, code: int = 0) -> dict[str, Any]:
    """Run a command with --json; check its exit code, and that one JSON object came and nothing else."""
    done = bench.command("imogi-finance", *words, "--json")
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def refusal(bench: Workbench, *words: str) -> dict[str, Any]:
    """Run a command that must be refused; return its first problem."""
    problem = answer(bench, *words, code=2)["error"]["problems"][0]
    assert isinstance(problem, dict)
    return problem


def a_case(bench: Workbench, count: int) -> tuple[str, list[str]]:
    """Return a bank withdrawal and the unpaid invoices of exactly its amount; other invoices are paid up."""
    found = bench.inside(
        """
supplier = office.supplier(frappe.generate_hash(length=8))
invoices = [office.purchase_invoice(100 + at, supplier=supplier) for at in range(count)]
answer = [office.bank_transaction(-sum(100 + at for at in range(count))), invoices]
""",
        count=count,
    )
    return found[0], found[1]


def named(invoices: list[str]) -> list[str]:
    return [word for name in invoices for word in ("--invoice", name)]


def statuses(bench: Workbench, invoices: list[str]) -> list[str]:
    code = "answer = frappe.get_all('Purchase Invoice', {'name': ['in', names]}, pluck='status', distinct=True)"
    return list(bench.inside(code, names=invoices))


def test_a_transaction_is_reconciled_here_and_now_and_everything_can_be_looked_at(bench: Workbench) -> None:
    transaction, invoices = a_case(bench, 3)
    run = answer(bench, "reconcile", transaction, *named(invoices), "--in-process")
    assert (run["status"], run["succeeded"], run["is_new"], run["bank_transaction"]) == (
        "Completed",
        3,
        True,
        transaction,
    )
    assert statuses(bench, invoices) == ["Paid"]
    assert answer(bench, "run", "status", run["job_id"])["amount"] == 30_300
    items = answer(bench, "run", "items", run["job_id"])
    assert [item["amount"] for item in items["items"]] == [10_000, 10_100, 10_200]
    payments = answer(bench, "show", "payments", "--run", run["job_id"])
    assert {row["state"] for row in payments["payments"]} == {f"confirmed by {transaction}"}
    assert answer(bench, "show", "ledger")["balances"]
    (shown,) = [row for row in answer(bench, "show", "transactions")["transactions"] if row["name"] == transaction]
    assert (shown["status"], shown["unallocated"], shown["amount"]) == ("Reconciled", 0, 30_300)
    assert run["job_id"] in {row["job_id"] for row in answer(bench, "show", "runs")["runs"]}
    assert bench.command("imogi-finance", "show", "invoices", "--limit", "2").stdout.startswith("Invoice ")


def test_what_waits_for_the_bank_is_listed_and_what_was_changed_behind_our_back_is_mended(bench: Workbench) -> None:
    invoice = bench.inside.value("office.purchase_invoice(70)")
    payment = bench.inside("answer = office.pay('Purchase Invoice', invoice)", invoice=invoice)
    found = answer(bench, "awaiting", "--company", "Imogi Bench Co", "--limit", "1000")
    (row,) = [row for row in found["payments"] if row["name"] == payment]
    assert (row["amount"], row["awaited"], row["invoices"]) == (7_000, 7_000, [f"Purchase Invoice {invoice}"])
    assert refusal(bench, "awaiting", "--company", "Nobody Ltd")["rule"] == "unknown_company"

    bench.inside("frappe.db.set_value('Purchase Invoice', invoice, 'status', 'Paid')", invoice=invoice)
    mended = answer(bench, "check")["mended"]
    assert {"document": f"Purchase Invoice {invoice}", "found": "Paid", "mended": "Unpaid"} in mended
    assert statuses(bench, [invoice]) == ["Unpaid"]
    assert answer(bench, "check") == {"mended": [], "total": 0}


def test_a_bad_request_ends_with_2_and_changes_nothing(bench: Workbench) -> None:
    transaction, invoices = a_case(bench, 2)
    above = refusal(bench, "reconcile", transaction, f"--invoice={invoices[0]}=999", "--in-process")
    assert (above["rule"], above["document"]) == ("above_outstanding", f"Purchase Invoice {invoices[0]}")
    assert refusal(bench, "run", "status", "RUN-99999")["rule"] == "unknown_run"
    assert refusal(bench, "reconcile", transaction)["rule"] == "usage"
    assert refusal(bench, "run", "items", "RUN-1", "--status", "Lost")["rule"] == "usage"
    plain = bench.command("imogi-finance", "run", "status", "RUN-99999")
    assert (plain.returncode, plain.stdout) == (2, "")
    assert "There is no such run." in plain.stderr
    assert "Traceback" not in plain.stderr
    assert statuses(bench, invoices) == ["Unpaid"]


def test_a_command_acts_with_the_rights_of_the_user_it_names(bench: Workbench) -> None:
    transaction, invoices = a_case(bench, 2)
    clerk = bench.inside.value("office.user('clerk', 'Bulk Reconciliation User', 'Accounts Manager')")
    nobody = bench.inside.value("office.user('nobody', 'Blogger')")
    run = answer(bench, "reconcile", transaction, *named(invoices), "--in-process", "--user", clerk)
    assert (run["status"], run["requested_by"]) == ("Completed", clerk)
    owner = "answer = frappe.get_all('Payment Entry', {'batch_run': run}, pluck='owner', distinct=True)"
    assert bench.inside(owner, run=run["job_id"]) == [clerk]

    assert refusal(bench, "run", "status", run["job_id"], "--user", nobody)["rule"] == "unknown_run"
    assert answer(bench, "show", "invoices", "--user", nobody)["total"] == 0
    assert refusal(bench, "check", "--user", clerk)["rule"] == "not_permitted"
    assert refusal(bench, "show", "runs", "--user", "ghost@office.example")["rule"] == "not_permitted"
    other, more = a_case(bench, 1)
    assert refusal(bench, "reconcile", other, *named(more), "--user", nobody)["document"].startswith(
        ("Bank Transaction", "User", "Batch Run", "Purchase Invoice")
    )
    assert statuses(bench, more) == ["Unpaid"]


def test_a_run_is_stored_cancelled_and_tried_again(bench: Workbench) -> None:
    transaction, invoices = a_case(bench, 2)
    run = answer(bench, "reconcile", transaction, *named(invoices), "--no-wait", "--key", "october")
    assert run["status"] == "Pending"
    again = answer(bench, "reconcile", transaction, *named(invoices), "--no-wait", "--key", "october")
    assert again["job_id"] == run["job_id"]
    assert answer(bench, "run", "cancel", run["job_id"])["status"] == "Cancelled"
    assert refusal(bench, "run", "cancel", run["job_id"])["rule"] == "not_cancellable"
    retried = answer(bench, "run", "retry", run["job_id"], "--no-wait")
    assert (retried["status"], retried["retry_of"]) == ("Pending", run["job_id"])
    with bench.worker():
        watched = answer(bench, "run", "status", retried["job_id"], "--watch")
    assert watched["status"] == "Completed"
    assert statuses(bench, invoices) == ["Paid"]


def test_a_failing_run_is_undone_and_exits_with_1(bench: Workbench) -> None:
    transaction, invoices = a_case(bench, 3)
    run = answer(bench, "reconcile", transaction, *named(invoices), "--no-wait")["job_id"]
    bench.inside("office.pay('Purchase Invoice', paid, account='cash')", paid=invoices[1])
    with bench.worker():
        ended = answer(bench, "run", "status", run, "--watch", code=1)
    assert (ended["status"], ended["failed_items"][0]["name"]) == ("Failed", invoices[1])
    assert statuses(bench, [invoices[0], invoices[2]]) == ["Unpaid"]
    told = bench.command("imogi-finance", "run", "status", run)
    assert "Everything was undone" in told.stdout
    assert f"imogi-finance run retry {run}" in told.stdout


def test_what_is_not_asked_for_is_as_the_settings_say(bench: Workbench) -> None:
    setting = "settings = frappe.get_doc('IMOGI Finance Settings'); settings.payments = payments; settings.save()"
    bench.inside(setting, payments="One payment a party")
    try:
        transaction, invoices = a_case(bench, 3)
        run = answer(bench, "reconcile", transaction, *named(invoices), "--in-process")
        assert run["result"]["payments"] == 1
        transaction, invoices = a_case(bench, 3)
        run = answer(bench, "reconcile", transaction, *named(invoices), "--in-process", "--per-invoice")
        assert run["result"]["payments"] == 3
    finally:
        bench.inside(setting, payments="One payment an invoice")


def test_ctrl_c_leaves_a_run_going_and_in_a_terminal_its_bar_moves_to_the_end(bench: Workbench) -> None:
    transaction, invoices = a_case(bench, 40)
    with _Terminal(bench, "reconcile", transaction, *named(invoices), "--chunk", "5") as terminal:
        terminal.read_until("Waiting")  # for a worker, of which there is none yet
        terminal.interrupt()
        assert terminal.end() == 130
    (row,) = [row for row in answer(bench, "show", "runs")["runs"] if row["bank_transaction"] == transaction]
    run = row["job_id"]
    assert row["status"] == "Pending"
    assert f"{run} goes on without you watching" in terminal.said
    assert f"imogi-finance run status {run} --watch" in terminal.said

    with bench.worker(), _Terminal(bench, "run", "status", run, "--watch") as terminal:
        assert terminal.end() == 0
    assert "Paying" in terminal.said
    assert "Done" in terminal.said
    assert "40 documents" in terminal.said
    counts = [int(count) for count in re.findall(r"(\d+)(?:\x1b\[\w+)* of 40", terminal.said)]
    assert counts == sorted(counts)
    assert counts[-1] == 40
    assert len(set(counts)) > 2, "the bar jumped"
    assert statuses(bench, invoices) == ["Paid"]


def test_bench_itself_finds_the_command(bench: Workbench) -> None:
    program = shutil.which("bench")
    if program is None:
        pytest.skip("the program `bench` is not on this machine's PATH; its helper was tested all the same")
    command = [program, "--site", bench.site, "imogi-finance", "show", "runs", "--json"]
    done = subprocess.run(
        command, cwd=bench.folder, env=bench.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "runs" in json.loads(done.stdout.splitlines()[-1])


class _Terminal:
    """A command in a pseudo-terminal."""

    def __init__(self, bench: Workbench, *words: str) -> None:
        self._master, slave = pty.openpty()
        environment = bench.environment | {"TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
        python = str(bench.host.python)
        command = [python, "-m", "frappe.utils.bench_helper", "frappe", "--site", bench.site, "imogi-finance", *words]
        self._process = subprocess.Popen(
            command,
            cwd=bench.sites,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_hear_interrupts,
        )
        os.close(slave)
        self.said = ""

    def __enter__(self) -> _Terminal:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def read_until(self, text: str) -> None:
        """Read until a text was shown."""
        deadline = time.monotonic() + SECONDS
        while text not in self.said:
            assert time.monotonic() < deadline, f"{text!r} was not shown:\n{self.said}"
            assert self._read(), f"it ended without showing {text!r}:\n{self.said}"

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Read to the end; return the exit code."""
        deadline = time.monotonic() + SECONDS
        while self._read():
            assert time.monotonic() < deadline, f"it does not end:\n{self.said[-3000:]}"
        return self._process.wait(SECONDS)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], SECONDS)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError:  # the other side has closed
            return False
        self.said += data.decode(errors="replace")
        return bool(data)


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what a shell starts in the background ignores them


def test_health_ends_with_1_where_something_is_wrong_and_with_0_where_all_is_well(fresh_bench: FreshBench) -> None:
    with fresh_bench() as bench:
        found = answer(bench, "health", code=1)
        assert found["level"] == "bad"
        assert {"no_worker"} <= {finding["code"] for finding in found["findings"]}
        said = bench.command("imogi-finance", "health")
        assert said.returncode == 1
        assert "bench worker --queue long" in said.stdout

        bench.inside("from frappe.utils.scheduler import enable_scheduler; enable_scheduler()")
        bench.inside("from imogi_finance.erpnext_adapter import drift, sweeping; sweeping.sweep(); drift.check()")
        with bench.worker():
            assert answer(bench, "health", code=0)["findings"] == []
            assert "Everything works." in bench.command("imogi-finance", "health", "--strict").stdout
            # what is merely worth a look is wrong for who wants it so
            bench.inside(
                """
payment = office.pay("Purchase Invoice", office.purchase_invoice(70_000))
frappe.db.set_value("Payment Entry", payment, "awaiting_bank_reconciliation", 0, update_modified=False)
frappe.db.commit()
from imogi_finance.erpnext_adapter import drift
drift.check()
"""
            )
            assert [finding["code"] for finding in answer(bench, "health", code=0)["findings"]] == ["drift"]
            answer(bench, "health", "--strict", code=1)
        assert answer(bench, "health", "--user", "Administrator", code=1)["operations"]["queues"][0]["workers"] == 0
