"""Import bank statements: find each statement's account, and enter the lines that are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from imogi_finance.errors import Refused
from imogi_finance.sandbox.company import Company, NewBankTransaction
from imogi_finance.sandbox.importing.bank_accounts import bank_accounts, normal, numbers, set_number
from imogi_finance.sandbox.importing.problems import Findings
from imogi_finance.sandbox.importing.reading import read_text
from imogi_finance.sandbox.importing.statement_csv import read_statement_csv
from imogi_finance.sandbox.importing.statement_lines import Statement
from imogi_finance.sandbox.importing.statement_mt940 import looks_like_mt940, read_statement_mt940
from imogi_finance.sandbox.storage.rows import Row

FORMATS = ("csv", "mt940")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ImportedStatement:
    """What an import made.

    Args:
        names: the new bank transactions, in the order of the file.
        known: how many lines had been entered before.
        left_out: how many lines move no money.
        accounts: the bank accounts the lines are of.
        learned: account numbers noted by this import, by account.
    """

    file: str
    format: str
    names: tuple[str, ...]
    known: int
    left_out: int
    accounts: tuple[str, ...]
    learned: tuple[tuple[str, str], ...]


def import_statement(
    company: Company,
    path: Path,
    *,
    into: Row,
    account: str | None = None,
    format: str | None = None,
    on_progress: Progress | None = None,
) -> ImportedStatement:
    """Enter every line of a file that is not known yet, or none; in the caller's transaction.

    Args:
        into: the company's row (name, currency).
        account: the bank account it is of; None finds it by the statement's number, or takes the
            company's only one.
        format: csv or mt940; None is recognised by the file's beginning.
        on_progress: told how many of how many lines are done.

    Raises:
        Refused: the file cannot be read, its account is not known, or lines of it are bad.
    """
    text = read_text(path)
    format = format or ("mt940" if looks_like_mt940(text) else "csv")
    findings = Findings(path.name)
    accounts = {row["name"]: row for row in bank_accounts(company.rows, into["name"])}
    if account is not None and account not in accounts:
        raise _no_such_account(f"Account {account}", "There is no such bank account.", list(accounts))
    if format == "mt940":
        statements = read_statement_mt940(text, findings)
        findings.check()
    else:
        only = _only_account(path.name, accounts, account)
        statements = read_statement_csv(text, findings, currency=only["currency"])
        account = only["name"]
    matched = [(_match(company, statement, accounts, account, path.name), statement) for statement in statements]
    _check_currencies(matched, findings)
    findings.check()
    learned = _learn(company, matched)
    names, known = _enter(company, into["name"], matched, on_progress)
    return ImportedStatement(
        file=path.name,
        format=format,
        names=tuple(names),
        known=known,
        left_out=sum(statement.left_out for statement in statements),
        accounts=tuple(dict.fromkeys(row["name"] for row, _ in matched)),
        learned=tuple(learned.items()),
    )


def _only_account(file: str, accounts: dict[str, Row], account: str | None) -> Row:
    if account is not None:
        return accounts[account]
    if len(accounts) != 1:
        raise _no_such_account(f"File {file}", "It does not say which bank account it is of.", list(accounts))
    return next(iter(accounts.values()))


def _match(company: Company, statement: Statement, accounts: dict[str, Row], account: str | None, file: str) -> Row:
    """Return the account of a statement: the one that has its number, or the one the user names for it.

    Raises:
        Refused: no account has the number, or another one than the user names has it.
    """
    if not statement.account:
        return accounts[account or ""]  # a table: its account was chosen before
    known = {number: name for name, number in numbers(company.rows).items() if name in accounts}
    number = normal(statement.account)
    owner = known.get(number) or (statement.account if statement.account in accounts else None)
    document = f"{file} line {statement.number}"
    if owner is None and account is None:
        message = f"No bank account has the number {statement.account} (:25:)."
        raise _no_such_account(document, message, list(accounts))
    if owner is not None and account not in (None, owner):
        message = f"The statement is of {statement.account} (:25:), which is {owner}, not {account}."
        raise Refused.because(document, "other_account", message, "Leave --account away, or name that account.")
    if owner is None and account in known.values():
        message = f"The statement is of {statement.account} (:25:); {account} is known by another number."
        raise Refused.because(document, "other_account", message, "Choose the statement of that account.")
    return accounts[owner or account or ""]


def _no_such_account(document: str, message: str, accounts: Sequence[str]) -> Refused:
    have = ", ".join(f'"{name}"' for name in accounts) or "none yet"
    return Refused.because(document, "unknown_account", message, f"Name one with --account; there is: {have}.")


def _check_currencies(matched: Sequence[tuple[Row, Statement]], findings: Findings) -> None:
    for account, statement in matched:
        for line in statement.lines:
            if line.currency != account["currency"]:
                message = f"The line is in {line.currency}, the account {account['name']} in {account['currency']}."
                findings.add(line.number, "other_currency", message, "Import it into an account of that currency.")


def _learn(company: Company, matched: Sequence[tuple[Row, Statement]]) -> dict[str, str]:
    """Note the number of each account that the user has just named for it; return the new ones."""
    known = numbers(company.rows)
    found = {row["name"]: normal(statement.account) for row, statement in matched if statement.account}
    learned = {name: number for name, number in found.items() if name not in known and number != normal(name)}
    for name, number in learned.items():
        set_number(company.rows, name, number)
    return learned


def _enter(
    company: Company, into: str, matched: Sequence[tuple[Row, Statement]], on_progress: Progress | None
) -> tuple[list[str], int]:
    """Enter the lines; of equal ones, count which occurrence each is, over the whole file."""
    lines = [(account["name"], line) for account, statement in matched for line in statement.lines]
    seen: Counter[object] = Counter()
    names: list[str] = []
    for number, (account, line) in enumerate(lines, 1):
        same = (account, replace(line, number=0))
        seen[same] += 1
        name = company.add_bank_transaction(
            into,
            NewBankTransaction(
                bank_account=account,
                date=line.date,
                amount=line.amount,
                currency=line.currency,
                description=line.description,
                reference_number=line.reference,
                occurrence=seen[same],
            ),
        )
        if name is not None:
            names.append(name)
        if on_progress:
            on_progress(number, len(lines))
    return names, len(lines) - len(names)
