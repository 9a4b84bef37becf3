"""Whether two ways of paying leave the same rows, field by field.

Rows of twins are told apart by names only, so names are replaced by what they name: an invoice by its place in the
selection, a payment by the place of the invoice it pays, a company's accounts by their titles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import frappe

from benchmarks.bench.twins import DOCTYPE, Twin

# Said once for all tables: what no two documents have in common, and what only a run of ours writes.
_OF_EACH_ROW = {"name", "creation", "modified", "parent"}
EXCEPTIONS = {
    "Payment Entry": {"batch_run": "which run made it"},
    "Bank Transaction": {"description": "each twin's own"},
}
_TABLES = {
    "Payment Entry": "name in %(payments)s",
    "Payment Entry Reference": "parent in %(payments)s",
    "GL Entry": "voucher_type = 'Payment Entry' and voucher_no in %(payments)s",
    "Payment Ledger Entry": "voucher_type = 'Payment Entry' and voucher_no in %(payments)s",
    "Bank Transaction": "name = %(transaction)s",
    "Bank Transaction Payments": "parent = %(transaction)s",
    DOCTYPE: "name in %(invoices)s",
    "Payment Schedule": "parent in %(invoices)s",
}


def differences(one: Twin, other: Twin) -> Iterator[str]:
    """Yield every difference between the rows that were left on twins, after each has paid its invoices one by one."""
    for doctype in _TABLES:
        ours, theirs = _rows(doctype, one), _rows(doctype, other)
        if len(ours) != len(theirs):
            yield f"{doctype}: {len(ours)} rows and {len(theirs)}"
            continue
        for number, (row, twin) in enumerate(zip(ours, theirs, strict=True)):
            for column in sorted(row.keys() | twin.keys()):
                if row.get(column) != twin.get(column):
                    yield f"{doctype} {number} {column}: {row.get(column)!r} and {twin.get(column)!r}"


def compared(twin: Twin) -> int:
    """Return how many rows are compared of each twin."""
    return sum(len(_rows(doctype, twin)) for doctype in _TABLES)


def _rows(doctype: str, twin: Twin) -> list[dict[str, Any]]:
    """Return a table's rows of a twin in one order, names replaced."""
    names = _names(twin)
    payments = [name for name, means in names.items() if means.startswith("payment")]
    values = {"payments": payments, "invoices": twin.invoices, "transaction": twin.transaction}
    found = frappe.db.sql(f"select * from `tab{doctype}` where {_TABLES[doctype]}", values, as_dict=True)
    any_name = re.compile("|".join(map(re.escape, names)))

    def meant(value: Any) -> Any:
        return any_name.sub(lambda match: names[match.group()], value) if isinstance(value, str) else value

    left_out = _OF_EACH_ROW | EXCEPTIONS.get(doctype, {}).keys()
    plain = []
    for row in found:
        fields = {column: meant(value) for column, value in row.items()}
        place = (fields["name"], fields.get("parent") or "")
        plain.append((place, {column: value for column, value in fields.items() if column not in left_out}))
    named = doctype in ("Payment Entry", "Bank Transaction", DOCTYPE)
    plain.sort(key=lambda pair: repr((pair[0] if named else "", sorted(pair[1].items()))))
    return [fields for _, fields in plain]


def _names(twin: Twin) -> dict[str, str]:
    """Return what each name of a twin stands for; the longest names come first."""
    references = frappe.db.sql(
        """select r.reference_name, r.parent from `tabPayment Entry Reference` r join `tabPayment Entry` p
        on p.name = r.parent where p.docstatus = 1 and r.reference_doctype = %s and r.reference_name in %s""",
        (DOCTYPE, twin.invoices),
    )
    place = {name: number for number, name in enumerate(twin.invoices)}
    names = {name: f"invoice {number:05}" for name, number in place.items()}
    names |= {payment: f"payment {place[invoice]:05}" for invoice, payment in references}
    names |= {twin.transaction: "transaction", twin.office.company: "company", f" - {twin.office.abbr}": " - abbr"}
    return dict(sorted(names.items(), key=lambda item: -len(item[0])))
