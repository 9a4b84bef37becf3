"""What a chunk of invoices remembers of the database is what the database would say."""

from __future__ import annotations

from typing import Any

import frappe
import pytest

from imogi_finance.erpnext_adapter.books.remembering import remembering
from imogi_finance.erpnext_adapter.books.statements import statement
from imogi_finance.erpnext_adapter.invoicing.holding import hold
from tests.erpnext.invoicing.seller import ORDER, Seller
from tests.erpnext.reconciliation.test_remembering import Counted

ROW = "Sales Order Item"


@pytest.fixture
def counted(site: str, monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.mark.parametrize(
    ("text", "row", "columns"),
    [
        ("update `tabToDo` set a = 1 , modified = '2026-01-01' where name='x'", "x", {"a", "modified"}),
        ("update tabToDo set a = 'it\\'s, b = 2', c=3 where name = 'x'", "x", {"a", "c"}),
        ("update tabToDo set a = (select b, c from tabUser where name='y'), d = 1 where name='x'", "x", {"a", "d"}),
        ("update tabToDo set a = if(b = 1, 2, 3) where name='x'", "x", {"a"}),
        ("update tabToDo set a = 1 where name='x' or 1", None, set()),
        ("update tabToDo set a = 1 where b='x'", None, set()),
        ("update tabToDo, tabUser set a = 1 where name='x'", None, set()),
        ("delete from tabToDo where name='x'", "x", set()),
    ],
)
def test_one_row_is_known_by_its_name_and_the_columns_that_are_written(text: str, row: Any, columns: set[str]) -> None:
    known = statement(text)
    assert (known.writes, known.row, set(known.columns)) == ("tabToDo", row, columns)


def test_what_an_update_selects_from_it_only_reads() -> None:
    update = statement("update `tabToDo` set a = (select b from `tabUser` where name='y') where name='x'")
    assert update.touches == {"tabToDo"}
    assert statement("update tabToDo t join tabUser u on u.name = t.owner set t.a = 1").touches == {
        "tabToDo",
        "tabUser",
    }
    assert statement("insert into `tabToDo` (a) select a from `tabUser`").touches == {"tabToDo", "tabUser"}


def test_a_read_in_brackets_is_a_read() -> None:
    read = statement("(select sum(amount) from `tabToDo` where a='b')")
    assert (read.is_neutral, read.reads) == (True, {"tabToDo"})
    assert statement("(select amount from `tabToDo` for update)").reads == frozenset()


def whole(name: str) -> Any:
    return frappe.get_doc(ORDER, name).as_dict()


def test_a_held_order_reads_as_from_the_database_whatever_is_written_to_its_rows(
    seller: Seller, counted: Counted
) -> None:
    one, other = (seller.office.sales_order(10, lines=2) for _ in range(2))
    first, second = (row.name for row in frappe.get_doc(ORDER, one).items)
    held = hold([one, other])
    plain = [whole(name) for name in (one, other)]
    with remembering(held.memory):
        whole(one)  # the meta is read by now
        assert counted.of(lambda: [whole(name) for name in (one, other)]) == (0, plain)
        frappe.db.sql(f"update `tab{ROW}` set billed_amt = 4 where name='{second}'")
        statements, seen = counted.of(lambda: whole(one))
        assert (statements, [row.billed_amt for row in seen["items"]]) == (1, [0, 4])
        assert counted.of(lambda: whole(other)) == (0, plain[1])
        frappe.db.sql(f"update `tab{ROW}` set billed_amt = 5 where parent='{other}'")
        assert [row.billed_amt for row in whole(other)["items"]] == [5, 5]
        frappe.db.sql(f"update `tab{ROW}` set idx = 3 where name='{first}'")
        assert [row.name for row in whole(one)["items"]] == [second, first]
        frappe.db.sql(f"delete from `tab{ROW}` where name='{first}'")
        assert [row.name for row in whole(one)["items"]] == [second]
        seen = [whole(name) for name in (one, other)]
    assert [whole(name) for name in (one, other)] == seen
    frappe.db.rollback()


def test_a_row_that_is_inserted_is_seen_by_its_own_document_and_forgets_no_other(
    seller: Seller, counted: Counted
) -> None:
    one, other = (seller.office.sales_order(10) for _ in range(2))
    held = hold([one, other])
    plain = whole(other)
    with remembering(held.memory):
        whole(one)
        row = frappe.copy_doc(frappe.get_doc(ORDER, one).items[0])
        row.update({"parent": one, "parenttype": ORDER, "parentfield": "items", "idx": 2, "name": None, "docstatus": 1})
        row.db_insert()
        assert [item.name for item in whole(one)["items"]][1:] == [row.name]
        assert counted.of(lambda: whole(other)) == (0, plain)
    frappe.db.rollback()


def test_a_list_that_is_empty_stays_empty_when_rows_are_deleted(seller: Seller, counted: Counted) -> None:
    [order] = seller.orders(1)
    held = hold([order])
    with remembering(held.memory):
        plain = whole(order)
        assert plain["taxes"] == []
        frappe.db.sql("delete from `tabSales Taxes and Charges` where parent = 'nobody' and rate = 0")
        assert counted.of(lambda: whole(order)) == (0, plain)
    frappe.db.rollback()
