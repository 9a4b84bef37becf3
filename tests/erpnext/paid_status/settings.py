"""The app's settings, as a user saves them on the form."""

from __future__ import annotations

from typing import Any

import frappe

from tests.erpnext.paid_status.desk import request

SETTINGS = "IMOGI Finance Settings"


def set_rule(*, on: bool = True, clearance: bool = False, companies: dict[str, bool] | None = None) -> None:
    """Save the settings: the rule for all companies, whether Bank Clearance confirms, and companies of their own."""
    doc: Any = frappe.get_doc(SETTINGS)
    wanted = (int(on), int(clearance), companies or {})
    if wanted == (
        doc.hold_bank_payments,
        doc.bank_clearance_confirms,
        {row.company: bool(row.hold_bank_payments) for row in doc.companies},
    ):
        return
    doc.hold_bank_payments, doc.bank_clearance_confirms = int(on), int(clearance)
    doc.set("companies", [{"company": name, "hold_bank_payments": int(held)} for name, held in wanted[2].items()])
    with request():
        doc.save()
