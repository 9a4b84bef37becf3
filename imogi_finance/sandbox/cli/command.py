"""What all commands share: ``--home``, ``--json``, and how errors become exit codes."""

from __future__ import annotations

import functools
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from imogi_finance.errors import ImogiError
from imogi_finance.sandbox.cli.failures import BAD_INPUT, FAILED, INTERRUPTED, Failure, failure_of
from imogi_finance.sandbox.cli.output import Output
from imogi_finance.sandbox.home import DEFAULT, Home


@dataclass(frozen=True)
class Invocation:
    """How a command was called.

    Args:
        home_given: whether the user named the home; False where it is the default.
    """

    home: Home
    out: Output
    home_given: bool = False


class SandboxCommand(click.Command):
    """A command whose help is one JSON object too, where JSON is asked for."""

    def get_help(self, ctx: click.Context) -> str:
        text = super().get_help(ctx)
        return json.dumps({"help": text}) if _wants_json(ctx.find_root().meta.get("arguments", ())) else text


class SandboxGroup(click.Group):
    """The outermost group: turns every foreseeable error into one clear answer and an exit code."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        arguments = tuple(args)
        context = super().make_context(info_name, args, parent, **extra)
        context.meta["arguments"] = arguments
        return context

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        arguments = list(sys.argv[1:] if args is None else args)
        out = Output(as_json=_wants_json(arguments))
        logging.basicConfig(handlers=[logging.NullHandler()])  # what matters is said; a worker logs, see there
        try:
            code = super().main(arguments, prog_name or "imogi-finance", complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except click.exceptions.NoArgsIsHelpError as error:
            code = _show_commands(error, out)
        except (KeyboardInterrupt, click.Abort):
            code = INTERRUPTED
            out.failure(Failure("Interrupted.", (), INTERRUPTED))
        except BrokenPipeError:  # the reader of a pipe (head, less) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = FAILED
        except (ImogiError, click.ClickException, sqlite3.Error, OSError) as error:
            failure = failure_of(error)
            out.failure(failure)
            code = failure.code
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code


def _show_commands(error: click.UsageError, out: Output) -> int:
    """Answer a group without a command: with its help where a person asked."""
    if out.as_json:
        out.failure(failure_of(error))
    else:
        click.echo(error.format_message(), err=True)
    return BAD_INPUT


def _wants_json(arguments: Sequence[str]) -> bool:
    before_names = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in before_names


def command(name: str) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a command of a function that takes an ``Invocation`` first and returns its exit code."""

    def decorate(function: Callable[..., int | None]) -> click.Command:
        @functools.wraps(function)
        def run(*, home: str | None, as_json: bool, **options: Any) -> int:
            call = Invocation(Home.at(home), Output(as_json=as_json, home=home), home_given=home is not None)
            return function(call, **options) or 0

        with_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")(run)
        where = f"Folder of the sandbox (default: $IMOGI_HOME, or {DEFAULT})."
        with_home = click.option("--home", metavar="DIR", help=where)(with_json)
        return click.command(name, cls=SandboxCommand)(with_home)

    return decorate


def bad_usage(message: str) -> click.UsageError:
    """Return the error of options that do not go together."""
    return click.UsageError(message, click.get_current_context(silent=True))


__all__ = ["BAD_INPUT", "FAILED", "INTERRUPTED", "Invocation", "SandboxGroup", "bad_usage", "command"]
