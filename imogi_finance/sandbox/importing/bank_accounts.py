"""Which number the bank knows an account by, so that a statement finds its account."""

from __future__ import annotations

import re
from collections.abc import Mapping

from imogi_finance.sandbox.storage.rows import Row, Rows

_BANK_CODE = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?/")  # ISO 9362, as MT940 may put it in :25:
_PREFIX = "bank account number of "


def bank_accounts(rows: Rows, company: str) -> list[Row]:
    """Return the company's bank accounts by name."""
    return rows.select("account", {"company": company, "account_type": "Bank"}, ("name",))


def normal(number: str) -> str:
    """Return an account number without the bank's code before it and the signs that people group it by."""
    return re.sub(r"[\s./-]", "", _BANK_CODE.sub("", number.strip().upper()))


def set_number(rows: Rows, account: str, number: str) -> None:
    """Note the number that the bank knows an account by."""
    name = _PREFIX + account
    if not rows.update("setting", (name,), {"value": normal(number)}):
        rows.insert("setting", {"name": name, "value": normal(number)})


def numbers(rows: Rows) -> Mapping[str, str]:
    """Return the numbers that are known, by account."""
    settings = rows.select("setting")
    return {row["name"].removeprefix(_PREFIX): row["value"] for row in settings if row["name"].startswith(_PREFIX)}
