"""Who hears what of a run over the site's own realtime server: the one who asked, who may watch, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import socketio

from tests.bench.conftest import FreshBench
from tests.bench.processes import SECONDS
from tests.bench.web_client import WebClient
from tests.bench.workbench import Workbench

PROGRESS, COMPLETE, PROBE = "bulk_reconciliation_progress", "bulk_reconciliation_complete", "probe"
API = "imogi_finance.bank_reconciliation.api.create_payment_entries_bulk"


class Listener:
    """A browser's connection: logged in by its cookie, and keeping everything that it hears."""

    def __init__(self, bench: Workbench, user: str) -> None:
        self.bench, self.user = bench, user
        self.web: WebClient = bench.login(user)
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._room = f"/{bench.site}"
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("*", self._hear, namespace=self._room)

    async def _hear(self, event: str, payload: Any = None) -> None:
        self.heard.append((event, payload if isinstance(payload, dict) else {"value": payload}))

    async def connect(self) -> None:
        headers = {"Cookie": f"sid={self.web.sid}", "Origin": self.bench.url}
        await self._socket.connect(
            self.bench.socket_url, headers=headers, namespaces=[self._room], wait_timeout=int(SECONDS)
        )

    async def emit(self, event: str, *arguments: str) -> None:
        await self._socket.emit(event, arguments, namespace=self._room)

    async def close(self) -> None:
        await self._socket.disconnect()

    def payloads(self, event: str, run: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.heard if name == event and payload.get("job_id") == run]

    async def joined(self, doctype: str, name: str) -> None:
        """Ask for a document's room, and wait until what is said there is heard."""
        await self.emit("doc_subscribe", doctype, name)
        room = {"doctype": doctype, "docname": name}
        await self._until_probed(f"frappe.publish_realtime('{PROBE}', {{'in': docname}}, **room)", name, room)

    async def reached(self) -> None:
        """Wait until everything that was sent before has come: a last word to the user is heard."""
        await self._until_probed(f"frappe.publish_realtime('{PROBE}', {{'in': docname}}, user=docname)", self.user, {})

    async def _until_probed(self, code: str, mark: str, room: dict[str, str]) -> None:
        def probe() -> bool:
            self.bench.inside(code, docname=mark, room=room)
            return (PROBE, {"in": mark}) in self.heard

        await until(probe, f"{self.user} to hear of {mark}")


async def until(look: Callable[[], object], what: str) -> None:
    """Wait for a condition while events come in."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SECONDS
    while not look():
        assert loop.time() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.1)


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
            for listener in (asker, watcher):
                await until(lambda of=listener: of.payloads(COMPLETE, run), f"{listener.user} to hear the end")
        for listener in (asker, watcher, *outsiders):
            await listener.reached()
    finally:
        for listener in (asker, watcher, *outsiders):
            await listener.close()

    for listener in (asker, watcher):
        told = listener.payloads(PROGRESS, run)
        assert all(payload.keys() >= {"job_id", "current", "total", "percentage", "message"} for payload in told)
        counts = [payload["current"] for payload in told]
        assert counts == sorted(counts), "progress never falls"
        (end,) = {str(payload): payload for payload in listener.payloads(COMPLETE, run)}.values()
        assert (end["success"], end["succeeded"], end["failed"]) == (True, 6, 0)
        assert end["bank_transaction"] == transaction
    assert asker.payloads(PROGRESS, run)
    for outsider in outsiders:
        assert [name for name, _ in outsider.heard if name.startswith("bulk_")] == []
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
