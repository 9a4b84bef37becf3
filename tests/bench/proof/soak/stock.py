"""Unpaid invoices by the thousand and bank transactions to pay them from; run by the Python inside the site.

ERPNext makes one invoice of each party; the others are copies of its rows, as in the benchmark: what is tried is how
they are paid. Amounts have cents, so that their sums show what a float would lose.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe

from benchmarks.bench.twins import Twin
from tests.erpnext.office import ErpOffice

_PARTIES = 12
_made: dict[str, Twin] = {}


def line(office: ErpOffice, invoices: int) -> dict[str, Any]:
    """Make unpaid invoices of twelve parties in turns, and a bank transaction for the sum of them."""
    twin = _made.get(office.company) or _made.setdefault(office.company, _new(office))
    names = twin.more(invoices)
    outstanding = [_outstanding(name) for name in twin.originals]
    total = sum((outstanding[at % _PARTIES] for at in range(invoices)), Decimal(0))
    mark = frappe.generate_hash(length=10)
    transaction = office.bank_transaction(-total, reference_number=f"SOAK-{mark}")
    frappe.db.commit()
    return {"transaction": transaction, "invoices": names, "amount": str(total)}


def _new(office: ErpOffice) -> Twin:
    def original(party: int) -> str:
        supplier = office.supplier(f"Soak Supplier {party:02}")
        amount = Decimal("1000.37") + party * Decimal("10.11")
        return office.purchase_invoice(amount, supplier=supplier, disable_rounded_total=1)

    return Twin(office, originals=[original(party) for party in range(_PARTIES)])


def _outstanding(invoice: str) -> Decimal:
    text = "select cast(outstanding_amount as char) from `tabPurchase Invoice` where name = %s"
    return Decimal(frappe.db.sql(text, invoice)[0][0])
