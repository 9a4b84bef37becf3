"""Someone who invoices orders in batches on ERPNext, with doors that tell nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import frappe
import pytest
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from imogi_finance.batch.run import Item, Run
from imogi_finance.batch_invoicing.judging import Judgement
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter.composition import App, compose
from imogi_finance.errors import Problem, Refused
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import SilentQueue, SilentRealtime

ORDER, INVOICE = "Sales Order", "Sales Invoice"
# everything that a refused request could have changed
_TABLES = (
    "Batch Run",
    "Batch Run Item",
    "Batch Run Signal",
    "Sales Order",
    "Sales Order Item",
    "Sales Invoice",
    "Sales Invoice Item",
    "GL Entry",
    "Payment Ledger Entry",
    "Payment Schedule",
    "Comment",
    "Notification Log",
    "Series",
)


class Seller:
    """Everything a test of batch invoicing needs at hand."""

    def __init__(self, office: ErpOffice) -> None:
        self.office = office
        self.app = self.compose()

    def compose(self, **doors: Any) -> App:
        return compose(queue=SilentQueue(), realtime=SilentRealtime(), **doors)

    # orders

    def orders(self, count: int, amount: float = 100, **how: Any) -> list[str]:
        """Make submitted orders of one line."""
        return [self.office.sales_order(amount, **how) for _ in range(count)]

    @staticmethod
    def turn(order: str, status: str) -> None:
        """Hold, close or reopen ("Draft", as ERPNext calls that) an order as its form does."""
        frappe.get_doc(ORDER, order).update_status(status)
        frappe.db.commit()

    @staticmethod
    def bill(order: str, *, submit: bool = True) -> str:
        """Invoice an order by hand; return the invoice."""
        made = make_sales_invoice(order)
        made.insert()
        if submit:
            made.submit()
        frappe.db.commit()
        return str(made.name)

    # asking and working

    def accept(
        self,
        orders: Sequence[str],
        *,
        user: str = "Administrator",
        company: str | None = None,
        key: str | None = None,
        priority: int = 5,
        strict: bool = False,
        **options: Any,
    ) -> str:
        """Ask for invoices, which are submitted unless something else is chosen; return the run's name."""
        accepted = self.app.invoicing.create_invoices_bulk(
            list(orders),
            user=user,
            company=company or self.office.company,
            options=Options(**{"submit": True, **options}),
            priority=priority,
            strict=strict,
            idempotency_key=key,
        )
        return accepted.run.name

    def judge(self, orders: Sequence[str], *, user: str = "Administrator", **options: Any) -> Judgement:
        """Ask what would become of such a request."""
        chosen = Options(**{"submit": True, **options})
        return self.app.invoicing.check_invoices_bulk(
            list(orders), user=user, company=self.office.company, options=chosen
        )

    def work(self, run: str) -> Run:
        """Work a run until it stops and return it."""
        self.app.engine.work(run, holder="test")
        return self.run(run)

    def invoice(self, orders: Sequence[str], **how: Any) -> Run:
        """Ask for a run and work it."""
        return self.work(self.accept(orders, **how))

    def refused(self, ask: Callable[[], Any]) -> tuple[Problem, ...]:
        """Assert that a request is refused and changes nothing; return its problems."""
        before = self.dump()
        with pytest.raises(Refused) as error:
            ask()
        assert self.dump() == before
        for problem in error.value.problems:
            assert problem.document, problem
            assert problem.rule, problem
            assert problem.message, problem
            assert problem.remedy, problem
        return error.value.problems

    # looking

    def run(self, name: str) -> Run:
        return self.app.store.run(name)

    def items(self, run: str) -> list[Item]:
        return list(self.app.store.items(run, None, offset=0, limit=100_000))

    def errors(self, run: str) -> dict[str, str]:
        """Return what is said of each order that has failed."""
        return {item.reference_name: str(item.error) for item in self.items(run) if item.status.value == "Failed"}

    @staticmethod
    def billing(order: str) -> list[str]:
        """Return the invoices that bill an order and are not cancelled, drafts too."""
        rows = frappe.get_all(
            "Sales Invoice Item", {"sales_order": order, "docstatus": ("<", 2)}, pluck="parent", distinct=True
        )
        return sorted(rows)

    @staticmethod
    def dump() -> dict[str, int | str]:
        """Return the state of the tables, to be compared."""
        frappe.db.rollback()
        return dict(frappe.db.sql("checksum table " + ", ".join(f"`tab{table}`" for table in _TABLES)))
