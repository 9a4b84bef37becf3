"""Tests on a real bench; reported as skipped, loudly, where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench.services import Bench


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    found = Bench.find()
    if found is None:
        pytest.skip("NO BENCH: set FRAPPE_BENCH (and FRAPPE_SITE) to run these tests on a real ERPNext")
    with found.running():
        yield found
