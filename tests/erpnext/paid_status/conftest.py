"""Fixtures of the paid-status tests: an oracle looks at everything that a test has made, after every test."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest
from frappe.utils import now

from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status.desk import request
from tests.erpnext.paid_status.oracle import Oracle
from tests.erpnext.paid_status.settings import set_rule


@pytest.fixture
def oracle(office: ErpOffice) -> Oracle:
    """What must be true of all that the test makes."""
    return Oracle(office.company, now())


@pytest.fixture(autouse=True)
def _books_are_true(oracle: Oracle) -> Iterator[None]:
    set_rule()
    yield
    frappe.db.rollback()
    set_rule()
    assert oracle.problems() == []


@pytest.fixture(scope="session")
def plain(office: ErpOffice) -> ErpOffice:
    """A second company of the same group, for which the rule can be switched off."""
    found = ErpOffice("Plain Ledger Co")
    with request():
        for doctype, party in (("Supplier", found.supplier()), ("Customer", found.customer())):
            frappe.clear_document_cache(doctype, party)
    return found
