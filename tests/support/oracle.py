"""What must always be true of the books, worked out from the rows alone (I1 to I3).

This is an oracle: it is written against the specification and calls none of the app's code.
``tables`` maps a table to its rows by key, as ``MemoryDatabase.tables`` and ``dump`` hold them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.order_oracle import broken_orders

Row = dict[str, Any]
Tables = Mapping[str, Mapping[tuple[Any, ...], Row]]

BOOKS = frozenset(
    {"invoice", "payment", "payment_reference", "ledger_entry", "bank_transaction", "bank_transaction_payment"}
) | {"invoice_line", "sales_order", "sales_order_line"}


def broken_books(tables: Tables, *, today: str) -> Iterator[str]:
    """Yield what is wrong with the books; nothing where they are sound.

    Args:
        today: the date as ISO text, for what is overdue.
    """
    covered = _covered(tables)
    yield from _ledger(tables)
    yield from _statement(tables)
    yield from _payments(tables, covered)
    yield from _invoices(tables, covered, today)
    yield from broken_orders(tables)


def _ledger(tables: Tables) -> Iterator[str]:
    """I2: debits equal credits, per voucher and in all; a cancelled voucher nets to nothing."""
    balance: dict[tuple[str, str], int] = defaultdict(int)
    net: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in tables["ledger_entry"].values():
        signed = row["debit"] - row["credit"]
        balance[row["voucher_type"], row["voucher"]] += signed
        net[row["voucher_type"], row["voucher"], row["account"]] += signed
    yield from (f"I2: {kind} {name} is off balance by {off}" for (kind, name), off in balance.items() if off)
    if sum(balance.values()):
        yield f"I2: the ledger is off balance by {sum(balance.values())}"
    for row in tables["payment"].values():
        posted = net.get(("Payment Entry", row["name"], row["account"]))
        sign = -1 if row["payment_type"] == "Pay" else 1
        wanted = sign * row["amount"] if row["docstatus"] == 1 else 0
        if posted != wanted:
            yield f"I2: payment {row['name']} (docstatus {row['docstatus']}) stands at {posted}, not {wanted}"


def _statement(tables: Tables) -> Iterator[str]:
    """I3: what is allocated of a bank transaction and what is not make up its amount."""
    allocated: dict[str, int] = defaultdict(int)
    for row in tables["bank_transaction_payment"].values():
        allocated[row["bank_transaction"]] += row["allocated"]
        payment = tables["payment"].get((row["payment"],))
        if row["allocated"] <= 0 or payment is None or payment["docstatus"] != 1:
            yield f"I3: {row['bank_transaction']} has a row of {row['allocated']} for {row['payment']}"
    for row in tables["bank_transaction"].values():
        amount, sums = row["deposit"] + row["withdrawal"], allocated.get(row["name"], 0)
        if row["allocated"] != sums or sums + row["unallocated"] != amount or row["unallocated"] < 0:
            yield f"I3: {row['name']} of {amount}: rows {sums}, allocated {row['allocated']}, {row['unallocated']} left"
        wanted = "Cancelled" if row["docstatus"] == 2 else "Reconciled" if sums == amount else "Unreconciled"
        if row["status"] != wanted:
            yield f"I3: {row['name']} is {row['status']}, not {wanted}"


def _covered(tables: Tables) -> Mapping[str, int]:
    """Sum what submitted bank transactions on a payment's own account cover of it."""
    covered: dict[str, int] = defaultdict(int)
    for row in tables["bank_transaction_payment"].values():
        statement = tables["bank_transaction"][row["bank_transaction"],]
        payment = tables["payment"].get((row["payment"],))
        if payment and statement["docstatus"] == 1 and statement["bank_account"] == payment["account"]:
            covered[row["payment"]] += row["allocated"]
    return covered


def _waits(tables: Tables, payment: Row, covered: Mapping[str, int]) -> bool:
    setting = tables["setting"].get(("paid_status_rule",))
    if payment["docstatus"] != 1 or (setting is not None and setting["value"] == "off"):
        return False
    account = tables["account"].get((payment["account"],))
    is_bank = account is not None and account["account_type"] == "Bank"
    return is_bank and covered.get(payment["name"], 0) < payment["amount"]


def _payments(tables: Tables, covered: Mapping[str, int]) -> Iterator[str]:
    """I3: no more of a payment is allocated than it has; its flag says whether its bank is awaited."""
    for row in tables["payment"].values():
        if covered.get(row["name"], 0) > row["amount"]:
            yield f"I3: {row['name']} of {row['amount']} is covered by {covered[row['name']]}"
        if bool(row["awaiting"]) != _waits(tables, row, covered):
            yield f"paid status: the awaiting flag of {row['name']} is {row['awaiting']}"


def _invoices(tables: Tables, covered: Mapping[str, int], today: str) -> Iterator[str]:
    """An invoice owes what the ledger says, and shows the status without its awaiting payments."""
    paid: dict[tuple[str, str], int] = defaultdict(int)
    shown: dict[tuple[str, str], int] = defaultdict(int)
    for row in tables["payment_reference"].values():
        payment = tables["payment"][row["payment"],]
        if payment["docstatus"] == 1:
            paid[row["doctype"], row["invoice"]] += row["allocated"]
            if not _waits(tables, payment, covered):
                shown[row["doctype"], row["invoice"]] += row["allocated"]
    owed: dict[tuple[str, str], int] = defaultdict(int)
    for row in tables["ledger_entry"].values():
        if row["against"]:
            sign = -1 if row["against_type"] == "Purchase Invoice" else 1
            owed[row["against_type"], row["against"]] += sign * (row["debit"] - row["credit"])
    for key, row in tables["invoice"].items():
        ledger, left = owed.get(key, 0), row["grand_total"] - paid.get(key, 0)  # type: ignore[arg-type]
        if row["docstatus"] != 1:
            left = 0
        if row["outstanding"] != left or ledger != left:
            yield f"{key[1]}: outstanding {row['outstanding']}, ledger {ledger}, by its payments {left}"
        if row["outstanding"] * row["grand_total"] < 0:
            yield f"{key[1]}: overpaid, {row['outstanding']} outstanding of {row['grand_total']}"
        wanted = _status(row, row["grand_total"] - shown.get(key, 0), today)  # type: ignore[arg-type]
        if row["status"] != wanted:
            yield f"paid status: {key[1]} shows {row['status']}, not {wanted}"


def _status(invoice: Row, still_open: int, today: str) -> str:
    if invoice["docstatus"] != 1:
        return "Draft" if invoice["docstatus"] == 0 else "Cancelled"
    if still_open <= 0:
        return "Return" if invoice["is_return"] else "Paid"
    if invoice["due_date"] < today:
        return "Overdue"
    return "Partly Paid" if still_open < invoice["grand_total"] else "Unpaid"
