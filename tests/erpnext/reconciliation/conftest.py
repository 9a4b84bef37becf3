"""What every test of bulk reconciliation has at hand."""

from __future__ import annotations

import pytest

from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import Desk


@pytest.fixture
def desk(office: ErpOffice) -> Desk:
    """Someone who reconciles: asks for runs, works them, and looks at what they left."""
    return Desk(office)
