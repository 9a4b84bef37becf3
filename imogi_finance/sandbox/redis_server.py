"""The sandbox's private Redis: on a unix socket, append-only, stopped when its last user leaves.

Redis here is only a doorbell: whatever it loses, the sweeper rings again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from imogi_finance.errors import ImogiError
from imogi_finance.sandbox.home import Home

_LONGEST_SOCKET_PATH = 100  # the kernel allows 107
_START_SECONDS = 10.0


class RedisMissing(ImogiError):
    """redis-server is not installed, or does not start."""


def socket_path(home: Home) -> Path:
    """Return the socket's path; where the home's is too long for the kernel, a short one beside it."""
    path = home.redis_folder / "redis.sock"
    if len(str(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(home.path).encode()).hexdigest()[:16]
    folder = f"imogi-{os.getuid()}-{digest}"
    path = Path(tempfile.gettempdir()) / folder / "redis.sock"
    return path if len(str(path)) <= _LONGEST_SOCKET_PATH else Path("/tmp") / folder / "redis.sock"


def url(home: Home) -> str:
    """Return the address of the sandbox's Redis."""
    return f"unix://{socket_path(home)}"


def connect(home: Home, *, timeout: float = 2.0) -> redis.Redis:
    """Return a client that gives up after ``timeout`` seconds; it connects at its first command."""
    return redis.Redis(
        unix_socket_path=str(socket_path(home)),
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), retries=0),  # whoever asks has a better plan than to wait here
    )


def is_up(home: Home) -> bool:
    """Whether Redis answers."""
    client = connect(home, timeout=1.0)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def ensure_redis(home: Home) -> None:
    """Start the sandbox's Redis unless it answers. Safe to call from several processes at once.

    Raises:
        RedisMissing: redis-server is not installed or does not start; says how to get it.
    """
    if is_up(home):
        return
    program = shutil.which("redis-server")
    if program is None:
        raise RedisMissing("redis-server is not installed. Get it with: apt-get install redis-server")
    home.redis_folder.mkdir(parents=True, exist_ok=True)
    folder = socket_path(home).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise RedisMissing(f"{folder} belongs to somebody else. Choose another --home, with a shorter path.")
    with (home.redis_folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_up(home):
            _start(home, program)


def _start(home: Home, program: str) -> None:
    words = {
        "port": "0",
        "unixsocket": str(socket_path(home)),
        "unixsocketperm": "700",
        "dir": str(home.redis_folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "yes",
        "pidfile": str(home.redis_folder / "redis.pid"),
        "logfile": str(home.redis_folder / "redis.log"),
    }
    command = [program, *(word for name, value in words.items() for word in (f"--{name}", value))]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    deadline = time.monotonic() + _START_SECONDS
    while not is_up(home):
        if time.monotonic() > deadline:
            raise RedisMissing(f"redis-server does not answer. Its log is {home.redis_folder / 'redis.log'}.")
        time.sleep(0.02)


@contextmanager
def using_redis(home: Home) -> Iterator[None]:
    """Keep Redis up for the block; the last process to leave stops it."""
    home.redis_folder.mkdir(parents=True, exist_ok=True)
    with (home.redis_folder / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        ensure_redis(home)
        try:
            yield
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still uses it
            else:
                stop_redis(home)


def stop_redis(home: Home) -> None:
    """Stop Redis, if it runs."""
    client = connect(home)
    try:
        client.shutdown(nosave=True)
    except redis.RedisError:
        return  # it is not there, which is what was wanted
    finally:
        client.close()
