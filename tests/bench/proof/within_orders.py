"""What the proofs of batch invoicing do and look at inside the site; see ``within``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe

from imogi_finance.batch_invoicing import api as invoicing
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.setting_up.roles import RECONCILER
from tests.erpnext import audit, bad_orders
from tests.erpnext.audit import order_ledger
from tests.erpnext.office import ErpOffice
from tests.erpnext.order_stock import OrderStock
from tests.support.doors import Silence, SilentQueue

_stocks: dict[str, OrderStock] = {}
# Whatever a worker may write for a run; not what only tells others of it.
_WRITTEN = (
    "Batch Run",
    "Batch Run Item",
    "Sales Order",
    "Sales Order Item",
    "Sales Invoice",
    "Sales Invoice Item",
    "GL Entry",
    "Payment Ledger Entry",
)


def prepare(office: ErpOffice) -> str:
    """Have somebody who invoices orders; return who."""
    user = office.user("otto.proof", "Accounts User", "Accounts Manager", "Sales User", RECONCILER)
    frappe.db.commit()
    return user


def stock(office: ErpOffice, count: int) -> list[str]:
    """Make so many submitted orders of twelve customers in turns; return their names."""
    found = _stocks.get(office.company) or _stocks.setdefault(office.company, OrderStock(office))
    return found.more(count)


def snapshot(office: ErpOffice, orders: Sequence[str]) -> order_ledger.Snapshot:
    """Return the company's books before a run; see ``tests.erpnext.audit.order_ledger``."""
    return order_ledger.snapshot(office.company, orders)


def store(orders: Sequence[str], user: str, **options: Any) -> str:
    """Ask for a run, and let nobody be rung for it yet; return its name."""
    frappe.set_user(user)
    service = compose(queue=SilentQueue(), realtime=Silence()).invoicing
    return service.create_invoices_bulk(list(orders), user=user, options=Options(**options)).run.name


def ask(orders: Sequence[str], user: str, **options: Any) -> str:
    """Ask for a run as the Desk does; a worker is rung for it."""
    frappe.set_user(user)
    return str(invoicing.create_invoices_bulk(list(orders), **options)["job_id"])


# what somebody else does


def make_bad(office: ErpOffice) -> str:
    """Make an order that may be spoilt without any other being so; return it."""
    made = bad_orders.make(office)
    frappe.db.commit()
    return made


def spoil(office: ErpOffice, order: str, how: str) -> str | None:
    """Have an order be one of ``bad_orders.BAD``; return the voucher that was made for it, if any."""
    made = bad_orders.BAD[how].spoil(office, order)
    frappe.db.commit()
    return None if made is None else str(made)


def mend(order: str, how: str, voucher: str | None) -> None:
    """Make good what was spoilt."""
    mends = bad_orders.BAD[how].mend
    assert mends, how
    mends(order, voucher)
    frappe.db.commit()


def close_period(office: ErpOffice) -> str:
    """Close today for invoices; return the Accounting Period."""
    made = frappe.get_doc(
        {
            "doctype": "Accounting Period",
            "period_name": frappe.generate_hash(length=8),
            "company": office.company,
            "start_date": frappe.utils.nowdate(),
            "end_date": frappe.utils.nowdate(),
            "closed_documents": [{"document_type": "Sales Invoice", "closed": 1}],
        }
    )
    return str(made.insert().name)


# looking


def errors_of(run: str) -> dict[str, str]:
    """Return what is said of each order of a run that has failed."""
    rows = frappe.db.sql(
        "select reference_name, error from `tabBatch Run Item` where run = %s and status = 'Failed'", run
    )
    return dict(rows)


def wrong(before: order_ledger.Snapshot, runs: Sequence[str], *, ended: bool, **elsewhere: Sequence[str]) -> list[str]:
    """Return everything that is wrong with runs and with the books around them; nothing is what is wanted.

    Args:
        before: of the last of the runs.
        ended: whether nobody works the runs any more.
        elsewhere: see ``order_ledger.differences``.
    """
    found = audit.violations(list(runs), ended=ended)
    return found + order_ledger.differences(before, runs[-1], **elsewhere)


def written() -> str:
    """Return a number for the rows of every table that a worker writes for a run."""
    return str(frappe.db.sql("checksum table " + ", ".join(f"`tab{name}`" for name in _WRITTEN)))
