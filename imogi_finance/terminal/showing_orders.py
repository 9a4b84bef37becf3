"""``show orders``: sales orders, and what of them is left to bill."""

from __future__ import annotations

from typing import Any

import click

from imogi_finance.terminal.output import money, status
from imogi_finance.terminal.paging import limit_option, offset_option, say_more
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.text import Line
from imogi_finance.terminal.world import Call, World

_STATUSES = ("Draft", "On Hold", "To Deliver and Bill", "To Bill", "To Deliver", "Completed", "Closed", "Cancelled")


def orders_command(world: World) -> click.Command:
    """Return the command ``show orders`` of a world's command line."""

    @world.command("orders")
    @click.option("--status", type=click.Choice(_STATUSES, case_sensitive=False), help="Only these.")
    @click.option("--customer", metavar="TEXT", help="Only where the customer's name holds this.")
    @click.option("--open", "only_open", is_flag=True, help="Only submitted ones with something to bill.")
    @limit_option
    @offset_option
    def command(call: Call, **asked: Any) -> None:
        """Show sales orders with what is left to bill on them."""
        with call.open() as session:
            found = session.books_shown.orders(**asked)
        call.out.json(found)
        table = Table(("Order", "~Customer", "~Reference", "Date", "", ">Total", ">Unbilled", "Status"))
        for row in found["orders"]:
            notes = [row["drafts"] and f"draft {row['drafts']}", row["in_run"] and f"in {row['in_run']}"]
            beside = ", ".join(note for note in notes if note)
            table.add_row(
                row["name"],
                row["customer"],
                row["reference"],
                row["order_date"],
                row["currency"],
                money(row["grand_total"], row["exponent"]),
                money(row["unbilled"], row["exponent"]),
                Line(status(row["status"]), (f" ({beside})" if beside else "", "cyan")),
            )
        for total in found["sums"]:
            amounts = [money(total[name], total["exponent"]) for name in ("grand_total", "unbilled")]
            table.add_section()
            in_all = f"{total['orders']:,} in all"
            table.add_row(in_all, "", "", "", total["currency"], *amounts, "", style="bold")
        call.out.table(table)
        say_more(call.out, len(found["orders"]) + asked["offset"], found["total"])

    return command
