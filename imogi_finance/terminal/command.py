"""What all commands share: ``--json``, the options of their world, and how errors become exit codes."""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import click

from imogi_finance.errors import ImogiError
from imogi_finance.terminal.failures import BAD_INPUT, FAILED, INTERRUPTED, Failure, failure_of
from imogi_finance.terminal.output import Output


class AnsweringCommand(click.Command):
    """A command whose help is one JSON object too, where JSON is asked for."""

    def get_help(self, ctx: click.Context) -> str:
        text = super().get_help(ctx)
        return json.dumps({"help": text}) if wants_json(ctx.find_root().meta.get("arguments", ())) else text


class AnsweringGroup(click.Group):
    """The outermost group: turns every foreseeable error into one clear answer and an exit code.

    Attributes:
        foreseen: errors beside this app's own that are told without a traceback.
        failure_of: what is said of an error.
    """

    foreseen: ClassVar[tuple[type[Exception], ...]] = (OSError,)
    failure_of: Callable[[BaseException], Failure] = staticmethod(failure_of)

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
        out = Output(as_json=wants_json(arguments))
        foreseen: tuple[type[Exception], ...] = (ImogiError, click.ClickException, *self.foreseen)
        try:
            code = super().main(arguments, prog_name or "imogi-finance", complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except click.exceptions.NoArgsIsHelpError as error:
            code = self._show_commands(error, out)
        except (KeyboardInterrupt, click.Abort):
            code = INTERRUPTED
            out.failure(Failure("Interrupted.", (), INTERRUPTED))
        except BrokenPipeError:  # the reader of a pipe (head, less) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = FAILED
        except foreseen as error:
            failure = self.failure_of(error)
            out.failure(failure)
            code = failure.code
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code

    def _show_commands(self, error: click.UsageError, out: Output) -> int:
        """Answer a group without a command: with its help where a person asked."""
        if out.as_json:
            out.failure(self.failure_of(error))
        else:
            click.echo(error.format_message(), err=True)
        return BAD_INPUT


def silence_logs() -> None:
    """Say nothing by the logging library: what matters to people is said."""
    logging.basicConfig(handlers=[logging.NullHandler()])


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether ``--json`` is among a command line's words."""
    before_names = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in before_names


def command_of(
    world_option: Callable[[Callable[..., Any]], Callable[..., Any]], call_of: Callable[..., Any]
) -> Callable[[str], Callable[[Callable[..., int | None]], click.Command]]:
    """Return what makes commands of functions, in one world.

    Args:
        world_option: the click option that all its commands take.
        call_of: makes of that option's value and ``as_json`` what a command's function takes first.
    """

    def command(name: str) -> Callable[[Callable[..., int | None]], click.Command]:
        def decorate(function: Callable[..., int | None]) -> click.Command:
            taken: list[str] = []

            @functools.wraps(function)
            def run(*, as_json: bool, **options: Any) -> int:
                world = {name: options.pop(name) for name in taken}
                return function(call_of(**world, as_json=as_json), **options) or 0

            with_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")(run)
            made: click.Command = click.command(name, cls=AnsweringCommand)(world_option(with_json))
            own = {parameter.name for parameter in click.command()(world_option(lambda: None)).params}
            taken += sorted(name for name in own if name)
            return made

        return decorate

    return command


def bad_usage(message: str) -> click.UsageError:
    """Return the error of options that do not go together."""
    return click.UsageError(message, click.get_current_context(silent=True))
