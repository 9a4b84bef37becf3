"""Bulk reconciliation: check everything up front, store a run, ring a worker, answer at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial

from imogi_finance.bank_reconciliation.checks import Facts, selection_problems, transaction_problems
from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE
from imogi_finance.bank_reconciliation.doors import Books
from imogi_finance.bank_reconciliation.kind import KIND
from imogi_finance.bank_reconciliation.request import Options, Request, Selected, parse_request
from imogi_finance.batch.doors import BatchStore, Transactions
from imogi_finance.batch.engine import BatchEngine
from imogi_finance.batch.intake import Accepted, Intake, Prepared
from imogi_finance.batch.run import Item, NewItem, NewRun, Run, RunStatus
from imogi_finance.errors import Problem, Refused, Transient
from imogi_finance.money import ZERO

logger = logging.getLogger(__name__)


@dataclass
class BulkReconciliation:
    """The service.

    Args:
        threshold: up to this many invoices may be worked in the caller's request.
        holder: name of this process as a worker, for runs worked in the request; no other process has it.
    """

    transactions: Transactions
    store: BatchStore
    books: Books
    intake: Intake
    engine: BatchEngine
    holder: str
    threshold: int = 50

    def create_payment_entries_bulk(
        self,
        bank_transaction_name: object,
        invoices: object,
        regular_vouchers: object = None,
        *,
        user: str,
        options: Options | None = None,
        idempotency_key: str | None = None,
        in_request: bool = False,
    ) -> Accepted:
        """Pay invoices out of one bank transaction and reconcile it with them, as one durable run.

        Args:
            bank_transaction_name: name of a submitted bank transaction.
            invoices: up to 100,000 rows of ``doctype``, ``name`` and optionally ``amount`` (above
                zero, in the transaction's currency; all that is outstanding where it is missing).
            regular_vouchers: payments that exist already, in the same form.
            user: who asks, and in whose name everything is done.
            idempotency_key: the same key from the same user always gets the same run.
            in_request: work the run before answering, where it is no larger than the threshold.

        Raises:
            Refused: the request breaks a rule; every problem found is named and nothing was changed.
            IdempotencyConflict: the key was used with other parameters.

        Source: "Bulk Bank Reconciliation" (seed 000), ``create_payment_entries_bulk``.
        """
        request = parse_request(
            bank_transaction_name, invoices, regular_vouchers, options=options or Options(), user=user
        )
        run, is_new = self._accept(request, idempotency_key)
        return self._start(run, is_new, in_request)

    def resubmit(self, run: Run, user: str) -> Run:
        """Ask again for a run that ended with everything undone. Asking twice is asking once.

        Returns:
            The run that was made for it: a new one, the one an earlier retry made, or, where that
            was undone too, what retrying that one gives.

        Raises:
            Refused: it would not be accepted today.
        """
        with self.transactions.reading():
            items = self.store.items(run.name, None, offset=0, limit=run.total)
        stored = run.options
        request = parse_request(
            run.reference_name,
            [_row(item) for item in items if item.reference_doctype != VOUCHER_TYPE],
            [_row(item) for item in items if item.reference_doctype == VOUCHER_TYPE],
            options=Options(stored["per_party"], run.chunk_size, stored["stop_on_first_error"]),
            user=user,
        )
        again, is_new = self._accept(request, None, retry_of=run.name)
        if again.status in (RunStatus.FAILED, RunStatus.CANCELLED):
            return self.resubmit(again, user)
        return self._start(again, is_new, in_request=False).run

    def accept_here(self, request: Request) -> Run:
        """Check a request and store its run, in the caller's own transaction and name, without ringing for it.

        Raises:
            Refused: see ``create_payment_entries_bulk``.
        """
        prepare = partial(self._prepare, request)
        return self.intake.accept_here(request, key=None, prepare=prepare, stands=self._stands)[0]

    def _accept(self, request: Request, key: str | None, retry_of: str | None = None) -> tuple[Run, bool]:
        prepare = partial(self._prepare, request)
        return self.intake.accept(request, key=key, prepare=prepare, stands=self._stands, retry_of=retry_of)

    def _prepare(self, request: Request) -> Prepared:
        """Check a request, in the caller's transaction and name; return the run and the items that it would get.

        Raises:
            Refused: see ``create_payment_entries_bulk``.
        """
        facts = self._checked(request)
        invoices = _party_by_party(request.invoices, facts) if request.options.per_party else request.invoices
        new = NewRun(
            kind=KIND,
            requested_by=request.user,
            company=facts.transaction.company,
            reference_doctype="Bank Transaction",
            reference_name=request.bank_transaction,
            chunk_size=request.options.chunk_size,
            options=_stored_options(request, facts),
        )
        return new, [NewItem(row.doctype, row.name, str(facts.amount(row))) for row in (*invoices, *request.vouchers)]

    def _stands(self, run: Run) -> bool:
        """Whether the first payment that a completed run made has not been taken back since."""
        first = next(iter(self.store.results(run.name)), None)
        voucher = self.books.vouchers([first[1]]).get(first[1]) if first else None
        return voucher is not None and voucher.docstatus == 1 and voucher.open_amount <= ZERO

    def _checked(self, request: Request) -> Facts:
        """Return what the books say of the request's documents.

        Raises:
            Refused: with every problem found.
        """
        transaction = self.books.bank_transaction(request.bank_transaction)
        _refuse(transaction_problems(request.bank_transaction, transaction))
        assert transaction is not None
        self.books.check_may_pay(transaction)
        facts = Facts(
            transaction=transaction,
            invoices=self.books.invoices([row.ref for row in request.invoices]),
            vouchers=self.books.vouchers([row.name for row in request.vouchers]),
        )
        objections = self.books.objections(transaction, facts.invoices.values(), facts.vouchers.values())
        _refuse((*self._live_problems(request, facts), *selection_problems(request, facts), *objections))
        return facts

    def _live_problems(self, request: Request, facts: Facts) -> Iterable[Problem]:
        """Yield the documents that a live run works on, or has made and may yet take back.

        Only those that the books show to this user: of the others nothing is said but that they do not exist.
        """
        shown = [row for row in request.invoices if row.ref in facts.invoices]
        shown += [row for row in request.vouchers if row.name in facts.vouchers]
        keys = {f"{row.doctype}:{row.name}": str(row) for row in shown}
        keys[f"Bank Transaction:{request.bank_transaction}"] = f"Bank Transaction {request.bank_transaction}"
        for key, run in self.store.holders(list(keys)).items():
            yield _in_live_run(keys[key], self.store.run(run))
        for voucher in facts.vouchers.values():
            maker = self.store.run(voucher.made_by) if voucher.made_by else None
            if maker is not None and (maker.status.is_live or maker.status is RunStatus.NEEDS_ATTENTION):
                yield _in_live_run(voucher.document, maker)

    def _start(self, run: Run, is_new: bool, in_request: bool) -> Accepted:
        if not run.status.is_live:
            return Accepted(run, is_new, rung=False)
        if in_request and is_new and run.total <= self.threshold:  # whoever sends it again does not come to help
            try:
                self.engine.work(run.name, holder=self.holder)
            except Transient as error:
                logger.warning("run=%s not finished in the request: %s", run.name, error)
            with self.transactions.reading():
                run = self.store.run(run.name)
            if not run.status.is_live:
                return Accepted(run, is_new, rung=False)
        return self.intake.ring(run, is_new=is_new)


def _party_by_party(rows: Sequence[Selected], facts: Facts) -> Sequence[Selected]:
    """Order rows so that a party's come together: a chunk makes one payment of each party that it meets."""
    parties: dict[tuple[str, str, str], list[Selected]] = {}
    for row in rows:
        invoice = facts.invoices[row.ref]
        parties.setdefault((invoice.doctype, invoice.party, invoice.party_account), []).append(row)
    return [row for of_one in parties.values() for row in of_one]


def _in_live_run(document: str, run: Run) -> Problem:
    if run.status is RunStatus.NEEDS_ATTENTION:
        message = f"Run {run.name} could not undo what it made for it."
        return Problem(document, "in_live_run", message, "Mend what that run names, and retry it first.")
    return Problem(document, "in_live_run", f"Run {run.name} is working on it.", "Wait for that run, or cancel it.")


def _refuse(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise Refused(found)


def _stored_options(request: Request, facts: Facts) -> dict[str, object]:
    options = asdict(request.options)
    del options["chunk_size"]
    total = sum((facts.amount(row) for row in (*request.invoices, *request.vouchers)), ZERO)
    return {**options, "amount": str(total), "currency": facts.transaction.currency}


def _row(item: Item) -> dict[str, object]:
    return {"doctype": item.reference_doctype, "name": item.reference_name, "amount": Decimal(item.amount)}
