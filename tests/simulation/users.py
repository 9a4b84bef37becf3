"""What the people of a simulation do: ask, ask again, cancel, retry, and what they may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch.run import NewItem, NewRun
from imogi_finance.errors import IdempotencyConflict, LiveKeyTaken, NotPermitted, QueueUnavailable, Refused, Transient
from imogi_finance.sandbox.composition import App
from tests.simulation.checker import Violation
from tests.simulation.per_item import CASH_KIND
from tests.simulation.scene import COMPANY, DEPUTY, MANAGER, STRANGER, VIEWER, Scene
from tests.simulation.scheduler import Process
from tests.simulation.world import World

Doing = Callable[[Process, App], None]


@dataclass(frozen=True)
class Ask:
    """One request for a bulk reconciliation, as it may be sent several times."""

    transaction: str
    invoices: tuple[dict[str, Any], ...]
    vouchers: tuple[dict[str, Any], ...]
    options: Options
    key: str | None
    in_request: bool


def pick_ask(scene: Scene) -> Ask:
    """Draw a request: most invoices or some, whole or partial amounts, with vouchers or not."""
    rng = scene.plan.rng
    chosen = [ref for ref in scene.invoices if rng.random() < 0.85] or scene.invoices[:1]
    partial = rng.random() < 0.3
    rows = []
    for ref in chosen:
        row: dict[str, Any] = {"doctype": ref.doctype, "name": ref.name}
        if partial and rng.random() < 0.5:
            row["amount"] = max(Decimal("0.01"), (scene.outstanding[ref] / 3).quantize(Decimal("0.01")))
        rows.append(row)
    rng.shuffle(rows)
    return Ask(
        transaction=rng.choice(scene.transactions),
        invoices=tuple(rows),
        vouchers=tuple({"doctype": "Payment Entry", "name": name} for name in scene.vouchers),
        options=Options(
            per_party=rng.random() < 0.3,
            chunk_size=rng.choice((1, 2, 3, 5, 20)),
            stop_on_first_error=rng.random() < 0.7,
        ),
        key=rng.choice((None, None, "k1", "k2")),
        in_request=rng.random() < 0.2,
    )


def asking(world: World, ask: Ask, user: str = MANAGER) -> Doing:
    """Send a request until there is an answer."""

    def main(process: Process, app: App) -> None:
        for _ in range(4):
            before = world.checker.committed[process]
            try:
                accepted = app.reconciliation.create_payment_entries_bulk(
                    ask.transaction,
                    ask.invoices,
                    ask.vouchers,
                    user=user,
                    options=ask.options,
                    idempotency_key=ask.key,
                    in_request=ask.in_request,
                )
            except Refused as refused:
                world.note(f"refused: {refused}")
                world.count("ask: conflict of keys" if isinstance(refused, IdempotencyConflict) else "ask: refused")
                _nothing_changed(world, process, before, refused)
                return
            except Transient as error:
                world.note(f"asks again: {error}")
                app.clock.sleep(0.3)
                continue
            world.count("ask: accepted" if accepted.is_new else "ask: known already")
            world.note(f"accepted as {accepted.run.name}")
            rows = sorted(map(repr, (*ask.invoices, *ask.vouchers)))
            asked = repr((ask.transaction, rows, ask.options))
            world.accepted.append((user, ask.key, asked, accepted.run.name))
            return

    return main


def _nothing_changed(world: World, process: Process, before: int, refused: Refused) -> None:
    if world.checker.committed[process] != before:
        raise Violation(f"it was refused and changed something: {refused}")


def rounding(world: World, scene: Scene) -> Doing:
    """Start a cash round, the per-item kind, over some purchase invoices."""
    rng = scene.plan.rng
    chosen = [ref for ref in scene.purchases if rng.random() < 0.6] or scene.purchases[:1]
    items = [NewItem(ref.doctype, ref.name, str(scene.outstanding[ref])) for ref in chosen]
    new = NewRun(
        kind=CASH_KIND,
        requested_by=MANAGER,
        company=COMPANY,
        reference_doctype="Till",
        reference_name="Till 1",
        chunk_size=rng.choice((1, 3, 20)),
        request_digest="round",
    )

    def main(process: Process, app: App) -> None:
        for _ in range(4):
            try:
                with app.rows.transaction():
                    run = app.store.insert_run(new, items, app.clock.now())
                app.queue.ring(run.name)
            except LiveKeyTaken:
                return
            except QueueUnavailable:
                return
            except Transient:
                app.clock.sleep(0.5)
                continue
            return

    return main


def cancelling(world: World, scene: Scene, pick: Callable[[list[str]], str]) -> Doing:
    """Cancel a run, at a moment or when a fault point has been passed so many times."""
    return _commanding(world, "cancel", pick, world.plan.rng.choice((MANAGER, DEPUTY)))


def retrying(world: World, scene: Scene, pick: Callable[[list[str]], str]) -> Doing:
    """Retry a run."""
    return _commanding(world, "retry", pick, world.plan.rng.choice((MANAGER, DEPUTY)))


def _commanding(world: World, command: str, pick: Callable[[list[str]], str], user: str) -> Doing:
    def main(process: Process, app: App) -> None:
        names = [name for (name,) in world.database.tables["batch_run"]]
        if not names:
            return
        name = pick(names)
        for _ in range(5):
            before = world.checker.committed[process]
            try:
                run = getattr(app.control, command)(name, user=user)
            except Refused as refused:
                world.note(f"{command} of {name} refused: {refused}")
                world.count(f"{command}: refused")
                _nothing_changed(world, process, before, refused)
                return
            except Transient:
                app.clock.sleep(0.3)
                continue
            world.count(f"{command}: accepted")
            world.note(f"{command} of {name}: {run.name} is {run.status.value}")
            return

    return main


def intruding(world: World, scene: Scene) -> Doing:
    """A stranger looks and commands, a viewer commands: each must be refused (I12)."""

    def main(process: Process, app: App) -> None:
        for name in [name for (name,) in world.database.tables["batch_run"]]:
            commands = [(call, user) for call in (app.control.cancel, app.control.retry) for user in (STRANGER, VIEWER)]
            for call, user in (*commands, (app.control.status, STRANGER), (app.control.items, STRANGER)):
                try:
                    call(name, user=user)
                except Refused:
                    world.count("intruder: refused")
                except Transient:
                    continue
                else:
                    raise Violation(f"I12: {user} could {call.__name__} {name}")
            app.control.status(name, user=VIEWER)
        try:
            app.reconciliation.create_payment_entries_bulk(
                scene.transactions[0], [{"doctype": "Purchase Invoice", "name": "PINV-00001"}], user=STRANGER
            )
        except (NotPermitted, Transient):
            return
        except Refused as refused:
            raise Violation(f"I12: {STRANGER} was told {refused}") from refused
        raise Violation(f"I12: {STRANGER} could ask for a run")

    return main
