"""What is measured. Each function returns plain figures; nothing here passes or fails."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.company import USER, Bench, company
from imogi_finance.bank_reconciliation.documents import Allocation, PaymentLine
from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch.run import RunStatus
from imogi_finance.paid_status.doors import InvoiceRef

CHUNK = 20


def bare_loop(bench: Bench) -> None:
    """The baseline: the same sandbox payments in chunks of 20, then one allocation; no engine."""
    app = bench.app
    name, selection = bench.transactions[0]
    paid: list[Allocation] = []
    rest = iter(selection)
    while chunk := list(islice(rest, CHUNK)):
        with bench.rows.transaction(), app.users.acting_as(USER, undoing=False):
            transaction = app.books.bank_transaction(name)
            assert transaction is not None
            for row in chunk:
                ref = InvoiceRef(row["doctype"], row["name"])
                amount = app.books.invoices([ref])[ref].payable
                payment = app.books.pay(transaction, [PaymentLine(ref, amount)], run="")
                paid.append(Allocation(payment, amount))
    with bench.rows.transaction(), app.users.acting_as(USER, undoing=False):
        app.books.allocate(transaction, paid)


def engine(bench: Bench, *, per_party: bool = False) -> None:
    """The same through the engine: request, run, items, leases, savepoints, progress."""
    run = ask(bench, per_party=per_party)
    work(bench, run)


def ask(bench: Bench, *, number: int = 0, per_party: bool = False) -> str:
    """Ask for a run over a bank transaction's invoices; return its name."""
    name, selection = bench.transactions[number]
    service = bench.app.reconciliation
    options = Options(per_party=per_party, chunk_size=CHUNK)
    return service.create_payment_entries_bulk(name, selection, user=USER, options=options).run.name


def work(bench: Bench, run: str) -> None:
    """Work a run to its end."""
    bench.app.engine.work(run, holder="benchmark")
    status = bench.app.store.run(run).status
    assert status is RunStatus.COMPLETED, status


def seconds(invoices: int, measured: Callable[[Bench], None]) -> float:
    """Return how long something takes in a fresh company."""
    with company(invoices) as bench:
        start = time.perf_counter()
        measured(bench)
        return time.perf_counter() - start


def statements(invoices: int, measured: Callable[[Bench], None]) -> int:
    """Return how many SQL statements something takes: a count that no other load disturbs."""
    with company(invoices) as bench:
        counted = [0]

        def count(_: str) -> None:
            counted[0] += 1

        bench.rows.trace(count)
        measured(bench)
        bench.rows.trace(None)
        return counted[0]


def paired(invoices: int, pairs: int, a: Callable[[Bench], None], b: Callable[[Bench], None]) -> list[float]:
    """Return the ratios a/b of runs that alternate, so that the machine's moods strike both."""
    return [seconds(invoices, a) / seconds(invoices, b) for _ in range(pairs)]


def item_costs(sizes: dict[int, int], rounds: int) -> dict[int, float]:
    """Return the median cost of an item in microseconds for each size.

    Args:
        sizes: invoices in a run, and how many runs of it make one measurement.
        rounds: how many measurements; the sizes alternate within each.
    """
    costs: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for size, runs in sizes.items():
            total = sum(seconds(size, engine) for _ in range(runs))
            costs[size].append(total / runs / size * 1e6)
    return {size: median(measured) for size, measured in costs.items()}


def peak_memory(invoices: int) -> int:
    """Return the peak resident memory, in KiB, of a process that works a run of this size."""
    with company(invoices) as bench:
        run = ask(bench)
        path = bench.rows.query("PRAGMA database_list")[0]["file"]
        return int(_python("work_in_process", path, run))


def work_in_process(path: str, run: str) -> None:
    """Work a run in this process and print its peak memory in KiB."""
    from benchmarks.company import open_company

    app = open_company(Path(path))
    app.engine.work(run, holder="benchmark")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # noqa: T201


def one_and_two_workers(invoices: int) -> tuple[float, float]:
    """Return the seconds that one worker takes for two runs, and that two workers take for one each."""
    taken = []
    for workers in (1, 2):
        with company(invoices, transactions=2) as bench:
            runs = [ask(bench, number=number) for number in range(2)]
            path = bench.rows.query("PRAGMA database_list")[0]["file"]
            start = time.perf_counter()
            if workers == 1:
                for run in runs:
                    _python("work_in_process", path, run)
            else:
                both = [_popen("work_in_process", path, run) for run in runs]
                assert all(process.wait() == 0 for process in both)
            taken.append(time.perf_counter() - start)
    return taken[0], taken[1]


def answer_seconds(invoices: int) -> float:
    """Return how long ``create_payment_entries_bulk`` takes to answer."""
    with company(invoices) as bench:
        start = time.perf_counter()
        ask(bench)
        return time.perf_counter() - start


def _command(function: str, *words: str) -> list[str]:
    code = f"import sys; from benchmarks.measures import {function}; {function}(*sys.argv[1:])"
    return [sys.executable, "-c", code, *words]


def _python(function: str, *words: str) -> str:
    return subprocess.run(_command(function, *words), check=True, capture_output=True, text=True).stdout


def _popen(function: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(_command(function, *words), stdout=subprocess.DEVNULL)
