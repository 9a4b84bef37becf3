"""What screens show of the company: read-side SQL in plain values, for the page and the command line.

Amounts are integers in minor units beside ``currency`` and ``exponent`` (how many decimals it has).
Dates are ISO 8601 text. Every list is one query; a caller that needs several to agree asks for them
inside one ``rows.reading()``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from imogi_finance.batch.presenting import run_json
from imogi_finance.errors import Refused
from imogi_finance.money import exponent
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.storage.rows import Row
from imogi_finance.sandbox.storage.sqlite import SqliteRows

Json = dict[str, Any]
ROWS_SHOWN = 200

_TRANSACTIONS = """
    SELECT t.name, t.date, t.company, t.description, t.reference_number, t.bank_account, t.currency,
        CASE WHEN t.withdrawal > 0 THEN 'withdrawal' ELSE 'deposit' END AS direction,
        t.deposit + t.withdrawal AS amount, t.allocated, t.unallocated, t.status, r.name AS live_run
    FROM bank_transaction t LEFT JOIN batch_run r ON r.live_key = 'Bank Transaction:' || t.name
"""
_INVOICES = """
    SELECT v.doctype, v.name, v.party, v.posting_date, v.due_date, coalesce(v.reference, '') AS reference, v.currency,
        v.grand_total, v.outstanding, abs(v.outstanding) AS payable, v.status, v.is_return, v.docstatus, v.batch_run,
        i.run AS in_run
    FROM invoice v LEFT JOIN batch_item i ON i.live_key = v.doctype || ':' || v.name
"""
_COVERED = """
    SELECT coalesce(sum(b.allocated), 0) FROM bank_transaction_payment b
    JOIN bank_transaction t ON t.name = b.bank_transaction AND t.docstatus = 1 WHERE b.payment = p.name
"""


@dataclass(frozen=True)
class Page:
    """Which part of a list: ``limit`` None is all of it."""

    limit: int | None = None
    offset: int = 0

    @property
    def sql(self) -> str:
        return " LIMIT ? OFFSET ?"

    @property
    def values(self) -> tuple[int, int]:
        return (-1 if self.limit is None else max(0, self.limit), max(0, self.offset))


ALL = Page()


class Filter:
    """Conditions with their values; a wanted value of None asks for nothing."""

    def __init__(self, **wanted: object) -> None:
        self.parts: list[str] = []
        self.values: list[Any] = []
        for column, value in wanted.items():
            if value is not None:
                self.add(f"{column.replace('__', '.')} = ?", value)

    def add(self, condition: str, *values: object) -> None:
        """Ask for this too."""
        self.parts.append(condition)
        self.values += values

    def contains(self, column: str, text: str | None) -> None:
        """Ask that a column holds a text, in upper or lower case; no text asks for nothing."""
        if text:
            self.add(f"instr(lower({column}), lower(?)) > 0", text)

    @property
    def sql(self) -> str:
        return " WHERE " + " AND ".join(self.parts) if self.parts else ""


# the company


def company(rows: SqliteRows) -> Row:
    """Return the company's row: name and currency."""
    return rows.query("SELECT name, currency FROM company ORDER BY name LIMIT 1")[0]


def company_info(
    rows: SqliteRows, *, user: str, threshold: int, chunk_sizes: tuple[int, int], workers: int | None
) -> Json:
    """Return what a page needs to know at its start.

    Args:
        workers: how many workers listen; None where the queue does not answer.
    """
    found = company(rows)
    return {
        "company": found["name"],
        "currency": found["currency"],
        "exponent": exponent(found["currency"]),
        "user": user,
        "threshold": threshold,
        "chunk_size": chunk_sizes[0],
        "party_chunk_size": chunk_sizes[1],
        "queue": {"up": workers is not None, "workers": workers or 0},
    }


def ledger(rows: SqliteRows) -> Json:
    """Return the trial balance: accounts with debit, credit and balance, and whether each currency balances."""
    accounts = rows.query(
        """SELECT e.account, coalesce(a.account_type, '') AS account_type, e.currency, sum(e.debit) AS debit,
            sum(e.credit) AS credit, sum(e.debit) - sum(e.credit) AS balance, count(*) AS entries
        FROM ledger_entry e LEFT JOIN account a ON a.name = e.account
        GROUP BY e.account, e.currency ORDER BY e.currency, e.account"""
    )
    totals: dict[str, Json] = {}
    for row in accounts:
        total = totals.setdefault(row["currency"], {"currency": row["currency"], "debit": 0, "credit": 0})
        total["debit"] += row["debit"]
        total["credit"] += row["credit"]
    for total in totals.values():
        total |= {"exponent": exponent(total["currency"]), "balances": total["debit"] == total["credit"]}
    return {
        "accounts": with_exponents(accounts),
        "totals": list(totals.values()),
        "balances": all(total["balances"] for total in totals.values()),
    }


# invoices and payments


def invoices(
    rows: SqliteRows,
    *,
    doctype: str | None = None,
    status: str | None = None,
    party: str | None = None,
    run: str | None = None,
    page: Page = ALL,
) -> Json:
    """Return invoices by name, how many match, and the sums of all that match by currency.

    Args:
        run: only those that a batch run made.
    """
    where = Filter(v__doctype=doctype, v__status=status, v__batch_run=run)
    where.contains("v.party", party)
    found = rows.query(f"{_INVOICES}{where.sql} ORDER BY v.doctype, v.name{page.sql}", (*where.values, *page.values))
    sums = rows.query(
        f"""SELECT v.currency, count(*) AS invoices, sum(v.grand_total) AS grand_total,
            sum(v.outstanding) AS outstanding
        FROM invoice v{where.sql} GROUP BY v.currency ORDER BY v.currency""",
        where.values,
    )
    total = sum(row["invoices"] for row in sums)
    return {"invoices": [_invoice(row) for row in found], "total": total, "sums": with_exponents(sums)}


def invoice_summary(rows: SqliteRows) -> list[Json]:
    """Return how many invoices of each kind and status there are, and their sums."""
    found = rows.query(
        """SELECT doctype, status, currency, count(*) AS invoices, sum(grand_total) AS grand_total,
            sum(outstanding) AS outstanding
        FROM invoice GROUP BY doctype, status, currency ORDER BY doctype, currency, status"""
    )
    return with_exponents(found)


def payments(
    rows: SqliteRows, *, waiting: bool | None = None, party: str | None = None, run: str | None = None, page: Page = ALL
) -> Json:
    """Return payments by name, how many match, and the sums of all that match by currency.

    Args:
        waiting: only those that wait for the bank, or only those that do not.
        run: only those that a batch run made.
    """
    where = Filter(p__awaiting=None if waiting is None else int(waiting), p__batch_run=run)
    where.contains("p.party", party)
    found = rows.query(
        f"""SELECT p.name, p.payment_type, p.party_type, p.party, p.posting_date, p.account,
            coalesce(a.account_type, '') AS account_type, p.currency, p.amount, p.docstatus, p.awaiting, p.reference_no,
            p.batch_run, p.owner, ({_COVERED}) AS covered,
            (SELECT min(b.bank_transaction) FROM bank_transaction_payment b WHERE b.payment = p.name)
                AS bank_transaction,
            (SELECT min(r.invoice) FROM payment_reference r WHERE r.payment = p.name) AS first_invoice,
            (SELECT count(*) FROM payment_reference r WHERE r.payment = p.name) AS invoices
        FROM payment p LEFT JOIN account a ON a.name = p.account{where.sql} ORDER BY p.name{page.sql}""",
        (*where.values, *page.values),
    )
    sums = rows.query(
        f"""SELECT p.currency, count(*) AS payments, sum(p.amount * (p.docstatus = 1)) AS amount,
            sum(p.amount * p.awaiting) AS waiting, sum(p.awaiting) AS payments_waiting
        FROM payment p{where.sql} GROUP BY p.currency ORDER BY p.currency""",
        where.values,
    )
    shown = [row | {"awaiting": bool(row["awaiting"]), "state": _payment_state(row)} for row in found]
    total = sum(row["payments"] for row in sums)
    return {"payments": with_exponents(shown), "total": total, "sums": with_exponents(sums)}


def _payment_state(row: Row) -> str:
    if row["docstatus"] == 2:
        return "cancelled"
    if row["awaiting"]:
        return "waiting for the bank"
    if row["bank_transaction"]:
        return f"confirmed by {row['bank_transaction']}"
    return "paid in cash" if row["account_type"] == "Cash" else "paid"


# bank transactions


def transactions(
    rows: SqliteRows, *, status: str | None = None, direction: str | None = None, page: Page = ALL
) -> list[Json]:
    """Return bank transactions, the newest first.

    Args:
        direction: "withdrawal" or "deposit"; None is both.
    """
    where = _of_transactions(status, direction)
    sql = f"{_TRANSACTIONS}{where.sql} ORDER BY t.date DESC, t.name DESC{page.sql}"
    return with_exponents(rows.query(sql, (*where.values, *page.values)))


def count_transactions(rows: SqliteRows, *, status: str | None = None, direction: str | None = None) -> int:
    """Return how many bank transactions ``transactions`` would return without a page."""
    where = _of_transactions(status, direction)
    return int(rows.query(f"SELECT count(*) AS n FROM bank_transaction t{where.sql}", where.values)[0]["n"])


def _of_transactions(status: str | None, direction: str | None) -> Filter:
    where = Filter(t__status=status)
    if direction is not None:
        where.add("t.withdrawal > 0" if direction == "withdrawal" else "t.deposit > 0")
    return where


def transaction(rows: SqliteRows, name: str) -> Json:
    """Return one bank transaction, the first 200 rows on it and how many it has.

    Raises:
        Refused: there is none of this name.
    """
    found = _found_transaction(rows, name)
    on_it = rows.query(
        """SELECT b.doctype, b.payment AS name, coalesce(p.party, '') AS party, b.allocated
        FROM bank_transaction_payment b LEFT JOIN payment p ON p.name = b.payment
        WHERE b.bank_transaction = ? ORDER BY b.line LIMIT ?""",
        (name, ROWS_SHOWN),
    )
    count = rows.query("SELECT count(*) AS n FROM bank_transaction_payment WHERE bank_transaction = ?", (name,))
    return {"transaction": found, "rows": on_it, "rows_total": count[0]["n"]}


def fitting_invoices(rows: SqliteRows, name: str) -> list[Json]:
    """Return the unpaid invoices that a bank transaction may pay: by direction, company and currency.

    A withdrawal pays purchases and refunds sales; a deposit the reverse. ``payable`` is what a
    payment in the transaction's direction would be, above zero for a return too.

    Raises:
        Refused: there is no such bank transaction.
    """
    of = _found_transaction(rows, name)
    invoice, returned = ("Purchase Invoice", "Sales Invoice")
    if of["direction"] == "deposit":
        invoice, returned = returned, invoice
    found = rows.query(
        f"""{_INVOICES} WHERE v.company = ? AND v.currency = ? AND v.docstatus = 1 AND (
            (v.doctype = ? AND v.is_return = 0 AND v.outstanding > 0)
            OR (v.doctype = ? AND v.is_return = 1 AND v.outstanding < 0))
        ORDER BY v.due_date, v.doctype, v.name""",
        (of["company"], of["currency"], invoice, returned),
    )
    return [_invoice(row) for row in found]


def fitting_vouchers(rows: SqliteRows, name: str) -> list[Json]:
    """Return the payments that wait for the statement of a bank transaction's account, in its direction.

    ``in_run`` names the live run that works on the payment, or that made it and will allocate it.

    Raises:
        Refused: there is no such bank transaction.
    """
    of = _found_transaction(rows, name)
    found = rows.query(
        f"""SELECT * FROM (
            SELECT 'Payment Entry' AS doctype, p.name, p.party, p.posting_date, p.currency,
                p.amount - ({_COVERED}) AS amount, p.reference_no AS reference, coalesce(i.run, r.name) AS in_run
            FROM payment p
            LEFT JOIN batch_item i ON i.live_key = 'Payment Entry:' || p.name
            LEFT JOIN batch_run r ON r.name = p.batch_run AND r.live_key IS NOT NULL
            WHERE p.account = ? AND p.awaiting = 1 AND p.docstatus = 1 AND p.company = ? AND p.currency = ?
                AND p.payment_type = ?
        ) WHERE amount > 0 ORDER BY posting_date, name""",
        (of["bank_account"], of["company"], of["currency"], "Pay" if of["direction"] == "withdrawal" else "Receive"),
    )
    return with_exponents(found)


def _found_transaction(rows: SqliteRows, name: str) -> Json:
    found = rows.query(f"{_TRANSACTIONS} WHERE t.name = ?", (name,))
    if not found:
        raise Refused.because(
            f"Bank Transaction {name}", "unknown_transaction", "It does not exist.", "Choose it from the list."
        )
    return with_exponents(found)[0]


def _invoice(row: Row) -> Json:
    return row | {"is_return": bool(row["is_return"]), "exponent": exponent(row["currency"])}


def with_exponents(rows: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return rows with how many decimals their currency has."""
    return [{**row, "exponent": exponent(row["currency"])} for row in rows]


# runs


def runs(app: App, *, user: str, status: str | None = None, page: Page = ALL) -> Json:
    """Return runs, the newest first, as ``run_json``, and how many match.

    Raises:
        UnknownRun: not for this user.
    """
    rows = app.rows
    assert isinstance(rows, SqliteRows)
    where = Filter(status=status)
    with rows.reading():
        total = rows.query(f"SELECT count(*) AS n FROM batch_run{where.sql}", where.values)[0]["n"]
        names = rows.query(
            f"SELECT name FROM batch_run{where.sql} ORDER BY name DESC{page.sql}", (*where.values, *page.values)
        )
        found = [app.store.run(row["name"]) for row in names]
        for run in found[:1]:
            app.users.check_may_see(user, run)
    return {"runs": [run_json(app.control.summary(run)) for run in found], "total": total}
