"""Copies of documents in Redis are dropped once the rows are committed: together, each once, before anything else."""

from __future__ import annotations

from typing import Any

import frappe
import pytest

from imogi_finance.erpnext_adapter.cached_documents import at_hand, drop, dropped_together
from imogi_finance.erpnext_adapter.transactions import FrappeTransactions


def _stored(name: str) -> str | None:
    """Return what the copy in Redis says, past this process's own copies."""
    frappe.local.cache.clear()
    copy = frappe.cache.get_value(frappe.get_document_cache_key("ToDo", name))
    frappe.local.cache.clear()
    return copy.description if copy else None


def test_a_copy_that_was_made_of_old_rows_meanwhile_is_gone_after_the_commit(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [frappe.get_doc({"doctype": "ToDo", "description": "old"}).insert().name for _ in range(3)]
    frappe.db.commit()
    old = [frappe.get_doc("ToDo", name) for name in names]
    told: list[list[str | None]] = []
    messages: list[int] = []
    delete = frappe.cache.delete

    def counted(*keys: Any) -> Any:
        messages.append(len(keys))
        return delete(*keys)

    with FrappeTransactions().transaction():
        frappe.db.after_commit.add(lambda: told.append([_stored(name) for name in names]))
        for _ in range(4):
            for name in names:
                frappe.db.set_value("ToDo", name, "description", "new")
        for name, document in zip(names, old, strict=True):  # as another process does that reads the committed rows
            frappe.cache.set_value(frappe.get_document_cache_key("ToDo", name), document)
        assert [_stored(name) for name in names] == ["old"] * 3
        monkeypatch.setattr(frappe.cache, "delete", counted)
    assert told == [[None] * 3]
    assert messages == [3]


def test_what_is_no_copy_of_one_document_is_done_as_it_is(site: str) -> None:
    done: list[str] = []
    frappe.clear_document_cache("ToDo")  # all of a doctype
    whole = frappe.db.after_commit._functions.pop()
    others = [lambda: done.append("first"), whole, lambda: done.append("second")]
    assert dropped_together(others) == others
    frappe.db.rollback()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_copies_of_many_documents_are_dropped_now_and_at_the_end(site: str, end: str) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "old"}).insert()
    frappe.db.commit()
    key = frappe.get_document_cache_key("ToDo", todo.name)
    frappe.cache.set_value(key, todo)
    drop("ToDo", [todo.name, "another"])
    assert _stored(todo.name) is None
    frappe.cache.set_value(key, todo)
    getattr(frappe.db, end)()
    assert _stored(todo.name) is None


def test_copies_at_hand_are_of_the_rows_as_they_are_and_of_this_process_alone(site: str) -> None:
    names = [frappe.get_doc({"doctype": "ToDo", "description": "old"}).insert().name for _ in range(2)]
    frappe.db.commit()
    for name in names:
        frappe.get_cached_doc("ToDo", name)  # Redis has copies
        frappe.db.sql("update tabToDo set description = 'new' where name = %s", name)  # which this does not drop

    def seen() -> list[str]:
        return [frappe.get_cached_value("ToDo", name, "description") for name in names]

    with at_hand(("ToDo", name) for name in names):
        assert seen() == ["new", "new"]
        frappe.db.set_value("ToDo", names[0], "description", "newest")
        assert seen() == ["newest", "new"]
    assert frappe.cache.make_key(frappe.get_document_cache_key("ToDo", names[1])) not in frappe.local.cache
    assert _stored(names[1]) == "old"  # as others have it, until the writer drops it
    frappe.db.rollback()


def test_no_copy_stays_at_hand_where_the_block_fails(site: str) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "old"}).insert()
    key = frappe.cache.make_key(frappe.get_document_cache_key("ToDo", todo.name))

    def fail() -> None:
        with at_hand([("ToDo", todo.name)]):
            assert frappe.local.cache[key].description == "old"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(frappe.DoesNotExistError), at_hand([("ToDo", todo.name), ("ToDo", "not there")]):
        raise AssertionError("the block was begun")
    assert key not in frappe.local.cache
    assert frappe.cache.get(key) is None
    frappe.db.rollback()
