"""``health``: how the app fares, for people and for whatever watches a site; its exit code says whether all is well."""

from __future__ import annotations

from typing import Any

import click

from imogi_finance.commands.main import BenchCall, command
from imogi_finance.erpnext_adapter.health.judging import BAD, GOOD, WARN, duration
from imogi_finance.erpnext_adapter.health.looking import look
from imogi_finance.terminal.failures import FAILED
from imogi_finance.terminal.output import status
from imogi_finance.terminal.table import Table

_SIGNS = {GOOD: ("✓", "green"), WARN: ("!", "yellow"), BAD: ("✗", "red")}
_STATES = {
    "working": "working",
    "asleep": "tries again soon",
    "waiting": "waits for a worker",
    "dropped": "nobody works it",
}
Json = dict[str, Any]


@command("health")
@click.option("--strict", is_flag=True, help="End with 1 for what is merely worth a look, too.")
def health(call: BenchCall, *, strict: bool) -> None:
    """Say whether everything works, or what is wrong and what to do. Ends with 1 where something is wrong."""
    with call.open() as session:
        found = look(session.user)
    call.out.json(found)
    call.out.say((_headline(found), _SIGNS[found["level"]][1]))
    for finding in found["findings"]:
        sign, style = _SIGNS[finding["level"]]
        call.out.say((f"{sign} ", style), finding["said"])
        call.out.say(("  → ", "cyan"), finding["remedy"])
    _say_operations(call, found["operations"])
    _say_live(call, found["live"])
    if found["level"] == BAD or (strict and found["level"] == WARN):
        click.get_current_context().exit(FAILED)


def _headline(found: Json) -> str:
    live = found["live_total"]
    runs = "No run is live." if not live else f"{live:,} {'run is' if live == 1 else 'runs are'} live."
    if found["level"] == GOOD:
        return f"✓ Everything works. {runs}"
    return f"{'It works, with something to look at' if found['level'] == WARN else 'Something is wrong'}. {runs}"


def _say_operations(call: BenchCall, known: Json | None) -> None:
    if known is None:
        return
    queues = [
        f"queue {queue['name']}: workers {queue['workers']}, busy {queue['busy']}, jobs waiting {queue['waiting']}"
        for queue in known["queues"]
    ]
    facts = [
        "Redis does not answer" if known["redis_error"] else "Redis answers",
        *queues,
        f"scheduler {'off' if known['scheduler_off'] else 'on'}",
        f"last sweep {_ago(known['sweep'])}",
        f"last daily check {_ago(known['check'])}",
    ]
    call.out.say(("; ".join(facts) + ".", "dim"))


def _ago(note: Json | None) -> str:
    return f"{duration(note['age'])} ago" if note and note["age"] is not None else "not yet"


def _say_live(call: BenchCall, live: list[Json]) -> None:
    if not live:
        return
    table = Table(("Run", "Status", ">Done", "~Worked by", ">Lease", ">Epoch", "~Asked by", "~Company"))
    for run in live:
        holder = (run.get("holder") or "").split("@")[0]
        lease = duration(run["lease_left"]) if run["state"] == "working" else ""
        table.add_row(
            run["job_id"],
            status(run["status"]),
            f"{run['current']:,} of {run['total']:,}",
            holder or _STATES[run["state"]],
            lease,
            str(run["epoch"]),
            run["requested_by"],
            run["company"],
        )
    call.out.table(table)
