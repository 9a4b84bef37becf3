"""What is wrong with a file, line by line, until there is nothing more to find."""

from __future__ import annotations

from dataclasses import dataclass, field

from imogi_finance.errors import Problem, Refused

SHOWN = 20
_LONGEST_VALUE = 60


class BadFile(Refused):
    """Lines of a file cannot be imported, so nothing of it was.

    Args:
        problems: the first 20, and one that says how many more there are.
        bad_lines: how many things are wrong in all.
    """

    def __init__(self, file: str, problems: list[Problem], bad: int) -> None:
        self.file = file
        self.bad = bad
        super().__init__(problems)

    def __str__(self) -> str:
        things = "1 thing is" if self.bad == 1 else f"{self.bad:,} things are"
        return f"{things} wrong in {self.file}; nothing of it was imported."


@dataclass
class Findings:
    """Collects what is wrong with one file.

    Args:
        file: its name, for people.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(
        self, line: int, rule: str, message: str, remedy: str, *, column: str | None = None, value: str | None = None
    ) -> None:
        """Note one thing.

        Args:
            line: line number in the file, the first is 1.
            column: of a table, or the field of a statement (":61:").
            value: what stands there.
        """
        self.count += 1
        if len(self.problems) >= SHOWN:
            return
        kind = "field" if column and column.startswith(":") else "column"
        place = f"{self.file} line {line}" + (f", {kind} {column}" if column else "")
        shown = f"{quoted(value)} " if value is not None else ""
        self.problems.append(Problem(place, rule, f"{shown}{message}", remedy))

    def check(self) -> None:
        """Raise if anything was found.

        Raises:
            BadFile: with the first 20 problems and how many more there are.
        """
        if not self.count:
            return
        more = self.count - len(self.problems)
        rest = [Problem(self.file, "more", f"{more:,} more like these.", "Mend these first.")] if more else []
        raise BadFile(self.file, [*self.problems, *rest], self.count)


def refused_file(file: str, rule: str, message: str, remedy: str) -> Refused:
    """Return the error of a file that cannot be read at all."""
    return Refused.because(f"File {file}", rule, message, remedy)


def quoted(value: str) -> str:
    """Return a value as people read it: in quotes, cut where it is long, nothing that a terminal obeys."""
    cut = value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
    return "“" + "".join(sign if sign.isprintable() else "�" for sign in cut) + "”"
