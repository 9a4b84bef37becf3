"""The audit of runs over orders finds what it is for: each rule names the run whose rows were spoiled."""

# ruff: noqa: E501  SQL reads better in long lines

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
import pytest

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter.composition import compose
from tests.erpnext import bad_orders
from tests.erpnext.audit import of_orders, order_ledger, violations
from tests.erpnext.office import ErpOffice
from tests.support.doors import Silence, SilentQueue

INVOICE = "(select result_name from `tabBatch Run Item` where run = %(run)s and position = 1)"
ORDER = "(select reference_name from `tabBatch Run Item` where run = %(run)s and position = 1)"
OTHER = "(select reference_name from `tabBatch Run Item` where run = %(run)s and position = 2)"

# What is done to the rows of a run that has invoiced two orders, and the rule that must notice. %(run)s: its name.
SPOILED = {
    "I1 an order has more than one live invoice of a run": f"update `tabSales Invoice Item` set sales_order = {OTHER} where parent = {INVOICE}",
    "I1 an order's line is billed for more than it says": f"update `tabSales Invoice Item` set amount = amount + 1 where parent = {INVOICE}",
    "I1 what an order's line says is billed is not what its invoices say": f"update `tabSales Order Item` set billed_amt = 0 where parent = {ORDER}",
    "I1 a live invoice of a run is no item's result": "update `tabBatch Run Item` set result_name = null where run = %(run)s and position = 1",
    "I1 an item succeeded without the invoice that was asked for": f"update `tabSales Invoice` set docstatus = 0 where name = {INVOICE}",
    "I1 an item that is not done has a live invoice of the run": "update `tabBatch Run Item` set status = 'Failed' where run = %(run)s and position = 1",
    "I1 an item's invoice does not bill its order": f"update `tabSales Invoice Item` set sales_order = null where parent = {INVOICE}",
    "I1 a run billed what it was not asked for": f"update `tabSales Invoice Item` set sales_order = 'nobody' where parent = {INVOICE}",
    "I1 an invoice is another customer's, company's or currency's than its order": f"update `tabSales Invoice` set customer = 'nobody' where name = {INVOICE}",
    "I2 an invoice's debits and credits differ": f"update `tabGL Entry` set debit = debit * 2 where voucher_no = {INVOICE}",
    "I2 a submitted invoice is not posted for its amount": f"update `tabGL Entry` set is_cancelled = 1 where voucher_no = {INVOICE}",
    "I2 an invoice that is not submitted has live ledger rows": f"update `tabSales Invoice` set docstatus = 2 where name = {INVOICE}",
    "I4 a run that keeps what it has was turned back": "update `tabBatch Run` set status = 'Failed' where name = %(run)s",
    "I5 an invoice's outstanding amount is not what the payment ledger says": f"update `tabPayment Ledger Entry` set delinked = 1 where voucher_no = {INVOICE}",
    "I10 an invoice was not made in the name of the one who asked": f"update `tabSales Invoice` set owner = 'Guest' where name = {INVOICE}",
    "I4 an item was neither done, nor failed, nor left out": "update `tabBatch Run Item` set status = 'Undone' where run = %(run)s and position = 1",
    "I4 a run that was not cancelled left an item out without a reason": "update `tabBatch Run Item` set status = 'Skipped' where run = %(run)s and position = 1",
    "I4 a run does not say whether items have failed": "update `tabBatch Run` set status = 'Completed with Errors' where name = %(run)s",
}
# What is done to the books around it; the snapshot must notice.
OF_THE_BOOKS = {
    "Sales Order": f"update `tabSales Order` set per_billed = 50 where name = {ORDER}",
    "Sales Invoice": f"update `tabSales Invoice` set base_net_total = base_net_total + 0.01 where name = {INVOICE}",
    "Sales Invoice ACC": f"update `tabPayment Ledger Entry` set amount = amount - 0.01 where voucher_no = {INVOICE}",
    "ledger rows of others": f"update `tabGL Entry` set debit = debit + 0.01 where voucher_type = 'Sales Invoice' and voucher_no != {INVOICE}",
    "sales invoices of others": "insert into `tabSales Invoice` (name, company, docstatus) select 'nobody', company, 1 from `tabBatch Run` where name = %(run)s",
    "sales orders of others": "insert into `tabSales Order` (name, company, docstatus) select 'nobody', company, 1 from `tabBatch Run` where name = %(run)s",
    "payments of others": "insert into `tabPayment Entry` (name, company, docstatus) select 'nobody', company, 1 from `tabBatch Run` where name = %(run)s",
}


class Worked:
    """A run over orders, worked to its end, and the books before it."""

    def __init__(self, office: ErpOffice, *, bad: bool = False, **options: Any) -> None:
        bad_orders.bill(office.sales_order(40))
        frappe.db.commit()
        customer = office.customer("Audited Customer")
        names = [office.sales_order(amount, customer=customer, disable_rounded_total=1) for amount in (10.37, 20.01)]
        self.before = order_ledger.snapshot(office.company, names)
        self.app = compose(queue=SilentQueue(), realtime=Silence())
        chosen = Options(submit=options.pop("submit", True), **options)
        self.run = self.app.invoicing.create_invoices_bulk(names, user="Administrator", options=chosen).run.name
        self.apart = names[-1:] if bad else []
        for name in self.apart:
            bad_orders.set_status(name, "Closed")
            frappe.db.commit()
        self.app.engine.work(self.run, holder="test")

    def differences(self) -> list[str]:
        return order_ledger.differences(self.before, self.run, apart=self.apart)


@pytest.fixture(scope="module")
def completed(office: ErpOffice) -> Worked:
    return Worked(office)


@pytest.fixture(autouse=True)
def _unspoiled(completed: Worked) -> Iterator[None]:
    yield
    frappe.db.rollback()
    assert violations([completed.run], ended=True) == []


@pytest.mark.parametrize(
    "options",
    [{}, {"submit": False}, {"one_per_customer": True}, {"bad": True}, {"bad": True, "chunk_size": 1}],
    ids=str,
)
def test_sound_books_are_found_sound(office: ErpOffice, options: dict[str, Any]) -> None:
    worked = Worked(office, **options)
    assert violations([worked.run], ended=True) == []
    assert worked.differences() == []
    assert violations(ended=True) == []


def test_every_rule_is_spoiled_below() -> None:
    assert {*SPOILED} == {*of_orders.AT_ANY_MOMENT, *of_orders.WHEN_ENDED}


@pytest.mark.parametrize("rule", SPOILED)
def test_a_rule_notices(rule: str, completed: Worked) -> None:
    frappe.db.sql(SPOILED[rule], {"run": completed.run})
    assert [found for found in violations([completed.run], ended=True) if found.startswith(f"{rule}: {completed.run}")]


@pytest.mark.parametrize("what", OF_THE_BOOKS)
def test_the_snapshot_notices(what: str, office: ErpOffice) -> None:
    worked = Worked(office)
    assert worked.differences() == []
    frappe.db.sql(OF_THE_BOOKS[what], {"run": worked.run})
    assert [found for found in worked.differences() if found.startswith(what)]


def test_an_order_that_was_billed_and_is_not_done_is_noticed(office: ErpOffice) -> None:
    worked = Worked(office, bad=True)
    worked.apart = []
    assert [found for found in worked.differences() if "Closed" in found]
