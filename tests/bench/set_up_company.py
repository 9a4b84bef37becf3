"""Run by the bench's Python in ``sites``: complete the setup wizard of a new site, with the company of the tests."""

from __future__ import annotations

import sys
from pathlib import Path

import frappe
from frappe.desk.page.setup_wizard.setup_wizard import setup_complete
from frappe.utils import getdate

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.erpnext.office import COMPANY, ErpOffice, connect


def main(site: str) -> None:
    """Set the site up; it is ready for work afterwards."""
    connect(site)
    year = getdate().year
    setup_complete(
        {
            "language": "English",
            "country": "Indonesia",
            "currency": "IDR",
            "timezone": "Asia/Jakarta",
            "company_name": COMPANY,
            "company_abbr": "IBC",
            "chart_of_accounts": "Standard",
            "fy_start_date": f"{year}-01-01",
            "fy_end_date": f"{year}-12-31",
            "setup_demo": 0,
            "enable_telemetry": 0,
            "full_name": "Administrator",
            "domain": "Services",
        }
    )
    frappe.db.set_single_value("System Settings", {"enable_onboarding": 0, "setup_complete": 1})
    frappe.db.set_value("Module Onboarding", {"is_complete": 0}, "is_complete", 1)
    frappe.db.set_default("desktop:home_page", "workspace")
    frappe.db.commit()
    frappe.clear_cache()
    ErpOffice()
    assert frappe.is_setup_complete()
    frappe.db.commit()


if __name__ == "__main__":
    main(sys.argv[1])
