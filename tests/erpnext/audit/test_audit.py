"""The audit finds what it is for: each of its rules names the run whose rows were spoiled behind everybody's back."""

# ruff: noqa: E501  SQL reads better in long lines

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest

from imogi_finance.bank_reconciliation.request import Options
from imogi_finance.erpnext_adapter.composition import compose
from tests.erpnext.audit import Snapshot, differences, of_payments, of_runs, snapshot, violations
from tests.erpnext.office import ErpOffice
from tests.support.doors import Silence, SilentQueue

AMOUNTS = (10, 20, 30)
PAYMENT = "(select result_name from `tabBatch Run Item` where run = %(run)s and position = 1)"
INVOICE = "(select reference_name from `tabBatch Run Item` where run = %(run)s and position = 1)"

# What is done to the rows of a run, and the rule that must notice. %(run)s: its name.
OF_A_COMPLETED_RUN = {
    "I1 an invoice has more than one live payment of a run": f"update `tabPayment Entry Reference` set reference_name = {INVOICE} where parent = (select result_name from `tabBatch Run Item` where run = %(run)s and position = 2)",
    "I1 a live payment of a run is no item's result": "update `tabBatch Run Item` set result_name = null where run = %(run)s and position = 1",
    "I1 a run left a draft of a payment": f"update `tabPayment Entry` set docstatus = 0 where name = {PAYMENT}",
    "I1 an item succeeded without a live payment": f"update `tabPayment Entry` set docstatus = 2 where name = {PAYMENT}",
    "I1 an item that is not done has a live payment of the run": "update `tabBatch Run Item` set status = 'Pending' where run = %(run)s and position = 1",
    "I1 an item was paid another amount than asked": "update `tabBatch Run Item` set amount = '11' where run = %(run)s and position = 1",
    "I2 a payment's debits and credits differ": f"update `tabGL Entry` set debit = debit * 2 where voucher_no = {PAYMENT}",
    "I2 a live payment is not posted for its amount": f"update `tabGL Entry` set is_cancelled = 1 where voucher_no = {PAYMENT}",
    "I2 a payment that is not live has live ledger rows": f"update `tabPayment Entry` set docstatus = 2 where name = {PAYMENT}",
    "I2 the payment ledger is not what the payments say": f"update `tabPayment Ledger Entry` set delinked = 1 where voucher_no = {PAYMENT}",
    "I3 a bank transaction's rows do not add up": f"delete from `tabBank Transaction Payments` where payment_entry = {PAYMENT}",
    "I3 a payment is allocated more than once over": f"update `tabPayment Entry` set paid_amount = 5 where name = {PAYMENT}",
    "I3 a payment that is not live is allocated": f"update `tabPayment Entry` set docstatus = 2 where name = {PAYMENT}",
    "I4 a run that is not Completed has allocated": "update `tabBatch Run` set status = 'Processing' where name = %(run)s",
    "I5 an invoice's outstanding amount is not what the payment ledger says": f"update `tabPurchase Invoice` set outstanding_amount = 10 where name = {INVOICE}",
    "I1 an item to do is free for other runs": "update `tabBatch Run` b join `tabBatch Run Item` i on i.run = b.name set b.status = 'Processing', i.status = 'Pending', i.live_key = null where b.name = %(run)s",
    "I7 an item failed, and nobody is told why": "update `tabBatch Run Item` set status = 'Failed', error = '' where run = %(run)s and position = 1",
    "I7 a run's counters are not its items'": "update `tabBatch Run` set succeeded = succeeded - 1 where name = %(run)s",
    "I10 a payment was not made in the name of the one who asked": f"update `tabPayment Entry` set owner = 'Guest' where name = {PAYMENT}",
    "I4 a completed run has an item that did not succeed, or is not allocated": f"delete from `tabBank Transaction Payments` where payment_entry = {PAYMENT}",
    "I8 a run's progress did not end at its total": "update `tabBatch Run` set processed = processed - 1 where name = %(run)s",
    "I9 a run has not ended": "update `tabBatch Run` set status = 'Processing' where name = %(run)s",
    "I9 a run that ended holds a lease": "update `tabBatch Run` set lease_holder = 'x' where name = %(run)s",
    "I9 a run that ended holds a document": "update `tabBatch Run Item` set live_key = 'x' where run = %(run)s and position = 1",
}
OF_A_CANCELLED_RUN = {
    "I4 a run that failed or was cancelled left a payment": f"update `tabPayment Entry` set docstatus = 1 where name = {PAYMENT}",
    "I4 a run that failed or was cancelled left an item": "update `tabBatch Run Item` set status = 'Succeeded' where run = %(run)s and position = 1",
    "I4 a run needs attention and does not name each item": "update `tabBatch Run` set status = 'Needs Attention' where name = %(run)s",
}
# What is done to the books around a run that is completed; the snapshot must notice.
OF_THE_BOOKS = {
    "GL Entry": f"update `tabGL Entry` set debit = debit + 1 where voucher_no = {PAYMENT} and debit > 0",
    "Payment Ledger Entry": f"update `tabPayment Ledger Entry` set amount = amount + 1 where voucher_no = {PAYMENT}",
    "Purchase Invoice": f"update `tabPurchase Invoice` set outstanding_amount = 1 where name = {INVOICE}",
    "Bank Transaction": "update `tabBank Transaction` set allocated_amount = 1 where name = (select reference_name from `tabBatch Run` where name = %(run)s)",
    "ledger rows of Purchase Invoice": "update `tabGL Entry` set debit = debit + 0.01 where debit > 0 and voucher_no = (select reference_name from `tabBatch Run Item` where run = %(run)s and position = 2)",
    "payment ledger rows of Purchase Invoice": "update `tabPayment Ledger Entry` set delinked = 1 where voucher_no = (select reference_name from `tabBatch Run Item` where run = %(run)s and position = 2)",
    "ledger rows of others": "update `tabGL Entry` set debit = debit + 0.01 where voucher_type = 'Purchase Invoice' and debit > 0",
    "invoices of others": "update `tabPurchase Invoice` set outstanding_amount = 9 where docstatus = 1 and outstanding_amount = 40",
    "sales invoices of others": "insert into `tabSales Invoice` (name, company, docstatus) select 'nobody', company, 1 from `tabBatch Run` where name = %(run)s",
    "sales orders of others": "insert into `tabSales Order` (name, company, docstatus) select 'nobody', company, 1 from `tabBatch Run` where name = %(run)s",
    "payment ledger rows of others": "update `tabPayment Ledger Entry` set delinked = 1 where voucher_type = 'Purchase Invoice'",
    "bank transactions of others": "update `tabBank Transaction` set status = 'Settled' where name != (select reference_name from `tabBatch Run` where name = %(run)s)",
    "payments of others": "insert into `tabPayment Entry` (name, company, docstatus) select 'nobody', company, 1 from `tabBatch Run` where name = %(run)s",
}


class Worked:
    """A run over three invoices, worked to its end, and the books before it."""

    def __init__(self, office: ErpOffice, *, spoilt: bool = False) -> None:
        names = [office.purchase_invoice(amount) for amount in AMOUNTS]
        office.purchase_invoice(40)
        office.bank_transaction(-1)
        transaction = office.bank_transaction(-sum(AMOUNTS))
        self.before: Snapshot = snapshot(office.company, names, transaction)
        app = compose(queue=SilentQueue(), realtime=Silence())
        rows = [{"doctype": "Purchase Invoice", "name": name} for name in names]
        asked = app.reconciliation.create_payment_entries_bulk(
            transaction, rows, [], user="Administrator", options=Options(chunk_size=1)
        )
        self.run = asked.run.name
        self.elsewhere = [office.pay("Purchase Invoice", names[-1])] if spoilt else []
        self.apart = names[-1:] if spoilt else []
        app.engine.work(self.run, holder="test")

    def differences(self) -> list[str]:
        return differences(self.before, self.run, besides=self.elsewhere, apart=self.apart)


@pytest.fixture(scope="module")
def completed(office: ErpOffice) -> Worked:
    return Worked(office)


@pytest.fixture(scope="module")
def undone(office: ErpOffice) -> Worked:
    return Worked(office, spoilt=True)


@pytest.fixture(autouse=True)
def _unspoiled(completed: Worked, undone: Worked) -> Iterator[None]:
    yield
    frappe.db.rollback()
    assert violations([completed.run, undone.run], ended=True) == []


def test_sound_books_are_found_sound(completed: Worked, undone: Worked) -> None:
    assert violations(ended=True) == []
    assert completed.differences()  # the undone run's invoices came later, and are none of its business
    assert undone.differences() == []


def test_every_rule_is_spoiled_below() -> None:
    rules = {rule for of in (of_runs, of_payments) for rule in (*of.AT_ANY_MOMENT, *of.WHEN_ENDED)}
    assert {*OF_A_COMPLETED_RUN, *OF_A_CANCELLED_RUN} == rules


@pytest.mark.parametrize("rule", OF_A_COMPLETED_RUN)
def test_a_rule_notices(rule: str, completed: Worked) -> None:
    frappe.db.sql(OF_A_COMPLETED_RUN[rule], {"run": completed.run})
    assert [found for found in violations([completed.run], ended=True) if found.startswith(f"{rule}: {completed.run}")]


@pytest.mark.parametrize("rule", OF_A_CANCELLED_RUN)
def test_a_rule_notices_what_an_undo_left(rule: str, undone: Worked) -> None:
    frappe.db.sql(OF_A_CANCELLED_RUN[rule], {"run": undone.run})
    assert [found for found in violations([undone.run], ended=True) if found.startswith(f"{rule}: {undone.run}")]


@pytest.mark.parametrize("what", OF_THE_BOOKS)
def test_the_snapshot_notices(what: str, undone: Worked, office: ErpOffice) -> None:
    worked = Worked(office)
    assert worked.differences() == []
    frappe.db.sql(OF_THE_BOOKS[what], {"run": worked.run})
    assert [found for found in worked.differences() if found.startswith(what)]
