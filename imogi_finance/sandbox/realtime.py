"""Realtime on python-socketio: workers publish through Redis, the server passes on to its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import socketio
from redis.backoff import NoBackoff
from redis.retry import Retry

from imogi_finance.sandbox import redis_server
from imogi_finance.sandbox.home import Home


def run_room(run: str) -> str:
    """Return the room of a run: those who may see it and are looking."""
    return f"run:{run}"


class SocketioRealtime:
    """See ``imogi_finance.batch.doors.Realtime``. The sandbox has one user at one page: the run's room is enough."""

    def __init__(self, home: Home) -> None:
        self._manager = socketio.RedisManager(
            redis_server.url(home),
            write_only=True,
            redis_options={
                "socket_timeout": 1.0,
                "socket_connect_timeout": 1.0,
                "retry": Retry(NoBackoff(), retries=0),
            },
        )

    def publish(self, event: str, payload: Mapping[str, Any], *, run: str, user: str) -> None:
        self._manager.emit(event, dict(payload), room=run_room(run))  # logs and gives up where Redis is down
