"""Whether a company's money adds up to the cent: sums of decimals in the database, compared as exact numbers.

Run by the Python inside the site. Shares no code with the app.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import frappe

_INVOICE, _PAYMENT = "Purchase Invoice", "Payment Entry"
_PAGE = 1000


def balance(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what bank transactions that were to be reconciled in full have come to, and every difference.

    Args:
        lines: ``transaction``, ``invoices`` and ``amount``, the exact sum of what was outstanding of them.
    """
    asked = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
    invoices = [name for line in lines for name in line["invoices"]]
    transactions = [line["transaction"] for line in lines]
    payments = _payments(invoices)
    made = sorted({payment for of_one in payments.values() for payment in of_one})
    of_payments = f"voucher_type = '{_PAYMENT}' and against_voucher_type = '{_INVOICE}' and voucher_no in %s"
    sums = {
        "paid by payments": _sum("sum(paid_amount)", f"`tab{_PAYMENT}` where name in %s", made),
        "credited to the bank": _sum(
            "sum(g.credit - g.debit)",
            f"""`tabGL Entry` g join `tab{_PAYMENT}` p on p.name = g.voucher_no where g.voucher_type = '{_PAYMENT}'
            and g.account = p.paid_from and g.is_cancelled = 0 and p.name in %s""",
            made,
        ),
        "debited to the suppliers": _sum(
            "sum(debit - credit)",
            f"`tabGL Entry` where {of_payments} and party_type = 'Supplier' and is_cancelled = 0",
            made,
        ),
        "in the payment ledger": _sum(
            "-sum(amount)", f"`tabPayment Ledger Entry` where {of_payments} and delinked = 0", made
        ),
        "gone from the outstanding": asked
        - _sum("sum(outstanding_amount)", f"`tab{_INVOICE}` where name in %s", invoices),
        "allocated in rows": _sum(
            "sum(allocated_amount)", "`tabBank Transaction Payments` where parent in %s", transactions
        ),
        "allocated of transactions": _sum(
            "sum(allocated_amount)", "`tabBank Transaction` where docstatus = 1 and name in %s", transactions
        ),
        "withdrawn by transactions": _sum(
            "sum(withdrawal - unallocated_amount)", "`tabBank Transaction` where name in %s", transactions
        ),
    }
    lost = [name for name in invoices if not payments.get(name)]
    twice = [name for name in invoices if len(payments.get(name, ())) > 1]
    whole = _sum("sum(debit) - sum(credit)", "`tabGL Entry` where company in %s", _companies(transactions))
    unpaid = int(_sum("count(*)", f"`tab{_INVOICE}` where status <> 'Paid' and name in %s", invoices))
    wrong = [f"{what} are {_shown(got)}, must be {_shown(asked)}" for what, got in sums.items() if got != asked]
    wrong += [f"the general ledger is {_shown(whole)} out of balance"] if whole else []
    wrong += [f"{len(lost)} invoices have no payment: {lost[:3]}"] if lost else []
    wrong += [f"{len(twice)} invoices have two payments: {twice[:3]}"] if twice else []
    wrong += [f"{unpaid} invoices do not show Paid"] if unpaid else []
    out = max((abs(got - asked) for got in (*sums.values(), asked + whole)), default=Decimal(0))
    return {
        "invoices": len(invoices),
        "payments": len(made),
        "amount": _shown(asked),
        "lost": len(lost),
        "twice": len(twice),
        "out_of_balance": _shown(out),
        "wrong": wrong,
    }


def _payments(invoices: Sequence[str]) -> dict[str, list[str]]:
    """Return the live payments of each invoice."""
    found: dict[str, list[str]] = {}
    for page in _pages(invoices):
        rows = frappe.db.sql(
            f"""select r.reference_name, r.parent from `tabPayment Entry Reference` r join `tab{_PAYMENT}` p
            on p.name = r.parent where p.docstatus = 1 and r.reference_doctype = '{_INVOICE}'
            and r.reference_name in %s""",
            (page,),
        )
        for invoice, payment in rows:
            found.setdefault(invoice, []).append(payment)
    return found


def _shown(amount: Decimal) -> str:
    """Return an amount with its cents, and with all its places where it has more."""
    return f"{amount:.2f}" if amount == amount.quantize(Decimal("0.01")) else str(amount.normalize())


def _companies(transactions: Sequence[str]) -> list[str]:
    return sorted({frappe.db.get_value("Bank Transaction", name, "company") for name in transactions})


def _sum(what: str, rows: str, names: Iterable[str]) -> Decimal:
    """Return a sum over rows, page by page; as text from the database, as Frappe would make floats of decimals."""
    pages = (frappe.db.sql(f"select cast({what} as char) from {rows}", (page,))[0][0] for page in _pages(names))
    return sum((Decimal(text) for text in pages if text is not None), Decimal(0))


def _pages(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    listed = list(names)
    for start in range(0, len(listed), _PAGE):
        yield tuple(listed[start : start + _PAGE])
