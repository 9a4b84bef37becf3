"""What the checks count and find: the one place where a violation becomes known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Findings:
    """Counts what was tried, and keeps what should not have been possible.

    Args:
        told: called with the subject after each thing tried, to show people that it goes on.
    """

    told: Callable[[str], None] = lambda subject: None
    tried: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def check(self, subject: str, holds: bool, what: str) -> bool:
        """Count one thing tried under a subject; where it does not hold, keep what went wrong. Returns ``holds``."""
        self.tried[subject] += 1
        if not holds:
            self.violations.append(f"{subject}: {what}")
        self.told(subject)
        return holds

    def note(self, name: str, value: object) -> None:
        """Keep a figure for the report."""
        self.notes[name] = str(value)
