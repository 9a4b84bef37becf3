"""Fixtures of the tests inside ERPNext: a connected site, and a company to work in.

The site is named by FRAPPE_SITE and the working folder is the bench's ``sites``. What a test writes and commits
stays: a site is fresh for each session, and each test makes documents of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import frappe
import pytest

from tests.erpnext.office import ErpOffice, connect


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The site's name; ``frappe`` is connected to it as Administrator."""
    name = os.environ.get("FRAPPE_SITE")
    if not name:
        pytest.exit("Say which site: FRAPPE_SITE=… (see tests/erpnext/README.md)", returncode=4)
    connect(name)
    yield name
    frappe.destroy()


@pytest.fixture(scope="session")
def office(site: str) -> ErpOffice:
    """The company that the tests of a session share; its books grow, its set-up stays."""
    return ErpOffice()


@pytest.fixture(autouse=True)
def _as_administrator(site: str) -> Iterator[None]:
    """Begin each test as Administrator on a clean connection; leave nothing half written to the next."""
    _begin()
    yield
    _begin()


def _begin() -> None:
    if not getattr(frappe.local, "db", None):  # a test that let go of the connection
        connect(os.environ["FRAPPE_SITE"])
    frappe.db.rollback()
    frappe.set_user("Administrator")
    frappe.clear_messages()
    frappe.local.response = frappe._dict(docs=[])
    frappe.flags.mute_emails = True
