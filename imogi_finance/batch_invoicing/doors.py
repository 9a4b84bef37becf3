"""What batch invoicing needs from the books, in the words of its domain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from imogi_finance.batch_invoicing.documents import Order
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import Problem


class InvoicingBooks(Protocol):
    """The company's orders and invoices. Every method runs inside the caller's transaction and savepoint."""

    def today(self) -> date:
        """Return the day that it is where the company is: what an invoice without a posting date is of."""

    def company_currency(self, company: str) -> str | None:
        """Return the currency that a company keeps its books in; None where the acting user may not see it."""

    def check_may_invoice(self, company: str, *, submit: bool) -> None:
        """Make sure that the acting user may make (and submit) Sales Invoices of this company.

        Raises:
            NotPermitted: they may not.
        """

    def orders(self, names: Collection[str]) -> Mapping[str, Order]:
        """Read the orders that exist and that the acting user may see, set-based."""

    def open_orders(self, company: str) -> Sequence[str]:
        """Return the names of all orders of a company with something to bill that the acting user may see.

        The oldest first. Those on hold or closed are among them: it is said of them that they are left out.
        """

    def objections(self, company: str, orders: Sequence[Order], options: Options) -> Iterable[Problem]:
        """Yield what the books themselves have against invoicing these orders, up front and set-based.

        A closed period, a frozen customer, a credit limit that the orders would pass in this sequence: what
        ``invoice`` would stumble over later. ``Problem.document`` names the order at fault; a problem that names
        anything else is one of the whole request.
        """

    def hold(self, names: Sequence[str], options: Options) -> object:
        """Get ready to invoice the orders of a chunk in this transaction: lock and read them together.

        Returns:
            What ``invoice`` wants to be given; it is good until the transaction ends.
        """

    def invoice(self, names: Sequence[str], options: Options, *, company: str, run: str, held: object = None) -> str:
        """Make one Sales Invoice of one or several orders; submit it where the options say so.

        Whatever has happened to the orders since they were checked is seen: they are locked first, and looked at
        again by ``checks.check_order``. One that was refused up front comes here too, when it is tried again.

        Args:
            names: at least one order; several have the same ``Order.together``.
            options: ``posting_date`` is set.
            company: whose orders they must be.
            run: the batch run it is made for, kept on the invoice.
            held: what ``hold`` returned for a chunk that these orders are part of, if it was asked.

        Returns:
            The invoice's name.

        Raises:
            DocumentError: an order cannot be invoiced so (billed since, closed since, item disabled, credit
                limit, gone or not for this user to see, …). ``document`` is the order at fault, where one of
                several is known to be.
            Transient: the same may pass later.
        """
