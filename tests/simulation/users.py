"""What the people of a simulation do: ask, ask again, cancel, retry, and what they may not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.batch.run import ItemStatus, NewItem, NewRun
from imogi_finance.errors import LiveKeyTaken, NotPermitted, Refused, Transient
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
                _refused(world, process, before, refused)
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


@dataclass(frozen=True)
class Round:
    """One request for a cash round, the per-item kind: some items of it are decided from the start."""

    user: str
    items: tuple[NewItem, ...]
    chunk_size: int
    priority: int

    def digest(self) -> str:
        return repr(self)

    def prepared(self) -> tuple[NewRun, Sequence[NewItem]]:
        new = NewRun(
            kind=CASH_KIND,
            requested_by=self.user,
            company=COMPANY,
            reference_doctype="Company",
            reference_name=COMPANY,
            chunk_size=self.chunk_size,
            holds_document=False,
            priority=self.priority,
        )
        return new, self.items


def pick_round(scene: Scene, nth: int, of: int, user: str) -> Round:
    """Draw one of several cash rounds: as a rule each has its own share of the purchase invoices."""
    rng = scene.plan.rng
    shares = scene.purchases[nth::of] if rng.random() < 0.75 else scene.purchases
    chosen = [ref for ref in shares if rng.random() < 0.8] or scene.purchases[:1]
    items, good = [], rng.choice((1, 6, 20))
    for ref in chosen:
        decided = rng.choice((*(None,) * good, ItemStatus.FAILED, ItemStatus.SKIPPED))
        error = None if decided is None else f"{ref.doctype} {ref.name}: It was bad from the start."
        items.append(NewItem(ref.doctype, ref.name, str(scene.outstanding[ref]), decided, error))
    return Round(
        user=user,
        items=tuple(items),
        chunk_size=rng.choice((1, 1, 3, 20)),
        priority=rng.choice((1, 4, 5, 6, 9)),
    )


def rounding(world: World, asked: Round) -> Doing:
    """Ask for a cash round until there is an answer."""

    def main(process: Process, app: App) -> None:
        for _ in range(4):
            before = world.checker.committed[process]
            try:
                run, is_new = app.intake.accept(asked, key=None, prepare=asked.prepared, stands=lambda run: False)
            except Refused as refused:
                _refused(world, process, before, refused)
                return
            except LiveKeyTaken:
                return
            except Transient:
                app.clock.sleep(0.5)
                continue
            app.intake.ring(run, is_new=is_new)
            if is_new:
                world.count("round: accepted")
            return

    return main


def _refused(world: World, process: Process, before: int, refused: Refused) -> None:
    world.note(f"refused: {refused}")
    rule = refused.problems[0].rule
    told = {"idempotency_key_reused": "conflict of keys", "too_many_waiting": "too many wait"}
    world.count(f"ask: {told.get(rule, 'refused')}")
    _nothing_changed(world, process, before, refused)


def rounds_first(world: World) -> Callable[[list[str]], str]:
    """Return how to pick a run: a cash round where there is one."""

    def pick(names: list[str]) -> str:
        runs = world.database.tables["batch_run"]
        return world.plan.rng.choice([name for name in names if runs[name,]["kind"] == CASH_KIND] or names)

    return pick


def cancelling(world: World, scene: Scene, pick: Callable[[list[str]], str]) -> Doing:
    """Cancel a run, at a moment or when a fault point has been passed so many times."""
    return _commanding(world, "cancel", pick, world.plan.rng.choice((MANAGER, DEPUTY)))


def cancelling_and_resuming(world: World, scene: Scene) -> Doing:
    """Cancel a cash round, where there is one, and retry it a little later: it may have ended by then, or not."""
    rng, pick = world.plan.rng, rounds_first(world)
    later, picked = rng.choice((0.05, 0.5, 3.0)), []

    def first(names: list[str]) -> str:
        picked.append(pick(names))
        return picked[0]

    stop = _commanding(world, "cancel", first, MANAGER)
    go_on = _commanding(world, "retry", lambda names: picked[0], DEPUTY)

    def main(process: Process, app: App) -> None:
        stop(process, app)
        if picked:
            app.clock.sleep(later)
            go_on(process, app)

    return main


def retrying(world: World, scene: Scene, pick: Callable[[list[str]], str]) -> Doing:
    """Retry a run."""
    return _commanding(world, "retry", pick, world.plan.rng.choice((MANAGER, DEPUTY)))


def _commanding(world: World, command: str, pick: Callable[[list[str]], str], user: str) -> Doing:
    def main(process: Process, app: App) -> None:
        names = [name for (name,) in world.database.tables["batch_run"]]
        if not names:
            return
        name = pick(names)
        was = {name: row["status"] for (name,), row in world.database.tables["batch_run"].items()}
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
            if command == "retry" and was.get(name) == "Cancelled" and run.name == name:
                world.count("retry: resumed")
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
