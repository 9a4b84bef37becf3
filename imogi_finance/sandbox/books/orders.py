"""Sales orders: what of them is delivered and billed, and the status that follows. Names and statuses are ERPNext's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from imogi_finance.batch_invoicing.documents import INVOICE_TYPE, ORDER_TYPE, Order
from imogi_finance.errors import DocumentError
from imogi_finance.money import from_minor
from imogi_finance.sandbox.books.reading import pages
from imogi_finance.sandbox.storage.rows import In, Row, Rows

ON_HOLD, CLOSED = "On Hold", "Closed"
SET_BY_PEOPLE = (ON_HOLD, CLOSED)
THOUSAND = 1000


@dataclass(frozen=True)
class LineToBill:
    """What an invoice made now would bill of one line of an order.

    Args:
        qty: thousandths.
        amount: minor units.
    """

    line: Row
    qty: int
    amount: int


def amount_of(qty: int, rate: int) -> int:
    """Return what a quantity in thousandths costs in minor units, half a unit rounded up."""
    return (qty * rate + THOUSAND // 2) // THOUSAND


def to_bill(lines: Iterable[Row], *, only_delivered: bool) -> list[LineToBill]:
    """Return what of an order's lines is not billed yet.

    What is left of a line is worked out from the amount billed so far, so that parts add up to the whole.
    """
    found = []
    for line in lines:
        until = min(line["delivered"], line["qty"]) if only_delivered else line["qty"]
        amount = amount_of(until, line["rate"]) - line["billed_amount"]
        if until > line["billed"] and amount > 0:
            found.append(LineToBill(line, until - line["billed"], amount))
    return found


class Orders:
    """The orders in the books."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def read(self, names: Collection[str]) -> Mapping[str, Order]:
        """Return the orders that exist as values, with the drafts that bill them."""
        found: dict[str, Order] = {}
        for page in pages(names):
            rows = self._rows.select("sales_order", {"name": In(tuple(page))})
            drafts = self.drafts([row["name"] for row in rows])
            found |= {row["name"]: _order(row, drafts.get(row["name"], ())) for row in rows}
        return found

    def open_names(self, company: str) -> Sequence[str]:
        """Return the submitted orders of a company of which something is not billed, the oldest first."""
        rows = self._rows.select("sales_order", {"company": company, "docstatus": 1}, ("order_date", "name"))
        return [row["name"] for row in rows if row["unbilled"] > 0]

    def drafts(self, names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the draft invoices that bill each of these orders; at most a page of orders."""
        lines = self._rows.select("invoice_line", {"sales_order": In(tuple(names))}, ("invoice", "line"))
        where = {"doctype": INVOICE_TYPE, "docstatus": 0}
        drafts = set()
        for page in pages(dict.fromkeys(line["invoice"] for line in lines)):
            drafts |= {row["name"] for row in self._rows.select("invoice", {**where, "name": In(tuple(page))})}
        found: dict[str, tuple[str, ...]] = {}
        for line in lines:
            known = found.get(line["sales_order"], ())
            if line["invoice"] in drafts and line["invoice"] not in known:
                found[line["sales_order"]] = (*known, line["invoice"])
        return found

    def lines(self, name: str) -> list[Row]:
        """Return an order's lines."""
        return self._rows.select("sales_order_line", {"sales_order": name}, ("line",))

    def lock(self, name: str) -> Row:
        """Return an order as it is now, and let nobody else change it before the transaction ends.

        Raises:
            DocumentError: there is none.
        """
        row = self._rows.lock("sales_order", name)
        if row is None:
            raise DocumentError(f"{ORDER_TYPE} {name}", "It does not exist.", "Choose it from the list.")
        return row

    def bill(self, billed: Iterable[Row], *, sign: int = 1) -> None:
        """Count the lines of an invoice as billed; with -1, no longer.

        Args:
            billed: rows of ``invoice_line``. Their orders are locked.

        Raises:
            DocumentError: more than the order has would be billed.
        """
        orders: dict[str, list[Row]] = {}
        for row in billed:
            if row["sales_order"]:
                orders.setdefault(row["sales_order"], []).append(row)
        for name, rows in orders.items():
            lines = {line["line"]: line for line in self.lines(name)}
            for row in rows:
                line = lines[row["order_line"]]
                qty, amount = line["billed"] + sign * row["qty"], line["billed_amount"] + sign * row["amount"]
                if qty > line["qty"] or amount > amount_of(line["qty"], line["rate"]):
                    message = f"More of {line['item']} would be billed than was ordered."
                    raise DocumentError(f"{ORDER_TYPE} {name}", message, "Delete the draft that bills it again.")
                changes = {"billed": qty, "billed_amount": amount}
                self._rows.update("sales_order_line", (name, line["line"]), changes)
            self.settle(name)

    def settle(self, name: str, *, status: str | None = None) -> str:
        """Work out from an order's lines what is unbilled, and its status; return the status.

        Args:
            status: what people have just set, or "" where they have taken that back; None leaves it as it was.
        """
        row, lines = self.lock(name), self.lines(name)
        set_now = row["status"] if status is None else status
        unbilled = sum(part.amount for part in to_bill(lines, only_delivered=False))
        delivered_unbilled = sum(part.amount for part in to_bill(lines, only_delivered=True))
        is_delivered = all(line["delivered"] >= line["qty"] for line in lines)
        shown = _status(row["docstatus"], set_now, is_billed=not unbilled, is_delivered=is_delivered)
        changes = {"unbilled": unbilled, "delivered_unbilled": delivered_unbilled, "status": shown}
        self._rows.update("sales_order", (name,), changes)
        return shown


def _status(docstatus: int, set_now: str, *, is_billed: bool, is_delivered: bool) -> str:
    if docstatus != 1:
        return "Draft" if docstatus == 0 else "Cancelled"
    if set_now in SET_BY_PEOPLE:
        return set_now
    if is_billed:
        return "Completed" if is_delivered else "To Deliver"
    return "To Bill" if is_delivered else "To Deliver and Bill"


def _order(row: Row, drafts: tuple[str, ...]) -> Order:
    return Order(
        name=row["name"],
        docstatus=row["docstatus"],
        status=row["status"],
        company=row["company"],
        customer=row["customer"],
        currency=row["currency"],
        unbilled=from_minor(row["unbilled"], row["currency"]),
        delivered_unbilled=from_minor(row["delivered_unbilled"], row["currency"]),
        drafts=drafts,
        together=f"{row['customer']}\n{row['currency']}\n{row['payment_days']}",
    )
