"""A Redis for one test session: no worker of the bench takes its jobs, and it may be killed."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import redis
from frappe.utils import background_jobs


class PrivateRedis:
    """The Redis that this process, and the workers it starts, have for queue and realtime."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder = tempfile.mkdtemp(prefix="imogi-redis-")
        words = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Have it killed for the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def client(self) -> redis.Redis:
        return redis.from_url(self.url)

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


@contextmanager
def private_redis() -> Iterator[PrivateRedis]:
    """Have ``frappe`` use a Redis of its own for the block; workers started meanwhile inherit it."""
    mine = PrivateRedis()
    mine.start()
    before = os.environ.get("FRAPPE_REDIS_QUEUE"), frappe.conf.redis_queue
    os.environ["FRAPPE_REDIS_QUEUE"] = frappe.conf.redis_queue = mine.url
    background_jobs._redis_queue_conn = None
    try:
        yield mine
    finally:
        mine.stop()
        background_jobs._redis_queue_conn = None
        frappe.conf.redis_queue = before[1]
        if before[0] is None:
            del os.environ["FRAPPE_REDIS_QUEUE"]
        else:
            os.environ["FRAPPE_REDIS_QUEUE"] = before[0]
