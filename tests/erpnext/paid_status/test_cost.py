"""What the rule costs: statements sent to the database."""

from __future__ import annotations

from collections.abc import Callable

import frappe
import pytest

from imogi_finance.erpnext_adapter import drift
from tests.erpnext.office import ErpOffice

Statements = list[str]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], Statements]:
    """How to count the statements that a piece of work sends."""
    sent: Statements = []
    database = type(frappe.local.db)
    send = database.sql

    def counted(self: object, query: object, *values: object, **how: object) -> object:
        sent.append(str(query))
        return send(self, query, *values, **how)

    monkeypatch.setattr(database, "sql", counted)

    def during(work: Callable[[], object]) -> Statements:
        sent.clear()
        work()
        return list(sent)

    return during


@pytest.fixture
def without_the_rule(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """How to take the rule's document events out of Frappe's list, and put them back."""
    hooks = frappe.get_doc_hooks()
    bare = {
        doctype: {event: [name for name in names if ".events." not in name] for event, names in events.items()}
        for doctype, events in hooks.items()
    }
    assert bare != hooks

    def switch(off: bool) -> None:
        monkeypatch.setattr(frappe, "get_doc_hooks", lambda: bare if off else hooks)

    return switch


def test_submitting_a_bank_payment_costs_at_most_eight_statements_more(
    office: ErpOffice,
    statements: Callable[[Callable[[], object]], Statements],
    without_the_rule: Callable[[bool], None],
) -> None:
    counts = {}
    for off in (True, False, True, False):  # the first of each warms what Frappe caches
        without_the_rule(off)
        draft = office.pay("Purchase Invoice", office.purchase_invoice(100), submit=False)
        counts[off] = len(statements(frappe.get_doc("Payment Entry", draft).submit))
        frappe.db.commit()
    without_the_rule(False)
    assert counts[False] - counts[True] <= 8, counts


def test_confirming_many_payments_costs_no_more_statements_than_confirming_few(
    office: ErpOffice,
    statements: Callable[[Callable[[], object]], Statements],
    without_the_rule: Callable[[bool], None],
) -> None:
    extra = []
    for many in (1, 2, 6):  # the first warms what Frappe caches
        counts = {}
        for off in (False, True):
            payments = [office.pay("Sales Invoice", office.sales_invoice(10)) for _ in range(many)]
            line = frappe.get_doc("Bank Transaction", office.bank_transaction(10 * many))
            line.add_payment_entries(
                [{"payment_doctype": "Payment Entry", "payment_name": payment} for payment in payments]
            )
            without_the_rule(off)
            counts[off] = len(statements(line.save))
            frappe.db.commit()
            without_the_rule(False)
        extra.append(counts[False] - counts[True])
    drift.check()  # mends those that were confirmed without
    assert extra[1] == extra[2] <= 26, extra
