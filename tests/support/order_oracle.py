"""What must always be true of sales orders and the invoices that bill them, worked out from the rows alone.

An order is never billed twice: what submitted invoices bill of each of its lines is what the line counts as billed, and
never more than was ordered. Like ``oracle.py`` this calls none of the app's code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]
Tables = Mapping[str, Mapping[tuple[Any, ...], Row]]


def broken_orders(tables: Tables) -> Iterator[str]:
    """Yield what is wrong with orders and their invoices; nothing where they are sound."""
    submitted = {name for (doctype, name), row in _invoices(tables) if row["docstatus"] == 1}
    billed: dict[tuple[str, int], list[Row]] = defaultdict(list)
    sums: dict[str, int] = defaultdict(int)
    for row in tables["invoice_line"].values():
        sums[row["invoice"]] += row["amount"]
        if ("Sales Invoice", row["invoice"]) not in tables["invoice"]:
            yield f"a line of {row['invoice']}, which does not exist"
        if row["invoice"] in submitted:
            billed[row["sales_order"], row["order_line"]].append(row)
    for name, total in sums.items():
        invoice = tables["invoice"].get(("Sales Invoice", name))
        if invoice and invoice["grand_total"] != total:
            yield f"{name} is of {invoice['grand_total']}, its lines of {total}"
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in tables["sales_order_line"].values():
        lines[row["sales_order"]].append(row)
        yield from _line(row, billed.get((row["sales_order"], row["line"]), []))
    for (name,), row in tables["sales_order"].items():  # type: ignore[misc]
        yield from _order(row, lines[name])


def broken_billing(tables: Tables, run: Row, items: Sequence[Row]) -> Iterator[str]:
    """Yield where a run's items and the invoices that it has made say different things (I1, I10)."""
    asked: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if (item["status"] == "Succeeded") != (item["result_name"] is not None):
            yield f"item {item['position']} is {item['status']} with result {item['result_name']}"
        elif item["result_name"] is not None:
            asked[item["result_name"]].add(item["reference_name"])
    billed: dict[str, set[str]] = defaultdict(set)
    for line in tables["invoice_line"].values():
        billed[line["invoice"]].add(line["sales_order"])
    made = {name: row for (_, name), row in _invoices(tables) if row["batch_run"] == run["name"]}
    if set(made) != set(asked):
        yield f"it has made {sorted(made)}, its items say {sorted(asked)}"
    bills: dict[str, list[str]] = defaultdict(list)
    for name, row in made.items():
        if row["owner"] != run["requested_by"]:
            yield f"I10: {name} belongs to {row['owner']}, asked for by {run['requested_by']}"
        if billed[name] != asked.get(name, set()):
            yield f"{name} bills {sorted(billed[name])}, its items are {sorted(asked.get(name, ()))}"
        for order in billed[name] if row["docstatus"] != 2 else ():
            bills[order].append(name)
    yield from (f"I1: {order} is billed by {sorted(names)}" for order, names in bills.items() if len(names) > 1)


def _invoices(tables: Tables) -> Iterator[tuple[tuple[str, str], Row]]:
    for key, row in tables["invoice"].items():
        yield (key[0], key[1]), row


def _line(line: Row, billed: Sequence[Row]) -> Iterator[str]:
    name = f"{line['sales_order']} line {line['line']}"
    qty, amount = (sum(row[column] for row in billed) for column in ("qty", "amount"))
    if (line["billed"], line["billed_amount"]) != (qty, amount):
        counted = line["billed"], line["billed_amount"]
        yield f"{name} counts {counted} as billed, its invoices bill {(qty, amount)}"
    if qty > line["qty"] or amount > _cost(line["qty"], line["rate"]):
        yield f"{name} is billed more than once over: {qty} of {line['qty']}, {amount}"


def _order(order: Row, lines: Sequence[Row]) -> Iterator[str]:
    total = sum(_cost(line["qty"], line["rate"]) for line in lines)
    unbilled = total - sum(line["billed_amount"] for line in lines)
    delivered = sum(
        max(0, _cost(line["delivered"], line["rate"]) - line["billed_amount"])
        for line in lines
        if line["delivered"] > line["billed"]
    )
    if (order["grand_total"], order["unbilled"], order["delivered_unbilled"]) != (total, unbilled, delivered):
        yield f"{order['name']} is not what its lines are: {(total, unbilled, delivered)}"
    if order["docstatus"] != 1:
        wanted = {"Draft"} if order["docstatus"] == 0 else {"Cancelled"}
    else:
        is_delivered = all(line["delivered"] == line["qty"] for line in lines)
        left = (["Deliver"] * (not is_delivered)) + (["Bill"] * bool(unbilled))
        wanted = {"To " + " and ".join(left) if left else "Completed", "On Hold", "Closed"}
    if order["status"] not in wanted:
        yield f"{order['name']} is {order['status']}, not {sorted(wanted)}"


def _cost(qty: int, rate: int) -> int:
    return int((Decimal(qty) * rate / 1000).quantize(Decimal(1), ROUND_HALF_UP))
