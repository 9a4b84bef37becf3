"""Whether the parties may be paid, or pay."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import frappe
from frappe.utils import getdate, nowdate

from imogi_finance.bank_reconciliation.documents import Invoice
from imogi_finance.erpnext_adapter.books.reading import pages
from imogi_finance.errors import Problem


def of_parties(invoices: Collection[Invoice]) -> Iterator[Problem]:
    """Yield each party that is disabled, frozen or on hold, once."""
    for party_type in ("Customer", "Supplier"):
        parties = sorted({invoice.party for invoice in invoices if invoice.party_type == party_type})
        for page in pages(parties):
            for row in _barred(party_type, page):
                yield from _objections(party_type, row)


def _barred(party_type: str, names: Collection[str]) -> list[Any]:
    # only suppliers are put on hold
    on_hold = "on_hold" if party_type == "Supplier" else "0"
    details = "hold_type, release_date" if party_type == "Supplier" else "'' as hold_type, null as release_date"
    return frappe.db.sql(
        f"""select name, disabled, is_frozen, {on_hold} as on_hold, {details} from `tab{party_type}`
        where name in %s and (disabled = 1 or is_frozen = 1 or {on_hold} = 1) order by name""",
        (tuple(names),),
        as_dict=True,
    )


def _objections(party_type: str, row: Any) -> Iterator[Problem]:
    document = f"{party_type} {row.name}"
    if row.disabled:
        yield Problem(document, "party_disabled", "It is disabled.", "Enable it, or leave its invoices out.")
    elif row.is_frozen and not _may_post_to_frozen():
        yield Problem(document, "party_frozen", "It is frozen.", "Unfreeze it, or leave its invoices out.")
    if row.on_hold and _is_held(row):
        until = f" until {row.release_date}" if row.release_date else ""
        yield Problem(
            document, "party_on_hold", f"Its payments are on hold{until}.", "Release it, or leave its invoices out."
        )


def _is_held(row: Any) -> bool:
    """A release date ends a hold on payments. One on everything ERPNext keeps until it is lifted."""
    if row.hold_type == "Payments":
        return not row.release_date or getdate(nowdate()) <= getdate(row.release_date)
    return bool(row.hold_type == "All")


def _may_post_to_frozen() -> bool:
    role = frappe.db.get_value("Accounts Settings", None, "frozen_accounts_modifier")
    return role in frappe.get_roles()
