"""Rules: orders are taken, held, closed, billed by hand and in batches; what a batch has made is changed afterwards."""

from __future__ import annotations

import frappe
from hypothesis import strategies as st
from hypothesis.stateful import multiple

from imogi_finance.batch_invoicing.options import Options
from tests.erpnext import audit, bad_orders
from tests.erpnext.fuzz.drawing import AMOUNTS, NUMBERS, PARTIES, SIDES, SOME
from tests.erpnext.fuzz.running import LIVE, Running
from tests.erpnext.fuzz.sequence import INVOICES, ORDERS, RUNS, Paper, pick, some, step
from tests.erpnext.fuzz.shelf import ORDER, SALES
from tests.erpnext.paid_status import desk

OPTIONS = st.builds(
    Options,
    submit=st.sampled_from((True, True, False)),
    one_per_customer=st.booleans(),
    leave_out_held=st.booleans(),
    chunk_size=st.sampled_from((20, 2, 1)),
)
_STATUSES = st.sampled_from(("On Hold", "Closed", "Draft"))  # the last one opens it again


class Ordering(Running):
    """What people do to orders.

    Attributes:
        invoicing: of each run over orders, whether what it has made is still as it has left it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.invoicing: dict[str, bool] = {}

    # orders

    @step(ORDERS, side=SIDES, amount=AMOUNTS, party=PARTIES)
    def new_order(self, side: int, amount: int, party: int) -> Paper:
        return self.has(ORDER, self.places[side].order(amount, party), side)

    @step(order=ORDERS, status=_STATUSES)
    def hold_order(self, order: Paper, status: str) -> None:
        """Put an order on hold, close it, or open it again."""
        with desk.request():
            bad_orders.set_status(order.live().name, status)

    @step(order=ORDERS)
    def cancel_order(self, order: Paper) -> None:
        desk.cancel(ORDER, order.live().name)

    @step(INVOICES, order=ORDERS)
    def bill_order(self, order: Paper) -> Paper:
        with desk.request():
            invoice = bad_orders.bill(order.live().name)
        return self.has(SALES, invoice, order.side)

    @step(order=ORDERS)
    def draft_order(self, order: Paper) -> None:
        with desk.request():
            invoice = bad_orders.draft(order.live().name)
        self.has(SALES, invoice, order.side)

    @step(INVOICES, number=NUMBERS, keep=st.booleans())
    def end_draft(self, number: int, keep: bool):  # type: ignore[no-untyped-def]
        """Submit a draft invoice, or delete it."""
        draft = pick([paper for paper in self.of(SALES) if paper.docstatus == 0], number)
        run = draft.value("batch_run")
        if keep:
            desk.submit(SALES, draft.name)
            return draft
        with desk.request():
            frappe.delete_doc(SALES, draft.name)
        if run:
            self.invoicing[run] = False
        return multiple()

    # runs

    @step(RUNS, orders=SOME, side=SIDES, options=OPTIONS)
    def ask_for_orders(self, orders: list[int], side: int, options: Options) -> Paper:
        """Ask to invoice whatever orders there are of a company; those that cannot be are named."""
        return self.ask_to_invoice(some(self.of(ORDER, side=side), orders), options)

    @step(RUNS, side=SIDES, count=st.integers(1, 5), options=OPTIONS)
    def ask_for_new_orders(self, side: int, count: int, options: Options) -> Paper:
        place = self.places[side]
        orders = [self.has(ORDER, place.order(60, 1 + number % 2), side) for number in range(count)]
        self.from_here()
        return self.ask_to_invoice(orders, options)

    def ask_to_invoice(self, orders: list[Paper], options: Options) -> Paper:
        """Ask for a run over orders of one company."""
        names = [order.name for order in orders]
        asked = self.app().invoicing.create_invoices_bulk(names, user="Administrator", options=options)
        name = asked.run.name
        if asked.is_new:
            self.invoicing[name], self.seen[name] = True, ["Pending"]
        return self.has("Batch Run", name, orders[0].side)

    @step(INVOICES, number=NUMBERS)
    def take_invoices(self, number: int):  # type: ignore[no-untyped-def]
        """Let people do what they like to the invoices that a run has made."""
        run = pick([paper for paper in self.of("Batch Run") if paper.name in self.invoicing], number)
        made = frappe.get_all(SALES, {"batch_run": run.name, "docstatus": ("<", 2)}, ["name", "docstatus"])
        known = {paper.name for paper in self.of(SALES)}
        papers = [self.has(SALES, row.name, run.side) for row in made if row.name not in known]
        return multiple(*(paper for paper in papers if paper.docstatus == 1))

    # what must hold

    def unsound_order_runs(self) -> list[str]:
        """Audit the runs over orders whose invoices nobody has taken back."""
        found = []
        for run, is_whole in self.invoicing.items():
            made = frappe.get_all("Batch Run Item", {"run": run, "status": "Succeeded"}, pluck="result_name")
            cancelled = frappe.db.count(SALES, {"name": ("in", made or [""]), "docstatus": 2})
            self.invoicing[run] = is_whole and not cancelled
            if self.invoicing[run]:
                found += audit.violations([run], ended=self.seen[run][-1] not in LIVE)
            found += _drafts_overlooked(run)
        return found


def _drafts_overlooked(run: str) -> list[str]:
    """Return the invoices of a run that bill an order which somebody's draft has billed before."""
    rows = frappe.db.sql(
        """select distinct v.name, d.name, l.sales_order from `tabSales Invoice` v
        join `tabSales Invoice Item` l on l.parent = v.name
        join `tabSales Invoice Item` o on o.sales_order = l.sales_order
        join `tabSales Invoice` d on d.name = o.parent and d.docstatus = 0 and d.name != v.name
            and d.creation < v.creation
        where v.batch_run = %s and v.docstatus < 2""",
        run,
    )
    return [f"Batch Run {run} made {made} of {order}, which the draft {draft} bills" for made, draft, order in rows]
