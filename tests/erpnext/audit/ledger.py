"""A company's books before a run, and whether they are now what the run's items say: to the last row, at any moment.

What an item that is done must have changed is worked out from its amount; everything else must be as it was.
"""

# ruff: noqa: E501  SQL reads better in long lines

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe

from tests.erpnext.audit.checksums import changes_of_others, rest_of, rows_of_each

_CENT = 0.005
_INVOICE = "Purchase Invoice"
_PAID = ("Succeeded", "Undo Failed")  # what is said of an item whose payment stands
_SHOWN = 5
Snapshot = dict[str, Any]  # plain enough for JSON


def snapshot(company: str, invoices: Sequence[str], transaction: str) -> Snapshot:
    """Return the state of a company's books.

    Args:
        invoices: names of the Purchase Invoices that a run is about to pay.
        transaction: the Bank Transaction that it is to pay them with.
    """
    return {
        "company": company,
        "transaction": transaction,
        "invoices": _invoices(invoices),
        "statement": _statement(transaction),
        "own": rows_of_each(invoices),
        "rest": rest_of(company, vouchers=invoices, invoices=invoices, transactions=[transaction]),
    }


def differences(before: Snapshot, run: str, *, besides: Sequence[str] = (), apart: Sequence[str] = ()) -> list[str]:
    """Return where the books are not what they were before, with the payments of the run's done items on top.

    Args:
        before: taken before the run was asked for.
        besides: names of vouchers that somebody else has made since.
        apart: names of the run's invoices that somebody else has changed since.
    """
    items = _items(run)
    status = frappe.db.sql("select status from `tabBatch Run` where name = %s", run)[0][0]
    payments = frappe.db.sql("select name from `tabPayment Entry` where batch_run = %s", run, pluck=True)
    payments += [item.result_name for item in items if item.result_name and item.result_name not in payments]
    names = list(before["invoices"])
    rest = rest_of(
        before["company"], vouchers=[*payments, *besides, *names], invoices=names, transactions=[before["transaction"]]
    )
    found = changes_of_others(before["rest"], rest)
    found += _of_their_own(before["own"], rows_of_each(names), apart)
    found += _of_invoices(before, [item for item in items if item.reference_name not in apart], status == "Completed")
    found += _of_ledgers(items, payments)
    found += _of_statement(before, items, status == "Completed")
    return found[:_SHOWN]


def _of_invoices(before: Snapshot, items: Sequence[Any], completed: bool) -> list[str]:
    now = _invoices(list(before["invoices"]))
    found = []
    for item in items:
        was, shows = before["invoices"].get(item.reference_name), now.get(item.reference_name)
        if was is None:
            continue  # a voucher
        paid = float(item.amount) if item.status in _PAID else 0.0
        wanted = [round(was[0] - paid, 2), was[1], was[2]]
        if completed and not wanted[0]:
            wanted[1] = "Paid"
        if shows != wanted:
            found.append(f"{_INVOICE} {item.reference_name} ({item.status}) shows {shows}, must show {wanted}")
    return found


def _of_their_own(before: Mapping[str, Any], now: Mapping[str, Any], apart: Sequence[str]) -> list[str]:
    """Compare what the invoices themselves have posted: being paid changes nothing of it."""
    return [
        f"{what} of {_INVOICE} {name} changed: {was}, now {now[what].get(name)}"
        for what, of in before.items()
        for name, was in of.items()
        if name not in apart and now[what].get(name) != was
    ]


def _of_ledgers(items: Sequence[Any], payments: Sequence[str]) -> list[str]:
    """Compare what the run's payments have in both ledgers, invoice by invoice, with what its done items say."""
    if not payments:
        return []
    wanted: dict[str, float] = {}
    for item in items:
        if item.status in _PAID and item.reference_doctype == _INVOICE:
            wanted[item.reference_name] = wanted.get(item.reference_name, 0) + float(item.amount)
    general = frappe.db.sql(
        """select against_voucher, round(sum(debit - credit), 2) from `tabGL Entry` where voucher_type = 'Payment Entry'
        and voucher_no in %s and is_cancelled = 0 and against_voucher_type = %s group by against_voucher""",
        (payments, _INVOICE),
    )
    ledger = frappe.db.sql(
        """select against_voucher_no, round(-sum(amount), 2) from `tabPayment Ledger Entry` where voucher_type = 'Payment Entry'
        and voucher_no in %s and delinked = 0 and against_voucher_type = %s group by against_voucher_no""",
        (payments, _INVOICE),
    )
    found = []
    for name, rows in (("GL Entry", general), ("Payment Ledger Entry", ledger)):
        posted = {invoice: float(amount) for invoice, amount in rows}
        found += [
            f"{name}: {posted.get(invoice, 0)} is paid of {invoice}, must be {wanted.get(invoice, 0)}"
            for invoice in sorted({*posted, *wanted})
            if abs(posted.get(invoice, 0) - wanted.get(invoice, 0)) > _CENT
        ]
    return found


def _of_statement(before: Snapshot, items: Sequence[Any], completed: bool) -> list[str]:
    """Compare the bank transaction: it has all of a completed run, and nothing of any other."""
    allocated, unallocated, rows = before["statement"]
    if completed:
        total = sum(float(item.amount) for item in items)
        vouchers = {item.result_name for item in items}
        allocated, unallocated, rows = allocated + total, unallocated - total, rows + len(vouchers)
    wanted, shows = [round(allocated, 2), round(unallocated, 2), rows], _statement(before["transaction"])
    if shows == wanted:
        return []
    return [f"Bank Transaction {before['transaction']} has [allocated, unallocated, rows] {shows}, must have {wanted}"]


def _items(run: str) -> list[Any]:
    return frappe.db.sql(
        "select reference_doctype, reference_name, amount, status, result_name from `tabBatch Run Item` where run = %s",
        run,
        as_dict=True,
    )


def _invoices(names: Sequence[str]) -> dict[str, list[Any]]:
    """Return of each invoice what is outstanding, its status and its docstatus."""
    if not names:
        return {}
    rows = frappe.db.sql(
        f"""select v.name, round(v.outstanding_amount, 2), v.status, v.docstatus from `tab{_INVOICE}` v where v.name in %s""",
        (list(names),),
    )
    return {name: [float(outstanding), status, docstatus] for name, outstanding, status, docstatus in rows}


def _statement(transaction: str) -> list[Any]:
    [[allocated, unallocated, rows]] = frappe.db.sql(
        """select round(t.allocated_amount, 2), round(t.unallocated_amount, 2),
        (select count(*) from `tabBank Transaction Payments` x where x.parent = t.name)
        from `tabBank Transaction` t where t.name = %s""",
        transaction,
    )
    return [float(allocated), float(unallocated), int(rows)]
