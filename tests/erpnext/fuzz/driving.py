"""Let Hypothesis drive sequences: the same seed drives the same ones."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import now
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.erpnext.fuzz.invariants import ledger_problems, run_problems
from tests.erpnext.fuzz.machine import Books
from tests.erpnext.fuzz.sequence import COMPANIES, RULES, Sequence
from tests.erpnext.fuzz.tally import Tally
from tests.erpnext.paid_status.oracle import Oracle
from tests.erpnext.paid_status.settings import set_rule

_TURNS, _APART = 20, 1000  # turns, and how far apart their seeds are


@dataclass(frozen=True)
class Drive:
    """How far to drive.

    Args:
        sequences: at most so many; fewer where one is violated.
        steps: of each.
        seed: another one drives other sequences.
        shrink: look for a shorter sequence that is violated too.
    """

    sequences: int
    steps: int
    seed: int
    shrink: bool = True


@dataclass
class Found:
    """What came of it.

    Args:
        violation: what was violated, with the steps that lead to it; None where nothing was.
        first: the same as it was first met, before it was shrunk.
        found_after: sequences until then.
    """

    tally: Tally
    violation: str | None = None
    first: str | None = None
    found_after: int | None = None

    def figures(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "sequences": self.tally.sequences,
            "steps": self.tally.steps,
            "shrinking": self.tally.shrinking,
            "rules": {
                name: {"done": of.done, "refused": of.refused, "idle": of.idle, "reasons": dict(of.reasons)}
                for name, of in sorted(self.tally.rules.items())
            },
            "never_done": self.tally.never_done(),
            "foreign_errors": dict(self.tally.foreign),
            "runs_ended": dict(self.tally.ended),
            "violation": self.violation,
            "first_violation": self.first,
            "found_after": self.found_after,
        }


def drive(how: Drive, *, each: Callable[[Sequence], None] = lambda sequence: None) -> Found:
    """Drive sequences until one is violated or all are done; then look at all that they left.

    Args:
        each: called at the end of every sequence.
    """
    tally = Sequence.tally = Tally()
    for name in RULES:
        tally.rule(name)
    found = Found(tally)
    since = now()

    def ended(sequence: Sequence) -> None:
        if found.first is None:
            tally.sequences += bool(sequence.taken)
            if sequence.error is not None:
                found.first, found.found_after = sequence.told(), tally.sequences
        else:
            tally.shrinking += 1
        each(sequence)

    Sequence.on_end = staticmethod(ended)
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told):
            for turn in range(_TURNS):  # Hypothesis counts empty sequences too
                left = how.sequences - tally.sequences
                if left > 0:
                    run_state_machine_as_test(seed(how.seed + turn * _APART)(_machine()), settings=_settings(how, left))
        if tally.sequences:
            problems = _left_behind(since)
            if problems:
                found.violation = found.first = "\n".join(problems)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was found
        notes = "\n".join(getattr(error, "__notes__", []))
        found.violation = f"{type(error).__name__}: {error}\n{notes}\n{told.getvalue()}"
        found.first = found.first or found.violation
    return found


def _machine() -> type[Books]:
    return type("Books", (Books,), {})


def _settings(how: Drive, sequences: int) -> settings:
    phases = [Phase.generate] + ([Phase.shrink] if how.shrink else [])
    return settings(
        max_examples=sequences,
        stateful_step_count=how.steps,
        phases=phases,
        deadline=None,
        database=None,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.normal,
        suppress_health_check=list(HealthCheck),
    )


def _left_behind(since: str) -> list[str]:
    """Look once at everything that all sequences have left, with the rule switched on everywhere."""
    frappe.db.rollback()
    set_rule()
    return [
        problem
        for company in COMPANIES
        for problem in (*Oracle(company, since).problems(), *ledger_problems(company, since))
    ] + run_problems(since)
