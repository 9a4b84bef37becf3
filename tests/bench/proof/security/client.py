"""Requests as an intruder makes them: any method, any header, any body; and what came back, with how long it took."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECONDS = 120.0


@dataclass(frozen=True)
class Answer:
    """An HTTP answer.

    Args:
        seconds: until the last byte came.
    """

    code: int
    text: str
    seconds: float

    @property
    def json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {"message": found}

    @property
    def message(self) -> Any:
        return self.json.get("message")


class Intruder:
    """Someone with a browser or a script.

    Args:
        url: the site's address.
        user: who logs in; None stays a guest.
    """

    def __init__(self, url: str, user: str | None, password: str = "test") -> None:
        self.user = user or "Guest"
        self._where = urllib.parse.urlsplit(url).netloc
        self._cookies: dict[str, str] = {}
        self.csrf_token: str | None = None
        if user is not None:
            answer = self.ask("POST", "/api/method/login", form={"usr": user, "pwd": password})
            assert answer.code == 200, answer.text

    @property
    def sid(self) -> str:
        return self._cookies["sid"]

    def open_desk(self) -> None:
        """Load the Desk: from now on this session has a token, and changes need it."""
        page = self.ask("GET", "/app")
        marks = ('csrf_token = "', "csrf_token: '", '"csrf_token": "')
        for mark in marks:
            if mark in page.text:
                self.csrf_token = page.text.split(mark, 1)[1].split(mark[-1], 1)[0]
                return
        raise AssertionError(f"the Desk gave no token: {page.code} {page.text[:300]}")

    def call(self, function: str, *, by: str = "POST", **arguments: Any) -> Answer:
        """Call a whitelisted function; by GET in the address, else as JSON."""
        path = f"/api/method/{function}"
        if by == "GET":
            return self.ask("GET", f"{path}?{urllib.parse.urlencode(as_text(arguments))}")
        return self.ask(by, path, body=json.dumps(arguments).encode(), kind="application/json")

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make any request; cookies come and go as in a browser, the token is sent where there is one."""
        if form is not None:
            body, kind = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        sent = {"Accept": "application/json"}
        if kind:
            sent["Content-Type"] = kind
        if self._cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if self.csrf_token:
            sent["X-Frappe-CSRF-Token"] = self.csrf_token
        sent |= headers or {}
        started = time.monotonic()
        connection = http.client.HTTPConnection(self._where, timeout=SECONDS)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";", 1)[0].partition("=")
            if name == "sid":
                self._cookies[name] = value
        return Answer(answer.status, text, time.monotonic() - started)


def as_text(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return arguments as a form or an address carries them; what is None is left out."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in arguments.items()
        if value is not None
    }
