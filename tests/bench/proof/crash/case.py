"""What a case is, and how it is played: something is done to a run, and everything must be right afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.processes import Failed
from tests.bench.proof.stage import Stage
from tests.bench.proof.trial import Trial
from tests.bench.proof.watching import Recovery


@dataclass
class Played:
    """What came of a case.

    Args:
        wrong: every violation, as sentences.
        kills: processes, connections or servers that were killed, stopped or cut off.
    """

    wrong: list[str] = field(default_factory=list)
    kills: int = 0
    recoveries: list[Recovery] = field(default_factory=list)

    def add(self, trial: Trial, *wanted: str, seconds: float = 120.0) -> None:
        """Wait for a trial's end, and take over what is wrong with it and how soon it was going again."""
        self.wrong += trial.end(*wanted, seconds=seconds)
        self.recoveries += trial.watch.recoveries


@dataclass(frozen=True)
class Case:
    """One thing that is done to a run.

    Args:
        name: by which it can be played alone.
        group: the row of the final table that it belongs to.
        play: does it, and tells what came of it.
        kills: how many it is planned to make.
        is_quick: whether the short form has it.
        is_long: whether it waits for minutes, for the scheduler or for a connection to be given up.
    """

    name: str
    group: str
    play: Callable[[Stage, Played], None]
    kills: int = 1
    is_quick: bool = False
    is_long: bool = False


def play(case: Case, stage: Stage) -> Played:
    """Play a case on a stage; a failure to get anywhere is a violation too."""
    played = Played()
    random.seed(case.name)
    try:
        stage.settle()
        case.play(stage, played)
    except Failed as error:
        played.wrong.append(str(error))
        stage.spend()
    except AssertionError as error:
        played.wrong.append(f"The case went otherwise than planned: {error}")
        stage.spend()
    return played
