"""Changes that must not happen: by GET, without the session's token, by fields that are the engine's to write."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

from tests.bench.proof.security.calls import CALLS
from tests.bench.proof.security.client import Answer, Intruder, as_text
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import Scene
from tests.bench.proof.security.table import rows

OWN = ("Batch Run", "Batch Run Item", "Batch Run Signal")
# The rows that a test of refused changes compares, before and after.
TABLES = (
    *OWN,
    *("Expense Request", "Branch Expense Request", "Payment Entry", "Payment Entry Reference", "GL Entry"),
    *("Payment Ledger Entry", "Bank Transaction", "Bank Transaction Payments", "Purchase Invoice", "Sales Invoice"),
    *("Sales Order", "Sales Order Item", "Sales Invoice Item"),
    *("Custom DocPerm", "DocShare", "Has Role", "Singles"),
)


def fingerprint(scene: Scene) -> dict[str, Any]:
    """Return what tells any change of the rows that matter: checksums of whole tables."""
    tables = ", ".join(f"`tab{name}`" for name in TABLES)
    code = f"frappe.db.rollback(); answer = dict(frappe.db.sql('checksum table {tables}'))"
    return dict(scene.bench.inside(code))


def by_get(findings: Findings, scene: Scene) -> None:
    """Call every function that changes something by GET, as those who may: a link must not start anything."""
    before = fingerprint(scene)
    for name, row in rows().items():
        if not row.changes:
            continue
        for arguments in CALLS[name]:
            for kind in ("asker", "colleague", "accountant", "manager"):
                answer = scene.users[kind].call(row.path, by="GET", **arguments(scene.names["A"]))
                findings.check("GET refused", answer.code == 403, f"{name} by GET as {kind}: {answer.code}")
    _unchanged(findings, "GET refused", scene, before)


def without_token(findings: Findings, scene: Scene) -> None:
    """Post without the session's token, and with another session's, from a browser that has the Desk open."""
    subject = "CSRF token"
    before = fingerprint(scene)
    asker, other = (
        Intruder(scene.bench.url, scene.emails["asker"]),
        Intruder(scene.bench.url, scene.emails["colleague"]),
    )
    asker.open_desk()
    other.open_desk()
    own, wrong = asker.csrf_token, (None, "0" * 56, other.csrf_token)
    for name, row in rows().items():
        if "POST" not in row.methods:
            continue
        arguments = CALLS[name][0](scene.names["A"])
        for asker.csrf_token in wrong:
            for answer in _posts(asker, row.path, arguments):
                refused = answer.code == 400 and "CSRFTokenError" in answer.text
                findings.check(subject, refused, f"{name} with token {asker.csrf_token}: {answer.code}")
    asker.csrf_token = own
    taken = asker.call("imogi_finance.batch.api.status", job_id=scene.names["A"]["run"])
    findings.check(subject, taken.code == 200, f"with its own token: {taken.code} {taken.text[:200]}")
    _unchanged(findings, subject, scene, before)


def _posts(user: Intruder, path: str, arguments: dict[str, Any]) -> Iterator[Answer]:
    """Post as JSON, as another site's form can, and as plain text, which needs no leave of the browser."""
    yield user.ask("POST", f"/api/method/{path}", body=json.dumps(arguments).encode(), kind="application/json")
    yield user.ask("POST", f"/api/method/{path}", form=as_text(arguments))
    yield user.ask("POST", f"/api/method/{path}", body=json.dumps(arguments).encode(), kind="text/plain")


def by_hand(findings: Findings, scene: Scene) -> None:
    """Write the engine's DocTypes by every door of Frappe, as those who may see the documents."""
    subject = "engine's rows by hand"
    names = scene.names["A"]
    before = fingerprint(scene)
    for kind in ("viewer", "asker", "colleague", "manager", "plain"):
        user = scene.users[kind]
        for doctype, name in zip(OWN, (names["run"], names["item"], names["run"]), strict=True):
            for door, answer in _writes(user, doctype, name, kind):
                refused = 400 <= answer.code < 500
                findings.check(subject, refused, f"{door} of {doctype} as {kind}: {answer.code} {answer.text[:200]}")
        # a run of the engine's code by its path, or of a method that is no action of the form
        for function in (
            *("bank_reconciliation.api.process_bulk_reconciliation", "erpnext_adapter.sweeping.sweep"),
            *("erpnext_adapter.jobs.work_run", "erpnext_adapter.jobs.stand_by"),
            *("erpnext_adapter.drift.check", "batch.engine.BatchEngine.work", "setting_up.install.after_install"),
        ):
            answer = user.call(f"imogi_finance.{function}", run=names["live"])
            findings.check(
                subject, answer.code in (403, 417), f"{function} as {kind}: {answer.code} {answer.text[:200]}"
            )
    _unchanged(findings, subject, scene, before)


def _writes(user: Intruder, doctype: str, name: str, kind: str) -> Iterator[tuple[str, Answer]]:
    at = f"/api/resource/{urllib.parse.quote(doctype)}"
    forged: dict[str, Any] = {
        "Batch Run": {"status": "Failed", "requested_by": user.user, "epoch": 99, "live_key": None, "owner": user.user},
        "Batch Run Item": {"status": "Pending", "result_name": "ACC-PAY-2026-09999", "attempt": 0},
        "Batch Run Signal": {"cancel_requested_by": user.user},
    }[doctype]
    whole = {"doctype": doctype, "name": name, **forged}
    body = json.dumps(forged).encode()
    yield "PUT", user.ask("PUT", f"{at}/{name}", body=body, kind="application/json")
    yield (
        "POST",
        user.ask("POST", at, body=json.dumps({**forged, "name": "RUN-77777"}).encode(), kind="application/json"),
    )
    if not (kind == "manager" and doctype == "Batch Run"):  # a System Manager deletes runs that have ended
        yield "DELETE", user.ask("DELETE", f"{at}/{name}")
        yield "delete", user.call("frappe.client.delete", doctype=doctype, name=name)
    for field, value in forged.items():
        yield (
            f"set_value {field}",
            user.call("frappe.client.set_value", doctype=doctype, name=name, fieldname=field, value=value),
        )
    yield "insert", user.call("frappe.client.insert", doc={**whole, "name": "RUN-77778"})
    yield "insert_many", user.call("frappe.client.insert_many", docs=[{**whole, "name": "RUN-77779"}])
    yield "save", user.call("frappe.client.save", doc=whole)
    yield "submit", user.call("frappe.client.submit", doc=whole)
    yield "cancel", user.call("frappe.client.cancel", doctype=doctype, name=name)
    for action in ("Save", "Submit", "Cancel", "Update"):
        yield f"form {action}", user.call("frappe.desk.form.save.savedocs", doc=json.dumps(whole), action=action)
    yield "rename", user.call("frappe.client.rename_doc", doctype=doctype, old_name=name, new_name="RUN-77780")
    share = {"doctype": doctype, "name": name, "user": "plain.security@office.example", "read": 1, "write": 1}
    if kind != "manager":
        yield "share", user.call("frappe.share.add", **share)
    for method in ("db_set", "save", "delete", "reload", "run_method", "validate", "has_permission"):
        path = f"/api/method/run_doc_method?{urllib.parse.urlencode({'dt': doctype, 'dn': name, 'method': method})}"
        yield f"method {method}", user.ask("POST", path, form={"args": json.dumps(forged)})


def by_forged_fields(findings: Findings, scene: Scene) -> None:
    """Send fields that only the app writes along with documents that the user may write."""
    subject = "forged fields"
    names = scene.names["A"]
    flags = {"batch_run": names["live"], "awaiting_bank_reconciliation": 0, "follows_bank_statement": 0}
    asker, requester, approver = (scene.users[kind] for kind in ("asker", "requester", "approver"))
    submitted = f"/api/resource/Payment%20Entry/{names['waiting']}"
    before = fingerprint(scene)
    for field, value in flags.items():
        sent = json.dumps({field: value}).encode()
        answer = asker.ask("PUT", submitted, body=sent, kind="application/json")
        findings.check(subject, answer.code < 500, f"{field} of a payment: {answer.code} {answer.text[:200]}")
        asker.call(
            "frappe.client.set_value", doctype="Payment Entry", name=names["waiting"], fieldname=field, value=value
        )
    kept = scene.bench.inside.value(
        "frappe.db.get_value('Payment Entry', name, fields)", name=names["waiting"], fields=list(flags)
    )
    findings.check(subject, list(kept) == [None, 1, 1], f"a waiting payment's fields became {kept}")
    draft = scene.bench.inside("answer = office.pay('Purchase Invoice', name, submit=False)", name=names["unpaid"])
    answer = asker.call("frappe.client.get", doctype="Payment Entry", name=draft)
    forged = {key: value for key, value in answer.message.items() if key != "name"} | {
        **flags,
        "reference_no": "forged",
    }
    forged["awaiting_bank_reconciliation"] = forged["follows_bank_statement"] = 1
    made = asker.call("frappe.client.insert", doc=forged)
    findings.check(subject, made.code == 200, f"a payment with forged fields: {made.code} {made.text[-300:]}")
    kept = [made.message[field] or None for field in flags] if made.code == 200 else []
    findings.check(subject, kept == [None, None, None], f"a new payment's fields became {kept}")
    at = f"/api/resource/Expense%20Request/{names['request']}"
    for forged in (
        {"status": "Paid"},
        {"status": "Approved", "workflow_state": "Approved"},
        {"docstatus": 1},
        {"docstatus": 1, "workflow_state": "Approved", "status": "Approved"},
        {"linked_purchase_invoice": names["paid"]},
        {"owner": scene.emails["approver"]},
        {"total": 1},
    ):
        for user in (requester, approver):
            answer = user.ask("PUT", at, body=json.dumps(forged).encode(), kind="application/json")
            row = scene.bench.inside.value(
                "frappe.db.get_value('Expense Request', name, fields)",
                name=names["request"],
                fields=["status", "docstatus", "linked_purchase_invoice", "owner", "total"],
            )
            holds = row == ["Draft", 0, None, scene.emails["requester"], 25.0]
            findings.check(subject, holds and answer.code != 500, f"{forged} by {user.user}: {answer.code}, now {row}")
    for kind in ("viewer", "requester", "plain"):
        settings = "/api/resource/IMOGI%20Finance%20Settings/IMOGI%20Finance%20Settings"
        sent = json.dumps({"threshold": 1, "hold_bank_payments": 0}).encode()
        answer = scene.users[kind].ask("PUT", settings, body=sent, kind="application/json")
        findings.check(subject, answer.code == 403, f"settings as {kind}: {answer.code}")
    _unchanged(
        findings, subject, scene, before, but=("Expense Request", "Payment Entry", "Payment Entry Reference", "Singles")
    )


def _unchanged(
    findings: Findings, subject: str, scene: Scene, before: dict[str, Any], but: tuple[str, ...] = ()
) -> None:
    after = fingerprint(scene)
    changed = [table for table, value in after.items() if before[table] != value and table.split("tab")[-1] not in but]
    findings.check(subject, not changed, f"these tables have changed: {', '.join(changed)}")
