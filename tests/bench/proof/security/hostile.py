"""Arguments that no form sends: SQL, wrong types, endless lists, deep JSON, odd numbers and letters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.proof.security.calls import CALLS, CREATE, CREATE_INVOICES, INVOICE, TRANSACTION
from tests.bench.proof.security.client import Answer
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import Scene
from tests.bench.proof.security.table import rows
from tests.bench.proof.security.writing import fingerprint

SLEEP = 25  # seconds that a statement would sleep if it ran
BOUND = 60.0  # seconds that no answer may take, on a busy machine
MEMORY = 150  # MB that the web server may grow by where it is asked the same again
SQL = (
    "' OR '1'='1",
    "') OR 1=1 -- ",
    f"' UNION SELECT SLEEP({SLEEP}) -- ",
    f"x' AND SLEEP({SLEEP}) AND 'x'='x",
    "'; UPDATE `tabBatch Run` SET status='Completed'; -- ",
    "\\' OR 1=1 # ",
    "` OR 1=1 -- ",
    '" OR ""="',
    "%' OR name LIKE '%",
    "%(name)s %s {0} {{1+1}} ${7*7}",
    "/**/or/**/1=1",
)
LETTERS = (
    "",
    " ",
    "\x00",
    "RUN-00001\x00",
    "\u202eRUN\u202c",
    "🧾" * 40,
    "é\u0301" * 100,
    "\ud83d",
    "../../site_config.json",
    "<script>alert(1)</script>",
    "a" * 141,
    "\n\r\t",
)
NOT_TEXT: tuple[Any, ...] = (None, 0, -1, 1.5, True, [], {}, [[]], {"a": ["b"]}, ["like", "%"], [">", ""], 10**30)
AMOUNTS = (
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "1e3",
        "-1",
        "0",
        "0x10",
        "1,000",
        "",
        " ",
        "\uff11\uff10\uff10",
        "9" * 19,
        "0.001",
    ),
    *(-1, 0, 10**19, 10**40, 1e308, 0.001, True, [], {}, {"$gt": 0}),
)
HUGE_LIST, HUGE_TEXT, DEEP = 1_000_000, 10_000_000, 100_000


def sql_and_letters(findings: Findings, scene: Scene, *, full: bool = True) -> None:
    """Put each payload into each text of each function, also inside JSON, and see that it is only ever a name."""
    subject = "SQL and letters in texts"
    before, asker = fingerprint(scene), scene.users["asker"]
    payloads = (*SQL, *LETTERS) if full else (*SQL[:5:2], *LETTERS[2:6])
    for name, row in rows().items():
        for arguments in CALLS[name][:1]:
            plain = arguments(scene.names["A"])
            for place, filled in _places(plain):
                for payload in payloads:
                    answer = asker.call(row.path, **filled(payload))
                    what = f"{name}, {place} = {payload[:40]!r}"
                    _bounded(findings, subject, what, answer)
                    scene.check_no_secrets(findings, subject, "asker", what, answer.text, plain)
                    told = len(answer.text) < 20_000 or name.endswith(("unpaid_invoices", "open_vouchers"))
                    findings.check(subject, told, f"{what} answered {len(answer.text)} letters: {answer.text[:200]}")
    _still(findings, subject, scene, before)


def _places(arguments: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield where a text can stand in arguments, and how to put one there."""
    for key, value in arguments.items():
        if isinstance(value, str):
            yield key, lambda text, key=key: {**arguments, key: text}
        elif isinstance(value, list) and isinstance(value[0], str):
            yield f"{key}[0]", lambda text, key=key: {**arguments, key: [text]}
            yield f"{key} as JSON", lambda text, key=key: {**arguments, key: json.dumps([text])}
            yield f"{key} as text", lambda text, key=key: {**arguments, key: text}
        elif isinstance(value, list):
            for field in value[0]:
                yield (
                    f"{key}[0].{field}",
                    lambda text, key=key, value=value, field=field: {**arguments, key: [{**value[0], field: text}]},
                )
            yield (
                f"{key} as JSON",
                lambda text, key=key: {**arguments, key: json.dumps([{"doctype": INVOICE, "name": text}])},
            )
            yield f"{key} as text", lambda text, key=key: {**arguments, key: text}
    for more in ("idempotency_key", "posting_date", "company", "status", "filters", "searchfield", "txt", "supplier"):
        if more not in arguments:
            yield more, lambda text, more=more: {**arguments, more: text}


def wrong_types(findings: Findings, scene: Scene, *, full: bool = True) -> None:
    """Send what is no text, no number, no list of rows; each is refused clearly or taken for what it can be."""
    subject = "wrong types"
    before, asker = fingerprint(scene), scene.users["asker"]
    values = NOT_TEXT if full else NOT_TEXT[::4]
    for name, row in rows().items():
        plain = CALLS[name][0](scene.names["A"])
        more = {
            "batch.api.items": ("offset", "limit"),
            "batch.api.runs": ("limit",),
            CREATE: ("chunk_size", "per_party"),
            CREATE_INVOICES: ("company", "submit", "posting_date", "chunk_size", "priority", "strict"),
            "batch_invoicing.api.history": ("days",),
        }
        fields = (*plain, *more.get(name, ()), "no_such_argument")
        if name == "erpnext_adapter.searching.find":
            fields = (*fields, "start", "page_len", "filters", "as_dict", "searchfield")
        for field in fields:
            for value in values:
                answer = asker.call(row.path, **{**plain, field: value})
                _bounded(findings, subject, f"{name}, {field} = {value!r:.60}", answer)
    of = scene.names["A"]
    for amount in AMOUNTS:
        answer = asker.call(f"imogi_finance.{CREATE}", **_asking(of, amount=amount))
        refused = answer.code == 422
        findings.check(subject, refused, f"amount {amount!r:.60}: {answer.code} {answer.text[:200]}")
    for text in _names_of_orders(of["order"]):
        answer = asker.ask("POST", f"/api/method/imogi_finance.{CREATE_INVOICES}", form={"sales_orders": text})
        refused = answer.code in (417, 422)
        findings.check(subject, refused, f"{text[:80]}: {answer.code} {answer.text[:300]}")
    for body in _bodies(of):
        answer = asker.ask("POST", f"/api/method/imogi_finance.{CREATE}", form=body)
        refused = answer.code in (417, 422)
        findings.check(subject, refused, f"{str(body['invoices'])[:80]}: {answer.code} {answer.text[:300]}")
    _still(findings, subject, scene, before)


def _asking(of: dict[str, Any], **row: Any) -> dict[str, Any]:
    rows_asked = [{"doctype": INVOICE, "name": of["unpaid"], **row}]
    return {"bank_transaction_name": of["transaction"], "invoices": rows_asked}


def _bodies(of: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield requests whose rows are JSON that Python's reader takes too gladly, or not at all."""
    name = of["unpaid"]
    for text in (
        f'[{{"doctype": "{INVOICE}", "name": "{name}", "amount": NaN}}]',
        f'[{{"doctype": "{INVOICE}", "name": "{name}", "amount": Infinity}}]',
        f'[{{"doctype": "{INVOICE}", "name": "{name}", "amount": -Infinity}}]',
        f'[{{"doctype": "{INVOICE}", "name": "x", "name": "{name}"}}]',
        f'[{{"doctype": "{INVOICE}", "name": "{name}", "amount": 1, "amount": 70}}]',
        f'[{{"doctype": "{INVOICE}", "name": "{name}", "amount": {"9" * 5000}}}]',
        f'[{{"doctype": "{INVOICE}", "name": "{name}", "amount": 1e{"9" * 5}}}]',
        f'[{{"doctype": "{TRANSACTION}", "name": "{name}"}}]',
        f'[{{"doctype": "{INVOICE}", "name": "{name}", "status": "Paid"}}]',
        f'[{{"doctype": "{INVOICE}", "name": ["{name}"]}}]',
        f'{{"doctype": "{INVOICE}", "name": "{name}"}}',
        f'"{name}"',
        *(
            "null",
            "[null]",
            "[[]]",
            "[1]",
            "[",
            "]",
            "{}",
            "[]",
            "\x00",
            "[" * DEEP,
            '{"a":' * DEEP,
            "[" * DEEP + "]" * DEEP,
        ),
    ):
        yield {"bank_transaction_name": of["transaction"], "invoices": text}


def _names_of_orders(name: str) -> Iterator[str]:
    """Yield selections of orders that are none."""
    yield f'["{name}", "{name}"]'  # nobody knows what is meant by naming it twice
    yield f'[["{name}"]]'
    yield f'[{{"name": "{name}"}}]'
    yield f'{{"{name}": 1}}'
    yield f'["{name}", null]'
    yield from (f'"{name}"', name, "null", "[]", "{}", "[1]", "[", "NaN", "[" * DEEP, "[" * DEEP + "]" * DEEP)


def huge(findings: Findings, scene: Scene) -> None:
    """Send what is too large; it is refused in bounded time and memory, and the server lives on."""
    subject = "huge inputs"
    before, asker, of = fingerprint(scene), scene.users["asker"], scene.names["A"]
    path = f"imogi_finance.{CREATE}"
    row = {"doctype": INVOICE, "name": of["unpaid"]}
    text = "x" * HUGE_TEXT
    cases: dict[str, dict[str, Any]] = {
        "a million rows": {"invoices": [{"doctype": INVOICE, "name": str(n)} for n in range(HUGE_LIST)]},
        "a million numbers": {"invoices": list(range(HUGE_LIST))},
        "100,000 rows that are none": {"invoices": [{"name": n} for n in range(100_000)]},
        "100,000 unknown invoices": {"invoices": [{"doctype": INVOICE, "name": f"X-{n}"} for n in range(100_000)]},
        "one invoice 100,000 times": {"invoices": [row] * 100_000},
        "a name of 10 MB": {"invoices": [{**row, "name": text}]},
        "an amount of 10 MB": {"invoices": [{**row, "amount": "9" * HUGE_TEXT}]},
        "a key of 10 MB": {"invoices": [row], "idempotency_key": text},
        "a doctype of 10 MB": {"invoices": [{**row, "doctype": text}]},
    }
    of_orders: dict[str, list[Any]] = {
        "a million orders": [str(number) for number in range(HUGE_LIST)],
        "100,000 unknown orders": [f"X-{number}" for number in range(100_000)],
        "one order 100,000 times": [of["order"]] * 100_000,
        "100,000 numbers for orders": list(range(100_000)),
        "an order's name of 10 MB": [text],
    }
    answers = {
        what: asker.call(path, **{"bank_transaction_name": of["transaction"], **arguments})
        for what, arguments in cases.items()
    }
    for what, orders in of_orders.items():
        answers[what] = asker.call(f"imogi_finance.{CREATE_INVOICES}", sales_orders=orders)
    for what, answer in answers.items():
        _bounded(findings, subject, what, answer)
        # 413: more than Frappe takes at all
        findings.check(subject, answer.code in (413, 422), f"{what}: {answer.code} {answer.text[:200]}")
        findings.check(subject, len(answer.text) < 1_000_000, f"{what} is answered with {len(answer.text):,} letters")
        findings.note(f"answer to {what}", f"{answer.code} in {answer.seconds:.1f} s")
    memory = _memory(scene)
    for what in ("100,000 rows that are none", "one invoice 100,000 times", "an amount of 10 MB") * 2:
        asker.call(path, **{"bank_transaction_name": of["transaction"], **cases[what]})
    again = _memory(scene) - memory
    findings.note("memory of the web server grew, asked the same again, by", f"{again} MB")
    findings.check(subject, again < MEMORY, f"asked the same again, the web server has grown by {again} MB")
    for name, table_row in rows().items():
        plain = CALLS[name][0](of)
        for field in [field for field, value in plain.items() if isinstance(value, str)]:
            answer = asker.call(table_row.path, **{**plain, field: text})
            _bounded(findings, subject, f"{name}, {field} of 10 MB", answer)
    for body in (
        b"[" * DEEP,
        b'{"job_id":' + b'{"a":' * DEEP,
        b'{"job_id": 1' + b"9" * 6000 + b"}",
        b"\xff\xfe{}",
        b"{}",
    ):
        answer = asker.ask("POST", "/api/method/imogi_finance.batch.api.status", body=body, kind="application/json")
        # What Frappe reads before the app is called is Frappe's to refuse; it must only live on.
        findings.check(subject, answer.seconds < BOUND, f"a body {body[:20]!r}: {answer.seconds:.0f} s")
    alive = asker.call("imogi_finance.batch.api.status", job_id=of["run"])
    findings.check(subject, alive.code == 200, f"afterwards: {alive.code}")
    _still(findings, subject, scene, before)


def _memory(scene: Scene) -> int:
    """Return what the web server holds, in MB."""
    status = Path(f"/proc/{scene.bench._processes['web'].pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) // 1024


def _bounded(findings: Findings, subject: str, what: str, answer: Answer) -> None:
    clear = answer.code < 500 and "Traceback" not in answer.json.get("_server_messages", "")
    findings.check(subject, clear, f"{what}: {answer.code} {answer.json.get('exc_type')} {answer.text[-600:]}")
    slept = SLEEP if len(what) < 200 and "SLEEP" in what else BOUND
    findings.check(subject, answer.seconds < slept, f"{what} took {answer.seconds:.0f} s")


def _still(findings: Findings, subject: str, scene: Scene, before: dict[str, Any]) -> None:
    after = fingerprint(scene)
    changed = [table for table, value in after.items() if before[table] != value]
    findings.check(subject, not changed, f"these tables have changed: {', '.join(changed)}")
