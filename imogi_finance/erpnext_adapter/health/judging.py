"""What is wrong, in sentences: each with what to do about it, and how bad it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe import _

from imogi_finance.batch.run import RunStatus
from imogi_finance.erpnext_adapter.health.machinery import Machinery
from imogi_finance.erpnext_adapter.health.notes import DRIFT_CHECK, SWEEP, Note
from imogi_finance.erpnext_adapter.health.runs import LiveRun, Runs
from imogi_finance.erpnext_adapter.visibility import RUN

GOOD, WARN, BAD = "good", "warn", "bad"
SWEEP_LATE_SECONDS = 180.0  # it is due each minute, and the scheduler looks once a minute
DRIFT_LATE_SECONDS = 26 * 3600.0
STUCK_SECONDS = 90.0  # by then the scheduler's sweep has brought another worker
WAITING_SECONDS = 300.0
STALLS = 2
_RECENT_SECONDS = 7 * 86400.0
_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """Something to look at.

    Args:
        code: what it is, for programs.
        level: ``bad``: runs or checks do not get done without somebody; ``warn``: worth a look.
        said: what is wrong.
        remedy: what to do.
        runs: the runs that it is about.
        error_log: the Error Log that says more.
    """

    code: str
    level: str
    said: str
    remedy: str
    runs: tuple[str, ...] = ()
    error_log: str | None = None


def judge(runs: Runs, machinery: Machinery, notes: Mapping[str, Note], now: datetime) -> list[Finding]:
    """Return all that is wrong, the worst first.

    Args:
        now: this moment, with a time zone.
    """
    found = [*_of_machinery(machinery), *_of_notes(notes, machinery, now), *_of_live(runs, machinery), *_of_ended(runs)]
    return sorted(found, key=lambda finding: finding.level != BAD)


def level_of(findings: list[Finding]) -> str:
    """Return the worst level of all findings."""
    levels = {finding.level for finding in findings}
    return BAD if BAD in levels else WARN if WARN in levels else GOOD


def duration(seconds: float) -> str:
    """Return a time span in words."""
    for size, words in ((172_800, _("{0} days")), (7200, _("{0} hours")), (120, _("{0} minutes"))):
        if seconds >= size:
            unit = {172_800: 86_400, 7200: 3600, 120: 60}[size]
            return words.format(int(seconds // unit))
    return _("{0} seconds").format(int(seconds))


def _of_machinery(machinery: Machinery) -> Iterator[Finding]:
    site = frappe.local.site
    if machinery.redis_error:
        yield Finding(
            "redis",
            BAD,
            _("Redis does not answer: runs wait, and nothing is shown live."),
            _("Start it; nothing is lost, as runs are rows of the database. They go on within two minutes."),
        )
    for number, queue in enumerate(machinery.queues):
        if queue.workers == 0:
            said = (
                _("No worker listens to the queue {0}: runs wait.")
                if number == 0
                else _("No worker listens to the queue {0}: neither the sweep nor the daily check is done.")
            )
            how = f"bench worker --queue {queue.name}"
            remedy = _("Start one: {0}. Those that ran when Redis was lost are forgotten: bench restart.").format(how)
            yield Finding("no_worker", BAD, said.format(queue.name), remedy)
        elif queue.oldest >= WAITING_SECONDS:
            yield Finding(
                "queue_behind",
                WARN,
                _("The queue {0} is behind: jobs wait ({1}), the first for {2}.").format(
                    queue.name, queue.waiting, duration(queue.oldest)
                ),
                _("Its workers are busy. Start more: {0}").format(f"bench worker --queue {queue.name}"),
            )
    if machinery.scheduler_off:
        yield Finding(
            "scheduler",
            BAD,
            _("The scheduler is off: a run whose worker dies waits for somebody to look, and no daily check is done."),
            {
                "maintenance_mode": _("The site is in maintenance. When that is over: {0}").format(
                    f"bench --site {site} set-maintenance-mode off"
                ),
                "pause_scheduler": _("It was paused. Go on with: {0}").format(f"bench --site {site} scheduler resume"),
                "disable_scheduler": _("Take disable_scheduler out of site_config.json."),
            }.get(machinery.scheduler_off, _("Switch it on: {0}").format(f"bench --site {site} enable-scheduler")),
        )
    elif machinery.sweep_stopped:
        yield Finding(
            "sweep_stopped",
            BAD,
            _("The sweep is stopped: a run whose worker dies waits for somebody to look."),
            _("Open Scheduled Job Type {0} and untick Stopped.").format("sweeping.sweep"),
        )


def _of_notes(notes: Mapping[str, Note], machinery: Machinery, now: datetime) -> Iterator[Finding]:
    idle = machinery.redis_error or machinery.scheduler_off or any(not queue.workers for queue in machinery.queues)
    site = frappe.local.site
    sweep, check = notes.get(SWEEP), notes.get(DRIFT_CHECK)
    if sweep and not (idle or machinery.sweep_stopped) and _age(sweep, now) >= SWEEP_LATE_SECONDS:
        yield Finding(
            "sweep_late",
            BAD,
            _("The last sweep was {0} ago; one is due each minute.").format(duration(_age(sweep, now))),
            _("See that the scheduler's process runs: {0}").format(f"bench --site {site} doctor"),
        )
    if check and not idle and _age(check, now) >= DRIFT_LATE_SECONDS:
        yield Finding(
            "check_late",
            BAD,
            _("Flags and statuses were last compared with their rows {0} ago; it is due each day.").format(
                duration(_age(check, now))
            ),
            _("Do it now: {0}. The Scheduled Job Log says why it was not done.").format(
                f"bench --site {site} imogi-finance check"
            ),
        )
    if check and check.found_at and (now - check.found_at).total_seconds() < _RECENT_SECONDS:
        yield Finding(
            "drift",
            WARN,
            (
                _("A document did not say what its rows say; it was mended {1} ago.")
                if check.found_number == 1
                else _("{0} documents did not say what their rows say; they were mended {1} ago.")
            ).format(check.found_number, duration((now - check.found_at).total_seconds())),
            _("Ask who wrote to them past ERPNext: an import, another app, a script with SQL."),
            error_log=check.found.get("error_log"),
        )


def _of_live(runs: Runs, machinery: Machinery) -> Iterator[Finding]:
    has_workers = bool(machinery.queues) and machinery.queues[0].workers > 0
    yield from _about(
        runs.live,
        lambda live: live.state == "dropped" and live.idle >= STUCK_SECONDS,
        "stuck",
        BAD,
        _("Nobody works {0}, and for minutes nothing has moved."),
        _("It goes on by itself when a worker is free. Where none is, see that workers run; nothing of it is lost."),
    )
    if has_workers:  # else it is said of the queue
        yield from _about(
            runs.live,
            lambda live: live.state == "waiting" and live.idle >= WAITING_SECONDS,
            "waiting",
            WARN,
            _("{0} has waited for a worker for more than five minutes."),
            _("The workers are busy. Start more, or wait."),
        )
    yield from _about(
        runs.live,
        lambda live: live.held_up > 0 or live.run.stalls > STALLS,
        "held_up",
        WARN,
        _("{0} is held up: documents failed for reasons that may pass, or workers ended before they got on."),
        _("It is tried again by itself. Where it stays so, imogi_finance.log says why."),
    )


def _of_ended(runs: Runs) -> Iterator[Finding]:
    attention = [run.name for run in runs.needing if run.status is RunStatus.NEEDS_ATTENTION]
    others = [run.name for run in runs.needing if run.status is not RunStatus.NEEDS_ATTENTION]
    if attention:
        yield Finding(
            "attention",
            BAD,
            _("{0} needs attention: not every payment could be cancelled.").format(_names(attention)),
            _("Open it: it names each payment and why. Mend that, then try again."),
            tuple(attention),
        )
    if others:
        yield Finding(
            "failed",
            WARN,
            _("{0} did not do what was asked.").format(_names(others)),
            _("Open it: it names the document and why. What a failed run had made is undone. Mend it and try again."),
            tuple(others),
        )
    if runs.untold:
        yield Finding(
            "untold",
            WARN,
            _("Nobody was told yet that {0} has ended.").format(_names(runs.untold)),
            _("The sweep does that. Where it stays so, the Error Log says why."),
            tuple(runs.untold),
        )


def _about(
    live: Sequence[LiveRun],
    applies: Callable[[LiveRun], bool],
    code: str,
    level: str,
    said: str,
    remedy: str,
) -> Iterator[Finding]:
    names = [each.run.name for each in live if applies(each)]
    if names:
        yield Finding(code, level, said.format(_names(names)), remedy, tuple(names))


def _names(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(f"{_(RUN)} {name}" if number == 0 else name for number, name in enumerate(names))
    return _("{0} and {1} more").format(", ".join(names[:_NAMED]), len(names) - _NAMED)


def _age(note: Note, now: datetime) -> float:
    return (now - (note.noted_at or note.since)).total_seconds()
