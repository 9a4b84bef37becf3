"""Every kind of user calls every function about documents of both companies, and about some that do not exist."""

from __future__ import annotations

from tests.bench.proof.security.calls import CALLS, CHECK_INVOICES, CREATE, CREATE_INVOICES, MISSING, without_names
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import Scene
from tests.bench.proof.security.table import Row, at_run_time, rows, written

SUBJECT = "roles by functions by companies"
TAKES_NONE = "takes no document"
_KEPT_TO_A = ("viewer", "asker", "colleague", "seller", "approver")


def every_function_has_a_row(findings: Findings, scene: Scene) -> None:
    """Compare the table with the source and with what Frappe takes calls for."""
    table, source, running = rows(), written(), at_run_time(scene.bench)
    findings.note("whitelisted functions", len(running))
    for name in sorted({*table, *source, *running}):
        row, subject, name = table.get(name), "security table", name.partition(" of ")[0]
        findings.check(subject, name in running, f"{name} is in the table or the source, but Frappe does not know it")
        findings.check(subject, row is not None, f"{name} is whitelisted and has no row in functions.md")
        findings.check(subject, name in source, f"{name} is whitelisted otherwise than by @frappe.whitelist")
        if row is None or name not in running:
            continue
        methods, guests = running[name]
        same = row.methods == methods == source.get(name)
        findings.check(subject, same, f"{name} takes {sorted(methods)}, the table says {sorted(row.methods)}")
        findings.check(subject, not guests, f"{name} is open to guests")
        called = row.function in CALLS
        findings.check(subject, called, f"{row.function} is called by no check: say how in calls.py")


def every_cell(findings: Findings, scene: Scene, *, companies: str = "AB") -> None:
    """Make every call of the table and compare the answers."""
    for name, row in rows().items():
        for arguments in CALLS.get(name, ()):
            by = "POST" if row.changes else "GET"
            for kind, user in scene.users.items():
                missing = user.call(row.path, by=by, **arguments(MISSING))
                for company in companies:
                    of = scene.names[company]
                    answer = user.call(row.path, by=by, **arguments(of))
                    expected = _expected(row, kind, company)
                    code = answer.code == int(expected[:3])
                    taken = MISSING if row.asked.endswith(TAKES_NONE) else of  # the company it names is its user's
                    alike = without_names(answer, taken) == without_names(missing, MISSING)
                    holds = code and (alike or not expected.endswith("="))
                    findings.check(
                        SUBJECT,
                        holds and answer.code != 500,
                        f"{name} as {kind} on {company}: {answer.code}, expected {expected};"
                        f" {without_names(answer, of)[:300]} | missing: {without_names(missing, MISSING)[:300]}",
                    )
                    scene.check_no_secrets(findings, SUBJECT, kind, f"{name} on {company}", answer.text, arguments(of))


def hidden_rows(findings: Findings, scene: Scene) -> None:
    """Ask to pay, out of one's own bank transaction, documents of the other company: each looks like none at all."""
    subject, path = "hidden documents in a request", f"imogi_finance.{CREATE}"
    for kind, own, other in (("elsewhere", "B", "A"), ("asker", "A", "B")):
        user, names = scene.users[kind], scene.names[other]
        for doctype, field, keys in (
            ("Purchase Invoice", "invoices", ("unpaid", "draft", "in_work", "paid", "waiting_invoice")),
            ("Sales Invoice", "invoices", ("sale",)),
            ("Payment Entry", "regular_vouchers", ("payment", "waiting")),
        ):
            for key, amount in ((key, amount) for key in keys for amount in ({}, {"amount": 1}, {"amount": 999_999})):
                for more in ({}, {"idempotency_key": f"hidden-{key}"}, {"stop_on_first_error": False}):
                    told = []
                    for name in (names[key], "ACC-XXXX-2026-09999"):
                        rows_asked = {"invoices": [], field: [{"doctype": doctype, "name": name, **amount}]}
                        asked = {"bank_transaction_name": scene.names[own]["transaction"], **rows_asked, **more}
                        answer = user.call(path, **asked)
                        scene.check_no_secrets(findings, subject, kind, f"{key} of {other}", answer.text, asked)
                        told.append((answer.code, without_names(answer, MISSING).replace(name, "<it>")))
                    findings.check(subject, told[0] == told[1], f"{doctype} {key} of {other}: {told[0]} | {told[1]}")


def hidden_orders(findings: Findings, scene: Scene) -> None:
    """Ask to invoice, beside an order of one's own, orders of the other company: each looks like none at all."""
    subject = "hidden orders in a request"
    for kind, own, other in (("elsewhere", "B", "A"), ("asker", "A", "B"), ("seller", "A", "B")):
        user, names = scene.users[kind], scene.names[other]
        for key in ("order", "billed_order"):
            for function in (CHECK_INVOICES, CREATE_INVOICES):
                for more in ({}, {"company": scene.names[own]["company"]}, {"company": names["company"]}):
                    told = []
                    for name in (names[key], "SAL-ORD-XXXX-09999"):
                        asked = {"sales_orders": [scene.names[own]["order"], name], "leave_out_held": False, **more}
                        answer = user.call(f"imogi_finance.{function}", **asked)
                        scene.check_no_secrets(findings, subject, kind, f"{key} of {other}", answer.text, asked)
                        told.append((answer.code, without_names(answer, MISSING).replace(name, "<it>")))
                    findings.check(subject, told[0] == told[1], f"{function} {key} of {other}: {told[0]} | {told[1]}")


def _expected(row: Row, kind: str, company: str) -> str:
    if company == "A":
        return row.expected[kind]
    if row.asked.startswith("Supplier") or row.asked.endswith(TAKES_NONE):
        return row.expected[kind]  # suppliers are of no company
    if kind == "elsewhere":
        return row.expected["asker"]
    return row.expected["elsewhere"] if kind in _KEPT_TO_A else row.expected[kind]
