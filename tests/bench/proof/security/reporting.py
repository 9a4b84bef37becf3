"""The report of awaiting payments: what it tells to whom, and what it makes of filters that no form sends."""

from __future__ import annotations

import json
from typing import Any

from tests.bench.proof.security.client import Answer, Intruder
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.hostile import BOUND, SLEEP, SQL
from tests.bench.proof.security.scene import Scene

SUBJECT = "the report"
REPORT = "Payments Awaiting Bank Reconciliation"
MISSING_COMPANY = "No Such Company Ltd"


def report(findings: Findings, scene: Scene) -> None:
    """Run and export the report as each kind of user, for both companies and one that does not exist."""
    opens = ("viewer", "asker", "colleague", "elsewhere", "accountant")
    for kind, user in scene.users.items():
        for company in "AB":
            name = scene.names[company]["company"]
            there, away = _run(user, company=name), _run(user, company=MISSING_COMPANY)
            what = f"{kind} on {company}: {there.code} {there.text[:200]}"
            scene.check_no_secrets(findings, SUBJECT, kind, f"run on {company}", there.text, name)
            shown = scene.names[company]["waiting"] in there.text
            home = {"elsewhere": "B", "accountant": "AB"}.get(kind, "A")
            findings.check(SUBJECT, shown == (kind in opens and company in home), f"the waiting payment; {what}")
            if not shown:
                alike = _told(there, name) == _told(away, MISSING_COMPANY)
                findings.check(SUBJECT, alike, f"differs from no company; {what} | {away.text[:200]}")
            exported = _export(user, company=name)
            scene.check_no_secrets(findings, SUBJECT, kind, f"export on {company}", exported.text, name)


def hostile_filters(findings: Findings, scene: Scene) -> None:
    """Send filters of other kinds, and with SQL in them."""
    user = scene.users["asker"]
    odd: tuple[Any, ...] = (
        *SQL,
        None,
        0,
        -1,
        [],
        {},
        ["like", "%"],
        {"a": 1},
        "[" * 50_000,
        "9" * 5_000,
        "\x00",
        "<b>x",
    )
    for field in ("company", "as_on", "bank_account", "party_type", "party", "range", "group_by_bank_account", "owner"):
        for value in odd:
            answer = _run(user, **{"company": scene.names["A"]["company"], field: value})
            what = f"{field} = {value!r:.50}: {answer.code} {answer.json.get('exc_type')} {answer.text[-200:]}"
            findings.check(SUBJECT, answer.code < 500, what)
            findings.check(SUBJECT, answer.seconds < (SLEEP if "SLEEP" in str(value) else BOUND), f"slow: {what}")
            scene.check_no_secrets(findings, SUBJECT, "asker", field, answer.text, value)


def _told(answer: Answer, company: str) -> object:
    """Return what an answer says, but for how long it took and where in the code it was refused."""
    if answer.code != 200:
        return answer.code, answer.json.get("exc_type")
    message = {key: value for key, value in (answer.message or {}).items() if key != "execution_time"}
    return json.dumps(message, sort_keys=True).replace(company, "<company>")


def _run(user: Intruder, **filters: Any) -> Answer:
    asked = {"report_name": REPORT, "filters": json.dumps(filters), "ignore_prepared_report": "1"}
    return user.ask("POST", "/api/method/frappe.desk.query_report.run", form=asked)


def _export(user: Intruder, **filters: Any) -> Answer:
    asked = {
        "report_name": REPORT,
        "filters": json.dumps(filters),
        "file_format_type": "CSV",
        "visible_idx": "[]",
        "include_indentation": "0",
    }
    return user.ask("POST", "/api/method/frappe.desk.query_report.export_query", form=asked)
