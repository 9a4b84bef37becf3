"""Import sales orders from CSV: one line of the file is one line of an order.

Lines with the same ``customer`` and ``reference`` (the customer's own number) are one order. Columns: ``customer``,
``reference``, ``order_date``, ``delivery_date``, ``item``, ``qty``, ``rate`` (price of one in the company's currency,
tax included), and optionally ``delivered`` (how much of it), ``payment_days`` (30) and ``status`` (submitted, draft,
on hold or closed). What is said of the whole order must be the same in each of its lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from imogi_finance.money import to_minor
from imogi_finance.sandbox.books.orders import THOUSAND, amount_of
from imogi_finance.sandbox.importing.cells import LARGEST_AMOUNT, Cells
from imogi_finance.sandbox.importing.problems import Findings
from imogi_finance.sandbox.importing.reading import read_text
from imogi_finance.sandbox.importing.table import Columns, Line, read_table
from imogi_finance.sandbox.selling import MOST_PAYMENT_DAYS, NewOrder, NewOrderLine, Selling
from imogi_finance.sandbox.storage.rows import Row

COLUMNS = Columns(
    required=("customer", "reference", "order_date", "delivery_date", "item", "qty", "rate"),
    optional=("delivered", "payment_days", "status"),
)
SUBMITTED, DRAFT, ON_HOLD, CLOSED = "submitted", "draft", "on hold", "closed"
STATUSES = {of: of for of in (SUBMITTED, DRAFT, ON_HOLD, CLOSED)} | {"": SUBMITTED}
_OF_THE_ORDER = ("order_date", "delivery_date", "payment_days", "status")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ImportedOrders:
    """What an import made.

    Args:
        names: the orders, in the order of the file.
        lines: how many lines they have together.
    """

    file: str
    names: tuple[str, ...]
    lines: int


@dataclass
class _Order:
    first: Line
    head: NewOrder
    status: str
    lines: list[NewOrderLine]


def import_orders(selling: Selling, path: Path, *, into: Row, on_progress: Progress | None = None) -> ImportedOrders:
    """Enter every order of a file, or none; in the caller's transaction and name.

    Args:
        into: the company's row (name, currency).
        on_progress: told how many of how many orders are entered.

    Raises:
        Refused: the file cannot be read, or lines of it are bad; each is named with its remedy.
    """
    findings = Findings(path.name)
    orders: dict[tuple[str, str], _Order] = {}
    known = {
        (row["customer"], row["reference"]): row["name"]
        for row in selling.rows.select("sales_order")
        if row["reference"]
    }
    lines = read_table(read_text(path), COLUMNS, findings)
    for line in lines:
        _take(line, into["currency"], known, orders, findings)
    findings.check()
    names = []
    for number, order in enumerate(orders.values(), 1):
        names.append(_enter(selling, into["name"], order))
        if on_progress:
            on_progress(number, len(orders))
    return ImportedOrders(path.name, tuple(names), len(lines))


def _take(
    line: Line,
    currency: str,
    known: dict[tuple[str, str], str],
    orders: dict[tuple[str, str], _Order],
    findings: Findings,
) -> None:
    """Read one line into the order it belongs to; note what is wrong with it."""
    cells, before = Cells(line, findings), findings.count
    customer, reference, item = cells.text("customer"), cells.text("reference"), cells.text("item")
    ordered, wanted = cells.date("order_date"), cells.date("delivery_date")
    qty, rate = cells.quantity("qty"), cells.amount("rate", currency)
    delivered = cells.quantity("delivered", Decimal(0))
    days = cells.days("payment_days", NewOrder.payment_days, MOST_PAYMENT_DAYS)
    status = cells.choice("status", STATUSES)
    if findings.count > before or not (ordered and wanted and rate and status):
        return
    assert qty is not None and delivered is not None and days is not None  # noqa: PT018  else there was a finding
    _check_amounts(line, currency, qty, rate, delivered, findings)
    if wanted < ordered:
        message = f"is before the order's date {ordered}."
        remedy = "Correct one of the two."
        findings.add(line.number, "delivery_before_order", message, remedy, column="delivery_date", value=str(wanted))
    key = (customer, reference)
    if key in known and key not in orders:
        message = f"was entered before, as {known[key]}."
        remedy = "Leave its lines out, or correct the reference."
        findings.add(line.number, "entered_before", message, remedy, column="reference", value=reference)
    if key not in orders:
        head = NewOrder(customer, ordered, wanted, (), reference, days, submit=status != DRAFT)
        orders[key] = _Order(line, head, status, [])
    else:
        _check_same(line, orders[key].first, findings)
    orders[key].lines.append(NewOrderLine(item, qty, rate, delivered))


def _check_amounts(
    line: Line, currency: str, qty: Decimal, rate: Decimal, delivered: Decimal, findings: Findings
) -> None:
    if rate < 0:
        remedy = "Write it above zero."
        findings.add(line.number, "negative", "is below zero.", remedy, column="rate", value=line.cells["rate"])
    elif not qty or not amount_of(int(qty * THOUSAND), to_minor(rate, currency)):
        message, remedy = "is nothing.", "Give the quantity, or leave the line out."
        findings.add(line.number, "amount", message, remedy, column="qty", value=line.cells["qty"])
    elif qty * rate >= LARGEST_AMOUNT:
        message, remedy = "of it costs more than can be booked.", "Check quantity and rate."
        findings.add(line.number, "amount", message, remedy, column="qty", value=line.cells["qty"])
    if delivered > qty:
        message, remedy = f"is more than the {qty} ordered.", "Give at most what is ordered."
        value = line.cells.get("delivered")
        findings.add(line.number, "delivered", message, remedy, column="delivered", value=value)


def _check_same(line: Line, first: Line, findings: Findings) -> None:
    for column in _OF_THE_ORDER:
        value, said = line.cells.get(column, ""), first.cells.get(column, "")
        if value.lower() != said.lower():
            message = f"is not what line {first.number} says of the same order ({said or 'nothing'})."
            remedy = "Write the same in each line of an order."
            findings.add(line.number, "differs", message, remedy, column=column, value=value)


def _enter(selling: Selling, company: str, order: _Order) -> str:
    name = selling.add_order(company, replace(order.head, lines=tuple(order.lines)))
    if order.status == ON_HOLD:
        selling.hold_order(name)
    elif order.status == CLOSED:
        selling.close_order(name)
    return name
