"""Bank statements in CSV.

Columns: ``date``, ``amount`` (above zero for money that came in, below for money that went out),
``description``, and optionally ``reference`` and ``currency`` (the account's where it is empty).
"""

from __future__ import annotations

from imogi_finance.sandbox.importing.cells import Cells
from imogi_finance.sandbox.importing.problems import Findings
from imogi_finance.sandbox.importing.statement_lines import Statement, StatementLine
from imogi_finance.sandbox.importing.table import Columns, Line, read_table

COLUMNS = Columns(required=("date", "amount", "description"), optional=("reference", "currency"))
_FORMULA = ("=",)  # banks begin texts with + and - of their own


def read_statement_csv(text: str, findings: Findings, *, currency: str) -> list[Statement]:
    """Return the one statement of a table; what is wrong with a line is noted.

    Args:
        currency: of lines that name none.

    Raises:
        Refused: the header is not understood, or there is no line.
    """
    lines = [_statement_line(line, findings, currency) for line in read_table(text, COLUMNS, findings)]
    return [Statement(1, "", tuple(line for line in lines if line is not None))]


def _statement_line(line: Line, findings: Findings, currency: str) -> StatementLine | None:
    cells = Cells(line, findings)
    on = cells.date("date")
    of = cells.currency("currency", currency)
    amount = cells.amount("amount", of or currency)
    description = cells.text("description", longest=1000, formula=_FORMULA)
    reference = cells.text("reference", required=False, formula=_FORMULA)
    if on is None or of is None or amount is None:
        return None
    return StatementLine(line.number, on, amount, of, description, reference)
