"""A session on a site over HTTP, as a browser has one."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from tests.bench.processes import SECONDS

_NO_PROXY = urllib.request.ProxyHandler({})


def is_up(url: str) -> bool:
    """Whether a site answers."""
    try:
        with urllib.request.build_opener(_NO_PROXY).open(f"{url}/api/method/ping", timeout=SECONDS) as answer:
            return bool(json.load(answer).get("message") == "pong")
    except (OSError, ValueError):
        return False


class WebClient:
    """A logged-in user.

    Args:
        url: the site's address.

    Raises:
        AssertionError: user or password is wrong.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url, self.user = url, user
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(_NO_PROXY, urllib.request.HTTPCookieProcessor(self._cookies))
        status, answer = self.post("login", usr=user, pwd=password)
        assert status == 200, answer

    @property
    def sid(self) -> str:
        """The session's cookie."""
        return str(next(cookie.value for cookie in self._cookies if cookie.name == "sid"))

    def get(self, method: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        """Call a whitelisted function by GET; return the HTTP status and the JSON answered."""
        query = urllib.parse.urlencode({name: _text(value) for name, value in arguments.items()})
        return self._call(urllib.request.Request(f"{self.url}/api/method/{method}?{query}"))

    def post(self, method: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        """Call a whitelisted function by POST; return the HTTP status and the JSON answered."""
        body = json.dumps(arguments).encode()
        headers = {"Content-Type": "application/json"}
        return self._call(urllib.request.Request(f"{self.url}/api/method/{method}", body, headers))

    def _call(self, request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
        request.add_header("Accept", "application/json")
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            try:
                return error.code, json.loads(text)
            except ValueError:
                return error.code, {"text": text}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
