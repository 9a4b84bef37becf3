"""The JSON API. Each handler parses, calls one service and answers; amounts are integer minor units."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

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
from imogi_finance.sandbox.queue import count_workers
from imogi_finance.sandbox.server.asking import flag, number, parse
from imogi_finance.sandbox.server.handling import Handling, rows_of
from imogi_finance.sandbox.server.order_routes import OrderRoutes, chunk_sizes
from imogi_finance.sandbox.users import current_user

logger = logging.getLogger(__name__)
_FIELDS = {
    "bank_transaction_name",
    "invoices",
    "regular_vouchers",
    "per_party",
    "chunk_size",
    "stop_on_first_error",
    "idempotency_key",
}


class Routes:
    """The handlers of one sandbox, in the name of who sits at this machine."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._user = current_user()
        self._handling = Handling(home)

    def all(self) -> list[Route]:
        """Return every route, below /api."""
        answering, taking = self._handling.answering, self._handling.taking
        return [
            Route("/company", answering(self._company)),
            Route("/transactions", answering(lambda app, _: {"transactions": views.transactions(rows_of(app))})),
            Route("/transactions/{name}", answering(self._transaction)),
            Route("/transactions/{name}/invoices", answering(self._invoices)),
            Route("/transactions/{name}/vouchers", answering(self._vouchers)),
            Route("/reconcile", taking(self._reconcile, status=202), methods=["POST"]),
            Route("/runs", answering(self._runs)),
            Route("/runs/{run}", answering(self._run)),
            Route("/runs/{run}/items", answering(self._items)),
            Route("/runs/{run}/cancel", answering(self._cancel), methods=["POST"]),
            Route("/runs/{run}/retry", answering(self._retry), methods=["POST"]),
            *OrderRoutes(self._handling, self._user).all(),
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
        info = views.company_info(
            rows_of(app),
            user=self._user,
            threshold=app.reconciliation.threshold,
            chunk_sizes=(usual_chunk(per_party=False), usual_chunk(per_party=True)),
            workers=count_workers(self._home),
        )
        an_order, a_customer = chunk_sizes()
        return {**info, "invoice_chunk_size": an_order, "customer_chunk_size": a_customer}

    def _transaction(self, app: App, request: Request) -> Any:
        return views.transaction(rows_of(app), request.path_params["name"])

    def _invoices(self, app: App, request: Request) -> Any:
        return {"invoices": views.fitting_invoices(rows_of(app), request.path_params["name"])}

    def _vouchers(self, app: App, request: Request) -> Any:
        return {"vouchers": views.fitting_vouchers(rows_of(app), request.path_params["name"])}

    def _runs(self, app: App, request: Request) -> Any:
        page = views.Page(limit=number(request, "limit", 50), offset=number(request, "offset", 0))
        return views.runs(app, user=self._user, page=page)

    def _run(self, app: App, request: Request) -> Any:
        return self._status_of(app, request.path_params["run"])

    def _items(self, app: App, request: Request) -> Any:
        name = request.path_params["run"]
        wanted = request.query_params.get("status")
        currency = app.control.status(name, user=self._user)["currency"]
        found = app.control.items(
            name,
            user=self._user,
            statuses=[item_status(wanted)] if wanted else None,
            offset=number(request, "offset", 0),
            limit=number(request, "limit", 50),
        )
        return {**found, "items": items_json(found["items"], currency=currency)}

    # acting

    def _reconcile(self, app: App, body: bytes) -> Any:
        asked = parse(body, _FIELDS)
        currency = self._currency(app, asked.get("bank_transaction_name"))
        per_party, chunk_size = flag(asked, "per_party", False), asked.get("chunk_size")
        options = Options(
            per_party=per_party,
            chunk_size=usual_chunk(per_party=per_party) if chunk_size is None else chunk_size,
            stop_on_first_error=flag(asked, "stop_on_first_error", True),
        )
        accepted = app.reconciliation.create_payment_entries_bulk(
            asked.get("bank_transaction_name"),
            _in_major(asked.get("invoices"), currency),
            _in_major(asked.get("regular_vouchers"), currency),
            user=self._user,
            options=options,
            idempotency_key=asked.get("idempotency_key"),
        )
        return self._status_of(app, accepted.run.name)

    def _currency(self, app: App, transaction: object) -> str:
        found = app.books.bank_transaction(transaction) if isinstance(transaction, str) else None
        return found.currency if found else str(views.company(rows_of(app))["currency"])

    def _cancel(self, app: App, request: Request) -> Any:
        return self._status_of(app, app.control.cancel(request.path_params["run"], user=self._user).name)

    def _retry(self, app: App, request: Request) -> Any:
        return self._status_of(app, app.control.retry(request.path_params["run"], user=self._user).name)

    def _status_of(self, app: App, run: str) -> Any:
        return run_json(app.control.status(run, user=self._user))


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
