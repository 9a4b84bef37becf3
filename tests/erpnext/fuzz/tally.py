"""How often each rule ran, and what became of it; and how many sequences and steps there were."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Count:
    """What became of the turns of one rule.

    Args:
        done: the action was done.
        refused: ERPNext or the app refused it, and nothing had changed.
        idle: there was nothing to do it to.
        reasons: the kinds of refusal.
    """

    done: int = 0
    refused: int = 0
    idle: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass
class Tally:
    """The counts of one process.

    Args:
        foreign: errors that are none of ERPNext's refusals, and of which no line of the app is part.
        ended: how runs ended.
    """

    sequences: int = 0
    steps: int = 0
    shrinking: int = 0
    rules: dict[str, Count] = field(default_factory=dict)
    foreign: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)

    def rule(self, name: str) -> Count:
        """Return the count of a rule."""
        return self.rules.setdefault(name, Count())

    def never_done(self) -> list[str]:
        """Return the rules that were never done: they test nothing."""
        return sorted(name for name, count in self.rules.items() if not count.done)
