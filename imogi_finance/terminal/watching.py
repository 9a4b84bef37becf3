"""Watch a run from its rows: a live bar in a terminal, a few lines elsewhere, silence for JSON."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from imogi_finance.bank_reconciliation.kind import KIND as RECONCILIATION
from imogi_finance.batch.presenting import run_json
from imogi_finance.batch_invoicing.kind import KIND as INVOICING
from imogi_finance.errors import Conflict
from imogi_finance.terminal.live import Live, bar, pulse
from imogi_finance.terminal.output import Output
from imogi_finance.terminal.text import Line
from imogi_finance.terminal.world import Session

POLL_SECONDS = 0.2
_RATE_SECONDS = 6.0
_QUIET_SECONDS = 5.0
_NARROWEST_BAR = 8
_LABELS = {
    "waiting": ("Waiting", "blue"),
    "working": ("Working", "cyan"),
    "finishing": ("Finishing", "cyan"),
    "undoing": ("Undoing", "yellow"),
}
_WORK = {  # what a kind does in the phases of its own
    RECONCILIATION: {"working": "Paying", "finishing": "Allocating"},
    INVOICING: {"working": "Invoicing"},
}
_ENDS = {
    "Completed": ("Done", "green"),
    "Completed with Errors": ("Done in part", "yellow"),
    "Cancelled": ("Cancelled", "yellow"),
    "Failed": ("Undone", "red"),
    "Needs Attention": ("Needs attention", "red"),
}


@dataclass
class Pace:
    """How fast a phase goes, over its last seconds."""

    phase: str = ""
    samples: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, run: dict[str, Any], now: float) -> None:
        """Take a new reading; a new phase starts anew."""
        if run["phase"] != self.phase:
            self.phase = run["phase"]
            self.samples.clear()
        if not self.samples or run["current"] != self.samples[-1][1]:
            self.samples.append((now, run["current"]))
        while len(self.samples) > 2 and now - self.samples[1][0] > _RATE_SECONDS:
            self.samples.popleft()

    @property
    def rate(self) -> float | None:
        """Return items a second, or None where too little is known."""
        if len(self.samples) < 2:
            return None
        (first, done_first), (last, done_last) = self.samples[0], self.samples[-1]
        return (done_last - done_first) / (last - first) if last > first else None

    def is_quiet(self, now: float) -> bool:
        """Whether nothing has moved for some seconds."""
        return bool(self.samples) and now - self.samples[-1][0] > _QUIET_SECONDS


def watch(session: Session, name: str, out: Output, *, on_poll: Callable[[], None] | None = None) -> dict[str, Any]:
    """Look at a run five times a second until it has ended; return its last status, as ``run_json``.

    Args:
        on_poll: called after each look.

    Raises:
        KeyboardInterrupt: the user has seen enough; the run goes on.
        UnknownRun: there is no such run.
    """
    pace = Pace()
    told: tuple[str, str] | None = None
    with ExitStack() as stack:
        live = stack.enter_context(Live(out.aside)) if out.is_live else None
        while True:
            run = _look(session, name)
            now = time.monotonic()
            pace.note(run, now)
            if on_poll:
                on_poll()
            hint = ""
            if run["phase"] != "ended" and pace.is_quiet(now) and not session.alive():
                hint = f"Nothing moves and no worker is alive. Start one: {session.how_to_start_a_worker(out)}"
            if live:
                live.update(picture(run, pace, hint, width=out.aside.width))
            elif (run["phase"], hint) != told and run["phase"] != "ended":
                told = (run["phase"], hint)
                out.hint(run["message"] + (f" {hint}" if hint else ""))
            if run["phase"] == "ended":
                return run
            time.sleep(POLL_SECONDS)


def _look(session: Session, name: str) -> dict[str, Any]:
    while True:
        try:
            return run_json(session.control.status(name, user=session.user))
        except Conflict:  # a reader is told so only for an instant; the next look does better
            time.sleep(POLL_SECONDS)


def picture(run: dict[str, Any], pace: Pace, hint: str = "", *, width: int) -> list[Line]:
    """Return a run as two lines: what it does with its bar and counter; and its pace, or what it says.

    Args:
        width: cells of a line.
    """
    label, colour = _LABELS.get(run["phase"]) or _ENDS[run["status"]]
    label = _WORK.get(run["kind"], {}).get(run["phase"], label)
    if run["cancel_requested"] and run["phase"] == "working":
        label, colour = "Cancelling", "yellow"
    current, total = run["current"], run["total"]
    begin = Line((f"{run['job_id']} ", "dim"), (f"{label:<10}", colour), " ")
    counter = Line(" ", (f"{current:,}", "bold"), f" of {total:,}", (f"  {run['percentage']:.0f} %", colour))
    room = max(_NARROWEST_BAR, width - begin.width - counter.width)
    share = current / total if total else 1.0
    drawn = pulse(room, colour) if run["phase"] == "waiting" else bar(room, share, colour)
    lines = [Line(begin, drawn, counter)]
    if run["phase"] != "ended":
        lines.append(_pace_words(run, pace, total))
        if hint:
            lines += Line((hint, "bold red")).wrapped(width)
    return lines


def _pace_words(run: dict[str, Any], pace: Pace, total: int) -> Line:
    rate = pace.rate
    words: list[tuple[str, str]] = [(_clock(run["elapsed_seconds"]) + " gone", "dim")]
    if rate and run["phase"] in ("working", "undoing"):
        left = max(0, total - run["current"]) / rate
        words += [(f" · {rate:,.0f} a second · about {_clock(left)} left", "dim")]
    if run["phase"] != "working" or run["cancel_requested"]:
        words += [(" · ", "dim"), (run["message"], "")]
    return Line(*words)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
