"""How the engine works a bulk reconciliation: pay, allocate all at the end, or cancel what was paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from imogi_finance.bank_reconciliation.documents import (
    VOUCHER_TYPE,
    Allocation,
    BankTransaction,
    Invoice,
    PaymentLine,
)
from imogi_finance.bank_reconciliation.doors import Books
from imogi_finance.batch.doors import BatchStore
from imogi_finance.batch.kind import Result, Unit
from imogi_finance.batch.run import Item, ItemStatus, Policy, Run, RunStatus
from imogi_finance.errors import DocumentError
from imogi_finance.money import ZERO, display
from imogi_finance.paid_status.doors import InvoiceRef

KIND = "Bulk Reconciliation"


@dataclass(frozen=True)
class _Chunk:
    """What the units of one chunk share."""

    transaction: BankTransaction | None
    held: object


@dataclass
class BulkReconciliationKind:
    """All or nothing: a bank transaction's invoices are all paid and allocated, or none is."""

    books: Books
    store: BatchStore
    name: str = KIND
    policy: Policy = Policy.ALL_OR_NOTHING
    event: str = "bulk_reconciliation"

    def units(self, run: Run, items: Sequence[Item]) -> Sequence[Unit]:
        """One unit an invoice, or one a party where the run asks for one payment each."""
        vouchers = [item for item in items if not _is_invoice(item)]
        invoices = [item for item in items if _is_invoice(item)]
        groups = self._by_party(run, invoices) if run.options.get("per_party") else [[item] for item in invoices]
        refs = [_ref(item) for group in groups for item in group]
        chunk = _Chunk(self.books.bank_transaction(run.reference_name), self.books.hold(refs) if refs else None)
        return [Unit(tuple(group), chunk) for group in (*groups, *([item] for item in vouchers))]

    def _by_party(self, run: Run, items: Sequence[Item]) -> list[list[Item]]:
        """Group items by party. One whose invoices go on behind the chunk is left to the next, which has them all.

        A party that fills the chunk alone is not left: it gets a payment of what is here.
        """
        if not items:
            return []
        last = max(item.position for item in items)
        following = self.store.items(run.name, None, offset=last, limit=1)  # positions count from 1
        after = [item for item in following if item.status is ItemStatus.PENDING and _is_invoice(item)]
        invoices = self.books.invoices([_ref(item) for item in (*items, *after)])
        groups: dict[tuple[str, ...], list[Item]] = defaultdict(list)
        for item in items:
            groups[_party(item, invoices)].append(item)
        if after and len(groups) > 1:
            groups.pop(_party(after[0], invoices), None)
        return list(groups.values())

    def work(self, run: Run, unit: Unit) -> Result:
        """Pay the unit's invoices by one payment; of a voucher, make sure that it can be allocated."""
        chunk: _Chunk = unit.facts
        transaction = _usable(run, chunk.transaction)
        first = unit.items[0]
        if first.reference_doctype == VOUCHER_TYPE:
            self.books.check_voucher(transaction, Allocation(first.reference_name, Decimal(first.amount)))
            return Result(VOUCHER_TYPE, first.reference_name)
        lines = [PaymentLine(_ref(item), Decimal(item.amount)) for item in unit.items]
        return Result(VOUCHER_TYPE, self.books.pay(transaction, lines, run=run.name, held=chunk.held))

    def finish(self, run: Run) -> Mapping[str, Any]:
        """Allocate every payment made, and the regular vouchers, to the bank transaction."""
        transaction = _usable(run, self.books.bank_transaction(run.reference_name))
        tally = {"payments": 0}

        def allocations() -> Iterator[Allocation]:
            for _, voucher, amounts in self.store.results(run.name):
                tally["payments"] += 1
                yield Allocation(voucher, sum(map(Decimal, amounts), ZERO))

        self.books.allocate(transaction, allocations())
        return {"payments": tally["payments"], "bank_transaction": run.reference_name}

    def undo(self, run: Run, result: Result) -> None:
        """Cancel a payment that the run made; a regular voucher was there before and stays."""
        item = self.store.items_of_result(run.name, result.doctype, result.name)[0]
        if item.reference_doctype != VOUCHER_TYPE:
            self.books.cancel_payment(result.name)

    def title(self, run: Run) -> str:
        """Say in a few words what the run was asked for."""
        return f"Reconcile {run.total:,} documents with {run.reference_name}"

    def message(self, run: Run) -> str:
        """Say in one sentence what the run is doing, or how it ended."""
        return _message(run)

    def payload(self, run: Run) -> Mapping[str, Any]:
        """Return the bank transaction and the amount the run is about."""
        return {
            "bank_transaction": run.reference_name,
            "amount": run.options["amount"],
            "currency": run.options["currency"],
        }


def _party(item: Item, invoices: Mapping[InvoiceRef, Invoice]) -> tuple[str, ...]:
    """Return what the invoices of one payment have in common; of one that is gone, what only it has."""
    invoice = invoices.get(_ref(item))
    if invoice is None:
        return (item.reference_doctype, item.reference_name)
    return (invoice.doctype, invoice.party, invoice.party_account)


def _is_invoice(item: Item) -> bool:
    """Whether an item is to be paid; the others are vouchers that exist already, and stand behind them."""
    return item.reference_doctype != VOUCHER_TYPE


def _ref(item: Item) -> InvoiceRef:
    return InvoiceRef(item.reference_doctype, item.reference_name)


def _usable(run: Run, transaction: BankTransaction | None) -> BankTransaction:
    if transaction is None or transaction.docstatus != 1:
        document = f"Bank Transaction {run.reference_name}"
        message = f"It was cancelled or removed meanwhile, or {run.requested_by} may no longer see it."
        raise DocumentError(document, message, "Choose another one, or ask for the right.")
    return transaction


def _message(run: Run) -> str:
    statement = f"bank transaction {run.reference_name}"
    amount = display(Decimal(run.options["amount"]), run.options["currency"])
    match run.status:
        case RunStatus.PENDING:
            return f"Waiting for a worker to reconcile {run.total} documents with {statement}."
        case RunStatus.PROCESSING if run.cancel_requested:
            return "Cancelling: what was made so far is being taken back."
        case RunStatus.PROCESSING if run.processed >= run.total:
            return f"Allocating {amount} to {statement}."
        case RunStatus.PROCESSING:
            return f"Paying invoices: {run.processed} of {run.total} done."
        case RunStatus.UNDOING:
            because = f", because: {run.error}" if run.error else ", because it was cancelled."
            return f"Undoing {run.undone + run.undo_failed} of {run.to_undo}{because}"
        case RunStatus.COMPLETED:
            return f"{run.succeeded} documents for {amount} are reconciled with {statement}."
        case RunStatus.FAILED:
            return f"Everything was undone, because: {run.error}"
        case RunStatus.CANCELLED:
            return "Cancelled. Everything was undone."
        case RunStatus.NEEDS_ATTENTION:
            return f"{run.undo_failed} payments could not be undone. Look at each below, mend it, then retry."
        case _:
            return f"{run.succeeded} succeeded, {run.failed} failed."
