"""Whom the server answers, and what it refuses: any web site in the user's browser can reach 127.0.0.1 too."""

from __future__ import annotations

import http.client
import json
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.end_to_end import contract
from tests.sandbox.end_to_end.contract import faults
from tests.sandbox.end_to_end.site import Site, request_for
from tests.sandbox.terminal import Terminal

JSON = {"Content-Type": "application/json"}
EVENTS = "/socket.io/?EIO=4&transport=polling"


@dataclass(frozen=True)
class Raw:
    """An answer as it came over the wire."""

    status: int
    text: str
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.text)


def send(site: Site, method: str, path: str, body: bytes | None = None, **headers: str) -> Raw:
    """Send a request exactly as given: no client tidies the path or the host."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    raw = Raw(response.status, response.read().decode(), {k.lower(): v for k, v in response.getheaders()})
    connection.close()
    return raw


# who is answered


@pytest.mark.parametrize("path", ["/", "/api/company", "/page/app/main.js", EVENTS])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "192.168.1.7:8765"])
def test_a_foreign_host_is_refused_everywhere(site: Site, path: str, host: str) -> None:
    assert send(site, "GET", path, Host=host).status == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_answered_by_either_name(site: Site, host: str) -> None:
    assert send(site, "GET", "/api/company", Host=f"{host}:{site.port}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_a_change_from_another_origin_is_refused_and_events_too(site: Site, origin: str) -> None:
    changed = send(site, "POST", "/api/reconcile", b"{}", Origin=origin, Content_Type="application/json")
    events = send(site, "GET", EVENTS, Origin=origin)

    assert changed.status == 403
    assert faults(changed.json(), contract.ERROR) == []
    assert events.status == 400


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""])
def test_what_a_form_of_another_site_could_send_is_refused(site: Site, kind: str) -> None:
    for path in ("/api/reconcile", "/api/runs/RUN-00001/cancel", "/api/runs/RUN-00001/retry"):
        assert send(site, "POST", path, b"bank_transaction_name=BT-00001", Content_Type=kind).status == 403


def test_another_site_is_not_allowed_to_ask_first(site: Site) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}

    answer = send(site, "OPTIONS", "/api/reconcile", **asked)

    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control-allow")]


def test_the_server_listens_on_this_machine_only(site: Site) -> None:
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = [row[1] for row in listening if row[3] == "0A" and row[1].endswith(f":{site.port:04X}")]
    in_ipv6 = [line for line in Path("/proc/net/tcp6").read_text().splitlines() if f":{site.port:04X} 0000" in line]

    assert addresses == [f"0100007F:{site.port:04X}"]
    assert in_ipv6 == []


@pytest.mark.parametrize(
    "path", ["/", "/api/company", "/page/app/main.js", "/assets/imogi_finance/js/batch_progress.js"]
)
def test_browsers_are_told_to_load_nothing_from_elsewhere_and_to_show_it_in_no_frame(site: Site, path: str) -> None:
    headers = send(site, "GET", path).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "script-src" not in policy  # so that default-src holds: no inline script
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


# what is asked for


@pytest.mark.parametrize("path", ["/api/reconcile", "/api/runs/RUN-00001/cancel", "/api/runs/RUN-00001/retry"])
def test_what_changes_something_is_not_done_by_a_get(site: Site, path: str) -> None:
    answer = send(site, "GET", path)

    assert answer.status == 405
    assert faults(answer.json(), contract.ERROR) == []


@pytest.mark.parametrize(
    "path",
    [
        "/page/../../../../etc/passwd",
        "/page/%2e%2e/%2e%2e/errors.py",
        "/page/..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/page//etc/passwd",
        "/page/app",
        "/page/",
        "/page/%00",
        "/page/" + "a" * 5_000,
        "/assets/imogi_finance/../errors.py",
        "/assets/imogi_finance/%2e%2e/errors.py",
        "/assets/imogi_finance/..%2ferrors.py",
        "/assets/imogi_finance/%5c..%5cerrors.py",
        "/company.db",
        "/api/../company.db",
    ],
)
def test_no_path_leads_out_of_the_page(site: Site, path: str) -> None:
    assert send(site, "GET", path).status == 404


@pytest.mark.parametrize(
    "name", ["RUN-99999", "%00", "%FF", "'%20OR%20'1'='1", "RUN-00001%3B%20DROP%20TABLE%20x", "%F0%9F%92%A5"]
)
def test_an_unknown_run_is_not_found_by_any_route(site: Site, name: str) -> None:
    for method, path in (("GET", ""), ("GET", "/items"), ("POST", "/cancel"), ("POST", "/retry")):
        body = b"{}" if method == "POST" else None
        answer = send(site, method, f"/api/runs/{name}{path}", body, **JSON)
        assert answer.status == 404
        assert faults(answer.json(), contract.ERROR) == []
        assert answer.json()["error"]["problems"][0]["rule"] == "unknown_run"


@pytest.mark.parametrize(
    "query", ["limit=-1", "limit=x", "limit=1e3", "offset=99999999999", "limit=1;", "offset=%D9%A3"]
)
def test_a_page_that_is_no_number_is_refused(site: Site, query: str) -> None:
    assert send(site, "GET", f"/api/runs?{query}").status == 422


# bodies


def _bodies() -> dict[str, bytes]:
    plain = {
        "nothing": b"",
        "a nul": b"\0",
        "not utf-8": b'{"\xff": 1}',
        "a list": b"[]",
        "a number of 100,000 digits": b'{"chunk_size": ' + b"9" * 100_000 + b"}",
        "200,000 lists in each other": b"[" * 200_000,
        "40 megabytes": b'{"bank_transaction_name": "' + b"x" * (40 << 20) + b'"}',
    }
    rows: dict[str, object] = {
        "100,001 rows": [{"doctype": "Purchase Invoice", "name": f"X{number}"} for number in range(100_001)],
        "no rows": [],
        "rows that are none": [1, None, "x", [], {}],
        "a row of half a character": [{"doctype": "Purchase Invoice", "name": "\udfff"}],
        "lists for names": [{"doctype": [], "name": {}}],
        "an object for rows": {"doctype": "Purchase Invoice"},
    }
    amounts = (float("nan"), float("inf"), 1.5, True, [1], "1", 0, -5, 10**40, 10**4000)
    rows |= {
        f"an amount of {of!r:.12}": [{"doctype": "Purchase Invoice", "name": "PINV-00001", "amount": of}]
        for of in amounts
    }
    fields: dict[str, dict[str, object]] = {
        "half a character for the transaction": {"bank_transaction_name": "\ud800"},
        "half a character for the key": {"idempotency_key": "\ud800"},
        "a long key": {"idempotency_key": "x" * 141},
        "a number for the key": {"idempotency_key": 5},
        "a list for the transaction": {"bank_transaction_name": []},
        "a chunk of 501": {"chunk_size": 501},
        "a chunk of text": {"chunk_size": "20"},
        "a chunk of true": {"chunk_size": True},
        "a huge chunk": {"chunk_size": 10**4000},
        "a word for a flag": {"per_party": "yes"},
        "an unknown field": {"user": "somebody else"},
        "vouchers that are none": {"regular_vouchers": 5},
    }
    made = {name: {"invoices": value} for name, value in rows.items()} | fields
    return plain | {name: json.dumps({"bank_transaction_name": "BT-00001", **of}).encode() for name, of in made.items()}


BODIES = _bodies()


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_no_request_is_refused_with_a_reason(site: Site, what: str) -> None:
    runs = site.get("/api/runs?limit=1")["total"]

    answer = send(site, "POST", "/api/reconcile", BODIES[what], **JSON)

    assert answer.status == 422, answer.text[:200]
    assert faults(answer.json(), contract.ERROR) == []
    assert answer.json()["error"]["problems"][0]["remedy"]
    assert site.get("/api/runs?limit=1")["total"] == runs


@pytest.mark.parametrize(
    "name", ["BT-00001'; DROP TABLE invoice; --", '"; DELETE FROM batch_run; --', "%' OR 1=1 --", "__proto__"]
)
def test_names_that_look_like_sql_are_only_names(site: Site, name: str) -> None:
    desk = site.desk(2)
    answer = site.ask("/api/reconcile", request_for(desk, bank_transaction_name=name))
    row = site.ask("/api/reconcile", request_for(desk, invoices=[{"doctype": "Purchase Invoice", "name": name}]))

    assert (answer.status, row.status) == (422, 422)
    assert answer.body["error"]["problems"][0]["rule"] == "unknown_transaction"
    assert row.body["error"]["problems"][0]["rule"] == "unknown_invoice"
    assert len(site.get(f"/api/transactions/{desk.transaction}/invoices")["invoices"]) == 2
    assert site.audit() == []


# the process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_server_that_is_told_to_end_leaves_no_process_behind(tmp_path: Path, number: signal.Signals) -> None:
    site = Site.build(tmp_path / "home", invoices=1)
    site.start(workers=1)
    assert len(site.processes()) >= 4  # the server, the workers' supervisor, a worker, Redis

    assert site.stop(number) == 0

    site.wait_until(lambda: site.processes() == [], "every process to end")


def test_a_port_that_is_taken_is_said_at_once(site: Site) -> None:
    answer = Terminal(site.home).json("serve", "--port", str(site.port), code=2)

    assert answer["error"]["problems"][0]["rule"] == "port_taken"
