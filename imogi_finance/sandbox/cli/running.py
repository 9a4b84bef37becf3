"""``run``: look at a batch run, cancel it, retry it, list its items."""

from __future__ import annotations

from typing import Any

import click

from imogi_finance.bank_reconciliation.presenting import items_json, run_json
from imogi_finance.batch.run import ItemStatus
from imogi_finance.sandbox.cli.command import FAILED, INTERRUPTED, Invocation, SandboxGroup, command
from imogi_finance.sandbox.cli.following import follow, stop_watching, tell_end
from imogi_finance.sandbox.cli.output import Output, money, new_table, status
from imogi_finance.sandbox.cli.session import open_session
from imogi_finance.sandbox.cli.watching import Pace, picture, watch
from imogi_finance.sandbox.cli.workers import alive

_ITEM_STATUSES = {of.value.lower(): of for of in ItemStatus}


@click.group("run", cls=SandboxGroup)
def run() -> None:
    """Look at a run, cancel it, or retry it."""


@command("status")
@click.argument("name", metavar="RUN")
@click.option("--watch", "watching", is_flag=True, help="Until it ends.")
def _status(call: Invocation, *, name: str, watching: bool) -> int:
    """Say where a run is, or how it ended."""
    code = 0
    with open_session(call.home) as session:
        found = run_json(session.app.control.status(name, user=session.user))
        if watching and found["phase"] != "ended":
            try:
                found = watch(session, name, call.out, workers=lambda: alive(call.home))
            except KeyboardInterrupt:
                call.out.json(stop_watching(session, name, call.out))
                return INTERRUPTED
        if watching and found["status"] != "Completed":
            code = FAILED
    call.out.json(found)
    _tell(found, call.out)
    return code


def _tell(found: dict[str, Any], out: Output) -> None:
    if found["phase"] == "ended":
        tell_end(found, out)
    elif not out.as_json:
        out.say((found["job_id"], "bold"), " · ", (found["status"], "cyan"), f" · {found['message']}")
        out.console.print(picture(found, Pace()))


@command("cancel")
@click.argument("name", metavar="RUN")
def _cancel(call: Invocation, *, name: str) -> None:
    """Ask a run to stop: what it has made is taken back."""
    with open_session(call.home) as session:
        session.app.control.cancel(name, user=session.user)
        found = run_json(session.app.control.status(name, user=session.user))
    call.out.json(found)
    if found["phase"] == "ended":
        call.out.say(("✓ ", "green"), f"{name}: {found['message']}")
    else:
        call.out.say(("✓ ", "green"), f"{name} will stop, and what it made is taken back.")
        call.out.say("  Watch it: ", (call.out.command(f"run status {name} --watch"), "cyan"))


@command("retry")
@click.argument("name", metavar="RUN")
@click.option("--no-wait", is_flag=True, help="Do not wait for the end, and start no worker.")
def _retry(call: Invocation, *, name: str, no_wait: bool) -> int:
    """Try again what did not work; where everything was undone, the whole request as a new run."""
    with open_session(call.home) as session:
        again = session.app.control.retry(name, user=session.user).name
        call.out.hint((f"{name} goes on as {again}." if again != name else f"{name} goes on.", "dim"))
        if no_wait:
            found, code = run_json(session.app.control.status(again, user=session.user)), 0
        else:
            found, code = follow(session, again, call.out)
    call.out.json(found)
    if no_wait or found["phase"] == "ended":
        _tell(found, call.out)
    return code


@command("items")
@click.argument("name", metavar="RUN")
@click.option("--status", "wanted", type=click.Choice([of.value for of in ItemStatus], case_sensitive=False))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, metavar="N")
@click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Items to pass over first.")
def _items(call: Invocation, *, name: str, wanted: str | None, limit: int, offset: int) -> None:
    """List a run's items: what became of each document."""
    statuses = [_ITEM_STATUSES[wanted.lower()]] if wanted else None
    with open_session(call.home) as session:
        of = run_json(session.app.control.status(name, user=session.user))
        page = session.app.control.items(name, user=session.user, statuses=statuses, offset=offset, limit=limit)
    items = items_json(page["items"], currency=of["currency"])
    call.out.json({"items": items, "total": page["total"], "currency": of["currency"], "exponent": of["exponent"]})
    table = new_table((">#", "Document", f">{of['currency']}", "Status", "Result", "Error"))
    table.columns[5].no_wrap = False
    for item in items:
        table.add_row(
            f"{item['position']:,}",
            item["name"],
            money(item["amount"], of["exponent"]),
            status(item["status"]),
            (item["result"] or "").removeprefix("Payment Entry "),
            item["error"] or "",
        )
    call.out.table(table)
    left = page["total"] - offset - len(items)
    if left > 0:
        call.out.say((f"{left:,} more; see them with --offset {offset + len(items)}.", "dim"))


for _command in (_status, _cancel, _retry, _items):
    run.add_command(_command)
