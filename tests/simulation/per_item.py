"""A second kind of batch, with policy per item: pays each invoice in cash, and keeps what succeeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, BankTransaction, PaymentLine
from imogi_finance.bank_reconciliation.doors import Books
from imogi_finance.batch.kind import Result, Unit
from imogi_finance.batch.run import Item, Policy, Run
from imogi_finance.paid_status.doors import InvoiceRef

CASH_KIND = "Cash Round"


@dataclass
class CashRoundKind:
    """Pays purchase invoices out of the cash account, one by one."""

    books: Books
    cash_account: str
    name: str = CASH_KIND
    policy: Policy = Policy.PER_ITEM
    event: str = "cash_round"

    def units(self, run: Run, items: Sequence[Item]) -> Sequence[Unit]:
        return [Unit((item,)) for item in items]

    def work(self, run: Run, unit: Unit) -> Result:
        item = unit.items[0]
        line = PaymentLine(InvoiceRef(item.reference_doctype, item.reference_name), Decimal(item.amount))
        return Result(VOUCHER_TYPE, self.books.pay(self._till(run, line), [line], run=run.name))

    def finish(self, run: Run) -> Mapping[str, Any]:
        return {"paid": run.succeeded}

    def undo(self, run: Run, result: Result) -> None:
        raise AssertionError("a per-item run undoes nothing")

    def title(self, run: Run) -> str:
        return f"Pay {run.total} invoices in cash"

    def message(self, run: Run) -> str:
        return f"{run.succeeded} of {run.total} paid in cash, {run.failed} failed."

    def payload(self, run: Run) -> Mapping[str, Any]:
        return {"till": self.cash_account}

    def _till(self, run: Run, line: PaymentLine) -> BankTransaction:
        return BankTransaction(
            name=run.reference_name,
            company=run.company,
            bank_account=self.cash_account,
            currency="IDR",
            date=date(2026, 3, 16),
            reference_number="",
            deposit=Decimal(0),
            withdrawal=line.amount,
            unallocated=line.amount,
            docstatus=1,
        )
