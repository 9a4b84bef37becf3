"""How the demo tells its story: the books before and after, side by side, and what was checked."""

from __future__ import annotations

from collections.abc import Mapping

from imogi_finance.sandbox.cli.demo_books import Books, WhileItRan
from imogi_finance.terminal.output import Output, money, status
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.text import Line

_ERPNEXT_MS = "30 to 130 ms"
_Cells = tuple[str, str]


def say_before(out: Output, books: Books) -> None:
    """Print the books before the run."""
    out.say("\n2 · Before")
    table = Table(("What", ">How many", f">{books.currency}"))
    for key, (count, amount) in _lines(books).items():
        table.add_row(_what(key), count, amount)
    out.table(table)
    _say_ledger(out, books)


def say_pace(out: Output, pace_ms: int, unpaced: float) -> None:
    """Say honestly how far the run is slowed down."""
    out.say("\n3 · One click: pay and reconcile them all, by a worker in the background")
    if pace_ms:
        slowed = f"  Each payment is slowed down by {pace_ms} ms, so that you can watch (ERPNext takes {_ERPNEXT_MS});"
        out.say((slowed, "dim"))
        out.say((f"  unslowed, this computer pays about {unpaced:,.0f} a second.", "dim"))
    else:
        out.say((f"  Nothing is slowed down; this computer pays about {unpaced:,.0f} a second.", "dim"))


def say_compared(out: Output, before: Books, after: Books, ran: WhileItRan) -> None:
    """Print before and after side by side; what changed stands out."""
    out.say("\n4 · After")
    table = Table(("What", ">Before", ">After", f">{after.currency} before", f">{after.currency} after"))
    old, new, none = _lines(before), _lines(after), ("0", money(0, after.exponent))
    for key in dict.fromkeys((*old, *new)):
        first, second = old.get(key, none), new.get(key, none)
        table.add_row(_what(key), first[0], _changed(first[0], second[0]), first[1], _changed(first[1], second[1]))
    out.table(table)
    out.say((f"  While it ran, up to {ran.most_waiting:,} payments waited for the bank.", "dim"))
    _say_ledger(out, after)


def say_checks(out: Output, checks: Mapping[str, bool], *, number: int = 5) -> None:
    """Print what was checked, below the story's heading of this number."""
    out.say(f"\n{number} · Checked")
    for words, holds in checks.items():
        out.say(("  ✓ ", "green") if holds else ("  ✗ ", "bold red"), words)
    if not all(checks.values()):
        out.say(("Something is not as it must be.", "bold red"))


def _lines(books: Books) -> dict[tuple[str, str], _Cells]:
    """Return the lines of the table: what stands in it, how many and their sum."""
    lines: dict[tuple[str, str], _Cells] = {}
    for (doctype, currency, state), (count, total) in sorted(books.invoices.items(), key=_order):
        if currency == books.currency:
            lines[f"{doctype}s", state] = (f"{count:,}", money(total, books.exponent))
        if (doctype, state) == ("Purchase Invoice", "Paid"):
            lines["  of them in cash, at once", ""] = (f"{books.cash[0]:,}", "")
    lines["Payments", "waiting for the bank"] = (f"{books.waiting[0]:,}", money(books.waiting[1], books.exponent))
    unallocated = money(books.unallocated, books.exponent)
    lines[f"{books.transaction}", "not allocated"] = (books.transaction_status, unallocated)
    return lines


def _order(entry: tuple[tuple[str, str, str], tuple[int, int]]) -> tuple[str, int]:
    doctype, _, state = entry[0]
    states = ("Overdue", "Unpaid", "Partly Paid", "Paid", "Return")
    return doctype, states.index(state) if state in states else len(states)


def _what(key: tuple[str, str]) -> Line:
    return Line(key[0], "  ", status(key[1]))


def _changed(before: str, after: str) -> Line:
    return Line((after, "bold green" if after != before else "dim"))


def _say_ledger(out: Output, books: Books) -> None:
    debit, credit = (money(amount, books.exponent) for amount in (books.debit, books.credit))
    words = f"  Ledger: debits {debit}, credits {credit}: "
    out.say(words, ("it balances.", "green") if books.balances else ("it does not balance!", "bold red"))
