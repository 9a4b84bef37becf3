"""What a world must offer so that its command line has the commands on runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import click

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.bank_reconciliation.service import BulkReconciliation
from imogi_finance.batch.control import BatchControl
from imogi_finance.batch_invoicing.options import Options as InvoicingOptions
from imogi_finance.batch_invoicing.service import BatchInvoicing
from imogi_finance.terminal.output import Output

Json = dict[str, Any]


class Worker(Protocol):
    """A worker for a run, that is alive already or was started for it."""

    @property
    def pid(self) -> int | None:
        """The process that was started for the run; None where others were alive."""

    def leave(self) -> None:
        """Let it live on, as its run goes on."""


class BooksShown(Protocol):
    """What ``show`` shows of the books: pages of plain values, amounts in minor units, with ``total`` and ``sums``."""

    def invoices(
        self,
        *,
        doctype: str | None,
        status: str | None,
        party: str | None,
        run: str | None,
        limit: int,
        offset: int,
    ) -> Json: ...

    def orders(self, *, status: str | None, customer: str | None, only_open: bool, limit: int, offset: int) -> Json: ...

    def payments(self, *, waiting: bool, party: str | None, run: str | None, limit: int, offset: int) -> Json: ...

    def transactions(self, *, status: str | None, direction: str | None, limit: int, offset: int) -> Json: ...

    def runs(self, *, status: str | None, limit: int, offset: int) -> Json: ...

    def ledger(self) -> Json: ...


class Session(Protocol):
    """The books, open for one command in a user's name."""

    @property
    def control(self) -> BatchControl: ...

    @property
    def reconciliation(self) -> BulkReconciliation: ...

    @property
    def invoicing(self) -> BatchInvoicing: ...

    @property
    def books_shown(self) -> BooksShown: ...

    @property
    def user(self) -> str: ...

    def alive(self) -> int | None:
        """Return how many workers listen; None where the queue does not answer."""

    def how_to_start_a_worker(self, out: Output) -> str:
        """Return the command that starts one."""

    def a_worker(self, run: str, out: Output) -> AbstractContextManager[Worker]:
        """Have a worker for the block, where this world starts one for a run."""

    @property
    def usual_options(self) -> Options:
        """How a run is worked where the user asks for nothing else."""

    def doctype_of(self, invoice: str) -> str:
        """Return the doctype of an invoice by its name; of an unknown one, the most likely."""

    def fitting(self, transaction: str) -> tuple[Json, list[Json]]:
        """Return a bank transaction (``unallocated``, ``live_run``), and the unpaid invoices that fit it (``doctype``,
        ``name``, ``in_run``).

        Raises:
            Refused: there is no such transaction, or not for this user.
        """

    def asked_before(self, key: str) -> list[tuple[str, str]] | None:
        """Return doctype and name of what the user's run with this idempotency key is about; None without one."""

    @property
    def usual_invoicing(self) -> InvoicingOptions:
        """How orders are invoiced where the user asks for nothing else."""

    def company_of_orders(self, named: str | None) -> str:
        """Return whose orders are invoiced: the company that is named, else the only one.

        Raises:
            Refused: there are several for this user, and none is named.
        """

    def open_orders(self, company: str) -> Sequence[str]:
        """Return the names of a company's orders with something to bill, the oldest first.

        Raises:
            Refused: there is no such company, or not for this user.
        """


class Call(Protocol):
    """One command, as it was called."""

    @property
    def out(self) -> Output: ...

    def open(self) -> AbstractContextManager[Session]:
        """Open the books."""


class World(Protocol):
    """A command line's world."""

    def command(self, name: str) -> Callable[[Callable[..., int | None]], click.Command]:
        """Return what makes a command of a function that takes a ``Call`` first and returns its exit code."""

    @property
    def group(self) -> type[click.Group]: ...
