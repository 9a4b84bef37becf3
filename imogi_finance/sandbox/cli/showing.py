"""``show``: invoices, payments, bank transactions, runs and the trial balance as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.text import Text

from imogi_finance.batch.run import RunStatus
from imogi_finance.sandbox import views
from imogi_finance.sandbox.cli.command import Invocation, SandboxGroup, command
from imogi_finance.sandbox.cli.output import Output, money, new_table, status
from imogi_finance.sandbox.cli.session import open_session

_INVOICE_STATUSES = ("Unpaid", "Overdue", "Partly Paid", "Paid", "Return")
_DOCTYPES = {"purchase": "Purchase Invoice", "sales": "Sales Invoice"}
_limit = click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="Most rows shown."
)
_offset = click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Rows to pass over first.")


@click.group("show", cls=SandboxGroup)
def show() -> None:
    """Look at what is in the books."""


@command("invoices")
@click.option("--status", type=click.Choice(_INVOICE_STATUSES, case_sensitive=False), help="Only of this status.")
@click.option("--type", "kind", type=click.Choice(list(_DOCTYPES)), help="Only these.")
@click.option("--party", metavar="TEXT", help="Only where the party's name holds this.")
@_limit
@_offset
def _invoices(
    call: Invocation, *, status: str | None, kind: str | None, party: str | None, limit: int, offset: int
) -> None:
    """Show invoices with what is outstanding on them."""
    with open_session(call.home) as session, session.rows.reading():
        page = views.Page(limit, offset)
        doctype = _DOCTYPES[kind] if kind else None
        found = views.invoices(session.rows, doctype=doctype, status=status, party=party, page=page)
    call.out.json(found)
    table = new_table(("Invoice", "~Party", "~Reference", "Due", "", ">Total", ">Outstanding", "Status"))
    for row in found["invoices"]:
        table.add_row(
            row["name"],
            _plain(row["party"]),
            _plain(row["reference"]),
            row["due_date"],
            row["currency"],
            money(row["grand_total"], row["exponent"]),
            money(row["outstanding"], row["exponent"]),
            _status(row["status"]),
        )
    for total in found["sums"]:
        amounts = [money(total[name], total["exponent"]) for name in ("grand_total", "outstanding")]
        table.add_section()
        table.add_row(f"{total['invoices']:,} in all", "", "", "", total["currency"], *amounts, style="bold")
    call.out.table(table)
    _say_more(call.out, len(found["invoices"]) + offset, found["total"])


@command("payments")
@click.option("--waiting", is_flag=True, help="Only those that wait for the bank.")
@click.option("--party", metavar="TEXT", help="Only where the party's name holds this.")
@click.option("--run", metavar="RUN", help="Only those that this run made.")
@_limit
@_offset
def _payments(call: Invocation, *, waiting: bool, party: str | None, run: str | None, limit: int, offset: int) -> None:
    """Show payments, and whether the bank has confirmed them."""
    with open_session(call.home) as session, session.rows.reading():
        page = views.Page(limit, offset)
        found = views.payments(session.rows, waiting=True if waiting else None, party=party, run=run, page=page)
    call.out.json(found)
    table = new_table(("Payment", "Date", "~Party", "For", "Account", "", ">Amount", "State"))
    for row in found["payments"]:
        others = f" +{row['invoices'] - 1}" if row["invoices"] > 1 else ""
        table.add_row(
            row["name"],
            row["posting_date"],
            _plain(row["party"]),
            f"{row['first_invoice'] or ''}{others}",
            _plain(row["account"]),
            row["currency"],
            money(row["amount"] if row["payment_type"] == "Receive" else -row["amount"], row["exponent"]),
            _status(row["state"]),
        )
    call.out.table(table)
    for total in found["sums"]:
        waits = money(total["waiting"], total["exponent"])
        call.out.say(
            f"{total['payments']:,} payments in {total['currency']}; ",
            (f"{total['payments_waiting']:,} of them wait for the bank ({waits}).", "yellow" * bool(total["waiting"])),
        )
    _say_more(call.out, len(found["payments"]) + offset, found["total"])


@command("transactions")
@click.option("--status", type=click.Choice(("Unreconciled", "Reconciled", "Cancelled"), case_sensitive=False))
@click.option("--direction", type=click.Choice(("withdrawal", "deposit")), help="Only these.")
@_limit
@_offset
def _transactions(call: Invocation, *, status: str | None, direction: str | None, limit: int, offset: int) -> None:
    """Show bank transactions with what is not allocated yet."""
    with open_session(call.home) as session, session.rows.reading():
        page = views.Page(limit, offset)
        found = views.transactions(session.rows, status=status, direction=direction, page=page)
        total = views.count_transactions(session.rows, status=status, direction=direction)
    call.out.json({"transactions": found, "total": total})
    table = new_table(("Transaction", "Date", "~Description", "", ">Amount", ">Unallocated", "Status"))
    for row in found:
        signed = row["amount"] if row["direction"] == "deposit" else -row["amount"]
        at_work = Text(f" (in {row['live_run']})" if row["live_run"] else "", style="cyan")
        table.add_row(
            row["name"],
            row["date"],
            _plain(row["description"]),
            row["currency"],
            money(signed, row["exponent"]),
            money(row["unallocated"], row["exponent"]),
            _status(row["status"]) + at_work,
        )
    call.out.table(table)
    _say_more(call.out, len(found) + offset, total)


@command("runs")
@click.option("--status", type=click.Choice([of.value for of in RunStatus], case_sensitive=False), help="Only these.")
@_limit
@_offset
def _runs(call: Invocation, *, status: str | None, limit: int, offset: int) -> None:
    """Show batch runs, the newest first."""
    with open_session(call.home) as session:
        found = views.runs(session.app, user=session.user, status=status, page=views.Page(limit, offset))
    call.out.json(found)
    table = new_table(("Run", "Asked for", "By", "Transaction", ">Progress", "", ">Amount", "Status"))
    for row in found["runs"]:
        table.add_row(
            row["job_id"],
            row["created_at"][:16].replace("T", " "),
            _plain(row["requested_by"]),
            row["bank_transaction"],
            f"{row['current']:,}/{row['total']:,}",
            row["currency"],
            money(row["amount"], row["exponent"]),
            _status(row["status"]),
        )
    call.out.table(table)
    _say_more(call.out, len(found["runs"]) + offset, found["total"])


@command("ledger")
def _ledger(call: Invocation) -> None:
    """Show the trial balance by account, and whether it balances."""
    with open_session(call.home) as session, session.rows.reading():
        found = views.ledger(session.rows)
    call.out.json(found)
    show_ledger(call.out, found)


def show_ledger(out: Output, found: dict[str, Any]) -> None:
    """Print a trial balance."""
    table = new_table(("Account", "Type", "", ">Debit", ">Credit", ">Balance"))
    for total in found["totals"]:
        for row in found["accounts"]:
            if row["currency"] == total["currency"]:
                amounts = [money(row[name], row["exponent"]) for name in ("debit", "credit", "balance")]
                table.add_row(_plain(row["account"]), row["account_type"], row["currency"], *amounts)
        amounts = [money(total[name], total["exponent"]) for name in ("debit", "credit")]
        left = money(total["debit"] - total["credit"], total["exponent"])
        table.add_section()
        table.add_row("Together", "", total["currency"], *amounts, left, style="bold")
        table.add_section()
    out.table(table)
    if found["balances"]:
        out.say(("✓ The ledger balances: debits equal credits in every currency.", "green"))
    else:
        out.say(("✗ The ledger does not balance: debits and credits differ.", "bold red"))


def _plain(text: str) -> Text:
    return Text("".join(sign if sign.isprintable() else "�" for sign in text))


_status = status


def _say_more(out: Output, shown: int, total: int) -> None:
    if not total:
        out.say(("There are none.", "dim"))
    elif shown < total:
        out.say((f"{total - shown:,} more; see them with --offset {shown}, or a higher --limit.", "dim"))


_COMMANDS: Sequence[click.Command] = (_invoices, _payments, _transactions, _runs, _ledger)
for _command in _COMMANDS:
    show.add_command(_command)
