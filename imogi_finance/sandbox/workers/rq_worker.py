"""One RQ worker as a process: ``python -m imogi_finance.sandbox.workers.rq_worker HOME``."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys

import redis
import rq

import imogi_finance.sandbox.workers.job  # noqa: F401  imported before the fork, so that a job starts at once
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.queue import QUEUE
from imogi_finance.sandbox.redis_server import socket_path

_PR_SET_PDEATHSIG = 1


def main(home: Home) -> None:
    """Work the queue until told to stop, or until the supervisor is gone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    logging.getLogger("socketio").setLevel(logging.CRITICAL)  # progress may be lost; the rows are the truth
    end_with_parent()
    connection = redis.Redis(unix_socket_path=str(socket_path(home)))
    worker = rq.Worker([QUEUE], connection=connection, name=f"imogi-{os.getpid()}")
    worker.work(logging_level="WARNING")


def end_with_parent() -> None:
    """Be told to stop when the supervisor dies (Linux; elsewhere the worker goes on, which is harmless)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    main(Home.at(sys.argv[1]))
