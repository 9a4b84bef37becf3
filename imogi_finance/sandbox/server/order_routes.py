"""The JSON API for orders: what is left to invoice, what would become of a request, the request, the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from imogi_finance.batch.presenting import run_json
from imogi_finance.batch.run import USUAL_PRIORITY
from imogi_finance.batch_invoicing.kind import KIND
from imogi_finance.batch_invoicing.options import USUAL_CHUNK, Options
from imogi_finance.batch_invoicing.presenting import judgement_json
from imogi_finance.batch_invoicing.request import parse_date, usual_chunk
from imogi_finance.sandbox import order_views, views
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.server.asking import flag, number, parse
from imogi_finance.sandbox.server.handling import Handling, rows_of

_ABOUT_ORDERS = {
    "sales_orders",
    "submit",
    "update_stock",
    "posting_date",
    "one_per_customer",
    "only_delivered",
    "leave_out_held",
    "chunk_size",
}
_REQUEST = _ABOUT_ORDERS | {"priority", "strict", "idempotency_key"}


@dataclass(frozen=True)
class OrderRoutes:
    """The handlers that are about orders, in the name of who sits at this machine."""

    handling: Handling
    user: str

    def all(self) -> list[Route]:
        """Return the routes, below /api."""
        answering, taking = self.handling.answering, self.handling.taking
        return [
            Route("/orders", answering(self._orders)),
            Route("/orders/check", taking(self._check), methods=["POST"]),
            Route("/orders/invoice", taking(self._invoice, status=202), methods=["POST"]),
            Route("/history", answering(self._history)),
        ]

    def _orders(self, app: App, request: Request) -> Any:
        return order_views.orders(rows_of(app), only_open=True)

    def _check(self, app: App, body: bytes) -> Any:
        asked = parse(body, _ABOUT_ORDERS)
        judged = app.invoicing.check_invoices_bulk(
            asked.get("sales_orders"), user=self.user, company=_company(app), options=_options(asked)
        )
        return judgement_json(judged)

    def _invoice(self, app: App, body: bytes) -> Any:
        asked = parse(body, _REQUEST)
        accepted = app.invoicing.create_invoices_bulk(
            asked.get("sales_orders"),
            user=self.user,
            company=_company(app),
            options=_options(asked),
            priority=asked.get("priority", USUAL_PRIORITY),
            strict=flag(asked, "strict", False),
            idempotency_key=asked.get("idempotency_key"),
        )
        return run_json(app.control.status(accepted.run.name, user=self.user))

    def _history(self, app: App, request: Request) -> Any:
        return app.history.of(self.user, kind=KIND, days=number(request, "days", 30))


def chunk_sizes() -> tuple[int, int]:
    """Return how many orders are usually invoiced in one step: with an invoice an order, and with one a customer."""
    return (
        usual_chunk(one_per_customer=False, usual=USUAL_CHUNK),
        usual_chunk(one_per_customer=True, usual=USUAL_CHUNK),
    )


def _company(app: App) -> str:
    return str(views.company(rows_of(app))["name"])


def _options(asked: Mapping[str, Any]) -> Options:
    """Return what was chosen; where nothing was, invoices are submitted.

    Raises:
        Refused: a choice is malformed.
    """
    one_per_customer, chunk_size = flag(asked, "one_per_customer", False), asked.get("chunk_size")
    return Options(
        submit=flag(asked, "submit", True),
        update_stock=flag(asked, "update_stock", False),
        posting_date=parse_date(asked.get("posting_date")),
        one_per_customer=one_per_customer,
        only_delivered=flag(asked, "only_delivered", False),
        leave_out_held=flag(asked, "leave_out_held", True),
        chunk_size=chunk_sizes()[one_per_customer] if chunk_size is None else chunk_size,
    )
