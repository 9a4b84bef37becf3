"""Workers of the sandbox: a supervisor that keeps RQ workers and Redis alive, and sweeps.

RQ workers fork, and a SQLite connection must not cross a fork; so they are processes of their own
and only the supervisor, which never forks, looks into the database.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

from imogi_finance.errors import Transient
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app
from imogi_finance.sandbox.redis_server import RedisMissing, ensure_redis, using_redis

logger = logging.getLogger(__name__)
SWEEP_SECONDS = 1.0
_STOP_SECONDS = 10.0


def run_workers(home: Home, *, count: int = 1, pace_ms: int = 0) -> None:
    """Run workers until interrupted (SIGINT or SIGTERM), then let them finish their chunk's job and end.

    Args:
        count: how many RQ workers.
        pace_ms: slow each payment down by this many milliseconds.

    Raises:
        RedisMissing: Redis cannot be started.
        Refused: there is no sandbox at this home.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    with open_app(home) as app, using_redis(home):
        sweep_seconds = float(os.environ.get("IMOGI_SWEEP_SECONDS") or SWEEP_SECONDS)
        supervisor = Supervisor(app=app, home=home, count=count, pace_ms=pace_ms)
        try:
            while True:
                supervisor.tend()
                time.sleep(sweep_seconds)
        except KeyboardInterrupt:
            logger.info("stopping")
        finally:
            supervisor.stop()


def start_worker_process(home: Home, *, count: int = 1, pace_ms: int = 0) -> subprocess.Popen[bytes]:
    """Start ``run_workers`` in a process of its own; its log goes to worker.log in the home."""
    command = [sys.executable, "-m", "imogi_finance.sandbox.cli", "worker", "--home", str(home.path)]
    command += ["--count", str(count), "--pace", str(pace_ms)]
    with (home.path / "worker.log").open("ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


@dataclass
class Supervisor:
    """Keeps ``count`` RQ workers running and sweeps each time it is asked to tend."""

    app: App
    home: Home
    count: int
    pace_ms: int = 0
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def tend(self) -> None:
        """Restart what has died, then ring what nobody works."""
        try:
            ensure_redis(self.home)
        except RedisMissing as error:
            logger.error("%s", error)
            return
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < self.count:
            self.workers.append(self._start_worker())
        try:
            self.app.company.keep_statuses_current()
            for run in self.app.sweeper.sweep():
                logger.info("run=%s rung by the sweeper", run)
        except Transient as error:
            logger.warning("the sweep failed, the next may do better: %s", error)

    def stop(self) -> None:
        """Ask the workers to end after their present job, and insist after ten seconds."""
        for worker in self.workers:
            worker.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for worker in self.workers:
            try:
                worker.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()  # its run is resumed by whoever comes next
                worker.wait()

    def _start_worker(self) -> subprocess.Popen[bytes]:
        environment = os.environ | ({"IMOGI_PACE_MS": str(self.pace_ms)} if self.pace_ms else {})
        command = [sys.executable, "-m", "imogi_finance.sandbox.workers.rq_worker", str(self.home.path)]
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
