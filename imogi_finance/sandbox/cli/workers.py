"""A worker for a run: one that is alive already, or one started for as long as it is needed."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from imogi_finance.errors import ImogiError
from imogi_finance.sandbox.home import Home
from imogi_finance.terminal.output import Output

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0


class WorkerFailed(ImogiError):
    """A worker that was started ended at once; its log says why."""


@dataclass
class Borrowed:
    """The worker of a run.

    Args:
        process: the one started here, or None where others were alive.
        keep: leave it running, as its run goes on.
    """

    process: subprocess.Popen[bytes] | None
    keep: bool = False

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def leave(self) -> None:
        """Let it live on after the block."""
        self.keep = True


def alive(home: Home) -> int | None:
    """Return how many workers listen; None where Redis does not answer."""
    from imogi_finance.sandbox.queue import count_workers  # late: it brings RQ

    return count_workers(home)


@contextmanager
def a_worker(home: Home, out: Output, *, pace_ms: int = 0, quietly: bool = False) -> Iterator[Borrowed]:
    """Make sure that a worker is alive for the block; one that was started here is stopped after it.

    Raises:
        WorkerFailed: it cannot be started.
    """
    if alive(home):
        yield Borrowed(None)
        return
    from imogi_finance.sandbox.workers.supervisor import start_worker_process

    if not quietly:
        out.hint(("No worker is alive, so one is started for this run.", "dim"))
    worker = Borrowed(start_worker_process(home, pace_ms=pace_ms))
    try:
        _wait_until_it_listens(home, worker.process)
        yield worker
    finally:
        if not worker.keep:
            _stop(worker.process)


def _wait_until_it_listens(home: Home, process: subprocess.Popen[bytes] | None) -> None:
    assert process is not None
    deadline = time.monotonic() + _START_SECONDS
    while not alive(home):
        if process.poll() is not None or time.monotonic() > deadline:
            raise WorkerFailed(f"The worker does not start. {_last_words(home)} Its log: {home.path / 'worker.log'}")
        time.sleep(0.05)


def _last_words(home: Home) -> str:
    try:
        lines = (home.path / "worker.log").read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return f"It said: {lines[-1]}." if lines else ""


def _stop(process: subprocess.Popen[bytes] | None) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
