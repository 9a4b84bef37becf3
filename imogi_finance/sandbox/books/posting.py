"""Double entry: every voucher posts debits and credits that are equal, and is taken back by its reverse.

Nothing is ever deleted from the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imogi_finance.sandbox.storage.rows import Row, Rows


@dataclass(frozen=True)
class Line:
    """One side of an entry, in minor units: above zero debits, below zero credits.

    Args:
        against_type, against: the invoice that a party's line belongs to.
    """

    account: str
    amount: int
    party: str = ""
    against_type: str = ""
    against: str = ""


def post(rows: Rows, voucher_type: str, voucher: str, *, date: str, currency: str, lines: Sequence[Line]) -> None:
    """Post a voucher.

    Raises:
        ValueError: its debits and credits differ.
    """
    if sum(line.amount for line in lines):
        raise ValueError(f"{voucher_type} {voucher} does not balance")
    rows.insert_many(
        "ledger_entry",
        [
            {
                "voucher_type": voucher_type,
                "voucher": voucher,
                "line": number,
                "posting_date": date,
                "account": line.account,
                "party": line.party,
                "currency": currency,
                "debit": max(line.amount, 0),
                "credit": max(-line.amount, 0),
                "against_type": line.against_type,
                "against": line.against,
                "is_reversal": 0,
            }
            for number, line in enumerate(lines, 1)
        ],
    )


def reverse(rows: Rows, voucher_type: str, voucher: str) -> None:
    """Post the reverse of everything a voucher posted."""
    posted = rows.select("ledger_entry", {"voucher_type": voucher_type, "voucher": voucher}, ("line",))
    rows.insert_many("ledger_entry", [_reversed(entry, len(posted)) for entry in posted])


def _reversed(entry: Row, posted: int) -> Row:
    swapped = {"debit": entry["credit"], "credit": entry["debit"], "line": entry["line"] + posted, "is_reversal": 1}
    return {**entry, **swapped}


def invoice_lines(row: Row) -> list[Line]:
    """Return what an invoice posts.

    A purchase debits expenses and credits the supplier; a sale debits the customer and credits income.
    """
    amount, currency = row["grand_total"], row["currency"]
    party = {"party": row["party"], "against_type": row["doctype"], "against": row["name"]}
    if row["doctype"] == "Purchase Invoice":
        return [Line(f"Expenses - {currency}", amount), Line(row["party_account"], -amount, **party)]
    return [Line(row["party_account"], amount, **party), Line(f"Income - {currency}", -amount)]
