"""How a handler comes by the company: in a thread of its own, on a connection of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app
from imogi_finance.sandbox.server.asking import body_of
from imogi_finance.sandbox.storage.sqlite import SqliteRows

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Handling:
    """Makes handlers of functions that are given the opened company."""

    home: Home

    def answering(self, read: Callable[[App, Request], Any]) -> Handler:
        """Answer what a function returns for a request."""

        def call(request: Request) -> Response:
            with open_app(self.home) as app:
                return JSONResponse(read(app, request))

        async def handle(request: Request) -> Response:
            return await run_in_threadpool(call, request)

        return handle

    def taking(self, take: Callable[[App, bytes], Any], *, status: int = 200) -> Handler:
        """Answer what a function returns for a request's body."""

        def call(body: bytes) -> Response:
            with open_app(self.home) as app:
                return JSONResponse(take(app, body), status_code=status)

        async def handle(request: Request) -> Response:
            return await run_in_threadpool(call, await body_of(request))

        return handle


def rows_of(app: App) -> SqliteRows:
    """Return the rows that views read."""
    assert isinstance(app.rows, SqliteRows)
    return app.rows
