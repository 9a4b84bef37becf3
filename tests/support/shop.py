"""A small company that sells: an office with Sales Orders, whose runs invoice them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from imogi_finance.batch.intake import Accepted
from imogi_finance.batch_invoicing.documents import Order
from imogi_finance.batch_invoicing.judging import Judgement
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.sandbox.selling import NewOrder, NewOrderLine
from tests.support.office import ANA, COMPANY, DUE, POSTED, Office

CUSTOMER = "Ida"


class Shop(Office):
    """An office with orders to invoice."""

    company_name, day = COMPANY, POSTED

    def order(
        self,
        total: object = "100.00",
        *,
        customer: str = CUSTOMER,
        delivered: object = 0,
        submit: bool = True,
        company: str = COMPANY,
    ) -> str:
        """Enter an order of ten pieces; ``delivered`` says how many of them are."""
        line = NewOrderLine("Lamp", Decimal(10), Decimal(str(total)) / 10, Decimal(str(delivered)))
        new = NewOrder(customer, POSTED, DUE, (line,), submit=submit)
        return str(self.write(lambda: self.app.selling.add_order(company, new)))

    def orders(self, count: int, **how: Any) -> list[str]:
        """Enter several."""
        return [self.order(**how) for _ in range(count)]

    def hold(self, name: str) -> None:
        self.write(lambda: self.app.selling.hold_order(name))

    def close(self, name: str) -> None:
        self.write(lambda: self.app.selling.close_order(name))

    def reopen(self, name: str) -> None:
        self.write(lambda: self.app.selling.reopen_order(name))

    def deliver(self, name: str, share: object = 1) -> None:
        self.write(lambda: self.app.selling.deliver_order(name, Decimal(str(share))))

    def cancel_order(self, name: str) -> None:
        self.write(lambda: self.app.selling.cancel_order(name))

    def new_customer(self) -> str:
        """Return the name of a customer who owes nothing."""
        return f"Customer {self.rows.count('party') + 1}"

    def limit(self, amount: object, *, customer: str = CUSTOMER) -> None:
        """Let a customer owe no more than an amount."""
        self.write(lambda: self.app.selling.set_credit_limit(COMPANY, customer, Decimal(str(amount))))

    def bill(self, *names: str, submit: bool = True) -> str:
        """Invoice orders as a person would, by one invoice."""
        return str(self.write(lambda: self.app.selling.bill_by_hand(names, on=POSTED, submit=submit)))

    def invoice_orders(
        self,
        names: Iterable[object],
        *,
        user: str = ANA,
        key: str | None = None,
        company: object = COMPANY,
        priority: int = 5,
        strict: bool = False,
        **options: Any,
    ) -> Accepted:
        """Ask for invoices; they are submitted, unless something else is chosen."""
        return self.app.invoicing.create_invoices_bulk(
            list(names),
            user=user,
            company=company,
            options=Options(**{"submit": True, "posting_date": POSTED, **options}),
            priority=priority,
            strict=strict,
            idempotency_key=key,
        )

    def judge(self, names: Iterable[object], *, user: str = ANA, **options: Any) -> Judgement:
        """Ask what would become of such a request."""
        chosen = Options(**{"submit": True, "posting_date": POSTED, **options})
        return self.app.invoicing.check_invoices_bulk(list(names), user=user, company=COMPANY, options=chosen)

    # looking

    def known(self, name: str) -> Order:
        return self.app.invoicing_books.orders([name])[name]

    def billing(self, name: str) -> list[str]:
        """Return the invoices that bill an order and are not cancelled."""
        lines = self.rows.select("invoice_line", {"sales_order": name}, ("invoice", "line"))
        made = dict.fromkeys(line["invoice"] for line in lines)
        rows = {row["name"]: row for row in self.rows.select("invoice", {"doctype": "Sales Invoice"})}
        return [invoice for invoice in made if rows[invoice]["docstatus"] != 2]

    def sales_invoices(self, docstatus: int = 1) -> list[str]:
        """Return the Sales Invoices of a state."""
        return [
            row["name"] for row in self.rows.select("invoice", {"doctype": "Sales Invoice", "docstatus": docstatus})
        ]

    def sales_invoice(self, name: str) -> dict[str, Any]:
        """Return an invoice; its amount in minor units."""
        row = self.rows.get("invoice", "Sales Invoice", name)
        assert row is not None
        kept = {column: row[column] for column in ("name", "docstatus", "batch_run", "owner")}
        return {**kept, "amount": row["grand_total"], "posting_date": date.fromisoformat(row["posting_date"])}

    def posted_on(self, invoice: str) -> date:
        row = self.rows.get("invoice", "Sales Invoice", invoice)
        assert row is not None
        return date.fromisoformat(row["posting_date"])

    def errors(self, run: str) -> dict[str, str | None]:
        """Return what is said of each item of a run that has not succeeded."""
        rows = self.rows.select("batch_item", {"run": run}, ("position",))
        return {row["reference_name"]: row["error"] for row in rows if row["status"] != "Succeeded"}
