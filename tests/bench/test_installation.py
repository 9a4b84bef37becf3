"""The app comes onto a site and leaves it: nothing of the past changes, and nothing of the app stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomllib

from tests.bench.conftest import FreshBench
from tests.bench.host import ROOT
from tests.bench.workbench import APP, Workbench

NEIGHBOUR = Path(__file__).parent / "neighbour"
# What a site writes about its own life, whatever app comes or goes.
LOGS = {
    "Access Log",
    "Activity Log",
    "Comment",
    "Deleted Document",
    "Error Log",
    "Installed Application",
    "Patch Log",
    "Scheduled Job Log",
    "Version",
}
WORK = {"Payment Entry", "GL Entry", "Payment Ledger Entry", "Repost Payment Ledger"}  # what the test itself enters


def everything(bench: Workbench) -> dict[str, list[str]]:
    """Return the names of all documents by doctype, the tables, and the indexes of the table the app reads by."""
    found: dict[str, list[str]] = bench.inside(
        """
kinds = frappe.get_all("DocType", {"istable": 0, "issingle": 0, "is_virtual": 0}, pluck="name")
tables = [row[0] for row in frappe.db.sql("show tables")]
answer = {kind: sorted(map(str, frappe.get_all(kind, pluck="name", order_by=None))) for kind in kinds}
answer["tables"] = sorted(tables)
indexes = frappe.db.sql("show index from `tabBank Transaction Payments`", as_dict=True)
answer["indexes"] = sorted({row.Key_name for row in indexes})
answer["settings"] = sorted({row[0] for row in frappe.db.sql("select doctype from tabSingles")})
"""
    )
    return {kind: names for kind, names in found.items() if kind not in LOGS | WORK}


def difference(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, Any]:
    """Return what was added and what is missing, by doctype."""
    found = {}
    for kind in before.keys() | after.keys():
        old, new = set(before.get(kind, [])), set(after.get(kind, []))
        if old != new:
            found[kind] = {"more": sorted(new - old)[:20], "fewer": sorted(old - new)[:20]}
    return found


def comments(bench: Workbench, doctype: str, name: str) -> list[str]:
    """Return what the neighbour has noted on a document."""
    filters = {"reference_doctype": doctype, "reference_name": name, "content": ["like", "neighbour%"]}
    code = "answer = frappe.get_all('Comment', filters, pluck='content', order_by='creation')"
    return list(bench.inside(code, filters=filters))


def test_the_app_comes_beside_another_and_goes_without_a_trace(fresh_bench: FreshBench) -> None:
    with fresh_bench(app=False) as bench:
        bench.add_app("neighbour", NEIGHBOUR)
        bench.frappe("install-app", "neighbour")
        old = bench.inside.value("office.purchase_invoice(100)")
        old_payment = bench.inside("answer = office.pay('Purchase Invoice', old)", old=old)
        held = bench.inside.value("office.purchase_invoice(250)")
        before = everything(bench)

        bench.frappe("install-app", APP)
        bench.reconnect()
        once = everything(bench)
        for _ in range(2):
            bench.frappe("migrate", "--skip-search-index")
        bench.reconnect()
        assert difference(once, everything(bench)) == {}, "a migrate changes what the install has made"
        assert difference(before, once), "the app has made nothing"

        # what was there before stays outside the rule; what comes now is held, whatever the other app overrides
        assert flag_and_status(bench, old_payment, old) == [0, "Paid"]
        payment = bench.inside("answer = office.pay('Purchase Invoice', held)", held=held)
        assert flag_and_status(bench, payment, held) == [1, "Unpaid"]
        assert comments(bench, "Payment Entry", payment) == [
            "neighbour's class was here",
            "neighbour saw awaiting 1",
        ]
        assert "neighbour saw Unpaid" in comments(bench, "Purchase Invoice", held)

        bench.frappe("uninstall-app", APP, "--yes", "--no-backup")
        bench.reconnect()
        assert difference(before, everything(bench)) == {}
        assert bench.inside.value("office.status('Purchase Invoice', held)", held=held) == "Paid"
        assert bench.inside.value("office.status('Purchase Invoice', old)", old=old) == "Paid"

        # ERPNext works as ever, and the app may come back
        cash = bench.inside.value("office.purchase_invoice(10)")
        bench.inside("office.pay('Purchase Invoice', cash)", cash=cash)
        assert bench.inside.value("office.status('Purchase Invoice', cash)", cash=cash) == "Paid"
        bench.frappe("install-app", APP)
        bench.reconnect()
        again = everything(bench)
        assert difference(once, again).keys() <= {"Purchase Invoice", "Custom DocPerm"}
        assert len(again["Custom DocPerm"]) == len(once["Custom DocPerm"])  # their names are random


def flag_and_status(bench: Workbench, payment: str, invoice: str) -> list[Any]:
    """Return whether a payment waits for the bank, and the status of its invoice."""
    return list(
        bench.inside(
            "flag = frappe.db.get_value('Payment Entry', payment, 'awaiting_bank_reconciliation')\n"
            "answer = [flag, office.status('Purchase Invoice', invoice)]",
            payment=payment,
            invoice=invoice,
        )
    )


def test_the_app_does_not_leave_while_a_run_is_at_work(fresh_bench: FreshBench) -> None:
    with fresh_bench() as bench:
        run = bench.inside(
            """
from imogi_finance.erpnext_adapter.composition import compose
invoice = office.purchase_invoice(100)
statement = office.bank_transaction(-100)
accepted = compose().reconciliation.create_payment_entries_bulk(
    statement, [{"doctype": "Purchase Invoice", "name": invoice}], user="Administrator", in_request=False)
answer = accepted.run.name
"""
        )
        refused = bench.command("uninstall-app", APP, "--yes", "--no-backup")
        assert refused.returncode != 0
        assert run in refused.stdout + refused.stderr
        assert bench.inside.value("frappe.db.exists('Batch Run', run)", run=run) == run


def test_portable_code_runs_in_the_bench_s_own_environment(bench: Workbench) -> None:
    code = (
        "import imogi_finance.hooks, imogi_finance.batch.engine, imogi_finance.paid_status.service\n"
        "import imogi_finance.bank_reconciliation.service, sys\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('frappe', 'erpnext', 'rq', 'redis', 'click')))"
    )
    assert bench.python("-c", code).strip() == "[]"


def test_the_app_asks_for_nothing_that_frappe_pins() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"] == []
