"""The contract of InvoicingBooks, on ERPNext."""

from collections.abc import Iterator

import pytest

from tests.contract.test_invoicing_books import *  # noqa: F403
from tests.erpnext.contract.orders_office import OrdersOffice
from tests.erpnext.office import ErpOffice


@pytest.fixture
def shop(company: ErpOffice) -> Iterator[OrdersOffice]:
    """The company of the contract, its books open again after the test."""
    made = OrdersOffice(company)
    yield made
    made.open_books()
