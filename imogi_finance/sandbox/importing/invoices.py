"""Import invoices from CSV.

Columns: ``type`` (purchase or sales), ``party``, ``posting_date``, ``due_date``, ``reference`` (the
number printed on the invoice), ``total`` (above zero, tax included), and optionally ``currency``
(the company's where it is empty) and ``is_return`` (yes for a debit or credit note).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imogi_finance.sandbox.company import Company, NewInvoice
from imogi_finance.sandbox.importing.cells import Cells
from imogi_finance.sandbox.importing.problems import Findings
from imogi_finance.sandbox.importing.reading import read_text
from imogi_finance.sandbox.importing.table import Columns, Line, read_table
from imogi_finance.sandbox.storage.rows import Row

COLUMNS = Columns(
    required=("type", "party", "posting_date", "due_date", "reference", "total"), optional=("currency", "is_return")
)
TYPES = {
    "purchase": "Purchase Invoice",
    "sales": "Sales Invoice",
    "purchase invoice": "Purchase Invoice",
    "sales invoice": "Sales Invoice",
}
YES_OR_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "": False}

Progress = Callable[[int, int], None]
_Known = dict[tuple[str, str, str], str]


@dataclass(frozen=True)
class ImportedInvoices:
    """What an import made.

    Args:
        names: the invoices, in the order of the file.
    """

    file: str
    names: tuple[str, ...]


def import_invoices(
    company: Company, path: Path, *, into: Row, on_progress: Progress | None = None
) -> ImportedInvoices:
    """Enter every invoice of a file, or none; in the caller's transaction.

    Args:
        into: the company's row (name, currency).
        on_progress: told how many of how many are entered.

    Raises:
        Refused: the file cannot be read, or lines of it are bad; each is named with its remedy.
    """
    findings = Findings(path.name)
    lines = read_table(read_text(path), COLUMNS, findings)
    known: _Known = {
        (row["doctype"], row["party"], row["reference"]): f"was entered before, as {row['name']}."
        for row in company.rows.select("invoice")
        if row["reference"]
    }
    invoices = [_invoice(line, into["currency"], known, findings) for line in lines]
    findings.check()
    names = []
    for number, invoice in enumerate(invoices, 1):
        assert invoice is not None  # else there was a finding
        names.append(company.add_invoice(into["name"], invoice))
        if on_progress:
            on_progress(number, len(invoices))
    return ImportedInvoices(path.name, tuple(names))


def _invoice(line: Line, currency: str, known: _Known, findings: Findings) -> NewInvoice | None:
    cells = Cells(line, findings)
    before = findings.count
    doctype = cells.choice("type", TYPES)
    party = cells.text("party")
    posted, due = cells.date("posting_date"), cells.date("due_date")
    reference = cells.text("reference")
    of = cells.currency("currency", currency)
    total = cells.amount("total", of or currency)
    is_return = cells.choice("is_return", YES_OR_NO)
    if posted and due and due < posted:
        findings.add(
            line.number,
            "due_before_posting",
            f"is before the posting date {posted}.",
            "Correct one of the two.",
            column="due_date",
            value=str(due),
        )
    if total is not None and total < 0:
        findings.add(
            line.number,
            "negative",
            "is below zero.",
            "Write it above zero, and yes in is_return for a debit or credit note.",
            column="total",
            value=line.cells["total"],
        )
    if doctype is None or posted is None or due is None or of is None or total is None or is_return is None:
        return None
    _check_new(line, (doctype, party, reference), known, findings)
    if findings.count > before:
        return None
    return NewInvoice(doctype, party, posted, due, reference, of, total, is_return)


def _check_new(line: Line, key: tuple[str, str, str], known: _Known, findings: Findings) -> None:
    if not key[2]:
        return
    if key in known:
        remedy = "Leave the line out, or correct the reference."
        findings.add(line.number, "entered_before", known[key], remedy, column="reference", value=key[2])
    known.setdefault(key, f"stands in line {line.number} too.")
