"""Sales Orders and invoices in plain memory: the smallest books that batch invoicing can work on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from imogi_finance.batch_invoicing.checks import check_order
from imogi_finance.batch_invoicing.documents import Order
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import NotPermitted, Problem

COMPANY, TODAY = "Acme", date(2026, 3, 16)


@dataclass(frozen=True)
class Made:
    """An invoice that was made."""

    orders: tuple[str, ...]
    amount: Decimal
    posting_date: date
    is_submitted: bool
    run: str


class OrderBook:
    """See ``imogi_finance.batch_invoicing.doors.InvoicingBooks``. Nothing is taken back when a transaction is.

    Attributes:
        hidden: orders that the acting user may not see.
        barred: companies for which they may make no invoice.
        objects: problems that the books have against any request, or against an order that is part of it.
        faults: what is raised when an order's turn has come.
        holds: the names that each chunk was got ready with.
    """

    def __init__(self) -> None:
        self.currencies = {COMPANY: "IDR"}
        self.known: dict[str, Order] = {}
        self.invoices: dict[str, Made] = {}
        self.hidden: set[str] = set()
        self.barred: set[str] = set()
        self.objects: list[Problem] = []
        self.faults: dict[str, Exception] = {}
        self.holds: list[tuple[str, ...]] = []
        self.day = TODAY

    def order(self, name: str, unbilled: object = "100.00", **how: object) -> str:
        """Enter a submitted order with all of it delivered."""
        amount = Decimal(str(unbilled))
        plain: dict[str, object] = {
            "docstatus": 1,
            "status": "To Bill",
            "company": COMPANY,
            "customer": "Ida",
            "currency": "IDR",
            "unbilled": amount,
            "delivered_unbilled": amount,
        }
        made = Order(name, **{**plain, **how})  # type: ignore[arg-type]
        self.known[name] = replace(made, together=made.together or f"{made.customer}/{made.currency}")
        return name

    def orders_of(self, count: int, **how: object) -> list[str]:
        """Enter several."""
        start = len(self.known) + 1
        return [self.order(f"SO-{number}", **how) for number in range(start, start + count)]

    def change(self, name: str, **changes: object) -> None:
        """Change an order behind everybody's back."""
        self.known[name] = replace(self.known[name], **changes)  # type: ignore[arg-type]

    # the door

    def today(self) -> date:
        return self.day

    def company_currency(self, company: str) -> str | None:
        return self.currencies.get(company)

    def check_may_invoice(self, company: str, *, submit: bool) -> None:
        if company in self.barred:
            raise NotPermitted(f"Company {company}", "You may not create a Sales Invoice.")

    def orders(self, names: Collection[str]) -> Mapping[str, Order]:
        return {name: self.known[name] for name in names if name in self.known and name not in self.hidden}

    def open_orders(self, company: str) -> Sequence[str]:
        return [name for name, order in self.known.items() if order.company == company and order.unbilled > 0]

    def objections(self, company: str, orders: Sequence[Order], options: Options) -> Iterator[Problem]:
        asked = {order.document for order in orders}
        yield from (problem for problem in self.objects if problem.document in asked or "Order" not in problem.document)

    def hold(self, names: Sequence[str], options: Options) -> object:
        self.holds.append(tuple(names))
        return len(self.holds)

    def invoice(self, names: Sequence[str], options: Options, *, company: str, run: str, held: object = None) -> str:
        assert options.posting_date is not None
        orders = self.orders(names)
        for name in names:
            check_order(name, orders.get(name), company=company, options=options)
            if name in self.faults:
                raise self.faults[name]
        made = f"SINV-{len(self.invoices) + 1}"
        billed = {name: order.billable(only_delivered=options.only_delivered) for name, order in orders.items()}
        total = sum(billed.values(), Decimal(0))
        self.invoices[made] = Made(tuple(names), total, options.posting_date, options.submit, run)
        for name, amount in billed.items():
            self._bill(name, amount, made, options)
        return made

    def _bill(self, name: str, amount: Decimal, invoice: str, options: Options) -> None:
        order = self.known[name]
        if options.submit:
            delivered = order.delivered_unbilled - amount
            self.change(name, unbilled=order.unbilled - amount, delivered_unbilled=max(delivered, Decimal(0)))
        else:
            self.change(name, drafts=(*order.drafts, invoice))

    def billed_by(self, name: str) -> list[str]:
        """Return the invoices that bill an order."""
        return [invoice for invoice, made in self.invoices.items() if name in made.orders]


def problems_of(documents: Iterable[str], rule: str = "credit_limit") -> list[Problem]:
    """Return a problem of each document."""
    return [Problem(document, rule, "Too much is owed already.", "Raise the limit.") for document in documents]
