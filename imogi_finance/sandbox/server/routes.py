"""The JSON API. Each handler parses, calls one service and answers; amounts are integer minor units."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imogi_finance.bank_reconciliation.request import Options, usual_chunk
from imogi_finance.batch.presenting import item_status, items_json, run_json
from imogi_finance.errors import ImogiError, NotPermitted, Refused, Transient, UnknownRun
from imogi_finance.money import from_minor
from imogi_finance.sandbox import views
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app
from imogi_finance.sandbox.queue import count_workers
from imogi_finance.sandbox.storage.sqlite import SqliteRows
from imogi_finance.sandbox.users import current_user

logger = logging.getLogger(__name__)
_LARGEST_BODY = 32 * 1024 * 1024
_FIELDS = {
    "bank_transaction_name",
    "invoices",
    "regular_vouchers",
    "per_party",
    "chunk_size",
    "stop_on_first_error",
    "idempotency_key",
}
Handler = Callable[[Request], Awaitable[Response]]


class Routes:
    """The handlers of one sandbox, in the name of who sits at this machine."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._user = current_user()

    def all(self) -> list[Route]:
        """Return every route, below /api."""
        return [
            Route("/company", self._reading(self._company)),
            Route("/transactions", self._reading(lambda app, _: {"transactions": views.transactions(_rows(app))})),
            Route("/transactions/{name}", self._reading(self._transaction)),
            Route("/transactions/{name}/invoices", self._reading(self._invoices)),
            Route("/transactions/{name}/vouchers", self._reading(self._vouchers)),
            Route("/reconcile", self._reconcile, methods=["POST"]),
            Route("/runs", self._reading(self._runs)),
            Route("/runs/{run}", self._reading(self._run)),
            Route("/runs/{run}/items", self._reading(self._items)),
            Route("/runs/{run}/cancel", self._acting(self._cancel), methods=["POST"]),
            Route("/runs/{run}/retry", self._acting(self._retry), methods=["POST"]),
        ]

    def error_handlers(self) -> Mapping[Any, Any]:
        """Return how each kind of error is told."""
        return {
            UnknownRun: _tells(404),
            NotPermitted: _tells(403),
            Refused: _tells(422),
            Transient: _tells(503),
            ImogiError: _tells(500),
            HTTPException: _tell_http,
            Exception: _tell_unexpected,
        }

    # reading

    def _company(self, app: App, request: Request) -> Any:
        return views.company_info(
            _rows(app),
            user=self._user,
            threshold=app.reconciliation.threshold,
            chunk_sizes=(usual_chunk(per_party=False), usual_chunk(per_party=True)),
            workers=count_workers(self._home),
        )

    def _transaction(self, app: App, request: Request) -> Any:
        return views.transaction(_rows(app), request.path_params["name"])

    def _invoices(self, app: App, request: Request) -> Any:
        return {"invoices": views.fitting_invoices(_rows(app), request.path_params["name"])}

    def _vouchers(self, app: App, request: Request) -> Any:
        return {"vouchers": views.fitting_vouchers(_rows(app), request.path_params["name"])}

    def _runs(self, app: App, request: Request) -> Any:
        page = views.Page(limit=_number(request, "limit", 50), offset=_number(request, "offset", 0))
        return views.runs(app, user=self._user, page=page)

    def _run(self, app: App, request: Request) -> Any:
        return run_json(app.control.status(request.path_params["run"], user=self._user))

    def _items(self, app: App, request: Request) -> Any:
        name = request.path_params["run"]
        wanted = request.query_params.get("status")
        currency = app.control.status(name, user=self._user)["currency"]
        found = app.control.items(
            name,
            user=self._user,
            statuses=[item_status(wanted)] if wanted else None,
            offset=_number(request, "offset", 0),
            limit=_number(request, "limit", 50),
        )
        return {**found, "items": items_json(found["items"], currency=currency)}

    # acting

    async def _reconcile(self, request: Request) -> Response:
        body = await request.body()
        if len(body) > _LARGEST_BODY:
            raise Refused.because("Request", "too_large", f"It has {len(body):,} bytes.", "Select fewer rows.")
        return await run_in_threadpool(self._reconcile_now, body)

    def _reconcile_now(self, body: bytes) -> Response:
        asked = _parse(body)
        with open_app(self._home) as app:
            currency = self._currency(app, asked.get("bank_transaction_name"))
            per_party, chunk_size = _flag(asked, "per_party", False), asked.get("chunk_size")
            options = Options(
                per_party=per_party,
                chunk_size=usual_chunk(per_party=per_party) if chunk_size is None else chunk_size,
                stop_on_first_error=_flag(asked, "stop_on_first_error", True),
            )
            accepted = app.reconciliation.create_payment_entries_bulk(
                asked.get("bank_transaction_name"),
                _in_major(asked.get("invoices"), currency),
                _in_major(asked.get("regular_vouchers"), currency),
                user=self._user,
                options=options,
                idempotency_key=asked.get("idempotency_key"),
            )
            status = app.control.status(accepted.run.name, user=self._user)
        return JSONResponse(run_json(status), status_code=202)

    def _currency(self, app: App, transaction: object) -> str:
        found = app.books.bank_transaction(transaction) if isinstance(transaction, str) else None
        return found.currency if found else str(views.company(_rows(app))["currency"])

    def _cancel(self, app: App, run: str) -> str:
        return app.control.cancel(run, user=self._user).name

    def _retry(self, app: App, run: str) -> str:
        return app.control.retry(run, user=self._user).name

    # glue

    def _reading(self, read: Callable[[App, Request], Any]) -> Handler:
        def call(request: Request) -> Response:
            with open_app(self._home) as app:
                return JSONResponse(read(app, request))

        async def handle(request: Request) -> Response:
            return await run_in_threadpool(call, request)

        return handle

    def _acting(self, act: Callable[[App, str], str]) -> Handler:
        def call(run: str) -> Response:
            with open_app(self._home) as app:
                going_on = act(app, run)
                return JSONResponse(run_json(app.control.status(going_on, user=self._user)))

        async def handle(request: Request) -> Response:
            return await run_in_threadpool(call, request.path_params["run"])

        return handle


def _rows(app: App) -> SqliteRows:
    assert isinstance(app.rows, SqliteRows)
    return app.rows


def _parse(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
        if b"\\u" in body:
            json.dumps(asked, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Refused.because("Request", "malformed", f"It is not JSON: {error}.", "Send a JSON object.") from error
    if not isinstance(asked, dict) or not set(asked) <= _FIELDS:
        raise Refused.because("Request", "malformed", "Its fields are not understood.", f"Send {sorted(_FIELDS)}.")
    return asked


def _flag(asked: Mapping[str, Any], name: str, default: bool) -> bool:
    value = asked.get(name, default)
    if not isinstance(value, bool):
        raise Refused.because("Request", "malformed", f"{name} is neither true nor false.", "Send true or false.")
    return value


def _in_major(rows: object, currency: str) -> object:
    """Turn integer minor units into the decimals that the service takes; what is not one it refuses itself."""
    if not isinstance(rows, list):
        return rows
    return [_row_in_major(row, currency) for row in rows]


def _row_in_major(row: object, currency: str) -> object:
    if not isinstance(row, dict) or row.get("amount") is None:
        return row
    amount = row["amount"]
    is_whole = isinstance(amount, int) and not isinstance(amount, bool)
    return {**row, "amount": from_minor(amount, currency) if is_whole else f"{amount!r:.30} (not in minor units)"}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused.because("Request", "malformed", f"{name} is no number: {text!r:.20}.", "Send a whole number.")
    return int(text)


def _tells(code: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def tell(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": error_json(error)}, status_code=code)

    return tell


def error_json(error: Exception) -> dict[str, Any]:
    """Return an error as the page shows it."""
    problems = error.problems if isinstance(error, Refused) else ()
    return {"message": str(error), "problems": [vars(problem) for problem in problems]}


async def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": {"message": error.detail, "problems": []}}, status_code=error.status_code)


async def _tell_unexpected(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    message = "Something went wrong in the server; nothing was changed. Its log says more."
    return JSONResponse({"error": {"message": message, "problems": []}}, status_code=500)
