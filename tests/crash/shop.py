"""Sales orders in a plant: good ones, bad ones and how they are mended, and requests to invoice them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from imogi_finance.batch.run import ItemStatus
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.opening import open_app
from imogi_finance.sandbox.selling import NewOrder, NewOrderLine
from tests.crash.plant import USER, Plant

COMPANY, POSTED = "Toko Uji", date(2026, 2, 10)
BAD = 6


@dataclass
class Shop:
    """What a plant sells."""

    plant: Plant

    def orders(self, count: int, *, customer: str | None = None) -> list[str]:
        """Enter submitted orders of seven customers, or of one."""
        with open_app(self.plant.home) as app, app.rows.transaction(), app.users.acting_as(USER, undoing=False):
            stamp = app.rows.next_number("plant")
            return [self._order(app, stamp, number, customer) for number in range(count)]

    @staticmethod
    def _order(app: App, stamp: int, number: int, customer: str | None, *, submit: bool = True) -> str:
        line = NewOrderLine("Lampu", Decimal(1 + number % 3), Decimal(1000 + number))
        name = customer or f"PT Pembeli {number % 7}"
        new = NewOrder(name, date(2026, 2, 1), date(2026, 2, 8), (line,), f"PO/{stamp}/{number}", submit=submit)
        return app.selling.add_order(COMPANY, new)

    def bad_orders(self) -> list[str]:
        """Enter six orders that cannot be invoiced, each for another reason."""
        names = self.orders(BAD - 2)
        with open_app(self.plant.home) as app, app.rows.transaction(), app.users.acting_as(USER, undoing=False):
            selling, stamp = app.selling, app.rows.next_number("plant")
            draft = self._order(app, stamp, 1, "PT Pembeli 1", submit=False)
            limited = self._order(app, stamp, 0, f"PT Batas {stamp}")
            selling.hold_order(names[0])
            selling.close_order(names[1])
            selling.bill_by_hand([names[2]], on=POSTED, submit=False)
            selling.bill_by_hand([names[3]], on=POSTED, submit=True)
            selling.set_credit_limit(COMPANY, f"PT Batas {stamp}", Decimal(10))
        return [*names, draft, limited]

    def mend(self, names: Sequence[str]) -> None:
        """Have the bad orders in a state in which they can be invoiced."""
        held, closed, drafted, billed, draft, limited = names
        with open_app(self.plant.home) as app, app.rows.transaction(), app.users.acting_as(USER, undoing=False):
            selling = app.selling
            selling.reopen_order(held)
            selling.reopen_order(closed)
            selling.invoices.delete_draft(selling.orders.drafts([drafted])[drafted][0])
            line = app.rows.select("invoice_line", {"sales_order": billed})[0]
            selling.invoices.cancel(line["invoice"])
            selling.submit_order(draft)
            row = app.rows.get("sales_order", limited)
            assert row is not None
            selling.set_credit_limit(COMPANY, row["customer"], None)

    def bill(self, name: str, *, submit: bool = True) -> str:
        """Invoice an order by hand."""
        with open_app(self.plant.home) as app, app.rows.transaction(), app.users.acting_as(USER, undoing=False):
            return app.selling.bill_by_hand([name], on=POSTED, submit=submit)

    # runs

    def ask(self, names: Sequence[str], **options: Any) -> str:
        """Ask for invoices, which are submitted unless something else is chosen; return the run's name."""
        chosen = Options(**{"submit": True, "posting_date": POSTED, **options})
        with open_app(self.plant.home) as app:
            return app.invoicing.create_invoices_bulk(list(names), user=USER, options=chosen).run.name

    def work(self, run: str) -> None:
        """Work a run in this process."""
        with open_app(self.plant.home) as app:
            app.engine.work(run, holder="test")

    def retry(self, run: str) -> None:
        with open_app(self.plant.home) as app:
            assert app.control.retry(run, user=USER).name == run

    def failed(self, run: str) -> dict[str, str]:
        """Return what is said of each order that has failed."""
        with open_app(self.plant.home) as app, app.rows.reading():
            items = app.store.items(run, [ItemStatus.FAILED], offset=0, limit=1000)
        return {item.reference_name: str(item.error) for item in items}

    def count_invoices(self, run: str, *, docstatus: int) -> int:
        with open_app(self.plant.home) as app, app.rows.reading():
            return app.rows.count("invoice", {"batch_run": run, "docstatus": docstatus})
