"""Following a run as the Desk does, by its status, with the memory of those who work it beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.proof.soak.web import BATCH, Caller
from tests.bench.proof.workers import Workers

_SECONDS_BETWEEN_LOOKS = 0.5
_WARM = 0.2  # of a run: imports, caches and the first chunks' garbage are behind it then
_FEWEST_SAMPLES, _FEWEST_ITEMS = 8, 500  # of fewer, the noise of an allocator says more than any leak
Look = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Sample:
    """One look.

    Args:
        at: seconds since the first look.
        phase: of the run: waiting, working, finishing, undoing, ended.
        processed: items decided by then.
        memory: resident bytes of each work-horse, by pid.
    """

    at: float
    phase: str
    processed: int
    memory: dict[int, int]


@dataclass
class Course:
    """How a run went.

    Args:
        polls: seconds that each look at its status took, over HTTP.
        wrong: looks that were not answered, for people.
    """

    samples: list[Sample] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)

    def seconds_in(self, phase: str) -> float:
        """Return about how long the run was in a phase."""
        return sum(
            later.at - sample.at
            for sample, later in zip(self.samples, self.samples[1:], strict=False)
            if sample.phase == phase
        )

    def bytes_an_item(self) -> float | None:
        """Return by how much the memory of all its work-horses together grew with each item.

        A line through the samples of each while the run was worked, from when it was warm. None where nobody was seen
        for long enough to tell.
        """
        slopes = [slope for slope in map(_slope, self._tracks()) if slope is not None]
        return sum(slopes) if slopes else None

    def growth(self) -> tuple[int, int]:
        """Return the resident bytes of the largest work-horse when the run was warm, and at the end of the work."""
        tracks = [track for track in self._tracks() if len(track) > 1]
        return max(((track[0][1], track[-1][1]) for track in tracks), default=(0, 0), key=lambda ends: ends[1])

    def peak(self) -> int:
        """Return the most resident bytes that a work-horse was seen with, the final step included."""
        return max((size for sample in self.samples for size in sample.memory.values()), default=0)

    def _tracks(self) -> list[list[tuple[int, int]]]:
        """Return, of each work-horse, items and bytes while it worked the warm run."""
        total = self.samples[-1].processed if self.samples else 0
        warm = [one for one in self.samples if one.phase == "working" and one.processed >= _WARM * total]
        pids = {pid for sample in warm for pid in sample.memory}
        return [[(one.processed, one.memory[pid]) for one in warm if pid in one.memory] for pid in sorted(pids)]


def follow(caller: Caller, run: str, workers: Workers, look: Look) -> Course:
    """Look at a run until it has ended.

    Args:
        look: is told what each look found.
    """
    course, started = Course(), time.monotonic()
    while True:
        answer = caller.post(f"{BATCH}.status", job_id=run)
        status = answer.body.get("message")
        course.polls.append(answer.seconds)
        if answer.code != 200 or not isinstance(status, dict):
            course.wrong.append(f"the status of {run} was answered {answer.said()}")
            if len(course.wrong) > 20:
                return course
        else:
            memory = {pid: size for pid in workers.horses() if (size := resident(pid))}
            at = time.monotonic() - started
            course.samples.append(Sample(at, status["phase"], status["processed"], memory))
            course.last = status
            look(status)
            if status["phase"] == "ended":
                return course
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def resident(pid: int) -> int:
    """Return the resident bytes of a process, 0 where it has gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = next((line for line in text.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0 kB")
    return int(found.split()[1]) * 1024


def _slope(points: Sequence[tuple[int, int]]) -> float | None:
    """Return the slope of the line through points that has the least squares."""
    if len(points) < _FEWEST_SAMPLES or points[-1][0] - points[0][0] < _FEWEST_ITEMS:
        return None
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    if not spread:
        return None
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread
