"""Sales invoices of orders: made as drafts, submitted and posted, taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from imogi_finance.batch.faults import reach
from imogi_finance.batch_invoicing.checks import held_problem
from imogi_finance.batch_invoicing.documents import INVOICE_TYPE
from imogi_finance.errors import DocumentError
from imogi_finance.money import display, from_minor
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.service import PaidStatus
from imogi_finance.sandbox.books.orders import LineToBill, Orders
from imogi_finance.sandbox.books.periods import check_open
from imogi_finance.sandbox.books.posting import invoice_lines, post, reverse
from imogi_finance.sandbox.storage.rows import Row, Rows
from imogi_finance.sandbox.users import RowsUsers


class SalesInvoices:
    """Makes, submits, deletes and cancels sales invoices, inside the caller's transaction and name."""

    def __init__(self, rows: Rows, users: RowsUsers, paid_status: PaidStatus, orders: Orders) -> None:
        self._rows = rows
        self._users = users
        self._paid_status = paid_status
        self._orders = orders

    def insert_draft(
        self, orders: Sequence[Row], parts: Sequence[Sequence[LineToBill]], *, on: date, run: str | None
    ) -> str:
        """Enter a draft that bills parts of orders; return its name.

        Args:
            orders: rows of one customer, locked.
            parts: what is billed of each.
        """
        first = orders[0]
        name = f"SINV-{self._rows.next_number(INVOICE_TYPE):05d}"
        billed = [(order["name"], part) for order, of_it in zip(orders, parts, strict=True) for part in of_it]
        row: Row = {
            "doctype": INVOICE_TYPE,
            "name": name,
            "company": first["company"],
            "party": first["customer"],
            "posting_date": on.isoformat(),
            "due_date": (on + timedelta(days=first["payment_days"])).isoformat(),
            "reference": None,
            "currency": first["currency"],
            "grand_total": sum(part.amount for _, part in billed),
            "outstanding": 0,  # nothing is owed before it is submitted
            "is_return": 0,
            "docstatus": 0,
            "status": "Draft",
            "party_account": f"Debtors - {first['currency']}",
            "batch_run": run,
            "owner": self._users.acting,
        }
        self._rows.insert("invoice", row)
        self._rows.insert_many(
            "invoice_line",
            [
                {
                    "invoice": name,
                    "line": number,
                    "item": part.line["item"],
                    "qty": part.qty,
                    "rate": part.line["rate"],
                    "amount": part.amount,
                    "sales_order": order,
                    "order_line": part.line["line"],
                }
                for number, (order, part) in enumerate(billed, 1)
            ],
        )
        return name

    def submit(self, name: str) -> None:
        """Submit a draft: it is posted to the ledger, and its orders count as billed.

        Raises:
            DocumentError: there is no such draft, its order does not allow it, the period is closed, or the customer
                would pass the credit limit.
        """
        document = f"{INVOICE_TYPE} {name}"
        self._users.check_may_write(document)
        row = self._existing(name, docstatus=0, state="a draft")
        check_open(self._rows, document, row["posting_date"])
        lines = self._lines(name)
        for order in sorted({line["sales_order"] for line in lines if line["sales_order"]}):
            self._check_order(order)
        self._check_credit(row)
        changes = {"docstatus": 1, "outstanding": row["grand_total"], "status": "Unpaid"}
        self._rows.update("invoice", (INVOICE_TYPE, name), changes)
        posted = {"date": row["posting_date"], "currency": row["currency"], "lines": invoice_lines(row)}
        post(self._rows, INVOICE_TYPE, name, **posted)
        reach("books.after_ledger")
        self._orders.bill(lines)
        reach("books.after_outstanding")
        self._paid_status.refresh_invoices([InvoiceRef(INVOICE_TYPE, name)])

    def delete_draft(self, name: str) -> Sequence[str]:
        """Delete a draft; return the orders that it billed.

        Raises:
            DocumentError: there is no such draft.
        """
        self._users.check_may_write(f"{INVOICE_TYPE} {name}")
        self._existing(name, docstatus=0, state="a draft")
        lines = self._lines(name)
        self._rows.delete_where("invoice_line", {"invoice": name})
        self._rows.delete_where("invoice", {"doctype": INVOICE_TYPE, "name": name})
        return _orders_of(lines)

    def cancel(self, name: str) -> Sequence[str]:
        """Cancel a submitted invoice: its ledger entries are reversed; return the orders that are open again.

        Raises:
            DocumentError: there is no such invoice, payments stand against it, or the period is closed.
        """
        document = f"{INVOICE_TYPE} {name}"
        self._users.check_may_write(document)
        row = self._existing(name, docstatus=1, state="submitted")
        check_open(self._rows, document, row["posting_date"])
        if row["outstanding"] != row["grand_total"]:
            paid = display(from_minor(row["grand_total"] - row["outstanding"], row["currency"]), row["currency"])
            raise DocumentError(document, f"{paid} of it is paid.", "Cancel its payments first.")
        lines = self._lines(name)
        for order in sorted({line["sales_order"] for line in lines if line["sales_order"]}):
            self._orders.lock(order)
        self._rows.update("invoice", (INVOICE_TYPE, name), {"docstatus": 2, "outstanding": 0, "status": "Cancelled"})
        reverse(self._rows, INVOICE_TYPE, name)
        self._orders.bill(lines, sign=-1)
        return _orders_of(lines)

    def owed(self, company: str, customer: str) -> int:
        """Return what a customer owes by submitted invoices, in minor units of the company's currency."""
        return self._rows.total("invoice", "outstanding", _submitted(company, customer))

    def credit_limit(self, company: str, customer: str) -> int | None:
        """Return a customer's credit limit in minor units of the company's currency; None where there is none."""
        row = self._rows.get("credit_limit", company, customer)
        return int(row["amount"]) if row is not None else None

    def _check_credit(self, row: Row) -> None:
        limit = self.credit_limit(row["company"], row["party"])
        if limit is None:
            return
        owed = self.owed(row["company"], row["party"])
        if owed + row["grand_total"] > limit:
            error = credit_problem(row["party"], owed, row["grand_total"], limit, row["currency"])
            raise DocumentError(f"{INVOICE_TYPE} {row['name']}", *error)

    def _check_order(self, name: str) -> None:
        """Lock an order, and raise DocumentError where it cannot be invoiced as it stands."""
        self._orders.lock(name)
        order = self._orders.read([name])[name]
        if order.docstatus != 1:
            raise DocumentError(order.document, "It is not submitted.", "Delete the draft that bills it.")
        if (problem := held_problem(order)) is not None:
            raise DocumentError(problem.document, problem.message, problem.remedy)

    def _existing(self, name: str, *, docstatus: int, state: str) -> Row:
        document, row = f"{INVOICE_TYPE} {name}", self._rows.lock("invoice", INVOICE_TYPE, name)
        if row is None:
            raise DocumentError(document, "It does not exist.", "Choose it from the list.")
        if row["docstatus"] != docstatus:
            raise DocumentError(document, f"It is not {state}, but {row['status']}.", "Choose another.")
        return row

    def _lines(self, name: str) -> list[Row]:
        return self._rows.select("invoice_line", {"invoice": name}, ("line",))


def credit_problem(customer: str, owed: int, amount: int, limit: int, currency: str) -> tuple[str, str]:
    """Return message and remedy for an invoice that would pass a customer's credit limit."""
    owes, bills, may = (display(from_minor(part, currency), currency) for part in (owed, amount, limit))
    message = f"{customer} owes {owes}, and {bills} more would pass the credit limit of {may}."
    return message, "Collect what is owed, or raise the credit limit."


def _submitted(company: str, customer: str) -> dict[str, Any]:
    return {"company": company, "doctype": INVOICE_TYPE, "party": customer, "docstatus": 1}


def _orders_of(lines: Iterable[Row]) -> Sequence[str]:
    return list(dict.fromkeys(line["sales_order"] for line in lines if line["sales_order"]))
