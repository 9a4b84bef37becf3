"""Serve the page until interrupted, with workers beside it."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from imogi_finance.errors import Refused
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.redis_server import using_redis
from imogi_finance.sandbox.server.application import make_application
from imogi_finance.sandbox.workers.supervisor import start_worker_process

HOST = "127.0.0.1"
PORT = 8765


def serve(
    home: Home,
    *,
    port: int = PORT,
    workers: int = 1,
    pace_ms: int = 0,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the page of a sandbox until interrupted (SIGINT, SIGTERM or a closed terminal), then stop what was started.

    Args:
        port: 0 takes any free port.
        workers: how many workers to run beside it; 0 where they run elsewhere.
        pace_ms: see ``run_workers``.
        on_ready: called with the address once the server listens.

    Raises:
        Refused: the port is taken.
        RedisMissing: Redis cannot be started.
    """
    home.check_exists()
    listener = _listen(port)
    address = f"http://{HOST}:{listener.getsockname()[1]}/"
    with _interruptible(), using_redis(home):
        beside = start_worker_process(home, count=workers, pace_ms=pace_ms) if workers else None
        try:
            config = uvicorn.Config(
                make_application(home, port=listener.getsockname()[1]),
                log_level="warning",
                lifespan="on",
                timeout_graceful_shutdown=2,
                ws="websockets-sansio",
            )
            server = _Server(config, address, on_ready)
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            server.run(sockets=[listener])
        finally:
            listener.close()
            if beside is not None:
                _end(beside)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let the signals that end a process unwind it: at once dead, it would leave its workers and Redis behind."""
    ending = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in ending:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in ending:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise Refused.because(f"Port {port}", "port_taken", "It is in use.", "Choose another with --port.") from error
    return listener


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)
    try:
        worker.wait(15)
    except subprocess.TimeoutExpired:
        worker.kill()


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, address: str, on_ready: Callable[[str], None] | None) -> None:
        super().__init__(config)
        self._address = address
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._on_ready and self.started:
            self._on_ready(self._address)
