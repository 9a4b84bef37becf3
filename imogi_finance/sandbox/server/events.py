"""Socket.IO: a page subscribes to a run's room and hears what the workers publish through Redis."""

from __future__ import annotations

from typing import Any

import socketio
from starlette.concurrency import run_in_threadpool

from imogi_finance.batch.presenting import run_json
from imogi_finance.errors import ImogiError
from imogi_finance.sandbox import redis_server
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app
from imogi_finance.sandbox.realtime import run_room
from imogi_finance.sandbox.users import current_user


def make_socket_server(home: Home, *, origins: list[str]) -> Any:
    """Return the Socket.IO server. A client hears of a run only after it has shown that it may see it."""
    server = socketio.AsyncServer(
        async_mode="asgi",
        client_manager=socketio.AsyncRedisManager(redis_server.url(home)),
        cors_allowed_origins=origins,
    )

    async def subscribe(sid: str, data: Any = None) -> dict[str, Any]:
        run = _named(data)
        if run is None:
            return {"error": {"message": "job_id is missing or no name", "problems": []}}
        try:
            status = await run_in_threadpool(_status, home, run)
        except ImogiError as error:
            return {"error": {"message": str(error), "problems": []}}
        await server.enter_room(sid, run_room(run))
        return status

    async def unsubscribe(sid: str, data: Any = None) -> None:
        run = _named(data)
        if run is not None:
            await server.leave_room(sid, run_room(run))

    server.on("subscribe", subscribe)
    server.on("unsubscribe", unsubscribe)
    return server


def _named(data: Any) -> str | None:
    run = data.get("job_id") if isinstance(data, dict) else None
    return run if isinstance(run, str) and run.isprintable() else None


def _status(home: Home, run: str) -> dict[str, Any]:
    with open_app(home) as app:
        return run_json(app.control.status(run, user=current_user()))
