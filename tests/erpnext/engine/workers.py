"""Real workers of the bench, as ``bench worker`` starts them, on the Redis of the tests; with faults where asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe

_PATIENCE = 90.0


def faults_folder() -> Path:
    """Return the folder in which the workers look for faults; it is the site's own."""
    folder = Path(frappe.get_site_path("private", "faults")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def worker(*, queue: str = "long") -> Iterator[subprocess.Popen[bytes]]:
    """Have a worker of a queue running for the block; it, and the horse it works with, are killed after it."""
    with Path(frappe.get_site_path("logs", "engine-test-worker.log")).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "worker", "--queue", queue],
            env={**os.environ, "IMOGI_FAULTS": str(faults_folder())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        for pid in (*_children(process.pid), process.pid):
            _kill(pid)
        process.wait(10)
        for left in faults_folder().iterdir():
            left.unlink()


def order_fault(point: str, action: str, nth: int) -> Path:
    """Have the next worker do something to itself at the nth pass of a fault point."""
    order = faults_folder() / point
    order.write_text(f"{action} {nth}")
    return order


def until(happened: Callable[[], object], what: str, seconds: float = _PATIENCE) -> None:
    """Wait until something has happened."""
    deadline = time.monotonic() + seconds
    while True:
        frappe.db.rollback()
        if happened():
            return
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.1)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
