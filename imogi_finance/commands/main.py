"""The commands, and how they are called: on a site, in a user's name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar

import click
import redis

from imogi_finance.commands.failures import FORESEEN, failure_of
from imogi_finance.commands.session import ADMINISTRATOR, BenchSession, open_session
from imogi_finance.terminal.command import AnsweringGroup, command_of
from imogi_finance.terminal.invoicing import invoice_command
from imogi_finance.terminal.output import Output
from imogi_finance.terminal.reconciling import reconcile_command
from imogi_finance.terminal.running import run_commands
from imogi_finance.terminal.showing import show_commands


@dataclass(frozen=True)
class BenchCall:
    """How a command was called: on which site, in whose name."""

    site: str
    user: str
    out: Output

    def open(self) -> AbstractContextManager[BenchSession]:
        """Connect to the site."""
        return open_session(self.site, self.user)


class BenchGroup(AnsweringGroup):
    """A group of these commands."""

    foreseen: ClassVar[tuple[type[Exception], ...]] = (OSError, redis.RedisError, *FORESEEN)
    failure_of = staticmethod(failure_of)


def _call(user: str | None, as_json: bool) -> BenchCall:
    site = the_site(click.get_current_context().find_object(tuple) or ())
    out = Output(as_json=as_json, program=program(site), options={"--user": user})
    return BenchCall(site, user or ADMINISTRATOR, out)


command = command_of(
    click.option("--user", metavar="USER", help=f"In whose name, and with whose rights (default: {ADMINISTRATOR})."),
    _call,
)


class Bench:
    """The world of this command line."""

    command = staticmethod(command)
    group = BenchGroup


def program(site: str) -> str:
    """Return how this command line is called."""
    return f"bench --site {site} imogi-finance"


def the_site(sites: Sequence[str]) -> str:
    """Return the one site that was named.

    Raises:
        click.UsageError: none was, or several.
    """
    if len(sites) != 1:
        raise click.UsageError("Say which site, and one only: bench --site SITE imogi-finance …")
    return sites[0]


@click.group(cls=BenchGroup, context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Reconcile one bank transaction with hundreds of unpaid invoices: all of them, or none; and invoice
    sales orders by the thousand.

    Runs are worked by the bench's workers; these commands start them, watch them and take them back.
    """


def main(words: Sequence[str], *, sites: Sequence[str]) -> None:
    """Run a command and end this process with its exit code: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    from imogi_finance.commands.health import health
    from imogi_finance.commands.looking import awaiting, check

    shared = (reconcile_command(Bench), invoice_command(Bench), run_commands(Bench), show_commands(Bench))
    for made in (*shared, awaiting, check, health):
        group.add_command(made)
    group.main(list(words), prog_name=program(sites[0] if len(sites) == 1 else "SITE"), obj=tuple(sites))
