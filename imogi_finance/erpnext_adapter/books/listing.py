"""What the dialog shows of a bank transaction: the unpaid invoices that fit, and the payments that could be allocated.

Amounts are integers in minor units beside ``currency`` and ``exponent``; dates are ISO 8601 text. Each list is one
query for each doctype, however long it is, with the acting user's permissions inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, BankTransaction
from imogi_finance.erpnext_adapter.books import reading
from imogi_finance.erpnext_adapter.books.amounts import exact
from imogi_finance.errors import Refused
from imogi_finance.money import ZERO, exponent

Json = dict[str, Any]
_REFERENCE = {"Purchase Invoice": "bill_no", "Sales Invoice": "po_no"}


def transaction_json(name: str) -> tuple[BankTransaction, Json]:
    """Return a bank transaction, as a value and as it is shown.

    Raises:
        Refused: there is none that the acting user may see.
    """
    found = reading.bank_transaction(name)
    if found is None:
        raise Refused.because(
            f"Bank Transaction {name:.140}", "unknown_transaction", "It does not exist.", "Choose it from the list."
        )
    row = frappe.db.get_value("Bank Transaction", name, ("description", "status", "allocated_amount"), as_dict=True)
    live_run = frappe.db.get_value("Batch Run", {"live_key": f"Bank Transaction:{name}"})
    currency = found.currency
    return found, {
        "name": name,
        "date": found.date.isoformat(),
        "company": found.company,
        "description": row.description or "",
        "reference_number": found.reference_number,
        "bank_account": found.bank_account,
        "currency": currency,
        "exponent": exponent(currency),
        "direction": "withdrawal" if found.is_withdrawal else "deposit",
        "amount": _minor(found.withdrawal + found.deposit, currency),
        "allocated": _minor(exact(row.allocated_amount, currency), currency),
        "unallocated": _minor(found.unallocated, currency),
        "status": row.status,
        "live_run": live_run,
    }


def unpaid_invoices(transaction: BankTransaction) -> list[Json]:
    """Return the unpaid invoices that a bank transaction may pay: by direction, company and currency.

    A withdrawal pays purchases and refunds sales; a deposit the reverse. ``payable`` is above zero for a return too.
    """
    found: list[Json] = []
    for doctype in ("Purchase Invoice", "Sales Invoice"):
        is_return = transaction.is_withdrawal != (doctype == "Purchase Invoice")
        found += [_invoice_json(doctype, row) for row in _unpaid(doctype, transaction, is_return=is_return)]
    return sorted(found, key=lambda row: (row["due_date"], row["doctype"], row["name"]))


def _unpaid(doctype: str, transaction: BankTransaction, *, is_return: bool) -> list[Any]:
    filters = {
        "company": transaction.company,
        "docstatus": 1,
        "is_return": int(is_return),
        "outstanding_amount": ("<" if is_return else ">", 0),
    }
    permitted = _permitted(doctype, filters)
    if permitted is None:
        return []
    party, account = reading.PARTY_FIELDS[doctype]
    return frappe.db.sql(
        f"""select i.name, i.{party} as party, i.{party}_name as party_name, i.posting_date, i.status, i.is_return,
            coalesce(i.due_date, i.posting_date) as due_date, coalesce(i.{_REFERENCE[doctype]}, '') as reference,
            coalesce(nullif(i.party_account_currency, ''), a.account_currency) as currency, i.outstanding_amount,
            if(coalesce(nullif(i.party_account_currency, ''), a.account_currency) = c.default_currency,
                coalesce(nullif(i.base_rounded_total, 0), i.base_grand_total),
                coalesce(nullif(i.rounded_total, 0), i.grand_total)) as total, x.run as in_run
        from `tab{doctype}` i left join `tabAccount` a on a.name = i.{account}
        join `tabCompany` c on c.name = i.company
        left join `tabBatch Run Item` x on x.live_key = concat(%(doctype)s, ':', i.name)
        where i.name in ({permitted})
            and coalesce(nullif(i.party_account_currency, ''), a.account_currency) = %(currency)s""",
        {"doctype": doctype, "currency": transaction.currency},
        as_dict=True,
    )


def _invoice_json(doctype: str, row: Any) -> Json:
    currency = row.currency
    outstanding = _minor(exact(row.outstanding_amount, currency), currency)
    return {
        "doctype": doctype,
        "name": row.name,
        "party": row.party,
        "party_name": row.party_name or row.party,
        "posting_date": row.posting_date.isoformat(),
        "due_date": row.due_date.isoformat(),
        "reference": row.reference,
        "currency": currency,
        "exponent": exponent(currency),
        "grand_total": _minor(exact(row.total, currency), currency),
        "outstanding": outstanding,
        "payable": abs(outstanding),
        "status": row.status,
        "is_return": bool(row.is_return),
        "in_run": row.in_run,
    }


def open_vouchers(transaction: BankTransaction) -> list[Json]:
    """Return the payments on a transaction's account, in its direction, that the statement does not cover yet.

    ``in_run`` names the live run that works on the payment, or that made it and will allocate it.
    """
    side, way = ("paid_from", "Pay") if transaction.is_withdrawal else ("paid_to", "Receive")
    filters = {
        "company": transaction.company,
        "docstatus": 1,
        "payment_type": way,
        side: transaction.bank_account,
        "clearance_date": ("is", "not set"),
    }
    permitted = _permitted(VOUCHER_TYPE, filters)
    if permitted is None:
        return []
    rows = frappe.db.sql(
        f"""select p.name, p.party, p.party_name, p.posting_date, coalesce(p.reference_no, '') as reference,
            p.{side}_account_currency as currency, coalesce(x.run, r.name) as in_run
        from `tabPayment Entry` p left join `tabBatch Run Item` x on x.live_key = concat('Payment Entry:', p.name)
        left join `tabBatch Run` r on r.name = p.batch_run and r.live_key is not null
        where p.name in ({permitted}) order by p.posting_date, p.name""",
        as_dict=True,
    )
    return list(_open(rows, transaction))


def _open(rows: list[Any], transaction: BankTransaction) -> Iterator[Json]:
    currency = transaction.currency
    for page in reading.pages(rows):
        covers = reading.Coverage([row.name for row in page])
        for row in page:
            moved, covered = covers.amounts(row.name, transaction.bank_account)
            left = exact(moved, currency) - exact(covered, currency)
            if row.currency == currency and left > ZERO:
                yield {
                    "doctype": VOUCHER_TYPE,
                    "name": row.name,
                    "party": row.party or "",
                    "party_name": row.party_name or row.party or "",
                    "posting_date": row.posting_date.isoformat(),
                    "currency": currency,
                    "exponent": exponent(currency),
                    "amount": _minor(left, currency),
                    "reference": row.reference,
                    "in_run": row.in_run,
                }


def _permitted(doctype: str, filters: dict[str, Any]) -> str | None:
    """Return a SELECT of the names of the matching documents that the acting user may read; None where they may not."""
    try:
        query = frappe.get_list(doctype, filters=filters, fields=["name"], limit_page_length=0, run=False)
    except frappe.PermissionError:
        return None
    return str(query).replace("%", "%%")


def _minor(amount: Any, currency: str) -> int:
    """Return an amount in minor units; what is finer than the currency's coins is rounded, for showing only."""
    return int(round(amount, exponent(currency)).scaleb(exponent(currency)))
