"""Batch invoicing: judge every order up front, store a run, ring a worker, answer at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imogi_finance.batch.doors import BatchStore, Transactions, Users
from imogi_finance.batch.intake import Accepted, Intake, Prepared
from imogi_finance.batch.run import USUAL_PRIORITY, NewRun, Run
from imogi_finance.batch_invoicing.doors import InvoicingBooks
from imogi_finance.batch_invoicing.judging import Judgement, judge
from imogi_finance.batch_invoicing.kind import KIND
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.request import Request, parse_request, stored_options


@dataclass
class BatchInvoicing:
    """The service."""

    transactions: Transactions
    store: BatchStore
    books: InvoicingBooks
    users: Users
    intake: Intake

    def create_invoices_bulk(
        self,
        sales_orders: object,
        *,
        user: str,
        company: object = None,
        options: Options | None = None,
        priority: object = USUAL_PRIORITY,
        strict: bool = False,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """Make Sales Invoices of Sales Orders, as one durable run that a worker is rung for.

        Orders that cannot be invoiced are items of the run that have failed from the start, with the reason; they
        can be tried again once they are mended. Those that an option leaves out are skipped, with the reason.

        Args:
            sales_orders: names of up to 100,000 orders, each once.
            user: who asks, and in whose name everything is done.
            company: whose orders; None is that of the orders.
            priority: 1 to 9; a waiting run of higher priority is worked first.
            strict: store nothing where any order has a problem.
            idempotency_key: the same key from the same user always gets the same run.

        Raises:
            Refused: the request itself is wrong, nothing is left to do, or it is strict and an order has a problem;
                every problem found is named (the first hundred) and nothing was changed.
            IdempotencyConflict: the key was used with other parameters.

        Source: "Batch Invoice Creation" (seed 001), ``create_invoices_bulk``.
        """
        request = parse_request(
            sales_orders, company=company, options=options or Options(), user=user, priority=priority, strict=strict
        )
        prepare, stands = self._how(request)
        run, is_new = self.intake.accept(request, key=idempotency_key, prepare=prepare, stands=stands)
        return self.intake.ring(run, is_new=is_new)

    def check_invoices_bulk(
        self, sales_orders: object, *, user: str, company: object = None, options: Options | None = None
    ) -> Judgement:
        """Judge a request as ``create_invoices_bulk`` would at this moment, and store nothing.

        Raises:
            Refused: the request itself is wrong.
        """
        request = parse_request(sales_orders, company=company, options=options or Options(), user=user)
        with self.transactions.reading(), self.users.acting_as(user, undoing=False):
            return judge(request, self.books, self.store)

    def _how(self, request: Request) -> tuple[Callable[[], Prepared], Callable[[Run], bool]]:
        """Return how the intake prepares a run, and knows that a completed one answers the request."""
        judged: list[Judgement] = []

        def prepare() -> Prepared:
            judged[:] = [judge(request, self.books, self.store)]
            judged[0].check_has_work(strict=request.strict)
            return _new_run(request, judged[0]), judged[0].items()

        def stands(run: Run) -> bool:
            """Whether the orders are billed, as the run has left them. Where one is not, asking again is no repetition:
            more of it was delivered since, or its invoice cancelled."""
            return bool(judged) and judged[0].is_billed

        return prepare, stands


def _new_run(request: Request, judged: Judgement) -> NewRun:
    return NewRun(
        kind=KIND,
        requested_by=request.user,
        company=judged.company,
        reference_doctype="Company",
        reference_name=judged.company,
        chunk_size=request.options.chunk_size,
        options={
            **stored_options(judged.options),
            "amount": str(judged.total()),
            "currency": judged.currency,
        },
        holds_document=False,
        priority=request.priority,
    )
