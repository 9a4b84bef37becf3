"""Pages of long lists: the options that choose one, and what is said of the rest."""

from __future__ import annotations

import click

from imogi_finance.terminal.output import Output

limit_option = click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="Most rows shown."
)
offset_option = click.option(
    "--offset", type=click.IntRange(0), default=0, metavar="N", help="Rows to pass over first."
)


def say_more(out: Output, shown: int, total: int) -> None:
    """Say how many rows there are beside those shown."""
    if not total:
        out.say(("There are none.", "dim"))
    elif shown < total:
        out.say((f"{total - shown:,} more; see them with --offset {shown}, or a higher --limit.", "dim"))
