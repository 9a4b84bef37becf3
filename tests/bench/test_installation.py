"""The app is a valid Frappe app: a bench takes it, migrates, and is as before when it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench.services import Bench

APP = "imogi_finance"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def with_app(bench: Bench) -> Iterator[Bench]:
    """A bench that has the app's source, as ``bench get-app`` leaves it."""
    if APP in bench.apps:
        yield bench
        return
    link = bench.path / "apps" / APP
    listed = bench.path / "sites" / "apps.txt"
    before = listed.read_text()
    with ExitStack() as undo:
        link.symlink_to(ROOT)
        undo.callback(link.unlink)
        bench.python("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
        undo.callback(bench.python, "-m", "pip", "uninstall", "--quiet", "--yes", APP)
        listed.write_text(before.rstrip("\n") + f"\n{APP}\n")
        undo.callback(listed.write_text, before)
        yield bench


def test_the_app_installs_migrates_and_uninstalls(with_app: Bench) -> None:
    assert APP not in with_app.frappe("list-apps"), "the site has the app already: give FRAPPE_SITE another one"

    with_app.frappe("install-app", APP)
    try:
        assert APP in with_app.frappe("list-apps")
        with_app.frappe("migrate", "--skip-search-index")
        assert awaiting_field(with_app) == "1"
    finally:
        with_app.frappe("uninstall-app", APP, "--yes", "--no-backup", "--force")

    assert APP not in with_app.frappe("list-apps")
    assert awaiting_field(with_app) == "0"


def awaiting_field(bench: Bench) -> str:
    """Return how many fields of this name Payment Entry has on the site."""
    code = f"""
import frappe
frappe.init("{bench.site}", sites_path="."); frappe.connect()
print(frappe.db.count("Custom Field", {{"dt": "Payment Entry", "fieldname": "awaiting_bank_reconciliation"}}))
"""
    return bench.python("-c", code, folder=bench.path / "sites").strip()


def test_portable_code_runs_in_the_bench_s_own_environment(with_app: Bench) -> None:
    code = (
        "import imogi_finance.hooks, imogi_finance.batch.engine, imogi_finance.paid_status.service\n"
        "import imogi_finance.bank_reconciliation.service, sys\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('frappe', 'erpnext', 'rq', 'redis', 'click')))"
    )
    assert with_app.python("-c", code).strip() == "[]"


def test_the_app_asks_for_nothing_that_frappe_pins(with_app: Bench) -> None:
    code = f"from importlib.metadata import requires; print([r for r in requires('{APP}') if 'extra ==' not in r])"
    assert with_app.python("-c", code).strip() == "[]"
