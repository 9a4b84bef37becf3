"""What the bank statement says of payments: allocations to bank transactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, Allocation, BankTransaction, Voucher
from imogi_finance.batch.faults import reach
from imogi_finance.errors import DocumentError
from imogi_finance.money import display, from_minor, to_minor
from imogi_finance.sandbox.books.reading import Reading, pages
from imogi_finance.sandbox.storage.rows import Row


class BankStatement(Reading):
    """Allocates payments to bank transactions and takes them off again."""

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

    def _leave_transactions(self, payment: str) -> None:
        """Remove a cancelled payment from the bank transactions that cover it."""
        for row in self._rows.select("bank_transaction_payment", {"payment": payment}):
            where = {"bank_transaction": row["bank_transaction"], "line": row["line"]}
            self._rows.delete_where("bank_transaction_payment", where)
            self._set_allocated(row["bank_transaction"])

    def _payments_on(self, transaction: str) -> list[str]:
        rows = self._rows.select("bank_transaction_payment", {"bank_transaction": transaction}, ("line",))
        return [row["payment"] for row in rows]

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
