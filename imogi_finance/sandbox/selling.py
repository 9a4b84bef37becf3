"""Sales orders and their invoices, as people enter and change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from imogi_finance.batch_invoicing.documents import ORDER_TYPE
from imogi_finance.errors import DocumentError, Problem, Refused
from imogi_finance.money import to_minor
from imogi_finance.sandbox.books.orders import CLOSED, ON_HOLD, SET_BY_PEOPLE, THOUSAND, Orders, amount_of, to_bill
from imogi_finance.sandbox.books.sales_invoices import SalesInvoices
from imogi_finance.sandbox.company import Company
from imogi_finance.sandbox.storage.rows import DuplicateRow, Row, Rows

MOST_PAYMENT_DAYS = 365


@dataclass(frozen=True)
class NewOrderLine:
    """One line of an order to be entered.

    Args:
        qty: ordered, with up to three decimals.
        rate: price of one in the company's currency, tax included.
        delivered: how much of it is delivered.
    """

    item: str
    qty: Decimal
    rate: Decimal
    delivered: Decimal = Decimal(0)


@dataclass(frozen=True)
class NewOrder:
    """An order to be entered, in the company's currency.

    Args:
        reference: the customer's own number of it; "" where there is none.
        payment_days: when an invoice of it falls due, in days after its posting date.
        submit: submit it; else it is a draft.
    """

    customer: str
    order_date: date
    delivery_date: date
    lines: tuple[NewOrderLine, ...]
    reference: str = ""
    payment_days: int = 30
    submit: bool = True


@dataclass
class Selling:
    """Enters orders and changes them. Every method runs inside the caller's transaction and name."""

    rows: Rows
    company: Company
    orders: Orders
    invoices: SalesInvoices

    def add_order(self, company: str, order: NewOrder) -> str:
        """Enter an order; return its name.

        Raises:
            Refused: a quantity, an amount or the reference is not possible.
        """
        document = f"{ORDER_TYPE} {order.reference}".rstrip()
        self.company.books.check_may_write(document)
        currency = self._currency(company)
        lines = [self._line(document, number, line, currency) for number, line in enumerate(order.lines, 1)]
        if not lines or order.delivery_date < order.order_date or not 0 <= order.payment_days <= MOST_PAYMENT_DAYS:
            message = "It has no line, is to be delivered before its date, or falls due too late."
            raise Refused.because(document, "malformed", message, "Correct it.")
        total = sum(amount_of(line["qty"], line["rate"]) for line in lines)
        self.company.ensure_party("Customer", order.customer)
        self.company.ensure_account(company, f"Debtors - {currency}", "Receivable", currency)
        self.company.ensure_account(company, f"Income - {currency}", "Income", currency)
        name = f"SO-{self.rows.next_number(ORDER_TYPE):05d}"
        row: Row = {
            "name": name,
            "company": company,
            "customer": order.customer,
            "order_date": order.order_date.isoformat(),
            "delivery_date": order.delivery_date.isoformat(),
            "reference": order.reference or None,
            "payment_days": order.payment_days,
            "currency": currency,
            "grand_total": total,
            "unbilled": total,
            "delivered_unbilled": 0,
            "docstatus": int(order.submit),
            "status": "Draft",
            "owner": self.company.books.acting,
        }
        try:
            self.rows.insert("sales_order", row)
        except DuplicateRow as error:
            message = f"{order.customer} has an order of this reference already."
            remedy = "Leave it out, or correct the reference."
            raise Refused.because(document, "entered_before", message, remedy) from error
        self.rows.insert_many("sales_order_line", [{"sales_order": name, **line} for line in lines])
        self.orders.settle(name)
        return name

    def submit_order(self, name: str) -> str:
        """Submit a draft; return its status.

        Raises:
            DocumentError: there is no such order, or it is no draft. The methods below raise it likewise.
        """
        self._change(name, docstatus=0)
        self.rows.update("sales_order", (name,), {"docstatus": 1})
        return self.orders.settle(name)

    def hold_order(self, name: str) -> str:
        """Put a submitted order on hold; return its status."""
        self._change(name, docstatus=1)
        return self.orders.settle(name, status=ON_HOLD)

    def close_order(self, name: str) -> str:
        """Close a submitted order: nothing more of it is delivered or billed; return its status."""
        self._change(name, docstatus=1)
        return self.orders.settle(name, status=CLOSED)

    def reopen_order(self, name: str) -> str:
        """Take an order that is on hold or closed up again; return its status."""
        row = self._change(name, docstatus=1)
        if row["status"] not in SET_BY_PEOPLE:
            message = f"It is neither on hold nor closed, but {row['status']}."
            raise DocumentError(f"{ORDER_TYPE} {name}", message, "Choose another.")
        return self.orders.settle(name, status="")

    def deliver_order(self, name: str, share: Decimal = Decimal(1)) -> str:
        """Deliver a share of every line of a submitted order, above what is delivered already; return its status.

        Args:
            share: above 0, at most 1, which is all of it.
        """
        document, row = f"{ORDER_TYPE} {name}", self._change(name, docstatus=1)
        if row["status"] in SET_BY_PEOPLE:
            raise DocumentError(document, f"It is {row['status'].lower()}.", "Reopen it first.")
        if not 0 < share <= 1:
            raise DocumentError(document, f"A share of {share} cannot be delivered.", "Give more than 0, at most 1.")
        for line in self.orders.lines(name):
            delivered = max(line["delivered"], int(line["qty"] * share))
            self.rows.update("sales_order_line", (name, line["line"]), {"delivered": delivered})
        return self.orders.settle(name)

    def cancel_order(self, name: str) -> str:
        """Cancel a submitted order that no invoice bills; return its status."""
        document = f"{ORDER_TYPE} {name}"
        self._change(name, docstatus=1)
        if any(line["billed"] for line in self.orders.lines(name)) or self.orders.drafts([name]):
            raise DocumentError(document, "An invoice bills it.", "Cancel or delete that invoice first.")
        self.rows.update("sales_order", (name,), {"docstatus": 2})
        return self.orders.settle(name)

    def set_credit_limit(self, company: str, customer: str, amount: Decimal | None) -> None:
        """Set how much a customer may owe in the company's currency; None takes the limit away.

        Raises:
            Refused: there is no such customer, or the amount is not possible.
        """
        document = f"Customer {customer}"
        self.company.books.check_may_write(document)
        if self.rows.get("party", "Customer", customer) is None:
            raise Refused.because(document, "unknown_customer", "There is no such customer.", "Check the name.")
        self.rows.delete_where("credit_limit", {"company": company, "customer": customer})
        if amount is not None:
            minor = _minor(document, amount, self._currency(company))
            if minor < 0:
                raise Refused.because(document, "negative", "A limit is not below zero.", "Give zero or more.")
            self.rows.insert("credit_limit", {"company": company, "customer": customer, "amount": minor})

    def bill_by_hand(self, names: Sequence[str], *, on: date, submit: bool) -> str:
        """Make one invoice of all that is unbilled of orders of one customer, as its form would; return its name.

        Raises:
            DocumentError: an order does not allow it.
        """
        rows = [self._change(name, docstatus=1) for name in names]
        parts = []
        for name, row in zip(names, rows, strict=True):
            document = f"{ORDER_TYPE} {name}"
            if row["customer"] != rows[0]["customer"]:
                raise DocumentError(document, f"It is of another customer than {names[0]}.", "Bill it by itself.")
            if row["status"] in SET_BY_PEOPLE:
                raise DocumentError(document, f"It is {row['status'].lower()}.", "Reopen it first.")
            parts.append(to_bill(self.orders.lines(name), only_delivered=False))
            if not parts[-1]:
                raise DocumentError(document, "Nothing is left to bill on it.", "Leave it out.")
        made = self.invoices.insert_draft(rows, parts, on=on, run=None)
        if submit:
            self.invoices.submit(made)
        return made

    def _change(self, name: str, *, docstatus: int) -> Row:
        document = f"{ORDER_TYPE} {name}"
        self.company.books.check_may_write(document)
        row = self.orders.lock(name)
        if row["docstatus"] != docstatus:
            state = "a draft" if docstatus == 0 else "submitted"
            raise DocumentError(document, f"It is not {state}, but {row['status']}.", "Choose another.")
        return row

    def _currency(self, company: str) -> str:
        row = self.rows.get("company", company)
        if row is None:
            raise Refused.because(f"Company {company}", "unknown_company", "It does not exist.", "Check the name.")
        return str(row["currency"])

    def _line(self, document: str, number: int, line: NewOrderLine, currency: str) -> Row:
        where = f"{document} line {number}"
        qty, delivered = (_thousandths(where, amount) for amount in (line.qty, line.delivered))
        rate = _minor(where, line.rate, currency)
        if qty <= 0 or rate <= 0 or amount_of(qty, rate) <= 0:
            message = "It must have a quantity and a price above zero."
            raise Refused.because(where, "amount_not_positive", message, "Correct it.")
        if not 0 <= delivered <= qty:
            message = f"{line.delivered} of {line.qty} cannot be delivered."
            raise Refused.because(where, "delivered", message, "Give at most what is ordered.")
        return {
            "line": number,
            "item": line.item,
            "qty": qty,
            "rate": rate,
            "delivered": delivered,
            "billed": 0,
            "billed_amount": 0,
        }


def _thousandths(document: str, qty: Decimal) -> int:
    scaled = qty * THOUSAND
    if scaled != int(scaled):
        raise Refused.because(document, "too_many_decimals", f"{qty} has more than three decimals.", "Round it.")
    return int(scaled)


def _minor(document: str, amount: Decimal, currency: str) -> int:
    try:
        return to_minor(amount, currency)
    except ValueError as error:
        raise Refused([Problem(document, "too_many_decimals", f"{error}.", "Round it.")]) from error
