"""The books of the embedded company: payments and what the bank statement says of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import TypeVar

from imogi_finance.bank_reconciliation.documents import (
    VOUCHER_TYPE,
    Allocation,
    BankTransaction,
    Invoice,
    PaymentLine,
    Voucher,
)
from imogi_finance.batch.faults import reach
from imogi_finance.errors import DocumentError, NotPermitted
from imogi_finance.money import display, from_minor, to_minor
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.service import PaidStatus
from imogi_finance.sandbox.posting import Line, post, reverse
from imogi_finance.sandbox.rows import In, Row, Rows
from imogi_finance.sandbox.users import RowsUsers

_T = TypeVar("_T")
_PAGE = 500


class SandboxBooks:
    """See ``imogi_finance.bank_reconciliation.doors.Books``."""

    def __init__(
        self, rows: Rows, users: RowsUsers, paid_status: PaidStatus, *, pause: Callable[[], None] | None = None
    ) -> None:
        self._rows = rows
        self._users = users
        self._paid_status = paid_status
        self._pause = pause or _no_pause

    # reading

    def bank_transaction(self, name: str) -> BankTransaction | None:
        row = self._rows.get("bank_transaction", name)
        return _bank_transaction(row) if row else None

    def check_may_pay(self, transaction: BankTransaction) -> None:
        try:
            self._users.check_may_write(transaction.document)
        except DocumentError as error:
            raise NotPermitted(transaction.document, error.message, error.remedy) from error

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

    # payments

    def pay(self, transaction: BankTransaction, lines: Sequence[PaymentLine], *, run: str) -> str:
        return self.submit_payment(
            lines,
            account=transaction.bank_account,
            is_outgoing=transaction.is_withdrawal,
            date=transaction.date.isoformat(),
            reference_no=transaction.reference_number or transaction.name,
            run=run,
        )

    def submit_payment(
        self,
        lines: Sequence[PaymentLine],
        *,
        account: str,
        is_outgoing: bool,
        date: str,
        reference_no: str,
        run: str | None,
    ) -> str:
        """Make and submit a payment from or into a bank or cash account; return its name.

        Raises:
            DocumentError: an invoice does not allow it, or the period is closed.
        """
        self._users.check_may_write(str(lines[0].invoice))
        self._check_open(f"{VOUCHER_TYPE} of {date}", date)
        invoices = [self._payable_invoice(line) for line in lines]
        first = invoices[0]
        for line, invoice in zip(lines, invoices, strict=True):
            if (invoice["party"], invoice["party_account"]) != (first["party"], first["party_account"]):
                raise DocumentError(str(line.invoice), "It is of another party than the payment.")
        amounts = [to_minor(line.amount, first["currency"]) for line in lines]
        self._pause()
        name = f"PAY-{self._rows.next_number('payment'):05d}"
        payment: Row = {
            "name": name,
            "company": first["company"],
            "payment_type": "Pay" if is_outgoing else "Receive",
            "party_type": "Supplier" if first["doctype"] == "Purchase Invoice" else "Customer",
            "party": first["party"],
            "posting_date": date,
            "account": account,
            "party_account": first["party_account"],
            "currency": first["currency"],
            "amount": sum(amounts),
            "docstatus": 1,
            "awaiting": 0,
            "reference_no": reference_no,
            "batch_run": run,
            "owner": self._users.acting,
        }
        self._rows.insert("payment", payment)
        signed = [
            -amount if invoice["is_return"] else amount for amount, invoice in zip(amounts, invoices, strict=True)
        ]
        self._rows.insert_many("payment_reference", _references(name, lines, signed))
        reach("books.after_payment")
        post(
            self._rows,
            VOUCHER_TYPE,
            name,
            date=date,
            currency=first["currency"],
            lines=_payment_lines(payment, lines, amounts),
        )
        reach("books.after_ledger")
        for invoice, amount in zip(invoices, signed, strict=True):
            key = (invoice["doctype"], invoice["name"])
            self._rows.update("invoice", key, {"outstanding": invoice["outstanding"] - amount})
        reach("books.after_outstanding")
        self._paid_status.refresh_payments([name])
        return name

    def _payable_invoice(self, line: PaymentLine) -> Row:
        """Lock an invoice and make sure that it can still be paid so."""
        row = self._rows.lock("invoice", line.invoice.doctype, line.invoice.name)
        if row is None or row["docstatus"] != 1:
            raise DocumentError(str(line.invoice), "It was cancelled or removed meanwhile.", "Leave it out.")
        payable = from_minor(abs(row["outstanding"]), row["currency"])
        is_open = row["outstanding"] < 0 if row["is_return"] else row["outstanding"] > 0
        if not is_open or line.amount > payable:
            left = display(payable if is_open else payable * 0, row["currency"])
            asked = display(line.amount, row["currency"])
            raise DocumentError(
                str(line.invoice),
                f"Only {left} is outstanding by now, not {asked}.",
                "Select it again, or leave it out.",
            )
        return row

    def _check_open(self, document: str, date: str) -> None:
        closed = self._rows.get("setting", "closed_until")
        if closed is not None and date <= closed["value"]:
            raise DocumentError(
                document, f"The period is closed until {closed['value']}.", "Reopen it, or use a later date."
            )

    def cancel_payment(self, name: str) -> None:
        document = f"{VOUCHER_TYPE} {name}"
        self._users.check_may_write(document)
        payment = self._rows.lock("payment", name)
        if payment is None:
            raise DocumentError(document, "It does not exist.")
        if payment["docstatus"] == 2:
            return
        self._check_open(document, payment["posting_date"])
        self._pause()
        references = self._rows.select("payment_reference", {"payment": name}, ("line",))
        self._rows.update("payment", (name,), {"docstatus": 2})
        self._leave_transactions(name)
        reach("books.after_cancel")
        reverse(self._rows, VOUCHER_TYPE, name)
        reach("books.after_reversal")
        for reference in references:
            key = (reference["doctype"], reference["invoice"])
            invoice = self._rows.lock("invoice", *key)
            if invoice is None:
                raise DocumentError(f"{key[0]} {key[1]}", "It does not exist.")
            self._rows.update("invoice", key, {"outstanding": invoice["outstanding"] + reference["allocated"]})
        self._paid_status.refresh_payments([name])

    # the bank statement

    def check_voucher(self, transaction: BankTransaction, allocation: Allocation) -> None:
        voucher = self.vouchers([allocation.voucher]).get(allocation.voucher)
        _check_allocation(transaction, allocation, voucher)

    def allocate(self, transaction: BankTransaction, allocations: Iterable[Allocation]) -> None:
        self._users.check_may_write(transaction.document)
        row = self._rows.lock("bank_transaction", transaction.name)
        if row is None or row["docstatus"] != 1:
            raise DocumentError(transaction.document, "It was cancelled or removed meanwhile.")
        left = from_minor(row["unallocated"], row["currency"])
        line = self._rows.count("bank_transaction_payment", {"bank_transaction": transaction.name})
        for page in pages(allocations):
            for allocation in page:
                self._rows.lock("payment", allocation.voucher)
            vouchers = self.vouchers([allocation.voucher for allocation in page])
            for allocation in page:
                _check_allocation(transaction, allocation, vouchers.get(allocation.voucher))
                left -= allocation.amount
                if left < 0:
                    over = display(-left, row["currency"])
                    raise DocumentError(
                        transaction.document, f"The allocations are {over} above what is unallocated by now."
                    )
            self._rows.insert_many("bank_transaction_payment", _allocation_rows(transaction, page, line))
            line += len(page)
            reach("books.after_allocation")
            self._paid_status.refresh_payments([allocation.voucher for allocation in page])
            reach("books.after_confirmation")
        self._set_allocated(transaction.name)

    def unreconcile(self, name: str) -> Sequence[str]:
        """Remove every allocation of a bank transaction; return the payments it had.

        Raises:
            DocumentError: there is no such submitted transaction.
        """
        document = f"Bank Transaction {name}"
        self._users.check_may_write(document)
        row = self._rows.lock("bank_transaction", name)
        if row is None or row["docstatus"] != 1:
            raise DocumentError(document, "It does not exist or is not submitted.", "Choose it from the list.")
        payments = self._payments_on(name)
        self._rows.delete_where("bank_transaction_payment", {"bank_transaction": name})
        self._set_allocated(name)
        for page in pages(payments):
            self._paid_status.refresh_payments(page)
        return payments

    def cancel_transaction(self, name: str) -> None:
        """Cancel a bank transaction: its payments wait for the bank again.

        Raises:
            DocumentError: there is no such transaction.
        """
        document = f"Bank Transaction {name}"
        self._users.check_may_write(document)
        if not self._rows.update("bank_transaction", (name,), {"docstatus": 2, "status": "Cancelled"}):
            raise DocumentError(document, "It does not exist.", "Choose it from the list.")
        for page in pages(self._payments_on(name)):
            self._paid_status.refresh_payments(page)

    def _payments_on(self, transaction: str) -> list[str]:
        rows = self._rows.select("bank_transaction_payment", {"bank_transaction": transaction}, ("line",))
        return [row["payment"] for row in rows]

    def _leave_transactions(self, payment: str) -> None:
        """Remove a cancelled payment from the bank transactions that cover it."""
        for row in self._rows.select("bank_transaction_payment", {"payment": payment}):
            where = {"bank_transaction": row["bank_transaction"], "line": row["line"]}
            self._rows.delete_where("bank_transaction_payment", where)
            self._set_allocated(row["bank_transaction"])

    def _set_allocated(self, name: str) -> None:
        """Compute a transaction's allocated amount and status from its rows."""
        row = self._rows.lock("bank_transaction", name)
        if row is None:
            raise DocumentError(f"Bank Transaction {name}", "It does not exist.")
        allocated = self._rows.total("bank_transaction_payment", "allocated", {"bank_transaction": name})
        unallocated = row["deposit"] + row["withdrawal"] - allocated
        status = row["status"] if row["docstatus"] != 1 else ("Unreconciled" if unallocated else "Reconciled")
        changes = {"allocated": allocated, "unallocated": unallocated, "status": status}
        self._rows.update("bank_transaction", (name,), changes)


def _no_pause() -> None:
    """Take no longer than it takes."""


def pages(of: Iterable[_T], size: int = _PAGE) -> Iterator[list[_T]]:
    """Yield the elements in lists of at most ``size``."""
    rest = iter(of)
    while page := list(islice(rest, size)):
        yield page


def _check_allocation(transaction: BankTransaction, allocation: Allocation, voucher: Voucher | None) -> None:
    document = f"{VOUCHER_TYPE} {allocation.voucher}"
    if voucher is None or voucher.docstatus != 1:
        raise DocumentError(document, "It was cancelled or removed meanwhile.", "Leave it out.")
    if voucher.bank_account != transaction.bank_account or voucher.is_withdrawal != transaction.is_withdrawal:
        raise DocumentError(document, "It is on another account, or its money goes the other way.", "Leave it out.")
    if allocation.amount <= 0 or allocation.amount > voucher.open_amount:
        left = display(voucher.open_amount, voucher.currency)
        raise DocumentError(
            document, f"Only {left} of it is not covered by a bank transaction yet.", "Select it again."
        )


def _allocation_rows(transaction: BankTransaction, page: Sequence[Allocation], line: int) -> list[Row]:
    return [
        {
            "bank_transaction": transaction.name,
            "line": number,
            "doctype": VOUCHER_TYPE,
            "payment": allocation.voucher,
            "allocated": to_minor(allocation.amount, transaction.currency),
        }
        for number, allocation in enumerate(page, line + 1)
    ]


def _references(payment: str, lines: Sequence[PaymentLine], signed: Sequence[int]) -> list[Row]:
    return [
        {
            "payment": payment,
            "line": number,
            "doctype": line.invoice.doctype,
            "invoice": line.invoice.name,
            "allocated": amount,
        }
        for number, (line, amount) in enumerate(zip(lines, signed, strict=True), 1)
    ]


def _payment_lines(payment: Row, lines: Sequence[PaymentLine], amounts: Sequence[int]) -> list[Line]:
    """The party is debited and the bank credited when money goes out; the reverse when it comes in."""
    sign = 1 if payment["payment_type"] == "Pay" else -1
    to_party = [
        Line(payment["party_account"], sign * amount, payment["party"], line.invoice.doctype, line.invoice.name)
        for line, amount in zip(lines, amounts, strict=True)
    ]
    return [*to_party, Line(payment["account"], -sign * payment["amount"])]


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
