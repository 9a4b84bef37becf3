"""``run errors``: the documents of a run that could not be done, on the screen or as a CSV file."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from imogi_finance.batch.presenting import items_json, run_json
from imogi_finance.batch.run import ItemStatus
from imogi_finance.terminal.output import Output, money, status
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.world import Call, Session, World

_BAD = (ItemStatus.FAILED, ItemStatus.UNDO_FAILED)
_PAGE = 1000
_SHOWN = 50
HEAD = ("Document type", "Document", "Amount", "Status", "Attempt", "Result", "Reason")
_FORMULA = re.compile(r"[=+@\t\r]|-(?!\d+(\.\d+)?$)")


def errors_command(world: World) -> click.Command:
    """Return the command ``run errors`` of a world's command line."""

    @world.command("errors")
    @click.argument("name", metavar="RUN")
    @click.option("--csv", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write all.")
    @click.option("--left-out", is_flag=True, help="Those that were left out as well.")
    def command(call: Call, *, name: str, file: Path | None, left_out: bool) -> None:
        """List the documents of a run that could not be done, each with its reason."""
        statuses = (*_BAD, ItemStatus.SKIPPED) if left_out else _BAD
        with call.open() as session:
            run = run_json(session.control.status(name, user=session.user))
            items = list(_items(session, name, statuses, run["currency"]))
        if file is not None:
            _write(file, as_csv(items, run["exponent"]))
        call.out.json(
            {
                "job_id": name,
                "errors": items,
                "total": len(items),
                "currency": run["currency"],
                "exponent": run["exponent"],
                "file": str(file) if file is not None else None,
            }
        )
        _tell(call.out, run, items, file)

    return command


def _items(session: Session, name: str, statuses: Sequence[ItemStatus], currency: str) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        page = session.control.items(name, user=session.user, statuses=statuses, offset=offset, limit=_PAGE)
        yield from items_json(page["items"], currency=currency)
        offset += _PAGE
        if offset >= page["total"]:
            return


def _tell(out: Output, run: dict[str, Any], items: Sequence[dict[str, Any]], file: Path | None) -> None:
    if file is not None:
        out.say(("✓ ", "green"), f"{len(items):,} errors of {run['job_id']} are written to {file}.")
        return
    if not items:
        out.say(("✓ ", "green"), f"{run['job_id']} has no errors.")
        return
    table = Table(("Document", f">{run['currency']}", "Status", "/Why"))
    for item in items[:_SHOWN]:
        amount = money(item["amount"], run["exponent"])
        table.add_row(item["name"], amount, status(item["status"]), why(item))
    out.table(table)
    if len(items) > _SHOWN:
        words = f"{len(items) - _SHOWN:,} more; all of them: "
        out.say((words, "dim"), (out.command(f"run errors {run['job_id']} --csv FILE"), "cyan"))


def why(item: dict[str, Any]) -> str:
    """Return an item's reason, without the document that stands beside it."""
    return str(item["error"] or "").removeprefix(f"{item['doctype']} {item['name']}: ")


def as_csv(items: Sequence[dict[str, Any]], exponent: int) -> str:
    """Return items as CSV for a spreadsheet (RFC 4180, UTF-8 with a byte order mark), as the screens write them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEAD)
    for item in items:
        amount = money(item["amount"], exponent).replace(",", "")
        cells = (item["doctype"], item["name"], amount, item["status"], item["attempt"], item["result"], item["error"])
        writer.writerow([_cell(cell) for cell in cells])
    return f"\ufeff{text.getvalue()}"


def _cell(value: object) -> str:
    """Return a cell that no spreadsheet runs as a formula: a reason may quote what somebody else has typed."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _write(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
        os.replace(draft, file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
