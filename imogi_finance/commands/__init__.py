"""``bench --site SITE imogi-finance …``: the app's command line on ERPNext.

Bench imports this for every command of its own, so that nothing stands here but the door: the rest of the line goes to
``imogi_finance.commands.main`` as it was typed.
"""

from __future__ import annotations

import click


class _RestOfTheLine(click.Command):
    """Takes all words after its name as they are, options and "--" too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.params["words"] = tuple(args)
        return []


@click.command("imogi-finance", cls=_RestOfTheLine, add_help_option=False)
@click.pass_context
def imogi_finance(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Reconcile bank transactions with hundreds of unpaid invoices; look at runs, cancel them, try again."""
    from imogi_finance.commands.main import main  # late: it brings ERPNext

    main(words, sites=ctx.obj["sites"])


commands = [imogi_finance]
