"""``show``: invoices, payments, bank transactions, runs and the trial balance as tables."""

from __future__ import annotations

from typing import Any

import click

from imogi_finance.batch.run import RunStatus
from imogi_finance.terminal.output import Output, money, status
from imogi_finance.terminal.paging import limit_option, offset_option, say_more
from imogi_finance.terminal.showing_orders import orders_command
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.text import Line
from imogi_finance.terminal.world import Call, World

_INVOICE_STATUSES = ("Draft", "Unpaid", "Overdue", "Partly Paid", "Paid", "Return")
_DOCTYPES = {"purchase": "Purchase Invoice", "sales": "Sales Invoice"}


def show_commands(world: World) -> click.Group:
    """Return the group ``show`` of a world's command line."""
    group = world.group("show", help="Look at what is in the books.")
    for made in (
        _invoices(world),
        _payments(world),
        _transactions(world),
        orders_command(world),
        _runs(world),
        _ledger(world),
    ):
        group.add_command(made)
    return group


def _invoices(world: World) -> click.Command:
    @world.command("invoices")
    @click.option("--status", "wanted", type=click.Choice(_INVOICE_STATUSES, case_sensitive=False), help="Only these.")
    @click.option("--type", "kind", type=click.Choice(list(_DOCTYPES)), help="Only these.")
    @click.option("--party", metavar="TEXT", help="Only where the party's name holds this.")
    @click.option("--run", metavar="RUN", help="Only those that this run made.")
    @limit_option
    @offset_option
    def command(call: Call, *, wanted: str | None, kind: str | None, **asked: Any) -> None:
        """Show invoices with what is outstanding on them."""
        with call.open() as session:
            doctype = _DOCTYPES[kind] if kind else None
            found = session.books_shown.invoices(doctype=doctype, status=wanted, **asked)
        call.out.json(found)
        table = Table(("Invoice", "~Party", "~Reference", "Due", "", ">Total", ">Outstanding", "Status"))
        for row in found["invoices"]:
            table.add_row(
                row["name"],
                row["party"],
                row["reference"],
                row["due_date"],
                row["currency"],
                money(row["grand_total"], row["exponent"]),
                money(row["outstanding"], row["exponent"]),
                status(row["status"]),
            )
        for total in found["sums"]:
            amounts = [money(total[name], total["exponent"]) for name in ("grand_total", "outstanding")]
            table.add_section()
            in_all = f"{total['invoices']:,} in all"
            table.add_row(in_all, "", "", "", total["currency"], *amounts, "", style="bold")
        call.out.table(table)
        say_more(call.out, len(found["invoices"]) + asked["offset"], found["total"])

    return command


def _payments(world: World) -> click.Command:
    @world.command("payments")
    @click.option("--waiting", is_flag=True, help="Only those that wait for the bank.")
    @click.option("--party", metavar="TEXT", help="Only where the party's name holds this.")
    @click.option("--run", metavar="RUN", help="Only those that this run made.")
    @limit_option
    @offset_option
    def command(call: Call, *, waiting: bool, party: str | None, run: str | None, limit: int, offset: int) -> None:
        """Show payments, and whether the bank has confirmed them."""
        with call.open() as session:
            found = session.books_shown.payments(waiting=waiting, party=party, run=run, limit=limit, offset=offset)
        call.out.json(found)
        show_payments(call.out, found)
        say_more(call.out, len(found["payments"]) + offset, found["total"])

    return command


def show_payments(out: Output, found: dict[str, Any]) -> None:
    """Print payments with their sums."""
    table = Table(("Payment", "Date", "~Party", "For", "~Account", "", ">Amount", "State"))
    for row in found["payments"]:
        others = f" +{row['invoices'] - 1}" if row["invoices"] > 1 else ""
        table.add_row(
            row["name"],
            row["posting_date"],
            row["party"],
            f"{row['first_invoice'] or ''}{others}",
            row["account"],
            row["currency"],
            money(row["amount"] if row["payment_type"] == "Receive" else -row["amount"], row["exponent"]),
            status(row["state"]),
        )
    out.table(table)
    for total in found["sums"]:
        waits = money(total["waiting"], total["exponent"])
        out.say(
            f"{total['payments']:,} payments in {total['currency']}; ",
            (f"{total['payments_waiting']:,} of them wait for the bank ({waits}).", "yellow" * bool(total["waiting"])),
        )


def _transactions(world: World) -> click.Command:
    @world.command("transactions")
    @click.option(
        "--status", "wanted", type=click.Choice(("Unreconciled", "Reconciled", "Cancelled"), case_sensitive=False)
    )
    @click.option("--direction", type=click.Choice(("withdrawal", "deposit")), help="Only these.")
    @limit_option
    @offset_option
    def command(call: Call, *, wanted: str | None, direction: str | None, limit: int, offset: int) -> None:
        """Show bank transactions with what is not allocated yet."""
        with call.open() as session:
            found = session.books_shown.transactions(status=wanted, direction=direction, limit=limit, offset=offset)
        call.out.json(found)
        table = Table(("Transaction", "Date", "~Description", "", ">Amount", ">Unallocated", "Status"))
        for row in found["transactions"]:
            signed = row["amount"] if row["direction"] == "deposit" else -row["amount"]
            at_work = (f" (in {row['live_run']})" if row["live_run"] else "", "cyan")
            table.add_row(
                row["name"],
                row["date"],
                row["description"],
                row["currency"],
                money(signed, row["exponent"]),
                money(row["unallocated"], row["exponent"]),
                Line(status(row["status"]), at_work),
            )
        call.out.table(table)
        say_more(call.out, len(found["transactions"]) + offset, found["total"])

    return command


def _runs(world: World) -> click.Command:
    @world.command("runs")
    @click.option(
        "--status",
        "wanted",
        type=click.Choice([of.value for of in RunStatus], case_sensitive=False),
        help="Only these.",
    )
    @limit_option
    @offset_option
    def command(call: Call, *, wanted: str | None, limit: int, offset: int) -> None:
        """Show batch runs, the newest first."""
        with call.open() as session:
            found = session.books_shown.runs(status=wanted, limit=limit, offset=offset)
        call.out.json(found)
        table = Table(("Run", "Asked for", "By", "~What", ">Progress", "", ">Amount", "Status"))
        for row in found["runs"]:
            table.add_row(
                row["job_id"],
                row["created_at"][:16].replace("T", " "),
                row["requested_by"],
                row["title"],
                f"{row['current']:,}/{row['total']:,}",
                row["currency"],
                money(row["amount"], row["exponent"]),
                status(row["status"]),
            )
        call.out.table(table)
        say_more(call.out, len(found["runs"]) + offset, found["total"])

    return command


def _ledger(world: World) -> click.Command:
    @world.command("ledger")
    def command(call: Call) -> None:
        """Show the trial balance by account, and whether it balances."""
        with call.open() as session:
            found = session.books_shown.ledger()
        call.out.json(found)
        show_ledger(call.out, found)

    return command


def show_ledger(out: Output, found: dict[str, Any]) -> None:
    """Print a trial balance."""
    table = Table(("Account", "Type", "", ">Debit", ">Credit", ">Balance"))
    for total in found["totals"]:
        for row in found["accounts"]:
            if row["currency"] == total["currency"]:
                amounts = [money(row[name], row["exponent"]) for name in ("debit", "credit", "balance")]
                table.add_row(row["account"], row["account_type"], row["currency"], *amounts)
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
