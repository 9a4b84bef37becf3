"""What every test of batch invoicing has at hand."""

from __future__ import annotations

import pytest

from tests.erpnext.invoicing.seller import Seller
from tests.erpnext.office import ErpOffice


@pytest.fixture
def seller(office: ErpOffice) -> Seller:
    """Someone who invoices orders: asks for runs, works them, and looks at what they left."""
    return Seller(office)
