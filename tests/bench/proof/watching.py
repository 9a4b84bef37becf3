"""One run under test: watched from its first row to its end, its kills and how soon it was going again noted.

Whoever looks sees committed rows only. So what is seen must move along the edges (I7), never fall back (I8), and its
epoch must never fall (I6).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench.processes import Failed
from tests.bench.workbench import Workbench

EVERY_SECONDS = 0.05
ENDED = frozenset({"Completed", "Completed with Errors", "Failed", "Cancelled", "Needs Attention"})
_AFTER = {
    "Pending": {"Processing", "Undoing", *ENDED},
    "Processing": {"Undoing", *ENDED},
    "Undoing": {"Failed", "Cancelled", "Needs Attention"},
    "Needs Attention": {"Undoing", "Failed", "Cancelled"},  # tried again
}
_AGAIN = {"Pending", "Processing", *ENDED}
_AFTER_OF_ITEMS = {  # where items stand for themselves
    **_AFTER,
    "Completed with Errors": _AGAIN,  # its failed items are tried again
    "Cancelled": _AGAIN,  # it is resumed
}
_LOOK = "from tests.bench.proof import within; answer = within.look(run)"


@dataclass(frozen=True)
class Recovery:
    """How soon a run was going again after a kill.

    Args:
        kind: what was killed ("horse", "parent", "both", "database" …).
        seconds: from the kill to the first row that somebody else wrote; None: it had ended.
    """

    kind: str
    seconds: float | None


@dataclass
class _Kill:
    kind: str
    at: float  # wall clock
    seen: Mapping[str, Any]


@dataclass
class Watch:
    """Looks at a run's row again and again.

    Args:
        tend: called between two looks: what keeps workers alive.
    """

    bench: Workbench
    run: str
    tend: Callable[[], object] = lambda: None
    wrong: list[str] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)
    _open: list[_Kill] = field(default_factory=list)

    def look(self) -> dict[str, Any]:
        """Return where the run is now; note what is wrong with how it got there."""
        seen = dict(self.bench.inside(_LOOK, run=self.run))
        if self.last:
            self._compare(self.last, seen)
        self.last = seen
        for kill in [kill for kill in self._open if _is_going(kill.seen, seen)]:
            self._open.remove(kill)
            self.recoveries.append(Recovery(kill.kind, max(0.0, time.time() - kill.at)))
        return seen

    def _compare(self, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        def fall(field: str) -> bool:
            return bool(now[field] < was[field])

        edges = _AFTER_OF_ITEMS if now["kind"] == "Batch Invoicing" else _AFTER
        if now["status"] != was["status"] and now["status"] not in edges.get(was["status"], set()):
            self.wrong.append(f"I7 {self.run} went from {was['status']} to {now['status']}")
        retried = was["status"] in ENDED
        falling = [name for name in ("processed", "succeeded", "failed", "undone") if fall(name) and not retried]
        self.wrong += [f"I8 {self.run}: {name} fell from {was[name]} to {now[name]}" for name in falling]
        if fall("epoch"):
            self.wrong.append(f"I6 {self.run}: its epoch fell from {was['epoch']} to {now['epoch']}")

    def killed(self, kind: str, at: float | None = None) -> None:
        """Note a kill; how soon the run is going again is taken from here.

        Args:
            at: when, by the wall clock; now where it is missing.
        """
        at = time.time() if at is None else at
        before = self.last
        seen = self.look()
        if seen["status"] in ENDED:
            self.recoveries.append(Recovery(kind, None))
        elif before and before["epoch"] < seen["epoch"]:
            self.recoveries.append(Recovery(kind, max(0.0, time.time() - at)))
        else:
            self._open.append(_Kill(kind, at, seen))

    @property
    def is_stalled(self) -> bool:
        """Whether nobody has written anything since the last kill."""
        return bool(self._open)

    def until(self, holds: Callable[[dict[str, Any]], object], what: str, *, seconds: float = 120.0) -> dict[str, Any]:
        """Look until something holds; return the run's row.

        Raises:
            Failed: it does not in time; with where the run stands.
        """
        deadline = time.monotonic() + seconds
        while True:
            self.tend()
            seen = self.look()
            if holds(seen):
                return seen
            if time.monotonic() > deadline:
                raise Failed(f"{what} did not happen in {seconds:.0f} s; {self.run} is {seen}")
            time.sleep(EVERY_SECONDS)

    def until_ended(self, *, seconds: float = 120.0) -> str:
        """Wait until the run has ended by itself (I9); return its status."""
        ended = self.until(lambda seen: seen["status"] in ENDED, f"the end of {self.run}", seconds=seconds)
        return str(ended["status"])


def _is_going(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    moved = any(now[name] != was[name] for name in ("status", "processed", "undone", "undo_failed"))
    return moved or now["epoch"] > was["epoch"]
