"""Drive sequences on a bench of their own, and follow how far it is."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, replace
from typing import Any

from tests.bench.proof import report
from tests.bench.session import Session

Figures = dict[str, Any]


@dataclass(frozen=True)
class Orders:
    """What one bench is to do.

    Args:
        sequences, steps, seed, shrink: see ``tests/erpnext/fuzz/driving.py``.
        mutation: how the app is broken on purpose; None: not at all.
    """

    sequences: int
    steps: int
    seed: int
    shrink: bool
    mutation: str | None = None

    def mutated(self, name: str) -> Orders:
        """Return the same with the app broken, to end as soon as that is found."""
        return replace(self, shrink=False, mutation=name)

    @property
    def words(self) -> list[str]:
        """The same as a command line."""
        found = ["--sequences", str(self.sequences), "--steps", str(self.steps), "--seed", str(self.seed)]
        found += [] if self.shrink else ["--no-shrink"]
        return found + (["--mutate", self.mutation] if self.mutation else [])


def drive(prepared: Session, orders: Orders, bar: report.Bar | None) -> Figures:
    """Drive on a bench of its own; return its figures. Whatever goes wrong is a violation.

    Args:
        bar: is moved on for each sequence.
    """
    try:
        with prepared.fresh() as bench:
            command = [str(bench.host.python), "-m", "tests.erpnext.fuzz", *orders.words]
            with (
                (bench.folder / "logs" / "fuzz.log").open("w") as log,
                subprocess.Popen(
                    command,
                    cwd=bench.sites,
                    env=bench.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                ) as running,
            ):
                figures = _followed(running, bar)
            if figures is None:
                figures = {"violation": f"The driver ended with {running.returncode}:\n{bench.logs()}"}
    except Exception as error:  # noqa: BLE001 - told at the end
        figures = {"violation": f"{type(error).__name__}: {error}"}
    return figures | {"seed": orders.seed}


def _followed(running: subprocess.Popen[str], bar: report.Bar | None) -> Figures | None:
    """Show how far it is; return its figures, None where it ended without any."""
    assert running.stdout is not None
    figures, shown = None, 0
    for line in running.stdout:
        if not line.startswith("{"):
            continue
        told = json.loads(line)
        figures = told.get("figures", figures)
        if bar is None:
            continue
        if "sequences" in told:
            what = f"shrinking: {told['shrinking']} tried" if told["shrinking"] else f"{told['steps']} steps"
            bar.advance(told["sequences"] - shown, what)
            shown = told["sequences"]
        if "violated" in told:
            bar.say(f"VIOLATED, by sequence {shown} of its bench:\n{told['violated']}")
    running.wait()
    return figures
