"""Wait for a run to its end with a worker at hand, and tell how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from imogi_finance.batch.intake import Accepted
from imogi_finance.batch.presenting import run_json
from imogi_finance.terminal.errors_of_run import why
from imogi_finance.terminal.failures import FAILED, INTERRUPTED
from imogi_finance.terminal.output import Output, money
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.watching import watch
from imogi_finance.terminal.world import Session


def told(accepted: Accepted, session: Session, out: Output, *, no_wait: bool) -> int:
    """Tell what became of a request: wait for its run with a bar and say how it ended; return the exit code.

    Args:
        no_wait: say only that the run is stored.
    """
    name = accepted.run.name
    if not accepted.is_new:
        out.hint((f"{name} was asked for before by the very same request.", "dim"))
    if no_wait:
        leave(out, session, name)
        return 0
    run, code = follow(session, name, out) if accepted.run.status.is_live else ended(session, name)
    out.json({**run, "is_new": accepted.is_new})
    if run["phase"] == "ended":
        tell_end(run, out)
    return code


def follow(
    session: Session, name: str, out: Output, *, on_poll: Callable[[], None] | None = None
) -> tuple[dict[str, Any], int]:
    """Wait for a run with its bar and a worker at hand; return status and exit code.

    An interrupt stops the watching, never the run.
    """
    with session.a_worker(name, out) as worker:
        try:
            run = watch(session, name, out, on_poll=on_poll)
        except KeyboardInterrupt:
            worker.leave()
            return stop_watching(session, name, out, worker=worker.pid), INTERRUPTED
    return run, 0 if run["status"] == "Completed" else FAILED


def stop_watching(session: Session, name: str, out: Output, *, worker: int | None = None) -> dict[str, Any]:
    """Say that the run goes on, and how to see and stop it; return where it is."""
    run = run_json(session.control.status(name, user=session.user))
    out.hint("")
    out.hint((f"{name} goes on without you watching.", "yellow"))
    out.hint("  Look again:  ", (out.command(f"run status {name} --watch"), "cyan"))
    out.hint("  Cancel it:   ", (out.command(f"run cancel {name}"), "cyan"))
    if worker is not None:
        out.hint(f"  The worker started for it stays alive as process {worker}; end it with: kill {worker}")
    return run


def leave(out: Output, session: Session, name: str) -> None:
    """Say that a run is stored and will be worked, and how to watch it."""
    run = run_json(session.control.status(name, user=session.user))
    out.json(run)
    out.say(("✓ ", "green"), (name, "bold"), f" is stored: {run['message']}")
    if run["phase"] != "ended" and not session.alive():
        out.say(("  No worker is alive. Start one: ", "yellow"), (session.how_to_start_a_worker(out), "cyan"))
    out.say("  Watch it: ", (out.command(f"run status {name} --watch"), "cyan"))


def ended(session: Session, name: str) -> tuple[dict[str, Any], int]:
    """Return the status of a run that has ended, and the exit code."""
    run = run_json(session.control.status(name, user=session.user))
    return run, 0 if run["status"] == "Completed" else FAILED


def tell_end(run: dict[str, Any], out: Output) -> None:
    """Say how a run ended, with its failed items."""
    name = run["job_id"]
    if run["status"] == "Completed":
        out.say(("✓ ", "bold green"), (run["message"], "green"))
    else:
        is_bad = run["status"] in ("Failed", "Needs Attention")
        mark, style = ("✗ ", "bold red") if is_bad else ("! ", "bold yellow")
        out.say((mark, style), (run["message"], style.removeprefix("bold ")))
    if made := _made(run):
        out.say(f"  {made} in {_seconds(run['elapsed_seconds'])}.")
    if run["left_out"]:
        words = f"  {run['left_out']:,} left out on purpose: "
        out.say((words, "dim"), (out.command(f"run items {name} --status Skipped"), "cyan"))
    _tell_failed(run, out)
    if run["can_retry"]:
        words = "To go on: " if run["can_resume"] else "Once mended: "
        words = "To try again: " if run["status"] == "Cancelled" and not run["can_resume"] else words
        out.say(words, (out.command(f"run retry {name}"), "cyan"))


def _made(run: dict[str, Any]) -> str:
    """Return how many documents a run has made, where it has kept them."""
    for what in ("payment", "invoice"):
        count = (run["result"] or {}).get(f"{what}s")
        if count is not None and run["status"] in ("Completed", "Completed with Errors"):
            return f"{count:,} {what}{'s' * (count != 1)}"
    return ""


def _tell_failed(run: dict[str, Any], out: Output) -> None:
    if not run["failed_items"]:
        return
    table = Table(("Document", ">Amount", "Status", "/Why"))
    for item in run["failed_items"]:
        table.add_row(item["name"], money(item["amount"], run["exponent"]), item["status"], why(item))
    out.table(table)
    more = run["failed_items_total"] - len(run["failed_items"])
    if more > 0:
        out.say((f"{more:,} more: " + out.command(f"run errors {run['job_id']}"), "dim"))


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 0.1 else "less than 0.1 s"
