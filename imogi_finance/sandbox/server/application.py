"""The ASGI application: routes, files, events, and who may talk to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import socketio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

import imogi_finance
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.server.events import make_socket_server
from imogi_finance.sandbox.server.routes import Routes

_PACKAGE = Path(imogi_finance.__file__).parent
_PAGE = _PACKAGE / "sandbox" / "page"
_PUBLIC = _PACKAGE / "public"
_POLICY = (
    "default-src 'self'; connect-src 'self' ws:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def make_application(home: Home, *, port: int) -> ASGIApp:
    """Return the application of a sandbox's page.

    It answers only where it was addressed as this machine, and takes changes only from its own page:
    any web site in the user's browser can reach 127.0.0.1 too.
    """
    hosts = ["127.0.0.1", "localhost"]
    origins = [f"http://{host}:{port}" for host in hosts]
    routes = Routes(home)
    site = Starlette(
        routes=[
            Route("/", _index),
            Mount("/api", routes=routes.all()),
            Mount("/page", StaticFiles(directory=_PAGE)),
            Mount("/assets/imogi_finance", StaticFiles(directory=_PUBLIC)),
        ],
        middleware=[Middleware(_OwnPageOnly, origins=origins)],
        exception_handlers=routes.error_handlers(),
    )
    events = make_socket_server(home, origins=origins)
    return TrustedHostMiddleware(socketio.ASGIApp(events, other_asgi_app=site), allowed_hosts=hosts)


async def _index(request: Request) -> Response:
    return FileResponse(_PAGE / "index.html")


class _OwnPageOnly(BaseHTTPMiddleware):
    """Refuses changes that another site's page sends, and tells browsers to load nothing from elsewhere."""

    def __init__(self, app: ASGIApp, *, origins: list[str]) -> None:
        super().__init__(app)
        self._origins = origins

    async def dispatch(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method not in ("GET", "HEAD") and not self._is_own(request):
            message = "Changes are taken as JSON from this server's own page only."
            return JSONResponse({"error": {"message": message, "problems": []}}, status_code=403)
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _is_own(self, request: Request) -> bool:
        """A page of another origin cannot send JSON without asking first, and we never say yes."""
        is_json = request.headers.get("content-type", "").split(";")[0].strip() == "application/json"
        return is_json and request.headers.get("origin", self._origins[0]) in self._origins
