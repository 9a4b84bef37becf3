"""How the sandbox's commands are called: in a home."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar

import click

from imogi_finance.sandbox.cli.failures import failure_of
from imogi_finance.sandbox.cli.session import SandboxSession, open_session
from imogi_finance.sandbox.home import DEFAULT, Home
from imogi_finance.terminal.command import AnsweringGroup, command_of, silence_logs
from imogi_finance.terminal.failures import FAILED
from imogi_finance.terminal.output import Output


@dataclass(frozen=True)
class Invocation:
    """How a command was called.

    Args:
        home_given: whether the user named the home; False where it is the default.
    """

    home: Home
    out: Output
    home_given: bool = False

    def open(self) -> AbstractContextManager[SandboxSession]:
        """Open the home's books."""
        return open_session(self.home)


class SandboxGroup(AnsweringGroup):
    """A group of the sandbox's commands."""

    foreseen: ClassVar[tuple[type[Exception], ...]] = (OSError, sqlite3.Error)
    failure_of = staticmethod(failure_of)

    def main(self, *args: Any, **extra: Any) -> Any:
        silence_logs()  # a worker logs, see there
        return super().main(*args, **extra)


def _call(home: str | None, as_json: bool) -> Invocation:
    out = Output(as_json=as_json, options={"--home": home})
    return Invocation(Home.at(home), out, home_given=home is not None)


command = command_of(
    click.option("--home", metavar="DIR", help=f"Folder of the sandbox (default: $IMOGI_HOME, or {DEFAULT})."), _call
)


class Sandbox:
    """The world of this command line."""

    command = staticmethod(command)
    group = SandboxGroup


__all__ = ["FAILED", "Invocation", "Sandbox", "SandboxGroup", "command"]
