"""The contracts of Books and PaidStatusBooks, on ERPNext."""

from collections.abc import Iterator

import pytest

from tests.contract.test_books import *  # noqa: F403
from tests.erpnext.contract.books_office import BooksOffice
from tests.erpnext.office import ErpOffice


@pytest.fixture
def office(company: ErpOffice) -> Iterator[BooksOffice]:
    """The company of the contract, its books open again after the test."""
    made = BooksOffice(company)
    yield made
    made.open_books()
