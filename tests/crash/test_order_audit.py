"""The auditor notices what is wrong with orders: rows are falsified, one rule after the other."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.audit import audit
from tests.crash.order_audit import VIOLATIONS, audit_orders
from tests.crash.plant import USER, Plant
from tests.crash.shop import BAD, Shop

# What is falsified, and the rules that must notice. Orders 1 to 5 are invoiced by RUN-00001, the first by SINV-00001.
_COPY = "CREATE TEMP TABLE t AS SELECT * FROM {0} WHERE {1}; UPDATE t SET {2}; INSERT INTO {0} SELECT * FROM t;"
_FIRST = "SELECT min(result_name) FROM batch_item WHERE status = 'Succeeded'"
_ITEM = f"run = 'RUN-00001' AND result_name = ({_FIRST})"
FALSIFIED = {
    "an order's line is billed more than once over": (
        f"UPDATE invoice_line SET qty = qty * 4 WHERE invoice = ({_FIRST})"
    ),
    "two invoices of runs bill one order of which all was billed": _COPY.format(
        "invoice", f"name = ({_FIRST})", "name = 'SINV-9'"
    )
    + f"CREATE TEMP TABLE u AS SELECT * FROM invoice_line WHERE invoice = ({_FIRST}); UPDATE u SET invoice = 'SINV-9';"
    + "INSERT INTO invoice_line SELECT * FROM u;",
    "an order's line counts another quantity or amount as billed than its invoices bill": (
        "UPDATE sales_order_line SET billed_amount = billed_amount + 1"
    ),
    "an order's unbilled amount is not its total less what is billed": "UPDATE sales_order SET unbilled = unbilled + 1",
    "an item succeeded without an invoice of its run that bills its order, or with several": (
        f"UPDATE batch_item SET result_name = 'SINV-8' WHERE {_ITEM}"
    ),
    "an item that did not succeed has an invoice of its run": f"UPDATE batch_item SET status = 'Failed' WHERE {_ITEM}",
    "an invoice of a run bills an order that is no succeeded item of it": f"DELETE FROM batch_item WHERE {_ITEM}",
    "an invoice is not the sum of its lines": f"UPDATE invoice SET grand_total = 7 WHERE name = ({_FIRST})",
    "a submitted invoice of orders is not posted in full, or a draft is": (
        f"DELETE FROM ledger_entry WHERE voucher = ({_FIRST})"
    ),
    "an invoice was not made in the name of the one who asked": (
        f"UPDATE invoice SET owner = 'x' WHERE name = ({_FIRST})"
    ),
    "an invoice is left without lines, or a line without an invoice": (
        f"DELETE FROM invoice_line WHERE invoice = ({_FIRST})"
    ),
    "a failed item does not say why": "UPDATE batch_item SET error = NULL WHERE status = 'Failed'",
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company that has invoiced five orders of eleven."""
    plant = Plant.build(tmp_path_factory.mktemp("home"))
    shop = Shop(plant)
    run = shop.ask([*shop.orders(5), *shop.bad_orders()])
    shop.work(run)
    assert (plant.row(run)["succeeded"], plant.row(run)["failed"]) == (5, BAD)
    assert plant.row(run)["requested_by"] == USER
    return plant.home.database


def test_every_rule_is_falsified_somewhere(sound: Path) -> None:
    assert set(FALSIFIED) == set(VIOLATIONS)
    assert audit(sound) == audit_orders(sound) == []


@pytest.mark.parametrize("rule", VIOLATIONS)
def test_what_is_falsified_is_noticed(sound: Path, tmp_path: Path, rule: str) -> None:
    copy = tmp_path / "company.db"
    with closing(sqlite3.connect(sound)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.executescript(FALSIFIED[rule])
        target.commit()
    assert rule in {found.partition(": (")[0] for found in audit_orders(copy)}
