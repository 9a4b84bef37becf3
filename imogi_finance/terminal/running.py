"""``run``: look at a batch run, cancel it, retry it, list its items."""

from __future__ import annotations

from typing import Any

import click

from imogi_finance.batch.presenting import items_json, run_json
from imogi_finance.batch.run import ItemStatus, Policy
from imogi_finance.terminal.errors_of_run import errors_command
from imogi_finance.terminal.failures import FAILED, INTERRUPTED
from imogi_finance.terminal.following import follow, stop_watching, tell_end
from imogi_finance.terminal.output import Output, money, status
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.watching import Pace, picture, watch
from imogi_finance.terminal.world import Call, World

_ITEM_STATUSES = {of.value.lower(): of for of in ItemStatus}


def run_commands(world: World) -> click.Group:
    """Return the group ``run`` of a world's command line."""
    group = world.group("run", help="Look at a run, cancel it, or go on with it.")
    for made in (_status(world), _cancel(world), _retry(world), _items(world), errors_command(world)):
        group.add_command(made)
    return group


def _status(world: World) -> click.Command:
    @world.command("status")
    @click.argument("name", metavar="RUN")
    @click.option("--watch", "watching", is_flag=True, help="Until it ends.")
    def command(call: Call, *, name: str, watching: bool) -> int:
        """Say where a run is, or how it ended."""
        code = 0
        with call.open() as session:
            found = run_json(session.control.status(name, user=session.user))
            if watching and found["phase"] != "ended":
                try:
                    found = watch(session, name, call.out)
                except KeyboardInterrupt:
                    call.out.json(stop_watching(session, name, call.out))
                    return INTERRUPTED
            if watching and found["status"] != "Completed":
                code = FAILED
        call.out.json(found)
        _tell(found, call.out)
        return code

    return command


def _tell(found: dict[str, Any], out: Output) -> None:
    if found["phase"] == "ended":
        tell_end(found, out)
    else:
        out.say((found["job_id"], "bold"), " · ", (found["status"], "cyan"), f" · {found['message']}")
        out.lines(picture(found, Pace(), width=out.console.width))


def _cancel(world: World) -> click.Command:
    @world.command("cancel")
    @click.argument("name", metavar="RUN")
    def command(call: Call, *, name: str) -> None:
        """Ask a run to stop: a reconciliation is taken back, and of a batch of orders what is invoiced stays."""
        with call.open() as session:
            session.control.cancel(name, user=session.user)
            found = run_json(session.control.status(name, user=session.user))
        call.out.json(found)
        if found["phase"] == "ended":
            call.out.say(("✓ ", "green"), f"{name}: {found['message']}")
        else:
            what = (
                "what it has done stays" if found["policy"] == Policy.PER_ITEM.value else "what it made is taken back"
            )
            call.out.say(("✓ ", "green"), f"{name} will stop, and {what}.")
            call.out.say("  Watch it: ", (call.out.command(f"run status {name} --watch"), "cyan"))

    return command


def _retry(world: World) -> click.Command:
    @world.command("retry")
    @click.argument("name", metavar="RUN")
    @click.option("--no-wait", is_flag=True, help="Do not wait for the end, and start no worker.")
    def command(call: Call, *, name: str, no_wait: bool) -> int:
        """Try again what did not work; go on with a batch of orders that was cancelled; where everything was
        undone, do the whole request as a new run."""
        with call.open() as session:
            again = session.control.retry(name, user=session.user).name
            call.out.hint((f"{name} goes on as {again}." if again != name else f"{name} goes on.", "dim"))
            if no_wait:
                found, code = run_json(session.control.status(again, user=session.user)), 0
            else:
                found, code = follow(session, again, call.out)
        call.out.json(found)
        if no_wait or found["phase"] == "ended":
            _tell(found, call.out)
        return code

    return command


def _items(world: World) -> click.Command:
    @world.command("items")
    @click.argument("name", metavar="RUN")
    @click.option("--status", "wanted", type=click.Choice([of.value for of in ItemStatus], case_sensitive=False))
    @click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, metavar="N")
    @click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Items to pass over first.")
    def command(call: Call, *, name: str, wanted: str | None, limit: int, offset: int) -> None:
        """List a run's items: what became of each document."""
        statuses = [_ITEM_STATUSES[wanted.lower()]] if wanted else None
        with call.open() as session:
            of = run_json(session.control.status(name, user=session.user))
            page = session.control.items(name, user=session.user, statuses=statuses, offset=offset, limit=limit)
        items = items_json(page["items"], currency=of["currency"])
        call.out.json({"items": items, "total": page["total"], "currency": of["currency"], "exponent": of["exponent"]})
        table = Table((">#", "Document", f">{of['currency']}", "Status", "Result", "/Error"))
        for item in items:
            table.add_row(
                f"{item['position']:,}",
                item["name"],
                money(item["amount"], of["exponent"]),
                status(item["status"]),
                (item["result"] or "").rpartition(" ")[2],
                item["error"] or "",
            )
        call.out.table(table)
        left = page["total"] - offset - len(items)
        if left > 0:
            call.out.say((f"{left:,} more; see them with --offset {offset + len(items)}.", "dim"))

    return command
