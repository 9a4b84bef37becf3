"""The script of a seed: who does what, and when."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.others import changes, meddling, turning_clocks
from tests.simulation.plan import Trouble
from tests.simulation.scene import DEPUTY, MANAGER, set_scene
from tests.simulation.scheduler import Process
from tests.simulation.users import (
    Ask,
    Doing,
    asking,
    cancelling,
    cancelling_and_resuming,
    intruding,
    pick_ask,
    pick_round,
    retrying,
    rounding,
)
from tests.simulation.world import World

MOMENTS = (
    "request.before_store",
    "claim.after_commit",
    "work.before_unit",
    "books.after_payment",
    "books.after_ledger",
    "work.after_document",
    "work.before_commit",
    "work.after_commit",
    "finish.before_documents",
    "finish.before_commit",
    "finish.after_commit",
    "turn.before_run",
    "undo.after_document",
    "undo.after_commit",
)


def script(world: World) -> None:
    """Set the scene and send everybody on their way."""
    plan, rng = world.plan, world.plan.rng
    scene = set_scene(world)
    cast = Cast(world)
    ask = pick_ask(scene)
    cast.user(asking(world, ask), at=0.0)
    for _ in range(rng.choice((0, 0, 1, 2))):  # the very same request, again
        cast.user(asking(world, ask), at=rng.choice((0.0, rng.random() * 3)))
    if plan.chance(0.3):
        cast.user(asking(world, _other_ask(ask)), at=rng.random() * 2)
    for _ in range(rng.choice((0, 0, 1))):  # a rival for the same documents
        cast.user(asking(world, pick_ask(scene)), at=rng.choice((0.0, rng.random() * 3)))
    if scene.purchases and rng.random() < 0.5:
        rounds, at_once = rng.choice((1, 2, 3, 5)), rng.random() < 0.4
        for nth in range(rounds):
            asked = pick_round(scene, nth, rounds, MANAGER if at_once else rng.choice((MANAGER, DEPUTY)))
            cast.user(rounding(world, asked), at=0.0 if at_once else rng.choice((0.0, rng.random(), rng.random() * 3)))
        if rng.random() < 0.6:
            cast.at_some_moment("user", cancelling_and_resuming(world, scene))
    if plan.chance(0.45):
        for _ in range(rng.choice((1, 1, 2))):
            cast.at_some_moment("user", cancelling(world, scene, rng.choice))
    for _ in range(rng.choice((0, 1, 2))):
        cast.user(retrying(world, scene, rng.choice), at=rng.random() * plan.until * 2)
    if rng.random() < 0.15:
        cast.user(intruding(world, scene), at=rng.random() * 4)
    acts = changes(world, scene)
    for _ in range(rng.choice((1, 1, 2)) if plan.chance(0.5) else 0):
        what = rng.choice(list(acts))
        cast.at_some_moment("other", meddling(world, what, acts[what]))
    if plan.chance(0.15):
        cast.at_some_moment("other", turning_clocks(world))
    _trouble(world, [ref.name for ref in scene.invoices] + scene.vouchers, scene.transactions)


def _other_ask(ask: Ask) -> Ask:
    """The same key with other parameters."""
    return replace(ask, key=ask.key or "k1", options=replace(ask.options, chunk_size=7))


def _trouble(world: World, documents: list[str], transactions: list[str]) -> None:
    plan, rng = world.plan, world.plan.rng
    if plan.chance(0.35):
        for _ in range(rng.choice((1, 1, 2))):
            world.troubles["pay", rng.choice(documents)] = plan.pick_trouble()
    if plan.chance(0.15):
        for name in transactions:
            world.troubles["allocate", name] = plan.pick_trouble()
    if plan.chance(0.2):  # all is paid, then the final step fails, and the undo is in trouble as well
        for name in transactions:
            world.troubles["allocate", name] = Trouble("refuse", 10**9, after=rng.random() < 0.5)
        for name in documents:
            world.troubles["cancel", name] = plan.pick_trouble()
    elif plan.chance(0.35):
        for _ in range(rng.choice((1, 2))):
            world.troubles["cancel", rng.choice(documents)] = plan.pick_trouble()


class Cast:
    """Sends people on their way, each in a process of their own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = 0

    def user(self, doing: Doing, *, at: float) -> None:
        """At a time."""
        self._spawn("user", doing, at)

    def at_some_moment(self, role: str, doing: Doing) -> None:
        """At a random time, or when a fault point is passed for the nth time: also at the last item."""
        world, rng = self._world, self._world.plan.rng
        if rng.random() < 0.4:
            self._spawn(role, doing, rng.random() * 4)
            return
        point, nth = rng.choice(MOMENTS), rng.choice((1, 1, 2, 3, 5, 8))

        def main(process: Process, app: object) -> None:
            world.wait_for(process, point, nth)
            doing(process, app)  # type: ignore[arg-type]

        self._spawn(role, main, 0.0)

    def _spawn(self, role: str, doing: Doing, at: float) -> None:
        self._numbers += 1
        self._world.spawn(f"{role}-{self._numbers}", doing, at=at)
