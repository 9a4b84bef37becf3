"""Batches of orders in the simulation: who asks for them, what others do to the orders meanwhile, and the script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import Refused, Transient
from imogi_finance.sandbox.composition import App, compose
from imogi_finance.sandbox.selling import NewOrder, NewOrderLine
from imogi_finance.sandbox.users import WATCHER
from tests.simulation.checker import Violation
from tests.simulation.others import meddling, turning_clocks
from tests.simulation.scene import COMPANY, DEPUTY, MANAGER, VIEWER, Scene
from tests.simulation.scheduler import Process
from tests.simulation.script import Cast
from tests.simulation.users import Doing, cancelling, retrying
from tests.simulation.world import World
from tests.support.doors import FixedClock, Silence, SilentQueue

ON = date(2026, 3, 16)


@dataclass
class OrderScene(Scene):
    """Beside what there is elsewhere: orders."""

    orders: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class OrderAsk:
    """One request to invoice orders, as it may be sent several times."""

    names: tuple[str, ...]
    options: Options
    key: str | None
    priority: int
    strict: bool


def set_order_scene(world: World) -> OrderScene:
    """Make a company with orders, some of them bad from the start."""
    plan, rng = world.plan, world.plan.rng
    app = compose(world.database.session(), clock=FixedClock(), queue=SilentQueue(), realtime=Silence())
    scene = OrderScene(plan, outgoing=True)
    with app.rows.transaction():
        app.company.set_up(COMPANY, currency="IDR", user=MANAGER)
        app.company.add_user(DEPUTY)
        app.company.add_user(VIEWER, WATCHER)
        with app.users.acting_as(MANAGER, undoing=False):
            for _ in range(plan.pick_size()):
                scene.orders.append(_order(app, scene))
            for name in scene.orders:
                row = app.rows.get("sales_order", name)
                if row is not None and row["docstatus"] == 1 and rng.random() < 0.15:
                    rng.choice(list(_spoiling(name).values()))(app)
            if rng.random() < 0.3:
                app.selling.set_credit_limit(COMPANY, "Customer 1", Decimal(rng.randint(1, 300)))
    world.database.changes.clear()
    return scene


def _order(app: App, scene: OrderScene) -> str:
    rng = scene.plan.rng
    lines = tuple(
        NewOrderLine("Lamp", Decimal(rng.randint(1, 3000)) / 1000, Decimal(rng.randint(100, 9_999)) / 100)
        for _ in range(rng.choice((1, 1, 2)))
    )
    # the first customer is there whoever else is
    customer = "Customer 1" if not scene.orders else f"Customer {rng.randint(1, 3)}"
    is_submitted = rng.random() < 0.95
    name = app.selling.add_order(COMPANY, NewOrder(customer, ON, ON, lines, submit=is_submitted))
    if is_submitted and rng.random() < 0.5:
        app.selling.deliver_order(name, rng.choice((Decimal("0.5"), Decimal(1))))
    return name


def pick_order_ask(scene: OrderScene) -> OrderAsk:
    """Draw a request: most orders or some, submitted or drafts, an invoice each or one a customer."""
    rng = scene.plan.rng
    names = [name for name in scene.orders if rng.random() < 0.85] or scene.orders[:1]
    rng.shuffle(names)
    return OrderAsk(
        names=(*names, *(("SO-99999",) if rng.random() < 0.1 else ())),
        options=Options(
            submit=rng.random() < 0.7,
            posting_date=ON,
            one_per_customer=rng.random() < 0.35,
            only_delivered=rng.random() < 0.2,
            leave_out_held=rng.random() < 0.5,
            chunk_size=rng.choice((1, 2, 3, 5, 20)),
        ),
        key=rng.choice((None, None, "k1", "k2")),
        priority=rng.choice((5, 5, 1, 9)),
        strict=rng.random() < 0.1,
    )


def asking_orders(world: World, ask: OrderAsk, user: str = MANAGER) -> Doing:
    """Send a request until there is an answer; one that is refused must have changed nothing."""

    def main(process: Process, app: App) -> None:
        for _ in range(4):
            before = world.checker.committed[process]
            try:
                accepted = app.invoicing.create_invoices_bulk(
                    ask.names,
                    user=user,
                    company=COMPANY,
                    options=ask.options,
                    priority=ask.priority,
                    strict=ask.strict,
                    idempotency_key=ask.key,
                )
            except Refused as refused:
                world.note(f"refused: {refused}")
                world.count(f"orders refused: {refused.problems[0].rule}")
                if world.checker.committed[process] != before:
                    raise Violation(f"it was refused and changed something: {refused}") from refused
                return
            except Transient as error:
                world.note(f"asks again: {error}")
                app.clock.sleep(0.3)
                continue
            world.count("orders: accepted" if accepted.is_new else "orders: known already")
            world.note(f"accepted as {accepted.run.name}")
            asked = repr((sorted(ask.names), ask.options, ask.priority, ask.strict))
            world.accepted.append((user, ask.key, asked, accepted.run.name))
            return

    return main


def _spoiling(name: str) -> dict[str, Callable[[App], object]]:
    """Return what makes an order one that cannot be invoiced, or bills it."""
    return {
        "order held": lambda app: app.selling.hold_order(name),
        "order closed": lambda app: app.selling.close_order(name),
        "order billed by hand": lambda app: app.selling.bill_by_hand([name], on=ON, submit=True),
        "order drafted by hand": lambda app: app.selling.bill_by_hand([name], on=ON, submit=False),
        "order cancelled": lambda app: app.selling.cancel_order(name),
    }


def order_changes(world: World, scene: OrderScene) -> dict[str, Callable[[App], object]]:
    """Return what others may do, by name."""
    rng = scene.plan.rng
    name = rng.choice(scene.orders)
    return {
        **_spoiling(name),
        "order mended": lambda app: _mend(app, name),
        "order delivered": lambda app: app.selling.deliver_order(name),
        "invoice of a run cancelled": lambda app: _latest(app, docstatus=1, then=app.selling.invoices.cancel),
        "draft of a run submitted": lambda app: _latest(app, docstatus=0, then=app.selling.invoices.submit),
        "credit limit set": lambda app: app.selling.set_credit_limit(COMPANY, "Customer 1", Decimal(50)),
        "order's period closed": lambda app: _close(app),
        "seller disabled": lambda app: app.rows.update("user", (MANAGER,), {"enabled": 0}),
    }


def _mend(app: App, name: str) -> None:
    row = app.rows.get("sales_order", name)
    assert row is not None
    if row["docstatus"] == 0:
        app.selling.submit_order(name)
    else:
        app.selling.reopen_order(name)


def _latest(app: App, *, docstatus: int, then: Callable[[str], object]) -> None:
    made = [row["name"] for row in app.rows.select("invoice", {"docstatus": docstatus}) if row["batch_run"]]
    if made:
        then(made[-1])


def _close(app: App) -> None:
    if app.rows.get("setting", "closed_until") is None:
        app.rows.insert("setting", {"name": "closed_until", "value": "2026-03-31"})


def order_script(world: World) -> None:
    """Set the scene and send everybody on their way."""
    plan, rng = world.plan, world.plan.rng
    scene, cast = set_order_scene(world), Cast(world)
    ask = pick_order_ask(scene)
    cast.user(asking_orders(world, ask), at=0.0)
    for _ in range(rng.choice((0, 0, 1, 2))):  # the very same request, again
        cast.user(asking_orders(world, ask), at=rng.choice((0.0, rng.random() * 3)))
    for _ in range(rng.choice((0, 1, 1, 2))):  # rivals for the same orders
        user = rng.choice((MANAGER, DEPUTY))
        cast.user(asking_orders(world, pick_order_ask(scene), user), at=rng.choice((0.0, rng.random() * 3)))
    if plan.chance(0.45):
        cast.at_some_moment("user", cancelling(world, scene, rng.choice))
    for _ in range(rng.choice((0, 1, 2, 3))):
        cast.user(retrying(world, scene, rng.choice), at=rng.random() * plan.until * 2)
    for _ in range(rng.choice((1, 2, 3)) if plan.chance(0.7) else 0):
        acts = order_changes(world, scene)
        what = rng.choice(list(acts))
        cast.at_some_moment("other", meddling(world, what, acts[what]))  # type: ignore[arg-type]
    if plan.chance(0.1):
        cast.at_some_moment("other", turning_clocks(world))
