"""The one who asked loses a right while a real worker is in the middle: the run stops and takes back what it made."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from tests.bench.processes import wait_for
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import Scene

SUBJECT = "rights lost in the middle"
# What is taken, and what gives it back; ``user``, ``office`` and ``other`` (a company) are at hand.
_PERMISSION = "permission = {'doctype': 'User Permission', 'user': user}"
FREE = f"frappe.db.delete('User Permission', {{'user': user}}); {_PERMISSION}"
LOSSES: dict[str, tuple[str, str]] = {
    "disabled": (
        "doc = frappe.get_doc('User', user); doc.enabled = 0; doc.save()",
        "doc = frappe.get_doc('User', user); doc.enabled = 1; doc.save()",
    ),
    "role of the app removed": (
        "frappe.get_doc('User', user).remove_roles('Bulk Reconciliation User')",
        "frappe.get_doc('User', user).add_roles('Bulk Reconciliation User')",
    ),
    "ERPNext's roles removed": (
        "frappe.get_doc('User', user).remove_roles('Accounts User', 'Accounts Manager')",
        "frappe.get_doc('User', user).add_roles('Accounts User', 'Accounts Manager')",
    ),
    "kept to another company": (
        f"{FREE}; frappe.get_doc({{**permission, 'allow': 'Company', 'for_value': other}}).insert()",
        f"{FREE}; frappe.get_doc({{**permission, 'allow': 'Company', 'for_value': office.company}}).insert()",
    ),
    "kept to another supplier": (
        "only = office.supplier('Only Supplier');"
        f"{_PERMISSION}; frappe.get_doc({{**permission, 'allow': 'Supplier', 'for_value': only}}).insert()",
        "frappe.db.delete('User Permission', {'user': user, 'allow': 'Supplier'}); frappe.clear_cache(user=user)",
    ),
    "Payment Entry no longer theirs to submit": (
        "from frappe.permissions import setup_custom_perms; setup_custom_perms('Payment Entry');"
        " frappe.db.set_value('Custom DocPerm', {'parent': 'Payment Entry'}, 'submit', 0);"
        " frappe.clear_cache(doctype='Payment Entry')",
        "from frappe.permissions import reset_perms; reset_perms('Payment Entry'); frappe.clear_cache()",
    ),
    "bank transaction no longer theirs to write": (
        "from frappe.permissions import setup_custom_perms; setup_custom_perms('Bank Transaction');"
        " frappe.db.set_value('Custom DocPerm', {'parent': 'Bank Transaction'}, 'write', 0);"
        " frappe.clear_cache(doctype='Bank Transaction')",
        "from frappe.permissions import reset_perms; reset_perms('Bank Transaction'); frappe.clear_cache()",
    ),
    "invoices no longer theirs to read": (
        "from frappe.permissions import setup_custom_perms; setup_custom_perms('Purchase Invoice');"
        " frappe.db.set_value('Custom DocPerm', {'parent': 'Purchase Invoice'}, 'read', 0);"
        " frappe.clear_cache(doctype='Purchase Invoice')",
        "from frappe.permissions import reset_perms; reset_perms('Purchase Invoice'); frappe.clear_cache()",
    ),
}
_POINT = "work.after_commit"
_ITEMS, _CHUNK = 8, 2
LIVE = ("Pending", "Processing", "Undoing")


def rights_lost(findings: Findings, scene: Scene, *, losses: Sequence[str] = tuple(LOSSES)) -> None:
    """For each right, start a run, take the right when the first chunk is done, and look at the books at the end."""
    bench, user = scene.bench, scene.emails["colleague"]
    faults = bench.sites / bench.site / "security-faults"
    faults.mkdir(exist_ok=True)
    with bench.worker(IMOGI_FAULTS=str(faults)):
        # A worker sweeps: it first works what others have left, and the faults are not meant for that.
        bench.wait_until(f"not frappe.db.exists('Batch Run', {{'status': ('in', {LIVE})}})", "earlier runs to end")
        for loss in losses:
            take, give = LOSSES[loss]
            for old in faults.iterdir():
                old.unlink()
            (faults / _POINT).write_text("stop 1")
            run, names = _asked(scene, user)
            stopped = wait_for(lambda: next(faults.glob("*.taken-*"), None), f"the worker of {run} to be in the middle")
            values = {"user": user, "other": scene.names["B"]["company"]}
            bench.inside(take, **values)
            os.kill(int(stopped.name.rpartition("-")[2]), signal.SIGCONT)
            try:
                bench.wait_until(f"frappe.db.get_value('Batch Run', '{run}', 'status') not in {LIVE}", f"{run} to end")
            finally:
                bench.inside(give, **values)
            _audit(findings, scene, loss, run, names)


def _asked(scene: Scene, user: str) -> tuple[str, list[str]]:
    run, names = scene.bench.inside(
        """
from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.erpnext_adapter.composition import compose
names = [office.purchase_invoice(10) for _ in range(count)]
rows = [{"doctype": "Purchase Invoice", "name": name} for name in names]
accepted = compose().reconciliation.create_payment_entries_bulk(
    office.bank_transaction(-10 * count), rows, user=user, options=Options(chunk_size=chunk))
answer = [accepted.run.name, names]
""",
        user=user,
        count=_ITEMS,
        chunk=_CHUNK,
    )
    return run, names


def _audit(findings: Findings, scene: Scene, loss: str, run: str, names: list[str]) -> None:
    told = scene.bench.inside(
        """
frappe.db.rollback()
status, error = frappe.db.get_value("Batch Run", run, ["status", "error"])
made = frappe.get_all("Payment Entry", {"batch_run": run}, ["name", "docstatus"])
ledger = frappe.db.sql(
    "select count(*) from `tabGL Entry` g join `tabPayment Entry` p on p.name = g.voucher_no"
    " where p.batch_run = %s and g.is_cancelled = 0", run)[0][0]
open_ = frappe.db.sql("select count(*) from `tabPurchase Invoice` where name in %s and outstanding_amount = grand_total"
    " and status in ('Unpaid', 'Overdue')", (names,))[0][0]
allocated = frappe.db.get_value("Bank Transaction", frappe.db.get_value("Batch Run", run, "reference_name"),
    "allocated_amount")
answer = {"status": status, "error": error, "made": len(made), "live": sum(row.docstatus == 1 for row in made),
    "ledger": ledger, "open": open_, "allocated": allocated}
""",
        run=run,
        names=names,
    )
    what = f"{loss}: {told}"
    findings.check(SUBJECT, told["status"] == "Failed", f"the run did not stop; {what}")
    findings.check(SUBJECT, told["made"] > 0, f"it was not in the middle; {what}")
    findings.check(SUBJECT, told["live"] == 0 and told["ledger"] == 0, f"payments are left; {what}")
    findings.check(SUBJECT, told["open"] == len(names), f"invoices are not as before; {what}")
    findings.check(SUBJECT, not told["allocated"], f"the bank transaction is still allocated; {what}")
    findings.check(SUBJECT, bool(told["error"]), f"nobody is told why; {what}")
