"""Who hears what of a run over the site's own realtime server: the one who asked, who may watch, and nobody else."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from tests.bench.conftest import FreshBench
from tests.bench.listener import PROBE, Listener, until
from tests.bench.workbench import Workbench

PROGRESS, COMPLETE, CHANGED = "bulk_reconciliation_progress", "bulk_reconciliation_complete", "batch_run_changed"
API = "imogi_finance.bank_reconciliation.api.create_payment_entries_bulk"


def test_only_who_asked_and_who_may_watch_hear_of_a_run(fresh_bench: FreshBench) -> None:
    with fresh_bench() as bench:
        assert bench.url
        users = _people(bench)
        transaction, invoices = bench.inside(
            "answer = [office.bank_transaction(-600), [office.purchase_invoice(100) for _ in range(6)]]"
        )
        rows = [{"doctype": "Purchase Invoice", "name": name} for name in invoices]
        with ThreadPoolExecutor(1) as apart:  # a browser of other tests may have an event loop in this thread
            apart.submit(asyncio.run, _story(bench, users, transaction, rows)).result()


def _people(bench: Workbench) -> dict[str, str]:
    found: dict[str, str] = bench.inside(
        """
settings = frappe.get_doc("IMOGI Finance Settings")
settings.threshold = 1  # so that even this small run is left to a worker
settings.save()
elsewhere = office.user("elsewhere", "Bulk Reconciliation Viewer", "Accounts Manager")
other = frappe.get_doc({"doctype": "Company", "company_name": "Elsewhere Ltd", "abbr": "EL", "country": "Indonesia",
    "default_currency": "IDR", "chart_of_accounts": "Standard"})
if not frappe.db.exists("Company", "Elsewhere Ltd"):
    other.insert()
    frappe.get_doc({"doctype": "User Permission", "user": elsewhere, "allow": "Company",
        "for_value": "Elsewhere Ltd"}).insert()
answer = {
    "asker": office.user("asker", "Bulk Reconciliation User", "Accounts Manager"),
    "watcher": office.user("watcher", "Bulk Reconciliation Viewer", "Accounts Manager"),
    "stranger": office.user("stranger", "Accounts Manager"),
    "elsewhere": elsewhere,
}
"""
    )
    return found


async def _story(bench: Workbench, users: dict[str, str], transaction: str, rows: list[dict[str, str]]) -> None:
    asker, watcher, *outsiders = (Listener(bench, user) for user in users.values())
    for listener in (asker, watcher, *outsiders):
        await listener.connect()
    try:
        refusals = {}
        for listener in (watcher, *outsiders):
            status, refused = listener.web.post(API, bank_transaction_name=transaction, invoices=rows)
            refusals[listener.user] = (status, refused["error"]["problems"][0]["rule"])
        assert refusals == {
            users["watcher"]: (403, "not_permitted"),
            users["stranger"]: (403, "not_permitted"),
            users["elsewhere"]: (422, "unknown_transaction"),  # to them it does not exist
        }
        status, answer = asker.web.post(API, bank_transaction_name=transaction, invoices=rows, chunk_size=2)
        assert status == 200, answer
        run = answer["message"]["job_id"]
        assert answer["message"]["status"] == "Pending"

        await watcher.joined("Batch Run", run)
        for outsider in outsiders:
            await _try_every_door(outsider, run, transaction)
            assert outsider.web.get("imogi_finance.batch.api.status", job_id=run)[0] == 404
            assert outsider.web.get("imogi_finance.batch.api.items", job_id=run)[0] == 404
            assert outsider.web.post("imogi_finance.batch.api.cancel", job_id=run)[0] == 404
        assert watcher.web.get("imogi_finance.batch.api.status", job_id=run)[0] == 200
        assert watcher.web.post("imogi_finance.batch.api.cancel", job_id=run)[0] == 403
        assert asker.web.get("imogi_finance.batch.api.cancel", job_id=run)[0] == 403  # by POST only

        with bench.worker():
            await until(lambda: asker.payloads(COMPLETE, run), "the one who asked to hear the end")
        for listener in (asker, watcher, *outsiders):
            await listener.reached()
    finally:
        for listener in (asker, watcher, *outsiders):
            await listener.close()

    told = asker.payloads(PROGRESS, run)
    assert told
    assert all(payload.keys() >= {"job_id", "current", "total", "percentage", "message"} for payload in told)
    counts = [payload["current"] for payload in told]
    assert counts == sorted(counts), "progress never falls"
    (end,) = asker.payloads(COMPLETE, run)
    assert (end["success"], end["succeeded"], end["failed"]) == (True, 6, 0)
    assert end["bank_transaction"] == transaction
    # Who watches hears that the run has moved, and asks how it stands: by then they may have lost the right.
    assert watcher.payloads(CHANGED, run)
    assert [payload for name, payload in watcher.heard if name == CHANGED and payload != {"job_id": run}] == []
    assert [name for name, _ in watcher.heard if name.startswith("bulk_")] == []
    for outsider in outsiders:
        assert [name for name, _ in outsider.heard if name.startswith(("bulk_", "batch_"))] == []
        assert run not in str([of for of in outsider.heard if of[0] != PROBE])


async def _try_every_door(outsider: Listener, run: str, transaction: str) -> None:
    """Ask for every room there is; then show that asking works where one may."""
    for _ in range(2):
        await outsider.emit("doc_subscribe", "Batch Run", run)
        await outsider.emit("doc_open", "Batch Run", run)
        await outsider.emit("doc_subscribe", "Bank Transaction", transaction)
        await outsider.emit("doctype_subscribe", "Batch Run")
        await outsider.emit("task_subscribe", run)
        await outsider.emit("progress_subscribe", run)
        await outsider.joined("User", outsider.user)
