"""The command line with real workers and a real Redis: what waits, what goes on, what the demo proves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
COMMAND = [sys.executable, "-m", "imogi_finance.sandbox.cli"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(terminal: Terminal) -> Iterator[Start]:
    """Starts commands as processes of their own; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as for whatever a script has put in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def start_one(*words: str) -> subprocess.Popen[str]:
        command = [*COMMAND, *words, "--home", str(terminal.home.path)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=ENVIRONMENT))
        return started[-1]

    yield start_one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], seconds: float = 60) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


@pytest.fixture
def shop(terminal: Terminal) -> Iterator[Terminal]:
    terminal.json("init", "--sample", "60")
    yield terminal
    from imogi_finance.sandbox.redis_server import is_up, stop_redis

    if is_up(terminal.home):
        stop_redis(terminal.home)


@pytest.fixture
def slow_worker(shop: Terminal, start: Start) -> Iterator[subprocess.Popen[str]]:
    """A worker that pays about ten invoices a second."""
    from imogi_finance.sandbox.queue import count_workers

    process = start("worker", "--pace", "100", "--json")
    deadline = time.monotonic() + 20
    while not count_workers(shop.home):
        assert time.monotonic() < deadline, "the worker does not listen"
        time.sleep(0.05)
    yield process
    process.send_signal(signal.SIGTERM)
    code, out, _ = ended(process)
    assert code == 0
    assert json.loads(out)["workers"] == 1


def wait_until_it_pays(shop: Terminal, seconds: float = 20) -> None:
    """Wait until the first run has paid something and still goes on."""
    deadline = time.monotonic() + seconds
    while not shop.query("SELECT 1 FROM batch_run WHERE status = 'Processing' AND processed > 0"):
        assert time.monotonic() < deadline, shop.json("show", "runs")
        time.sleep(0.05)


def test_without_a_worker_one_is_started_said_and_stopped_again(shop: Terminal, start: Start) -> None:
    from imogi_finance.sandbox.queue import count_workers

    code, out, err = ended(start("reconcile", "BT-00001", "--all"))
    assert code == 0, err
    assert "No worker is alive, so one is started for this run." in err
    assert "✓ 60 documents" in out
    assert not count_workers(shop.home)
    assert shop.json("show", "ledger")["balances"]


def test_with_json_waiting_ends_in_exactly_one_object(shop: Terminal, start: Start) -> None:
    code, out, err = ended(start("reconcile", "BT-00001", "--all", "--per-party", "--json"))
    answer = json.loads(out)
    assert (code, err, answer["status"]) == (0, "", "Completed")


def test_an_interrupt_stops_the_watching_and_never_the_run(shop: Terminal, slow_worker: object, start: Start) -> None:
    watching = start("reconcile", "BT-00001", "--all")
    wait_until_it_pays(shop)
    watching.send_signal(signal.SIGINT)
    code, _, err = ended(watching)
    assert code == 130
    assert "run status RUN-00001 --watch" in err
    assert "run cancel RUN-00001" in err
    assert "Traceback" not in err
    code, out, _ = ended(start("run", "status", "RUN-00001", "--watch"))
    assert code == 0
    assert "✓ 60 documents" in out


def test_a_cancelled_run_is_undone_and_can_be_retried(shop: Terminal, slow_worker: object, start: Start) -> None:
    before = shop.json("show", "invoices")["sums"]
    shop.json("reconcile", "BT-00001", "--all", "--no-wait")
    wait_until_it_pays(shop)
    assert shop.json("run", "cancel", "RUN-00001")["cancel_requested"]
    code, out, _ = ended(start("run", "status", "RUN-00001", "--watch"))
    assert code == 1
    assert "Cancelled. Everything was undone." in out
    assert shop.json("show", "invoices")["sums"] == before
    code, out, err = ended(start("run", "retry", "RUN-00001", "--json"))
    assert (code, json.loads(out)["status"]) == (0, "Completed"), err


def test_a_run_that_meets_a_paid_invoice_is_undone_named_and_exits_with_1(
    shop: Terminal, slow_worker: object, start: Start
) -> None:
    watching = start("reconcile", "BT-00001", "--all", "--chunk", "5")
    wait_until_it_pays(shop)
    last = shop.json("run", "items", "RUN-00001", "--limit", "100")["items"][-1]["name"]
    shop.json("pay", last, "--from", "cash")
    code, out, _ = ended(watching)
    assert code == 1
    assert f"Everything was undone, because: Purchase Invoice {last}" in out
    assert "run retry RUN-00001" in out
    assert shop.json("show", "payments", "--waiting")["total"] == 0


def test_a_second_request_for_a_busy_transaction_is_refused(shop: Terminal, slow_worker: object) -> None:
    shop.json("reconcile", "BT-00001", "--all", "--no-wait")
    wait_until_it_pays(shop)
    error = shop.json("reconcile", "BT-00001", "--invoice", "PINV-00060", code=2)["error"]
    assert {problem["rule"] for problem in error["problems"]} == {"in_live_run"}


def test_the_demo_ends_with_everything_checked(tmp_path: Path) -> None:
    command = [*COMMAND, "demo", "--once", "--invoices", "60", "--orders", "30", "--pace", "5"]
    environment = ENVIRONMENT | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ All 60 invoices are Paid" in done.stdout
    assert "✓ All 30 good orders were invoiced at once" in done.stdout
    assert "✓ The 2 bad ones were named, and are invoiced once they are mended" in done.stdout
    assert "✗" not in done.stdout
    assert list(tmp_path.glob("imogi-finance-*")) == []


def test_the_demo_as_json_is_one_object_on_the_home_it_was_given(terminal: Terminal, start: Start) -> None:
    code, out, err = ended(start("demo", "--once", "--invoices", "30", "--orders", "25", "--pace", "1", "--json"), 120)
    answer = json.loads(out)
    assert (code, err, answer["ok"], answer["address"]) == (0, "", True, None)
    second_act = answer["invoicing"]
    assert (second_act["run"]["status"], second_act["run"]["succeeded"]) == ("Completed with Errors", 25)
    assert second_act["retried"]["status"] == "Completed"
    assert len(second_act["errors"]) == len(second_act["mended"]) == 2
    assert terminal.json("show", "transactions", "--status", "reconciled")["total"] == 1
    assert ended(start("demo", "--once"))[0] == 2


def test_the_page_is_served_until_an_interrupt(shop: Terminal, start: Start) -> None:
    server = start("serve", "--port", "0", "--json")
    assert server.stdout is not None
    answer = json.loads(server.stdout.readline())
    with urllib.request.urlopen(answer["address"] + "api/transactions") as response:
        assert len(json.load(response)["transactions"]) == 2
    server.send_signal(signal.SIGINT)
    assert ended(server) == (0, "", "")


def test_the_demo_serves_the_company_it_has_reconciled(terminal: Terminal, start: Start) -> None:
    demo = start("demo", "--invoices", "20", "--orders", "0", "--pace", "1", "--port", "0", "--json")
    assert demo.stdout is not None
    answer = json.loads(demo.stdout.readline())
    assert answer["ok"]
    assert answer["invoicing"] is None
    with urllib.request.urlopen(answer["address"] + "api/runs") as response:
        assert json.load(response)["runs"][0]["status"] == "Completed"
    demo.send_signal(signal.SIGINT)
    assert ended(demo) == (0, "", "")
