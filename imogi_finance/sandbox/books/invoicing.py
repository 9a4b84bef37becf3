"""The door of batch invoicing onto the sandbox's books."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date

from imogi_finance.batch_invoicing.checks import check_order
from imogi_finance.batch_invoicing.documents import INVOICE_TYPE, ORDER_TYPE, Order
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import DocumentError, NotPermitted, Problem
from imogi_finance.money import to_minor
from imogi_finance.sandbox.books.orders import LineToBill, Orders, to_bill
from imogi_finance.sandbox.books.periods import check_open, closed_until
from imogi_finance.sandbox.books.sales_invoices import SalesInvoices, credit_problem
from imogi_finance.sandbox.storage.rows import Row, Rows
from imogi_finance.sandbox.users import RowsUsers

_NO_STOCK = ("The sandbox keeps no stock, so its invoices deliver nothing.", "Leave “update stock” out.")


class SandboxInvoicingBooks:
    """See ``imogi_finance.batch_invoicing.doors.InvoicingBooks``.

    Args:
        today: returns the day that it is where the company is.
        pause: called with each invoice, to take as long as an ERP would.
    """

    def __init__(
        self,
        rows: Rows,
        users: RowsUsers,
        orders: Orders,
        invoices: SalesInvoices,
        *,
        today: Callable[[], date],
        pause: Callable[[], None] | None = None,
    ) -> None:
        self._rows = rows
        self._users = users
        self._orders = orders
        self._invoices = invoices
        self._today = today
        self._pause = pause

    def today(self) -> date:
        return self._today()

    def company_currency(self, company: str) -> str | None:
        row = self._rows.get("company", company)
        return str(row["currency"]) if row is not None else None

    def check_may_invoice(self, company: str, *, submit: bool) -> None:
        document = f"Company {company}"
        try:
            self._users.check_may_write(document)
        except DocumentError as error:
            raise NotPermitted(document, error.message, error.remedy) from error

    def orders(self, names: Collection[str]) -> Mapping[str, Order]:
        return self._orders.read(names)

    def open_orders(self, company: str) -> Sequence[str]:
        return self._orders.open_names(company)

    def objections(self, company: str, orders: Sequence[Order], options: Options) -> Iterator[Problem]:
        document = f"Company {company}"
        if options.update_stock:
            yield Problem(document, "no_stock", *_NO_STOCK)
        on = options.posting_date
        if on is not None and (until := closed_until(self._rows, on.isoformat())):
            message = f"The period is closed until {until}, and the invoices would be of {on}."
            yield Problem(document, "period_closed", message, "Reopen the period, or choose a later date.")
        if options.submit:
            yield from self._above_limits(company, orders, options)

    def _above_limits(self, company: str, orders: Sequence[Order], options: Options) -> Iterator[Problem]:
        """Yield the orders that would pass their customer's credit limit, where those before them are invoiced."""
        limits: dict[str, int | None] = {}
        owed: dict[str, int] = {}
        for order in orders:
            customer = order.customer
            if customer not in limits:
                limits[customer] = self._invoices.credit_limit(company, customer)
                owed[customer] = self._invoices.owed(company, customer) if limits[customer] is not None else 0
            limit = limits[customer]
            if limit is None:
                continue
            amount = to_minor(order.billable(only_delivered=options.only_delivered), order.currency)
            if owed[customer] + amount > limit:
                error = credit_problem(customer, owed[customer], amount, limit, order.currency)
                yield Problem(order.document, "credit_limit", *error)
            else:
                owed[customer] += amount

    def hold(self, names: Sequence[str], options: Options) -> None:
        """Lock the orders, always in the same sequence, so that no two chunks wait for each other."""
        for name in sorted(names):
            self._rows.lock("sales_order", name)

    def invoice(self, names: Sequence[str], options: Options, *, company: str, run: str, held: object = None) -> str:
        self._users.check_may_write(f"{ORDER_TYPE} {names[0]}")
        if options.update_stock:
            raise DocumentError(INVOICE_TYPE, *_NO_STOCK)
        on = options.posting_date
        if on is None:
            raise ValueError("an invoice needs a posting date")
        check_open(self._rows, f"{INVOICE_TYPE} of {on}", on.isoformat())
        rows = {name: self._rows.lock("sales_order", name) for name in sorted(names)}
        known = self._orders.read(names)
        for name in names:
            check_order(name, known.get(name), company=company, options=options)
        orders = [row for name in names if (row := rows[name]) is not None]
        self._check_together(orders)
        parts = [to_bill(self._orders.lines(name), only_delivered=options.only_delivered) for name in names]
        if options.submit:
            self._check_credit(orders, parts)
        if self._pause is not None:
            self._pause()
        made = self._invoices.insert_draft(orders, parts, on=on, run=run)
        if options.submit:
            self._invoices.submit(made)
        return made

    def _check_together(self, orders: Sequence[Row]) -> None:
        """Raise where an order cannot share an invoice with the first."""
        first = orders[0]
        for order in orders[1:]:
            same = ("company", "customer", "currency", "payment_days")
            if any(order[name] != first[name] for name in same):
                message = f"It cannot share an invoice with {first['name']} by now."
                raise DocumentError(f"{ORDER_TYPE} {order['name']}", message, "Invoice it by itself.")

    def _check_credit(self, orders: Sequence[Row], parts: Sequence[Sequence[LineToBill]]) -> None:
        """Raise where the invoice would pass the credit limit, and name an order that does so alone."""
        company, customer, currency = (orders[0][name] for name in ("company", "customer", "currency"))
        limit = self._invoices.credit_limit(company, customer)
        if limit is None:
            return
        owed = self._invoices.owed(company, customer)
        amounts = {
            order["name"]: sum(part.amount for part in of_it) for order, of_it in zip(orders, parts, strict=True)
        }
        total = sum(amounts.values())
        if owed + total <= limit:
            return
        for name, amount in amounts.items():
            if owed + amount > limit:
                error = credit_problem(customer, owed, amount, limit, currency)
                raise DocumentError(f"{ORDER_TYPE} {name}", *error)
        raise DocumentError(f"Customer {customer}", *credit_problem(customer, owed, total, limit, currency))
