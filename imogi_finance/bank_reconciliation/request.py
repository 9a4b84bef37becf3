"""The request as it comes from outside, read strictly at the boundary."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from imogi_finance.bank_reconciliation.documents import INVOICE_TYPES, VOUCHER_TYPE
from imogi_finance.batch.texts import is_name
from imogi_finance.errors import Problem, Refused
from imogi_finance.money import parse_amount
from imogi_finance.paid_status.doors import InvoiceRef

MOST_ROWS = 100_000
MOST_CHUNK = 500
USUAL_CHUNK = 20
# Of one payment for many invoices each costs so little that more can be committed together, well within a lease.
USUAL_PARTY_CHUNK = 50
MOST_MALFORMED = 100  # rows that are named; who sends more of them does not read them


@dataclass(frozen=True)
class Selected:
    """An invoice or voucher chosen by the user; amount None is all that is open."""

    doctype: str
    name: str
    amount: Decimal | None

    @property
    def ref(self) -> InvoiceRef:
        return InvoiceRef(self.doctype, self.name)

    def __str__(self) -> str:
        return f"{self.doctype} {self.name}"


@dataclass(frozen=True)
class Options:
    """How the run is done.

    Args:
        per_party: one payment for each party, instead of one for each invoice; several for a party with more
            invoices than a chunk has items.
        chunk_size: items that commit together, 1 to 500; see ``usual_chunk``.
        stop_on_first_error: turn back at the first item that fails; else try all of them first, so
            that every bad item is named, and then turn back.
    """

    per_party: bool = False
    chunk_size: int = USUAL_CHUNK
    stop_on_first_error: bool = True


def usual_chunk(*, per_party: bool, usual: int = USUAL_CHUNK) -> int:
    """Return how many items commit together where nobody has said so for the run.

    Args:
        usual: as many as with one payment an invoice.
    """
    return max(usual, USUAL_PARTY_CHUNK) if per_party else usual


@dataclass(frozen=True)
class Request:
    """What was asked for, by whom."""

    bank_transaction: str
    invoices: tuple[Selected, ...]
    vouchers: tuple[Selected, ...]
    options: Options
    user: str

    def digest(self) -> str:
        """Return what two requests have in common only when they ask for the same."""
        rows = [[row.doctype, row.name, _plain(row.amount)] for row in (*self.invoices, *self.vouchers)]
        words = [self.bank_transaction, self.user, sorted(rows), asdict(self.options)]
        return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def parse_request(
    bank_transaction_name: object,
    invoices: object,
    regular_vouchers: object,
    *,
    options: Options,
    user: str,
) -> Request:
    """Read a request.

    Args:
        bank_transaction_name: name of the bank transaction.
        invoices: rows with ``doctype``, ``name`` and optionally ``amount`` (above zero, in the
            invoice's currency; missing or None is all that is outstanding).
        regular_vouchers: rows of payments that exist, in the same form.

    Raises:
        Refused: the request is empty, too large or malformed; the first hundred malformed rows are named.
    """
    transaction = bank_transaction_name if isinstance(bank_transaction_name, str) else ""
    if not is_name(transaction):
        raise Refused.because("Bank Transaction", "no_bank_transaction", "None is named.", "Name one.")
    document = f"Bank Transaction {transaction}"
    rows = (*_rows(document, "invoices", invoices), *_rows(document, "regular_vouchers", regular_vouchers or []))
    if not rows:
        raise Refused.because(document, "empty_selection", "Nothing is selected.", "Select at least one invoice.")
    if len(rows) > MOST_ROWS:
        raise Refused.because(
            document,
            "too_many_rows",
            f"{len(rows):,} rows are selected and {MOST_ROWS:,} is the most.",
            "Reconcile in several runs.",
        )
    if (
        isinstance(options.chunk_size, bool)
        or not isinstance(options.chunk_size, int)
        or not 1 <= options.chunk_size <= MOST_CHUNK
    ):
        raise Refused.because(
            document, "chunk_size", f"A chunk of {options.chunk_size} is not possible.", f"Choose 1 to {MOST_CHUNK}."
        )
    problems: list[Problem] = []
    chosen = [
        _selected(document, number, row, INVOICE_TYPES, problems) for number, row in enumerate(_list(invoices), 1)
    ]
    extra = [
        _selected(document, number, row, (VOUCHER_TYPE,), problems)
        for number, row in enumerate(_list(regular_vouchers), 1)
    ]
    if problems:
        raise Refused(problems[:MOST_MALFORMED])
    return Request(
        bank_transaction=transaction,
        invoices=tuple(row for row in chosen if row),
        vouchers=tuple(row for row in extra if row),
        options=options,
        user=user,
    )


def _plain(amount: Decimal | None) -> str:
    """Return the amount as text that is the same for 100, 100.0 and 1E+2; "" for all that is open."""
    return "" if amount is None else format(amount.normalize(), "f")


def _list(rows: object) -> Sequence[Any]:
    return rows if isinstance(rows, (list, tuple)) else []


def _rows(document: str, field: str, rows: object) -> Sequence[Any]:
    if not isinstance(rows, (list, tuple)):
        raise Refused.because(
            document, "malformed", f"{field} is not a list.", "Send a list of rows with doctype and name."
        )
    return rows


def _selected(
    document: str, number: int, row: object, doctypes: Sequence[str], problems: list[Problem]
) -> Selected | None:
    remedy = f"Send doctype ({' or '.join(doctypes)}), name and optionally amount."
    if not isinstance(row, Mapping) or not {"doctype", "name"} <= set(row) <= {"doctype", "name", "amount"}:
        problems.append(
            Problem(document, "malformed", f"Row {number} of the selection is not understood: {row!r:.80}.", remedy)
        )
        return None
    doctype, name, amount = row["doctype"], row["name"], row.get("amount")
    if doctype not in doctypes or not isinstance(name, str) or not is_name(name):
        problems.append(Problem(document, "malformed", f"Row {number} names {doctype!r:.40} {name!r:.60}.", remedy))
        return None
    try:
        return Selected(doctype, name, None if amount is None else parse_amount(amount))
    except ValueError as error:
        message = f"Its amount is not a number: {error!s:.80}."
        problems.append(Problem(f"{doctype} {name}", "malformed", message, remedy))
        return None
