"""A web server of several processes, as in production, and many calls that reach it in the same instant."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.bench.processes import SECONDS, Process, on_a_free_port
from tests.bench.web_client import WebClient, is_up
from tests.bench.workbench import PASSWORD, Workbench

API = "imogi_finance.bank_reconciliation.api.create_payment_entries_bulk"
LISTING = "imogi_finance.bank_reconciliation.api.unpaid_invoices"
BATCH = "imogi_finance.batch.api"
_NO_PROXY = urllib.request.ProxyHandler({})
_T = TypeVar("_T")


@dataclass(frozen=True)
class Answer:
    """What one call got.

    Args:
        code: of HTTP.
        body: the JSON of the answer.
        seconds: from the call to its end.
    """

    code: int
    body: dict[str, Any]
    seconds: float

    @property
    def run(self) -> str | None:
        """The run of an accepted request."""
        message = self.body.get("message")
        return message.get("job_id") if isinstance(message, dict) else None

    @property
    def problems(self) -> list[dict[str, str]]:
        """What a refusal names."""
        return list((self.body.get("error") or {}).get("problems") or ())

    def said(self) -> str:
        """Return the answer for people, short."""
        told = self.run or json.dumps(self.body.get("error") or self.body)[:300]
        return f"{self.code} {told}"


@contextmanager
def web_server(bench: Workbench, *, processes: int = 4, threads: int = 8) -> Iterator[str]:
    """Have the site served by gunicorn, as `bench setup production` does; yield its address."""
    gunicorn = bench.host.python.parent / "gunicorn"
    application = "tests.bench.proof.soak.site_over_wsgi:application"

    def start(port: int) -> Process:
        options = [f"--bind=127.0.0.1:{port}", f"--workers={processes}", f"--threads={threads}", "--timeout=120"]
        command = [str(gunicorn), *options, "--preload", "--backlog=512", application]
        log = bench.folder / "logs" / "gunicorn.log"
        server = Process(command, folder=bench.sites, environment=bench.environment, log=log)
        server.wait_until(lambda: is_up(f"http://127.0.0.1:{port}"), f"gunicorn on port {port}")
        bench.config(webserver_port=port)
        return server

    server = on_a_free_port(start)
    try:
        yield f"http://127.0.0.1:{bench.config()['webserver_port']}"
    finally:
        server.stop()


class Caller:
    """One user's session, which any number of threads may use at once."""

    def __init__(self, url: str, user: str = "Administrator", password: str = PASSWORD) -> None:
        self.url, self.user = url, user
        self._cookie = f"sid={WebClient(url, user, password).sid}"

    def post(self, method: str, **arguments: Any) -> Answer:
        """Call a whitelisted function; a call that gets no answer has code 0."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Cookie": self._cookie}
        body = json.dumps(arguments).encode()
        request = urllib.request.Request(f"{self.url}/api/method/{method}", body, headers)
        started = time.monotonic()
        code, text = _answered(request)
        try:
            found = json.loads(text)
        except ValueError:
            found = {"text": text[-2000:]}
        return Answer(code, found if isinstance(found, dict) else {"text": text}, time.monotonic() - started)


def _answered(request: urllib.request.Request) -> tuple[int, str]:
    try:
        with urllib.request.build_opener(_NO_PROXY).open(request, timeout=SECONDS) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return 0, f"{type(error).__name__}: {error}"


def at_once(calls: Sequence[Callable[[], _T]]) -> list[_T]:
    """Make all calls in the same instant, a thread each; return their answers in the order of the calls."""
    gate = threading.Barrier(len(calls))

    def wait_and_call(call: Callable[[], _T]) -> _T:
        gate.wait(SECONDS)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(wait_and_call, calls))
