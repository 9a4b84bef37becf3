"""The JSON API for orders: what is left to invoice, what would become of a request, the request, the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from imogi_finance.sandbox import order_views
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.server.handling import Handling, rows_of


@dataclass(frozen=True)
class OrderRoutes:
    """The handlers that are about orders, in the name of who sits at this machine."""

    handling: Handling
    user: str

    def all(self) -> list[Route]:
        """Return the routes, below /api."""
        return [
            Route("/orders", self.handling.answering(self._orders)),
        ]

    def _orders(self, app: App, request: Request) -> Any:
        return order_views.orders(rows_of(app), only_open=True)
