"""The processes that keep the house going: workers and the sweeper, each started again when it is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imogi_finance.batch.engine import BatchEngine, Outcome
from imogi_finance.batch.standing_by import StandingBy
from imogi_finance.errors import Transient
from imogi_finance.sandbox.composition import App
from tests.simulation.doors import STAND_BY, JobTimeout, SimulatedPlace
from tests.simulation.scheduler import NEVER, Process

if TYPE_CHECKING:
    from tests.simulation.world import World


def start_worker(world: World, at: float = 0.0) -> None:
    """Start a worker; when it is killed, another takes its place a second later."""
    world.workers += 1

    def main(process: Process, app: App) -> None:
        dies = process.on_kill

        def killed() -> None:
            dies()
            world.given.pop(process, None)
            world.answering.pop(process, None)
            if process in world.idle:
                world.idle.remove(process)
            start_worker(world, world.scheduler.now + 1.0)

        process.on_kill = killed
        while True:
            world.idle.append(process)
            world.scheduler.park(NEVER)
            _answer(world, app, process)
            del world.given[process], world.answering[process]

    world.spawn(f"worker-{world.workers}", main, at=at)


def _answer(world: World, app: App, process: Process) -> None:
    """Work the run that was rung for, or stand by, as a job of the queue does."""
    engine: Any = _ToldEngine(world, process, app.engine)
    standing_by = StandingBy(engine, SimulatedPlace(world))
    try:
        if world.given[process] != STAND_BY:
            standing_by.answer(world.given[process], holder=process.name)
        elif standing_by.watch(holder=process.name) is not None:
            world.count("worker: took over from standing by")
    except JobTimeout:
        world.count("worker: interrupted")
        world.note("interrupted")
    except Transient as error:
        world.count("worker: transient")
        world.note(str(error))


class _ToldEngine:
    """An engine of which the world is told what it works, and how that went."""

    def __init__(self, world: World, process: Process, engine: BatchEngine) -> None:
        self._world, self._process, self._engine = world, process, engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def work(self, name: str, *, holder: str, instead_of: str | None = None) -> Outcome:
        world = self._world
        world.given[self._process] = name
        world.answering[self._process].tried.add(name)
        began = world.scheduler.now
        outcome = self._engine.work(name, holder=holder, instead_of=instead_of)
        if instead_of is not None and outcome is not Outcome.NOT_CLAIMED:
            world.count("worker: went to a more urgent run")
        if outcome in (Outcome.WAITING, Outcome.CONTINUES):
            world.checker.soft_endings[name] += 1
        if outcome is Outcome.CONTINUES and world.scheduler.now - began < world.plan.settings.budget_seconds:
            world.count("worker: left its run for another")
        world.count(f"worker: {outcome.value}")
        world.note(f"{name}: {outcome.value}")
        return outcome


def start_sweeper(world: World, at: float = 0.0) -> None:
    """Start the sweeper; when it is killed, another one sweeps when its time has come."""
    world.spawn("sweeper", lambda process, app: _sweep(world, process, app), at=at)


def _sweep(world: World, process: Process, app: App) -> None:
    dies = process.on_kill

    def killed() -> None:
        dies()
        start_sweeper(world, world.scheduler.now + world.plan.sweep_every)

    process.on_kill = killed
    while True:
        try:
            world.note(f"swept: {app.sweeper.sweep()}")
        except Transient as error:
            world.note(f"not swept: {error}")
        app.clock.sleep(world.plan.sweep_every)
