"""What ``show`` shows of ERPNext's books: as the sandbox does, of what the user may read.

Amounts are integers in minor units beside ``currency`` and ``exponent``; dates are ISO 8601 text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe

from imogi_finance.batch.presenting import run_json
from imogi_finance.commands.orders_shown import orders_shown
from imogi_finance.commands.rows_shown import in_minor, in_minor_units, permitted, query
from imogi_finance.erpnext_adapter.composition import App

Json = dict[str, Any]
_INVOICES = {
    "Purchase Invoice": ("supplier", "credit_to", "bill_no"),
    "Sales Invoice": ("customer", "debit_to", "po_no"),
}


@dataclass(frozen=True)
class BenchBooksShown:
    """Pages of documents."""

    app: App

    def orders(self, *, status: str | None, customer: str | None, only_open: bool, limit: int, offset: int) -> Json:
        """Return sales orders, the newest first."""
        books = self.app.invoicing_books
        return orders_shown(books, status=status, customer=customer, only_open=only_open, limit=limit, offset=offset)

    def invoices(
        self, *, doctype: str | None, status: str | None, party: str | None, run: str | None, limit: int, offset: int
    ) -> Json:
        """Return invoices by name, in the currency of their party's account: submitted ones; of a run, drafts too."""
        parts = [_invoices_sql(of, status, party, run) for of in _INVOICES if doctype in (None, of)]
        sql = " union all ".join(part for part in parts if part)
        if not sql:
            return {"invoices": [], "total": 0, "sums": []}
        rows = query(f"select * from ({sql}) i order by doctype, name limit %(limit)s offset %(offset)s", limit, offset)
        sums = query(
            f"""select currency, count(*) as invoices, sum(grand_total) as grand_total,
                sum(outstanding) as outstanding
            from ({sql}) i group by currency order by currency"""
        )
        shown = [in_minor_units(row, "grand_total", "outstanding") for row in rows]
        for row in shown:
            row |= {"payable": abs(row["outstanding"]), "is_return": bool(row["is_return"])}
        return {
            "invoices": shown,
            "total": sum(row["invoices"] for row in sums),
            "sums": [in_minor_units(row, "grand_total", "outstanding") for row in sums],
        }

    def payments(self, *, waiting: bool, party: str | None, run: str | None, limit: int, offset: int) -> Json:
        """Return submitted and cancelled payments of parties by name, in their account's currency."""
        filters: Json = {"docstatus": (">", 0), "payment_type": ("in", ("Pay", "Receive"))}
        if waiting:
            filters |= {"docstatus": 1, "awaiting_bank_reconciliation": 1}
        if party:
            filters["party"] = ("like", f"%{party}%")
        if run:
            filters["batch_run"] = run
        names = permitted("Payment Entry", filters)
        if names is None:
            return {"payments": [], "total": 0, "sums": []}
        sql = f"""select p.name, p.payment_type, p.party_type, p.party, p.posting_date, p.docstatus, p.batch_run,
                p.owner, coalesce(p.reference_no, '') as reference_no, a.name as account,
                coalesce(a.account_type, '') as account_type, a.account_currency as currency,
                if(p.payment_type = 'Pay', p.paid_amount, p.received_amount) as amount,
                p.docstatus = 1 and p.awaiting_bank_reconciliation = 1 as awaiting
            from `tabPayment Entry` p
            join `tabAccount` a on a.name = if(p.payment_type = 'Pay', p.paid_from, p.paid_to)
            where p.name in ({names})"""
        rows = query(f"select * from ({sql}) p order by name limit %(limit)s offset %(offset)s", limit, offset)
        sums = query(
            f"""select currency, count(*) as payments, sum(amount * (docstatus = 1)) as amount,
                sum(amount * awaiting) as waiting, cast(sum(awaiting) as integer) as payments_waiting
            from ({sql}) p group by currency order by currency"""
        )
        return {
            "payments": _with_references([in_minor_units(row, "amount") for row in rows]),
            "total": sum(row["payments"] for row in sums),
            "sums": [in_minor_units(row, "amount", "waiting") for row in sums],
        }

    def transactions(self, *, status: str | None, direction: str | None, limit: int, offset: int) -> Json:
        """Return submitted and cancelled bank transactions, the newest first."""
        filters: Json = {"docstatus": (">", 0)}
        if status:
            filters["status"] = status
        if direction:
            filters[direction] = (">", 0)
        names = permitted("Bank Transaction", filters)
        if names is None:
            return {"transactions": [], "total": 0}
        rows = query(
            f"""select t.name, t.date, t.company, coalesce(t.description, '') as description,
                coalesce(t.reference_number, '') as reference_number, t.bank_account, t.currency,
                if(t.withdrawal > 0, 'withdrawal', 'deposit') as direction, t.deposit + t.withdrawal as amount,
                t.allocated_amount as allocated, t.unallocated_amount as unallocated, t.status, r.name as live_run
            from `tabBank Transaction` t
            left join `tabBatch Run` r on r.live_key = concat('Bank Transaction:', t.name)
            where t.name in ({names}) order by t.date desc, t.name desc limit %(limit)s offset %(offset)s""",
            limit,
            offset,
        )
        total = query(f"select count(*) as n from `tabBank Transaction` where name in ({names})")[0]["n"]
        return {
            "transactions": [in_minor_units(row, "amount", "allocated", "unallocated") for row in rows],
            "total": total,
        }

    def runs(self, *, status: str | None, limit: int, offset: int) -> Json:
        """Return runs, the newest first."""
        filters = {"status": status} if status else {}
        names = frappe.get_list(
            "Batch Run",
            filters=filters,
            pluck="name",
            order_by="creation desc, name desc",
            limit_start=offset,
            limit_page_length=limit,
        )
        total = frappe.get_list("Batch Run", filters=filters, fields=["count(*) as n"], order_by=None)[0].n
        with self.app.transactions.reading():
            found = [run_json(self.app.control.summary(self.app.store.run(name))) for name in names]
        return {"runs": found, "total": total}

    def ledger(self) -> Json:
        """Return the trial balance in the companies' currencies, and whether it balances."""
        names = permitted("GL Entry", {"is_cancelled": 0})
        accounts = [] if names is None else _accounts(names)
        totals: dict[str, Json] = {}
        for row in accounts:
            start = {"currency": row["currency"], "exponent": row["exponent"], "debit": 0, "credit": 0}
            total = totals.setdefault(row["currency"], start)
            total["debit"] += row["debit"]
            total["credit"] += row["credit"]
        for total in totals.values():
            total["balances"] = total["debit"] == total["credit"]
        balances = all(total["balances"] for total in totals.values())
        return {"accounts": accounts, "totals": list(totals.values()), "balances": balances}


def _accounts(names: str) -> list[Json]:
    rows = query(
        f"""select g.account, coalesce(a.account_type, '') as account_type, c.default_currency as currency,
            sum(g.debit) as debit, sum(g.credit) as credit, count(*) as entries
        from `tabGL Entry` g left join `tabAccount` a on a.name = g.account join `tabCompany` c on c.name = g.company
        where g.name in ({names}) group by g.account, c.default_currency order by c.default_currency, g.account"""
    )
    accounts = [in_minor_units(row, "debit", "credit") for row in rows]
    return [row | {"balance": row["debit"] - row["credit"]} for row in accounts]


def _invoices_sql(doctype: str, status: str | None, party: str | None, run: str | None) -> str | None:
    who, account, reference = _INVOICES[doctype]
    filters: Json = {"docstatus": 1}
    if run or status == "Draft":
        filters = {"docstatus": ("<", 2)}
    if run and doctype != "Sales Invoice":
        return None  # runs make none of these
    if run:
        filters["batch_run"] = run
    if status:
        filters["status"] = status
    if party:
        filters[who] = ("like", f"%{party}%")
    names = permitted(doctype, filters)
    if names is None:
        return None
    currency = "coalesce(nullif(i.party_account_currency, ''), a.account_currency)"
    return f"""select '{doctype}' as doctype, i.name, i.{who} as party, i.posting_date,
        coalesce(i.due_date, i.posting_date) as due_date, coalesce(i.{reference}, '') as reference,
        {currency} as currency, i.outstanding_amount as outstanding, i.status, i.is_return, i.docstatus,
        if({currency} = c.default_currency, coalesce(nullif(i.base_rounded_total, 0), i.base_grand_total),
            coalesce(nullif(i.rounded_total, 0), i.grand_total)) as grand_total, x.run as in_run
        from `tab{doctype}` i left join `tabAccount` a on a.name = i.{account}
        join `tabCompany` c on c.name = i.company
        left join `tabBatch Run Item` x on x.live_key = concat('{doctype}:', i.name)
        where i.name in ({names})"""


def _with_references(payments: list[Json]) -> list[Json]:
    """Add what each payment pays and which bank transactions it is on, in one query each."""
    names = [row["name"] for row in payments] or [""]
    invoices = query(
        """select parent, min(reference_name) as first_invoice, count(*) as invoices
        from `tabPayment Entry Reference` where parent in %(names)s group by parent""",
        names=names,
    )
    covers = query(
        """select b.payment_entry, min(t.name) as bank_transaction, sum(b.allocated_amount) as covered
        from `tabBank Transaction Payments` b join `tabBank Transaction` t on t.name = b.parent and t.docstatus = 1
        where b.payment_document = 'Payment Entry' and b.payment_entry in %(names)s group by b.payment_entry""",
        names=names,
    )
    of_invoices = {row["parent"]: row for row in invoices}
    of_bank = {row["payment_entry"]: row for row in covers}
    for row in payments:
        paid, bank = of_invoices.get(row["name"], {}), of_bank.get(row["name"], {})
        row["awaiting"] = bool(row["awaiting"])
        row |= {"first_invoice": paid.get("first_invoice"), "invoices": paid.get("invoices", 0)}
        row["bank_transaction"] = bank.get("bank_transaction")
        row["covered"] = in_minor(bank.get("covered") or 0, row["currency"])
        row["state"] = _state(row)
    return payments


def _state(row: Json) -> str:
    if row["docstatus"] == 2:
        return "cancelled"
    if row["awaiting"]:
        return "waiting for the bank"
    if row["bank_transaction"]:
        return f"confirmed by {row['bank_transaction']}"
    return "paid in cash" if row["account_type"] == "Cash" else "paid"
