"""What a bank statement says, whatever the format of its file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class StatementLine:
    """One movement on a bank account.

    Args:
        number: its line in the file, the first is 1.
        amount: above zero for a deposit, below for a withdrawal, with the currency's decimals.
    """

    number: int
    date: date
    amount: Decimal
    currency: str
    description: str
    reference: str


@dataclass(frozen=True)
class Statement:
    """The movements of one account.

    Args:
        number: the line in the file where it begins.
        account: how the file identifies the account; "" where it does not.
        left_out: lines that move no money.
    """

    number: int
    account: str
    lines: tuple[StatementLine, ...]
    left_out: int = 0
