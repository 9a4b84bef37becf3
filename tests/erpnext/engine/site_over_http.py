"""The site's own WSGI application, asked as a browser or another system asks it, without a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

import frappe
from frappe.app import application
from werkzeug.test import Client


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: its status, and its JSON."""

    code: int
    json: dict[str, Any]


class SiteOverHttp:
    """Asks as one user, who is known by an API key; without one, as a guest.

    Requests are served in a thread: Frappe lets go of everything at a request's end, and the test's own site must stay.
    """

    def __init__(self, user: str | None = None) -> None:
        self._site = frappe.local.site
        self._headers = {"Accept": "application/json", "Host": self._site}
        if user is not None:
            secret = frappe.generate_hash(length=15)
            document = frappe.get_doc("User", user)
            document.api_key, document.api_secret = document.api_key or frappe.generate_hash(length=15), secret
            document.save()
            frappe.db.commit()
            self._headers["Authorization"] = f"token {document.api_key}:{secret}"

    def get(self, method: str, **arguments: Any) -> Answer:
        return self._ask(lambda client: client.get(_path(method), query_string=arguments, headers=self._headers))

    def post(self, method: str, **arguments: Any) -> Answer:
        return self._ask(lambda client: client.post(_path(method), json=arguments, headers=self._headers))

    def _ask(self, ask: Callable[[Client], Any]) -> Answer:
        answers: list[Answer] = []

        def serve() -> None:
            response = ask(Client(application))
            answers.append(Answer(response.status_code, json.loads(response.get_data(as_text=True) or "{}")))

        thread = Thread(target=serve)
        thread.start()
        thread.join(60)
        return answers[0]


def _path(method: str) -> str:
    return f"/api/method/{method}"
