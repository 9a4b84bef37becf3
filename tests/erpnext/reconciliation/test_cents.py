"""Sums of cents: ERPNext adds floats up, and what that leaves beyond the ninth decimal is no amount."""

from __future__ import annotations

import frappe
import pytest

from imogi_finance.batch.run import RunStatus
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import PURCHASE, SALES, Desk, row

# Added one by one as floats, these stay a hair below their sum.
BELOW, COUNT = "1010.48", 6
OTHERS = ("0.10", 10)


@pytest.mark.parametrize("doctype", [PURCHASE, SALES])
@pytest.mark.parametrize(("amount", "count"), [(BELOW, COUNT), OTHERS])
def test_one_payment_of_a_party_s_cents_is_made(
    desk: Desk, office: ErpOffice, doctype: str, amount: str, count: int
) -> None:
    parts, total = [float(amount)] * count, round(float(amount) * count, 2)
    assert sum(parts) < total
    make = office.purchase_invoice if doctype == PURCHASE else office.sales_invoice
    invoices = [make(amount, disable_rounded_total=1) for _ in parts]
    side = -1 if doctype == PURCHASE else 1

    run = desk.reconcile(
        office.bank_transaction(side * total), [row(doctype, name) for name in invoices], per_party=True
    )

    assert run.status is RunStatus.COMPLETED, run.error
    desk.check_books(run.name)
    [payment] = frappe.get_all("Payment Entry", {"batch_run": run.name}, pluck="name")
    ledgers = {"GL Entry": 1 + count, "Payment Ledger Entry": count}  # no row of its own for the hair
    rows = {ledger: frappe.db.count(ledger, {"voucher_no": payment}) for ledger in ledgers}
    assert rows == ledgers
    assert frappe.db.get_value("Payment Entry", payment, "unallocated_amount") == 0
