"""A company's books before its orders are invoiced, and whether they are now what the run's items say: at any moment.

What an order that was invoiced must have changed is worked out from its own rows, in exact decimals; everything else
must be as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import frappe

from tests.erpnext.audit.checksums import changes_of_others, rest_of

_SHOWN = 5
_CENT = Decimal("0.01")
_BILLED = "Fully Billed"
Snapshot = dict[str, Any]  # plain enough for JSON


def snapshot(company: str, orders: Sequence[str]) -> Snapshot:
    """Return the state of a company's books.

    Args:
        orders: names of the Sales Orders that a run is about to invoice in full, of which nothing is billed yet.
    """
    return {"company": company, "orders": _orders(orders), "rest": rest_of(company, orders=orders)}


def differences(before: Snapshot, run: str, *, besides: Sequence[str] = (), apart: Sequence[str] = ()) -> list[str]:
    """Return where the books are not what they were before, with the invoices of the run's done items on top.

    Args:
        before: taken before the run was asked for.
        besides: names of vouchers that somebody else has made since.
        apart: names of the run's orders that somebody else has changed since.
    """
    items = frappe.db.sql(
        "select reference_name, status, result_name from `tabBatch Run Item` where run = %s", run, as_dict=True
    )
    asked = "select coalesce(json_value(options, '$.submit'), 0) + 0 from `tabBatch Run` where name = %s"
    submitted = bool(frappe.db.sql(asked, run)[0][0])
    made = frappe.db.sql("select name from `tabSales Invoice` where batch_run = %s", run, pluck=True)
    made += [item.result_name for item in items if item.result_name and item.result_name not in made]
    names = list(before["orders"])
    found = changes_of_others(
        before["rest"], rest_of(before["company"], vouchers=[*made, *besides], invoices=made, orders=names)
    )
    done = {item.reference_name: item.result_name for item in items if item.status == "Succeeded"}
    found += _of_orders(before["orders"], done if submitted else {}, apart)
    found += _of_invoices(before["orders"], done, made, submitted=submitted)
    return found[:_SHOWN]


def _of_orders(before: Mapping[str, dict[str, Any]], billed: Mapping[str, str], apart: Sequence[str]) -> list[str]:
    """Compare what orders say of themselves: those that are billed say so, all others say what they said."""
    now = _orders(list(before))
    found = []
    for name, was in before.items():
        if name in apart:
            continue
        wanted = {**was, "billed": was["net"], "per_billed": "100.00", "billing": _BILLED} if name in billed else was
        shows = now.get(name, {})
        if name in billed and shows.get("status") in ("To Deliver", "Completed"):
            wanted = {**wanted, "status": shows["status"]}
        if shows != wanted:
            found.append(f"Sales Order {name} shows {shows}, must show {wanted}")
    return found


def _of_invoices(
    before: Mapping[str, dict[str, Any]], done: Mapping[str, str], made: Sequence[str], *, submitted: bool
) -> list[str]:
    """Compare each invoice with the sum of its orders, and both ledgers with the invoice, to the last cent.

    The tax of several orders is rounded once where each order has rounded its own: a cent for each may be between them.
    """
    of_invoice: dict[str, list[dict[str, Any]]] = {}
    for order, invoice in done.items():
        if order in before:
            of_invoice.setdefault(invoice, []).append(before[order])
    found = [
        f"Sales Invoice {name} stands for no order that is done" for name in sorted({*_live(made)} - {*of_invoice})
    ]
    posted = _posted(list(of_invoice))
    for name, orders in of_invoice.items():
        if name not in posted:
            found.append(f"Sales Invoice {name} does not exist")
            continue
        net, total, general, ledger = posted[name]
        asked, in_all = (sum((Decimal(order[key]) for order in orders), Decimal(0)) for key in ("net", "total"))
        if net != asked or abs(total - in_all) > (len(orders) - 1) * _CENT:
            found.append(f"Sales Invoice {name} bills {net} and {total} with tax, must bill {asked} and {in_all}")
        if {general, ledger} != {total if submitted else Decimal(0)}:
            found.append(f"Sales Invoice {name} of {total} has {general} and {ledger} in the ledgers")
    return found


def _live(invoices: Sequence[str]) -> list[str]:
    sql = "select name from `tabSales Invoice` where name in %s and docstatus < 2"
    return frappe.db.sql(sql, ([*invoices, ""],), pluck=True)


def _posted(invoices: Sequence[str]) -> dict[str, list[Decimal]]:
    """Return of each invoice its totals without and with tax, and what it has in the general and the payment ledger."""
    rows = frappe.db.sql(
        """select v.name, cast(v.base_net_total as char), cast(v.base_grand_total as char),
            cast((select coalesce(sum(g.debit - g.credit), 0) from `tabGL Entry` g where g.voucher_no = v.name
                and g.voucher_type = 'Sales Invoice' and g.account = v.debit_to and g.is_cancelled = 0) as char),
            cast((select coalesce(sum(p.amount), 0) from `tabPayment Ledger Entry` p where p.voucher_no = v.name
                and p.voucher_type = 'Sales Invoice' and p.delinked = 0) as char)
        from `tabSales Invoice` v where v.name in %s""",
        ([*invoices, ""],),
    )
    return {name: [Decimal(amount) for amount in amounts] for name, *amounts in rows}


def _orders(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what each order says of itself; amounts in the company's currency, as exact decimal text."""
    rows = frappe.db.sql(
        """select o.name, o.docstatus, o.status, o.billing_status, cast(round(o.per_billed, 2) as char),
            cast(o.base_net_total as char), cast(o.base_grand_total as char),
            cast((select sum(r.billed_amt * o.conversion_rate) from `tabSales Order Item` r
                where r.parent = o.name) as char)
        from `tabSales Order` o where o.name in %s""",
        ([*names, ""],),
    )
    keys = ("docstatus", "status", "billing", "per_billed", "net", "total", "billed")
    found = {name: dict(zip(keys, values, strict=True)) for name, *values in rows}
    for shown in found.values():
        shown |= {key: _plain(shown[key]) for key in keys[3:]}
    return found


def _plain(amount: str) -> str:
    """Return an amount with its cents, however many noughts the database has given it."""
    exact = Decimal(amount)
    return f"{exact:.2f}" if exact == exact.quantize(Decimal("0.01")) else str(exact.normalize())
