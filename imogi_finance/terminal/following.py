"""Wait for a run to its end with a worker at hand, and tell how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from imogi_finance.batch.presenting import run_json
from imogi_finance.terminal.failures import FAILED, INTERRUPTED
from imogi_finance.terminal.output import Output, money
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.watching import watch
from imogi_finance.terminal.world import Session


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


def tell_end(run: dict[str, Any], out: Output) -> None:
    """Say how a run ended, with its failed items."""
    name, exponent = run["job_id"], run["exponent"]
    if run["status"] == "Completed":
        payments = (run["result"] or {}).get("payments") or 0
        out.say(("✓ ", "bold green"), (run["message"], "green"))
        out.say(f"  {payments:,} payment{'s' * (payments != 1)} in {_seconds(run['elapsed_seconds'])}.")
        return
    mark, style = ("✗ ", "bold red") if run["status"] in ("Failed", "Needs Attention") else ("! ", "bold yellow")
    out.say((mark, style), (run["message"], style.removeprefix("bold ")))
    if run["failed_items"]:
        table = Table(("Document", ">Amount", "Status", "/Why"))
        for item in run["failed_items"]:
            document = f"{item['doctype']} {item['name']}"
            table.add_row(item["name"], money(item["amount"], exponent), item["status"], _why(item, document))
        out.table(table)
    more = run["failed_items_total"] - len(run["failed_items"])
    if more > 0:
        out.say((f"{more:,} more: " + out.command(f"run items {name} --status Failed"), "dim"))
    if run["can_retry"]:
        out.say(
            "To try again: " if run["status"] == "Cancelled" else "Once mended: ",
            (out.command(f"run retry {name}"), "cyan"),
        )


def _why(item: dict[str, Any], document: str) -> str:
    return str(item["error"] or "").removeprefix(f"{document}: ")


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 0.1 else "less than 0.1 s"
