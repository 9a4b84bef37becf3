"""The one who asked loses a right while their orders are invoiced: what is done stays, and nothing more is done."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from tests.bench.processes import wait_for
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.losing import FREE, LIVE
from tests.bench.proof.security.scene import Scene

SUBJECT = "rights lost while orders are invoiced"
_PERMS = "from frappe.permissions import setup_custom_perms; setup_custom_perms('{0}');"
_GIVE = "from frappe.permissions import reset_perms; reset_perms('{0}'); frappe.clear_cache()"
# What is taken, and what gives it back; ``user``, ``office`` and ``other`` (a company) are at hand.
LOSSES: dict[str, tuple[str, str]] = {
    "disabled": (
        "doc = frappe.get_doc('User', user); doc.enabled = 0; doc.save()",
        "doc = frappe.get_doc('User', user); doc.enabled = 1; doc.save()",
    ),
    "ERPNext's roles removed": (
        "frappe.get_doc('User', user).remove_roles('Accounts User', 'Accounts Manager')",
        "frappe.get_doc('User', user).add_roles('Accounts User', 'Accounts Manager')",
    ),
    "kept to another company": (
        f"{FREE}; frappe.get_doc({{**permission, 'allow': 'Company', 'for_value': other}}).insert()",
        f"{FREE}; frappe.get_doc({{**permission, 'allow': 'Company', 'for_value': office.company}}).insert()",
    ),
    "Sales Invoice no longer theirs to submit": (
        _PERMS.format("Sales Invoice")
        + " frappe.db.set_value('Custom DocPerm', {'parent': 'Sales Invoice'}, 'submit', 0);"
        " frappe.clear_cache(doctype='Sales Invoice')",
        _GIVE.format("Sales Invoice"),
    ),
    "orders no longer theirs to read": (
        _PERMS.format("Sales Order") + " frappe.db.set_value('Custom DocPerm', {'parent': 'Sales Order'}, 'read', 0);"
        " frappe.clear_cache(doctype='Sales Order')",
        _GIVE.format("Sales Order"),
    ),
}
_POINT = "work.after_commit"
_ORDERS, _CHUNK = 6, 2


def rights_lost(findings: Findings, scene: Scene, *, losses: Sequence[str] = tuple(LOSSES)) -> None:
    """For each right, start a run, take the right when the first chunk is done, and look at the invoices at the end."""
    bench, user = scene.bench, scene.emails["colleague"]
    faults = bench.sites / bench.site / "security-faults"
    faults.mkdir(exist_ok=True)
    with bench.worker(IMOGI_FAULTS=str(faults)):
        bench.wait_until(f"not frappe.db.exists('Batch Run', {{'status': ('in', {LIVE})}})", "earlier runs to end")
        for loss in losses:
            take, give = LOSSES[loss]
            for old in faults.iterdir():
                old.unlink()
            (faults / _POINT).write_text("stop 1")
            run = _asked(scene, user)
            stopped = wait_for(lambda: next(faults.glob("*.taken-*"), None), f"the worker of {run} to be in the middle")
            values = {"user": user, "other": scene.names["B"]["company"]}
            bench.inside(take, **values)
            os.kill(int(stopped.name.rpartition("-")[2]), signal.SIGCONT)
            try:
                bench.wait_until(f"frappe.db.get_value('Batch Run', '{run}', 'status') not in {LIVE}", f"{run} to end")
            finally:
                bench.inside(give, **values)
            _audit(findings, scene, loss, run)


def _asked(scene: Scene, user: str) -> str:
    code = """
from tests.erpnext.security.scene import ask_for_orders
from imogi_finance.batch.doorbell import ring_or_leave
from imogi_finance.erpnext_adapter.queue import FrappeQueue
answer = ask_for_orders(user, *[office.sales_order(10) for _ in range(count)], chunk_size=chunk)
ring_or_leave(FrappeQueue(), answer)
"""
    return str(scene.bench.inside(code, user=user, count=_ORDERS, chunk=_CHUNK))


def _audit(findings: Findings, scene: Scene, loss: str, run: str) -> None:
    told = scene.bench.inside(
        """
from tests.erpnext import audit
frappe.db.rollback()
answer = frappe.db.get_value("Batch Run", run, ["status", "succeeded", "failed", "error"], as_dict=True)
answer["made"] = frappe.db.count("Sales Invoice", {"batch_run": run, "docstatus": 1})
answer["wrong"] = audit.violations([run], ended=True)
""",
        run=run,
    )
    what = f"{loss}: {told}"
    findings.check(SUBJECT, told["status"] == "Completed with Errors", f"the run went on; {what}")
    findings.check(SUBJECT, told["made"] == told["succeeded"] == _CHUNK, f"more, or less, was made; {what}")
    findings.check(SUBJECT, told["failed"] == _ORDERS - _CHUNK, f"not each order that is left is named; {what}")
    findings.check(SUBJECT, not told["wrong"], f"the books are wrong; {what}")
