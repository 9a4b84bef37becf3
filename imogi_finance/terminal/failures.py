"""Errors as people and programs read them, and the exit code of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from imogi_finance.errors import DocumentError, Problem, Refused, Transient

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130


@dataclass(frozen=True)
class Failure:
    """Why a command did not do what it was asked.

    Args:
        code: the exit code.
    """

    message: str
    problems: tuple[Problem, ...]
    code: int

    def as_json(self) -> dict[str, Any]:
        """Return the one JSON object of a failure."""
        return {"error": {"message": self.message, "problems": [vars(problem) for problem in self.problems]}}


def failure_of(error: BaseException) -> Failure:
    """Return what is said of an error.

    What the user can mend by asking otherwise is bad input; what lies with disk, queue or database
    is a failure.
    """
    if isinstance(error, Refused):
        count = len(error.problems)
        things = "" if count == 1 else f"{count} things are wrong. "
        return Failure(f"{things}Nothing was changed.", error.problems, BAD_INPUT)
    if isinstance(error, DocumentError):
        problem = Problem(error.document, "document", error.message, error.remedy)
        return Failure("Nothing was changed.", (problem,), BAD_INPUT)
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, Transient):
        return Failure(f"{error} Nothing was changed; try again.", (), FAILED)
    return Failure(f"{error}", (), FAILED)


def _usage(error: click.ClickException) -> Failure:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "imogi-finance"
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        message = "A command is missing."
    problem = Problem(path, "usage", message, f"See: {path} --help")
    return Failure("The command was not understood. Nothing was changed.", (problem,), BAD_INPUT)
