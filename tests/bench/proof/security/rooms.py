"""Who hears of a run over the realtime server: with the right, without it, and after it was taken while connected."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.bench.listener import PROBE, Listener, until
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import Scene

SUBJECT = "realtime rooms"
CHANGED = "batch_run_changed"
_DISABLE = "user = frappe.get_doc('User', name); user.enabled = enabled; user.save()"
_ROLE = "user = frappe.get_doc('User', name); (user.add_roles if given else user.remove_roles)(role)"


def rooms(findings: Findings, scene: Scene) -> None:
    """Listen to two runs: one whose watcher loses the role, one whose asker is disabled; both while connected."""
    with ThreadPoolExecutor(1) as apart:  # this thread may have an event loop of its own
        apart.submit(asyncio.run, _story(findings, scene)).result()


async def _story(findings: Findings, scene: Scene) -> None:
    bench, emails = scene.bench, scene.emails
    kinds = ("asker", "viewer", "colleague", "elsewhere", "accountant", "plain", "requester")
    people = {kind: Listener(bench, emails[kind]) for kind in kinds}
    for listener in people.values():
        await listener.connect()
    try:
        first, second = _pending(scene), _pending(scene)
        for run in (first, second):
            await people["viewer"].joined("Batch Run", run)
            await people["colleague"].joined("Batch Run", run)
        outsiders = [people[kind] for kind in ("elsewhere", "accountant", "plain", "requester")]
        for outsider in outsiders:
            await _try_every_door(outsider, (first, second), scene.names["A"]["transaction"])

        bench.inside(_ROLE, name=emails["viewer"], given=False, role="Bulk Reconciliation Viewer")
        gone = people["viewer"].web.get("imogi_finance.batch.api.status", job_id=first)[0]
        findings.check(SUBJECT, gone == 404, f"a viewer without the role gets the status: {gone}")
        await _worked(scene, first)
        for listener in people.values():
            await listener.reached()

        bench.inside(_DISABLE, name=emails["asker"], enabled=0)
        heard_before = len(people["asker"].heard)
        await _worked(scene, second)
        await people["colleague"].reached()
        heard_after = people["asker"].heard[heard_before:]
    finally:
        bench.inside(_DISABLE, name=emails["asker"], enabled=1)
        bench.inside(_ROLE, name=emails["viewer"], given=True, role="Bulk Reconciliation Viewer")
        for listener in people.values():
            await listener.close()

    asker, watcher, lost = people["asker"], people["colleague"], people["viewer"]
    findings.check(
        SUBJECT, bool(asker.payloads("bulk_reconciliation_complete", first)), "the asker is not told the end"
    )
    findings.check(SUBJECT, bool(watcher.payloads(CHANGED, first)), "who may watch is not told that the run moved")
    for who, listener in (("who may watch", watcher), ("who has lost the role", lost)):
        told = [
            payload
            for name, payload in listener.heard
            if _is_ours(name) and payload != {"job_id": payload.get("job_id")}
        ]
        findings.check(SUBJECT, not told, f"{who} is told more than a run's name: {told[:3]}")
    ours = [event for event in heard_after if _is_ours(event[0])]
    findings.check(SUBJECT, not ours, f"a disabled asker goes on hearing: {ours[:3]}")
    for outsider in outsiders:
        heard = [event for event in outsider.heard if event[0] != PROBE]
        secret = [run for run in (first, second) if run in str(heard)]
        findings.check(
            SUBJECT, not secret and not any(_is_ours(name) for name, _ in heard), f"{outsider.user}: {heard[:3]}"
        )
    ended = bench.inside.value("frappe.db.get_value('Batch Run', name, 'status')", name=second)
    findings.check(SUBJECT, ended == "Failed", f"the run of a disabled user ended {ended}")


def _is_ours(event: str) -> bool:
    return event.startswith(("bulk_reconciliation", "batch_invoicing", "batch_run"))


def _pending(scene: Scene) -> str:
    """Ask for a run that no worker has taken up yet."""
    run: str = scene.bench.inside(
        """
from tests.erpnext.security.scene import ask
answer = ask(user, office.bank_transaction(-30), *[office.purchase_invoice(10) for _ in range(3)], at_once=False)
""",
        user=scene.emails["asker"],
    )
    return run


async def _worked(scene: Scene, run: str) -> None:
    code = "imogi_finance.bank_reconciliation.api.process_bulk_reconciliation"
    scene.bench.inside(f"import {code.rpartition('.')[0]} as api; api.process_bulk_reconciliation(run)", run=run)
    status = "frappe.db.get_value('Batch Run', name, 'status')"
    live = ("Pending", "Processing", "Undoing")
    await until(lambda: scene.bench.inside.value(status, name=run) not in live, f"{run} to end")


async def _try_every_door(outsider: Listener, runs: Iterable[str], transaction: str) -> None:
    """Ask for every room there is, twice; then show that asking works where one may."""
    for run in (*runs, *runs):
        for doctype, name in (
            ("Batch Run", run),
            ("Batch Run Item", f"{run}-000001"),
            ("Bank Transaction", transaction),
        ):
            await outsider.emit("doc_subscribe", doctype, name)
            await outsider.emit("doc_open", doctype, name)
        for room in (run, f"doc:Batch Run/{run}", "../doc:Batch Run", f"Batch Run/{run}"):
            await outsider.emit("task_subscribe", room)
            await outsider.emit("progress_subscribe", room)
            await outsider.emit("doctype_subscribe", room)
    await outsider.emit("doctype_subscribe", "Batch Run")
    await outsider.joined("User", outsider.user)
