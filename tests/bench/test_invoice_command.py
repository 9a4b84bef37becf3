"""`bench --site SITE imogi-finance invoice …` with a worker: bad orders named and mended; a cancelled run goes on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.session import Session
from tests.bench.test_commands import answer, refusal
from tests.bench.workbench import Workbench


@pytest.fixture(scope="module")
def bench(bench_session: Session) -> Iterator[Workbench]:
    """A bench of this module's own: nobody else's worker takes its runs."""
    with bench_session.workbench() as made:
        yield made


def orders(bench: Workbench, count: int) -> list[str]:
    """Make submitted orders of one customer."""
    return list(
        bench.inside(
            """
customer = office.customer(frappe.generate_hash(length=8))
answer = [office.sales_order(100 + at, customer=customer) for at in range(count)]
""",
            count=count,
        )
    )


def turn(bench: Workbench, order: str, status: str) -> None:
    bench.inside(
        "frappe.get_doc('Sales Order', order).update_status(status)\nanswer = None", order=order, status=status
    )


def draft_of(bench: Workbench, order: str) -> str:
    code = """
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
answer = make_sales_invoice(order).insert().name
"""
    return str(bench.inside(code, order=order))


def billed(bench: Workbench, names: list[str]) -> dict[str, int]:
    """Return how many submitted invoices bill each order."""
    rows = bench.inside(
        """
rows = frappe.get_all('Sales Invoice Item', {'sales_order': ['in', names], 'docstatus': 1}, ['sales_order', 'parent'])
answer = sorted({(row.sales_order, row.parent) for row in rows})
""",
        names=names,
    )
    return {name: sum(order == name for order, _ in rows) for name in names}


def words_of(names: list[str]) -> list[str]:
    return [word for name in names for word in ("--order", name)]


def company(bench: Workbench) -> str:
    return str(bench.inside.value("office.company"))


def test_bad_orders_are_named_the_rest_invoiced_and_mended_ones_go_through(bench: Workbench, tmp_path: Path) -> None:
    names = orders(bench, 12)
    held, drafted = names[2], names[7]
    turn(bench, held, "On Hold")
    draft = draft_of(bench, drafted)
    file = tmp_path / "names.txt"
    file.write_text("\n".join(names) + "\n")
    chosen = ("invoice", "--orders-from", str(file), "--submit", "--no-leave-out-held")
    judged = answer(bench, *chosen, "--check", code=1)
    assert (judged["ready"], judged["bad"], judged["would_start"]) == (10, 2, True)
    with bench.worker():
        run = answer(bench, *chosen, "--priority", "9", code=1)
    assert (run["status"], run["succeeded"], run["failed"], run["priority"]) == ("Completed with Errors", 10, 2, 9)
    assert billed(bench, names) == {name: int(name not in (held, drafted)) for name in names}

    errors = tmp_path / "errors.csv"
    found = answer(bench, "run", "errors", run["job_id"], "--csv", str(errors))
    assert {item["name"] for item in found["errors"]} == {held, drafted}
    with errors.open(encoding="utf-8-sig", newline="") as opened:
        reasons = {row["Document"]: row["Reason"] for row in csv.DictReader(opened)}
    assert "on hold" in reasons[held]
    assert draft in reasons[drafted]

    turn(bench, held, "Draft")  # which is how ERPNext calls it to resume an order
    bench.inside("frappe.delete_doc('Sales Invoice', draft)\nanswer = None", draft=draft)
    with bench.worker():
        again = answer(bench, "run", "retry", run["job_id"])
    assert (again["job_id"], again["status"], again["succeeded"]) == (run["job_id"], "Completed", 12)
    assert billed(bench, names) == dict.fromkeys(names, 1)
    shown = answer(bench, "show", "invoices", "--run", run["job_id"])
    assert (shown["total"], {row["docstatus"] for row in shown["invoices"]}) == (12, {1})


def test_all_of_a_company_are_drafts_of_one_a_customer_and_a_cancelled_run_goes_on(bench: Workbench) -> None:
    names = orders(bench, 5)
    words = ("invoice", "--all", "--company", company(bench), "--draft", "--one-per-customer", "--no-wait")
    run = answer(bench, *words)
    assert (run["status"], run["options"]["submit"]) == ("Pending", False)
    assert answer(bench, "run", "cancel", run["job_id"])["status"] == "Cancelled"
    going_on = answer(bench, "run", "retry", run["job_id"], "--no-wait")
    assert (going_on["job_id"], going_on["status"]) == (run["job_id"], "Pending")
    with bench.worker():
        ended = answer(bench, "run", "status", run["job_id"], "--watch")
    assert ended["status"] == "Completed"
    shown = answer(bench, "show", "orders", "--limit", "100")["orders"]
    drafts = {row["name"]: row["drafts"] for row in shown if row["name"] in names}
    assert len(drafts) == 5
    assert len(set(drafts.values())) == 1
    assert answer(bench, "show", "invoices", "--run", run["job_id"])["invoices"][0]["status"] == "Draft"
    assert answer(bench, "show", "ledger")["balances"]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("--order", "SAL-ORD-NONE"), "unknown_order"),
        (("--all", "--company", "Nobody"), "unknown_company"),
        (("--all", "--order", "X"), "usage"),
    ],
)
def test_what_breaks_a_rule_is_refused(bench: Workbench, words: tuple[str, ...], rule: str) -> None:
    assert refusal(bench, "invoice", *words)["rule"] == rule


def test_who_may_not_invoice_is_told_so(bench: Workbench) -> None:
    name = orders(bench, 1)[0]
    user = bench.inside.value("office.user('cli.stranger', 'Sales User')")
    problem: dict[str, Any] = refusal(bench, "invoice", "--order", name, "--submit", "--user", str(user))
    assert problem["rule"] == "not_permitted"
    assert billed(bench, [name]) == {name: 0}
