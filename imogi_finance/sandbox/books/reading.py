"""Read the books: rows as the documents of a bulk reconciliation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import TypeVar

from imogi_finance.bank_reconciliation.documents import BankTransaction, Invoice, Voucher
from imogi_finance.money import from_minor
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.service import PaidStatus
from imogi_finance.sandbox.storage.rows import In, Row, Rows
from imogi_finance.sandbox.users import RowsUsers

_T = TypeVar("_T")
_PAGE = 500


class Reading:
    """Reads documents, many at a time."""

    def __init__(self, rows: Rows, users: RowsUsers, paid_status: PaidStatus) -> None:
        self._rows = rows
        self._users = users
        self._paid_status = paid_status

    @property
    def acting(self) -> str | None:
        """In whose name documents are made at the moment."""
        return self._users.acting

    def check_may_write(self, document: str) -> None:
        """Raise DocumentError where the acting user may only look."""
        self._users.check_may_write(document)

    def bank_transaction(self, name: str) -> BankTransaction | None:
        row = self._rows.get("bank_transaction", name)
        return _bank_transaction(row) if row else None

    def invoices(self, refs: Collection[InvoiceRef]) -> Mapping[InvoiceRef, Invoice]:
        found: dict[InvoiceRef, Invoice] = {}
        for doctype in {ref.doctype for ref in refs}:
            for names in pages([ref.name for ref in refs if ref.doctype == doctype]):
                rows = self._rows.select("invoice", {"doctype": doctype, "name": In(tuple(names))})
                found |= {invoice.ref: invoice for invoice in map(_invoice, rows)}
        return found

    def vouchers(self, names: Collection[str]) -> Mapping[str, Voucher]:
        found: dict[str, Voucher] = {}
        for page in pages(names):
            covered = self.covered(page)
            rows = self._rows.select("payment", {"name": In(tuple(page))})
            found |= {row["name"]: _voucher(row, covered.get(row["name"], 0)) for row in rows}
        return found

    def covered(self, payments: Collection[str]) -> Mapping[str, int]:
        """Return how much of each payment submitted bank transactions cover, in minor units."""
        covered: dict[str, int] = {}
        for row in self._rows.select("bank_transaction_payment", {"payment": In(tuple(payments))}):
            transaction = self._rows.get("bank_transaction", row["bank_transaction"])
            if transaction is not None and transaction["docstatus"] == 1:
                covered[row["payment"]] = covered.get(row["payment"], 0) + row["allocated"]
        return covered


def pages(of: Iterable[_T], size: int = _PAGE) -> Iterator[list[_T]]:
    """Yield the elements in lists of at most ``size``."""
    rest = iter(of)
    while page := list(islice(rest, size)):
        yield page


def _bank_transaction(row: Row) -> BankTransaction:
    amounts = {name: from_minor(row[name], row["currency"]) for name in ("deposit", "withdrawal", "unallocated")}
    return BankTransaction(
        name=row["name"],
        company=row["company"],
        bank_account=row["bank_account"],
        currency=row["currency"],
        date=date.fromisoformat(row["date"]),
        reference_number=row["reference_number"],
        docstatus=row["docstatus"],
        **amounts,
    )


def _invoice(row: Row) -> Invoice:
    return Invoice(
        doctype=row["doctype"],
        name=row["name"],
        company=row["company"],
        party=row["party"],
        party_account=row["party_account"],
        currency=row["currency"],
        grand_total=from_minor(row["grand_total"], row["currency"]),
        outstanding=from_minor(row["outstanding"], row["currency"]),
        is_return=bool(row["is_return"]),
        docstatus=row["docstatus"],
        due_date=date.fromisoformat(row["due_date"]),
    )


def _voucher(row: Row, covered: int) -> Voucher:
    return Voucher(
        name=row["name"],
        company=row["company"],
        bank_account=row["account"],
        currency=row["currency"],
        amount=from_minor(row["amount"], row["currency"]),
        open_amount=from_minor(row["amount"] - covered, row["currency"]),
        is_withdrawal=row["payment_type"] == "Pay",
        docstatus=row["docstatus"],
        made_by=row["batch_run"],
    )
