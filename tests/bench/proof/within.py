"""What the proofs do and look at inside the site: run by its own Python, called through ``bench.inside``.

People ask as the Desk does, by the whitelisted functions. What somebody else does meanwhile (pays, cancels, closes a
period) goes through ERPNext's own documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe.utils import nowdate
from frappe.utils.background_jobs import get_redis_conn
from rq import Worker

from imogi_finance.bank_reconciliation import api as reconciliation
from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch import api as batch
from imogi_finance.batch.doorbell import ring_or_leave
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.queue import JOB, STANDBY_JOB, FrappeQueue
from imogi_finance.setting_up.roles import RECONCILER
from tests.erpnext import audit
from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status.oracle import Oracle
from tests.support.doors import Silence, SilentQueue

INVOICE = "Purchase Invoice"
_SETTINGS = "IMOGI Finance Settings"
# Whatever a worker may write for a run; not what only tells others of it.
_WRITTEN = (
    "Batch Run",
    "Batch Run Item",
    "Bank Transaction",
    "Bank Transaction Payments",
    "Payment Entry",
    "Payment Entry Reference",
    "GL Entry",
    "Payment Ledger Entry",
    INVOICE,
)


def prepare(office: ErpOffice) -> str:
    """Have every run worked by a worker, and somebody who asks for runs; return who."""
    frappe.db.set_single_value(_SETTINGS, "threshold", 0)
    user = office.user("ana.proof", "Accounts User", "Accounts Manager", RECONCILER)
    frappe.db.commit()
    return user


def set_workers(count: int) -> None:
    """Let so many workers work one run."""
    frappe.db.set_single_value(_SETTINGS, "workers", count)


# asking


def ask(transaction: str, invoices: Sequence[str], user: str, *, per_party: bool, chunk_size: int) -> str:
    """Ask for a run as the Desk does; a worker is rung for it."""
    frappe.set_user(user)
    asked = reconciliation.create_payment_entries_bulk(
        transaction, _rows(invoices), per_party=per_party, chunk_size=chunk_size
    )
    return str(asked["job_id"])


def store(transaction: str, invoices: Sequence[str], user: str, *, per_party: bool, chunk_size: int) -> str:
    """Ask for a run, and let nobody be rung for it yet."""
    service = compose(queue=SilentQueue(), realtime=Silence()).reconciliation  # type: ignore[arg-type]
    options = Options(per_party=per_party, chunk_size=chunk_size)
    return service.create_payment_entries_bulk(transaction, _rows(invoices), [], user=user, options=options).run.name


def _rows(invoices: Sequence[str]) -> list[dict[str, str]]:
    return [{"doctype": INVOICE, "name": name} for name in invoices]


def ring(run: str, *, times: int = 1) -> None:
    """Ring a worker for a run, as a request does."""
    for _ in range(times):
        ring_or_leave(FrappeQueue(), run)


def keep_busy(jobs: int, seconds: int) -> None:
    """Have somebody's jobs wait in the queue of the runs, each so many seconds long."""
    for _ in range(jobs):
        frappe.enqueue("frappe.utils.background_jobs.test_job", queue="long", s=seconds)


def busy_workers() -> int:
    """Return how many workers are at a job other than standing by."""
    found = [worker.get_current_job() for worker in Worker.all(get_redis_conn())]
    return sum(job is not None and job.kwargs["method"] != STANDBY_JOB for job in found)


def ring_for(run: str, seconds: int) -> None:
    """Ring a worker by a job whose time-out comes after so many seconds."""
    frappe.enqueue(JOB, queue="long", timeout=seconds, run=run)


def cancel(run: str, user: str) -> None:
    """Ask a run to stop, as the one who asked for it."""
    frappe.set_user(user)
    batch.cancel(run)


def retry(run: str, user: str) -> str:
    """Try again what a run could not do; return the run that goes on."""
    frappe.set_user(user)
    return str(batch.retry(run)["job_id"])


# what somebody else does


def pay_elsewhere(office: ErpOffice, invoice: str) -> str:
    """Pay an invoice in cash; return the payment."""
    return office.pay(INVOICE, invoice, account="cash")


def cancel_invoice(invoice: str) -> None:
    frappe.get_doc(INVOICE, invoice).cancel()


def close_period(office: ErpOffice) -> str:
    """Close today for payments; return the Accounting Period."""
    made = frappe.get_doc(
        {
            "doctype": "Accounting Period",
            "period_name": frappe.generate_hash(length=8),
            "company": office.company,
            "start_date": nowdate(),
            "end_date": nowdate(),
            "closed_documents": [{"document_type": "Payment Entry", "closed": 1}],
        }
    )
    return str(made.insert().name)


def open_period(name: str) -> None:
    frappe.delete_doc("Accounting Period", name)


def supplier_of(invoice: str) -> str:
    return str(frappe.db.get_value(INVOICE, invoice, "supplier"))


def set_frozen(supplier: str, frozen: bool) -> str:
    """Freeze a party's ledger, or let it go on; return the party."""
    found = frappe.get_doc("Supplier", supplier)
    found.is_frozen = int(frozen)
    found.save()
    return supplier


def set_enabled(user: str, enabled: bool) -> None:
    """Disable a user, or enable them again."""
    found = frappe.get_doc("User", user)
    found.enabled = int(enabled)
    found.save()


# looking


def look(run: str) -> dict[str, Any]:
    """Return where a run is, from its row."""
    [row] = frappe.db.sql(
        """select kind, status, total, processed, succeeded, failed, to_undo, undone, undo_failed, epoch, lease_holder,
            error, announced
        from `tabBatch Run` where name = %s""",
        run,
        as_dict=True,
    )
    return dict(row)


def snapshot(office: ErpOffice, invoices: Sequence[str], transaction: str) -> audit.Snapshot:
    """Return the company's books before a run; see ``tests.erpnext.audit.ledger``."""
    taken = audit.snapshot(office.company, invoices, transaction)
    taken["since"] = frappe.utils.now()  # in the site's time zone, as documents have it
    return taken


def wrong(before: audit.Snapshot, runs: Sequence[str], *, ended: bool, **elsewhere: Sequence[str]) -> list[str]:
    """Return everything that is wrong with runs and with the books around them; nothing is what is wanted.

    Args:
        before: of the last of the runs.
        ended: whether nobody works the runs any more; then the rule of cash and bank is looked at too.
        elsewhere: see ``differences``.
    """
    found = audit.violations(list(runs), ended=ended)
    found += audit.differences(before, runs[-1], **elsewhere)
    if ended:
        found += Oracle(before["company"], before["since"]).problems()
    return found


def written() -> str:
    """Return a number for the rows of every table that a worker writes for a run."""
    return str(frappe.db.sql("checksum table " + ", ".join(f"`tab{name}`" for name in _WRITTEN)))


def run_about(transaction: str) -> str | None:
    """Return the newest run about a bank transaction."""
    found = frappe.get_all(
        "Batch Run", {"reference_name": transaction}, pluck="name", order_by="creation desc", limit=1
    )
    return found[0] if found else None


def errors_since(moment: str) -> list[str]:
    """Return the titles of the Error Logs written since a moment of the site's time."""
    return list(
        frappe.db.sql("select distinct method from `tabError Log` where creation >= %s limit 20", moment, pluck=True)
    )
