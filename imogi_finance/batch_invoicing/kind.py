"""How the engine works a batch of orders: one invoice an order, or one for each customer's orders of a chunk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imogi_finance.batch.doors import BatchStore
from imogi_finance.batch.kind import Result, Unit
from imogi_finance.batch.run import Item, ItemStatus, Policy, Run, RunStatus
from imogi_finance.batch.settings import MOST_WORKERS
from imogi_finance.batch_invoicing.documents import INVOICE_TYPE
from imogi_finance.batch_invoicing.doors import InvoicingBooks
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.request import options_of, stored_options

KIND = "Batch Invoicing"


@dataclass(frozen=True)
class _Chunk:
    """What the units of one chunk share."""

    options: Options
    held: object


@dataclass
class BatchInvoicingKind:
    """Per item: an order that cannot be invoiced fails with its reason, and the rest go on."""

    books: InvoicingBooks
    store: BatchStore
    name: str = KIND
    policy: Policy = Policy.PER_ITEM
    event: str = "batch_invoicing"

    def units(self, run: Run, items: Sequence[Item]) -> Sequence[Unit]:
        """One unit an order, or one for all orders of a customer where the run asks for one invoice each."""
        options = options_of(run.options, chunk_size=run.chunk_size)
        groups = self._by_customer(run, items) if options.one_per_customer else [[item] for item in items]
        names = [item.reference_name for group in groups for item in group]
        chunk = _Chunk(options, self.books.hold(names, options))
        return [Unit(tuple(group), chunk) for group in groups]

    def _by_customer(self, run: Run, items: Sequence[Item]) -> list[list[Item]]:
        """Group items whose orders one invoice may bill. A group that others hold a part of, or that goes on behind
        the chunk, is left to the next chunk, which has all of it.

        Where that would leave nothing to do, the largest part of a group is billed by an invoice of its own: so a
        customer with more orders than a chunk gets several.
        """
        neighbours = self._neighbours(run, items)
        orders = self.books.orders([item.reference_name for item in (*items, *neighbours)])

        def together(item: Item) -> tuple[str, str]:
            order = orders.get(item.reference_name)
            return ("", item.reference_name) if order is None else (order.together or order.name, "")

        groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
        for item in items:
            groups[together(item)].append(item)
        elsewhere = {together(item) for item in neighbours}
        whole = [group for key, group in groups.items() if key not in elsewhere]
        return whole or [max(groups.values(), key=len)]

    def _neighbours(self, run: Run, items: Sequence[Item]) -> list[Item]:
        """Return the pending items that stand next to the chunk's: the next chunk's first, and what others hold.

        Those before the chunk are held by other workers or wait for their time; so they are few.
        """
        most = (MOST_WORKERS + 1) * run.chunk_size + 1
        pending = self.store.items(run.name, [ItemStatus.PENDING], offset=0, limit=most)
        here = {item.position for item in items}
        return [
            item
            for index, item in enumerate(pending)
            if item.position not in here
            and any(near.position in here for near in (*pending[index - 1 : index], *pending[index + 1 : index + 2]))
        ]

    def work(self, run: Run, unit: Unit) -> Result:
        """Make one invoice of the unit's orders."""
        chunk: _Chunk = unit.facts
        names = [item.reference_name for item in unit.items]
        invoice = self.books.invoice(names, chunk.options, company=run.company, run=run.name, held=chunk.held)
        return Result(INVOICE_TYPE, invoice)

    def finish(self, run: Run) -> Mapping[str, Any]:
        """Count the invoices that the run has made."""
        return {"invoices": sum(1 for _ in self.store.results(run.name)), "submitted": bool(run.options["submit"])}

    def undo(self, run: Run, result: Result) -> None:
        """Never asked for: what a per-item run has made stays."""
        raise AssertionError(f"{run.document} undoes nothing")

    def title(self, run: Run) -> str:
        """Say in a few words what the run was asked for."""
        return f"Invoice {run.total:,} orders of {run.company}"

    def message(self, run: Run) -> str:
        """Say in one sentence what the run is doing, or how it ended."""
        return _message(run)

    def payload(self, run: Run) -> Mapping[str, Any]:
        """Return the company, the amount that the run is about in its currency, and what was chosen."""
        return {
            "company": run.company,
            "amount": run.options["amount"],
            "currency": run.options["currency"],
            "options": {name: run.options[name] for name in stored_options(Options())},
        }


def _message(run: Run) -> str:
    match run.status:
        case RunStatus.PENDING:
            return f"Waiting for a worker to invoice {run.total - run.processed} orders of {run.company}."
        case RunStatus.PROCESSING if run.cancel_requested:
            return "Cancelling: what is invoiced stays."
        case RunStatus.PROCESSING:
            return f"Invoicing orders: {run.processed} of {run.total} done."
        case _:
            return _outcome(run) if run.options["submit"] else _outcome_of_drafts(run)


def _outcome(run: Run) -> str:
    match run.status:
        case RunStatus.CANCELLED:
            return f"Cancelled: {run.succeeded} of {run.total} orders are invoiced, and stay so."
        case RunStatus.COMPLETED_WITH_ERRORS:
            return f"{run.succeeded} orders of {run.company} are invoiced, {run.failed} failed. Mend them, then retry."
        case _:
            return f"{run.succeeded} orders of {run.company} are invoiced."


def _outcome_of_drafts(run: Run) -> str:
    done, of = run.succeeded, run.company
    match run.status:
        case RunStatus.CANCELLED:
            return f"Cancelled: {done} of {run.total} orders have draft invoices, which stay."
        case RunStatus.COMPLETED_WITH_ERRORS:
            return f"{done} orders of {of} have draft invoices, {run.failed} failed. Mend them, then retry."
        case _:
            return f"{done} orders of {of} have draft invoices."
