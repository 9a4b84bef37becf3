"""The first number of a series, of a new site or a new year, drawn by two at once: one tries again, nobody is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import frappe
import pytest
from frappe.model.naming import getseries

from imogi_finance.batch.engine import Outcome
from imogi_finance.erpnext_adapter.transactions import FrappeTransactions
from imogi_finance.errors import Conflict
from tests.erpnext.engine.scene import Scene, another_connection

SERIES = "IMOGI-NEW-YEAR-"


@pytest.fixture(autouse=True)
def _no_series() -> Iterator[None]:
    yield
    frappe.db.rollback()
    frappe.db.sql("delete from `tabSeries` where name = %s", SERIES)
    frappe.db.commit()


def another_is_first(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have another connection begin each series between the look for it and its insert; return their names."""
    begun: list[str] = []
    sql = frappe.db.sql

    def slower(query: Any, values: Any = (), *more: Any, **named: Any) -> Any:
        if str(query).startswith("INSERT INTO `tabSeries`") and not begun:
            begun.append(values[0])
            with another_connection() as other:
                other.sql("insert into `tabSeries` (name, current) values (%s, 7)", values[0])
                other.commit()
        return sql(query, values, *more, **named)

    monkeypatch.setattr(frappe.db, "sql", slower)
    return begun


def test_a_series_that_another_has_begun_is_a_conflict_and_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    transactions = FrappeTransactions()
    begun = another_is_first(monkeypatch)
    with pytest.raises(Conflict, match="first number"), transactions.transaction():
        getseries(SERIES, 5)
    with transactions.transaction():
        assert getseries(SERIES, 5) == "00008"
    assert begun == [SERIES]


def test_a_run_whose_first_payment_is_the_first_of_its_series_is_worked(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, hook: Callable[[str, str, Callable[..., Any]], Callable[[], None]]
) -> None:
    def of_the_new_year(payment: Any, _event: str) -> None:
        payment.naming_series = f"{SERIES}.#####"

    run = scene.asked(2)
    hook("Payment Entry", "before_insert", of_the_new_year)
    begun = another_is_first(monkeypatch)

    assert scene.app().engine.work(run.name, holder="w") is Outcome.ENDED

    assert begun == [SERIES]
    scene.assert_reconciled(run.name)
    assert sorted(scene.payments(run.name)) == [f"{SERIES}00008", f"{SERIES}00009"]
