"""Nothing of ERPNext is skipped for speed: a run leaves the rows, and calls the hooks, that paying by hand does."""

from __future__ import annotations

from typing import Any

import pytest
from frappe.model.document import Document

from benchmarks.bench import rows, ways
from benchmarks.bench.twins import make_twin
from tests.erpnext.reconciliation.desk import Desk


def test_a_run_leaves_the_rows_and_calls_the_hooks_of_a_plain_loop(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand, by_run = make_twin(14), make_twin(14)
    run_method = Document.run_method
    called: set[tuple[str, str]] = set()

    def noted(document: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        called.add((document.doctype, method))
        return run_method(document, method, *args, **kwargs)

    monkeypatch.setattr(Document, "run_method", noted)
    loop = ways.cost(lambda: ways.plain_loop(by_hand))
    called_by_hand, called = called, set()
    run = ways.cost(lambda: ways.one_payment_an_invoice(by_run))
    assert rows.compared(by_hand) == rows.compared(by_run) > 14 * 7
    assert list(rows.differences(by_hand, by_run)) == []
    assert ("Payment Entry", "on_submit") in called_by_hand
    assert called_by_hand <= called
    assert run.statements < loop.statements / 2  # a quarter once caches are warm
